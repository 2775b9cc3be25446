"""Many destinations on one platform, a drain as each process has one, and a clock moved by hand."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa

from bot.deliver.card import Bulletin
from bot.deliver.compose import Composer
from bot.deliver.discord.brake import Brake
from bot.deliver.discord.channel import DiscordChannel
from bot.deliver.discord.session import use_endpoints
from bot.deliver.drain import Drain
from bot.deliver.pace import Pace
from bot.deliver.ports import Channel
from bot.deliver.slack.channel import SlackChannel
from bot.deliver.slack.client import make_client
from bot.model import Destination
from bot.operations.operators import Operators
from bot.operations.reporting import tell_outages
from bot.store import bulletins, outages
from bot.store.engine import Database
from bot.store.outages import Outage
from bot.store.schema import deliveries
from tests.fakes.clock import FakeClock
from tests.fakes.discord_service import SEND, TOKEN, FakeDiscord
from tests.fakes.slack_service import SlackService

MINUTE = timedelta(minutes=1)
AT_ONCE = 4  # destinations that one claim of these tests takes

_numbers = itertools.count(1)


@dataclass
class Room:
    """`operators` is where those who look after the bot are told."""

    database: Database
    clock: FakeClock
    channel: Channel
    places: list[Destination]
    operators: Destination = field(default_factory=lambda: Destination("console"))

    def put(self, place: Destination, *titles: str) -> None:
        """Something to be sent there, one after the other."""
        for title in titles:
            bulletin, key = Bulletin(title=title), f"test {next(_numbers)}"
            self.database.write_now(bulletins.enqueue_bulletin, place, bulletin, key=key, now=self.clock.now())

    async def drain(self) -> int:
        """A process delivers what is due, as long as it finds anything; returns how many destinations it took."""
        drain = Drain(
            database=self.database,
            channels={self.places[0].platform: self.channel},
            compose=Composer(public_url=None, local_url=None).compose,
            clock=self.clock,
            process=f"process-{next(_numbers)}",
            pace=Pace(self.database, self.clock),
        )
        taken = 0
        while claimed := await drain.claim(AT_ONCE):
            taken += len(claimed)
            for leased in claimed:
                await drain.run(leased)
        return taken

    async def drain_after(self, wait: timedelta) -> int:
        self.clock.advance(wait)
        return await self.drain()

    def down(self) -> dict[str, Outage]:
        return {outage.place: outage for outage in self.database.read_now(outages.current)}

    def states(self, place: Destination) -> list[str]:
        rows = sa.select(deliveries.c.state).where(deliveries.c.destination == str(place)).order_by(deliveries.c.seq)
        return self.database.read_now(lambda connection: list(connection.execute(rows).scalars()))

    def tell(self) -> bool:
        """What the operators' tick does."""
        operators = Operators(places=(self.operators,))
        return self.database.write_now(tell_outages, operators, now=self.clock.now())

    def told(self) -> list[str]:
        """All that the operators heard, one text a bulletin."""
        rows = (
            sa.select(deliveries.c.bulletin)
            .where(deliveries.c.bulletin_key.startswith("operators:"))
            .order_by(deliveries.c.seq)
        )
        found: Sequence[object] = self.database.read_now(lambda connection: list(connection.execute(rows).scalars()))
        return [str(each) for each in found]


@dataclass
class SlackRoom(Room):
    slack: SlackService = field(kw_only=True)

    @property
    def asked(self) -> int:
        """How often a message was to be posted."""
        return [method for method, _ in self.slack.calls].count("chat.postMessage")

    def texts(self, place: Destination) -> list[str]:
        return [posted.text for posted in self.slack.messages(place.address)]


@dataclass
class DiscordRoom(Room):
    discord: FakeDiscord = field(kw_only=True)

    @property
    def asked(self) -> int:
        return self.discord.count(SEND)

    def texts(self, place: Destination) -> list[str]:
        return [posted["embeds"][0]["title"] for posted in self.discord.messages[int(place.address)]]


@asynccontextmanager
async def slack_room(database: Database, clock: FakeClock, count: int) -> AsyncIterator[SlackRoom]:
    async with SlackService(clock=lambda: clock.now().timestamp()) as slack:
        places = [Destination("slack", f"C{number:04}") for number in range(count)]
        for place in places:
            slack.add_channel(place.address)
        channel = SlackChannel(make_client(slack.bot_token, slack.api_url, pause=0.0), now=clock.now)
        yield SlackRoom(database, clock, channel, places, slack=slack)
        slack.assert_clean()


@asynccontextmanager
async def discord_room(database: Database, clock: FakeClock, count: int) -> AsyncIterator[DiscordRoom]:
    async with FakeDiscord() as discord:
        use_endpoints(discord.api_url, discord.gateway.url)
        places = [Destination("discord", f"{4000 + number}") for number in range(count)]
        for place in places:
            discord.messages[int(place.address)] = []
        channel = DiscordChannel(TOKEN)
        channel._brake = Brake(now=lambda: clock.now().timestamp())
        yield DiscordRoom(database, clock, channel, places, discord=discord)
        await channel.close()
        use_endpoints()
    assert discord.violations == []
