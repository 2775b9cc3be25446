"""The network is cut for minutes: what was decided is delivered once and in order, and polls go on by themselves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import pytest_asyncio
import sqlalchemy as sa

from bot.assembly import Bot
from bot.deliver.card import Bulletin
from bot.deliver.discord.channel import DiscordChannel
from bot.deliver.slack.channel import SlackChannel
from bot.deliver.trouble import LONGEST_RETRY
from bot.model import Destination
from bot.store import breaker, feeds, outages
from bot.store.bulletins import enqueue_bulletin
from bot.store.schema import deliveries, sources
from tests.fakes.discord_payloads import GUILD_CHANNEL_ID
from tests.fakes.network import Network
from tests.fakes.slack_service import Slow
from tests.fakes.web import rss
from tests.flow.desk import MARKET, SLACK_CHANNEL, TRADE, Desk

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
PLACES = (Destination("slack", SLACK_CHANNEL), Destination("discord", str(GUILD_CHANNEL_ID)))
EVERY = 2 * MINUTE  # between two polls
CUT = 20 * MINUTE
DEADLINE_S = 0.2  # of one send


@dataclass
class Office:
    """A bot whose every word goes over a network that can be cut."""

    desk: Desk
    network: Network
    bot: Bot

    async def works(self, passed: timedelta, *, polls: bool = True) -> None:
        """It does whatever falls due in that time by its clock."""
        clock, service = self.desk.clock, self.bot.service
        until = clock.now() + passed
        while clock.now() < until:
            clock.advance(max(min(await self._next_due(polls=polls), until) - clock.now(), SECOND))
            if polls:
                await service.pollers.run_due()
            await service.senders.run_due()

    async def _next_due(self, *, polls: bool) -> datetime:
        wanted = sa.select(sa.func.min(sources.c.due_at, type_=sources.c.due_at.type))
        times = [
            await self.bot.database.read(breaker.next_due, list(self.bot.service.drain.channels)),
            await self.bot.database.read(lambda connection: connection.execute(wanted).scalar_one())
            if polls
            else None,
        ]
        return min((time for time in times if time), default=datetime.max.replace(tzinfo=UTC))

    def put_in(self, *titles: str) -> None:
        for place in PLACES:
            for title in titles:
                self.bot.database.write_now(
                    enqueue_bulletin, place, Bulletin(title=title), key=title, now=self.bot.clock.now()
                )

    def told(self, *titles: str) -> list[list[str]]:
        """Which of these each channel was told, in its order."""
        slack = [json.dumps(message.blocks) for message in self.desk.slack.messages(SLACK_CHANNEL)]
        return [
            [title for shown in channel for title in titles if title in shown]
            for channel in (slack, self.desk.discord_titles)
        ]


@pytest_asyncio.fixture
async def office(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    async with Network() as network, opened(desk, network, monkeypatch) as bot:
        yield Office(desk, network, bot)
        assert desk.wrong_in_the_books() == []
        desk.assert_payloads_are_valid()


@asynccontextmanager
async def opened(desk: Desk, network: Network, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    monkeypatch.setattr("bot.deliver.slack.channel.SlackChannel", partial(SlackChannel, deadline=DEADLINE_S))
    monkeypatch.setattr("bot.deliver.discord.channel.DiscordChannel", partial(DiscordChannel, deadline=DEADLINE_S))
    url = await network.through(desk.web.url("/feed"))
    desk.configure(
        sources=f'[[source]]\nid = "wire"\nname = "Wire"\nurl = "{url}"\nevery = "2m"\n',
        main='deadline = "1s"\n',
    )
    monkeypatch.setattr(desk.slack, "base_url", await network.through(desk.slack.base_url))
    monkeypatch.setattr(desk.discord, "api_url", await network.through(desk.discord.api_url))
    desk.web.serve("/feed", rss(TRADE))
    async with desk.bot() as bot:
        yield bot


async def test_refused_for_minutes_all_that_was_decided_comes_once_and_in_order(office: Office) -> None:
    await office.works(MINUTE)
    assert office.told("Brazil") == [["Brazil"], ["Brazil"]]
    await office.network.refuse()
    office.put_in("First", "Second")
    office.desk.web.serve("/feed", rss(MARKET, TRADE))
    await office.works(CUT)
    office.put_in("Third")
    await office.network.mend()
    await office.works(LONGEST_RETRY)
    titles = ("Brazil", "First", "Second", "Third", "Nikkei")
    assert [sorted(each, key=titles.index) for each in office.told(*titles)] == [list(titles)] * 2
    assert office.told("First", "Second", "Third") == [["First", "Second", "Third"]] * 2


async def test_polls_are_late_by_a_fraction_of_the_time_and_then_as_ever(office: Office) -> None:
    await office.works(MINUTE)
    await office.network.refuse()
    office.desk.web.serve("/feed", rss(MARKET, TRADE))
    await office.works(CUT)
    (health,) = office.bot.database.read_now(feeds.health)
    assert 5 < health.failures <= CUT / EVERY, "asked rarely, and not too rarely"
    assert "cannot connect to 127.0.0.1" in (health.fault or "")
    await office.network.mend()
    await office.works(CUT / 4)
    (health,) = office.bot.database.read_now(feeds.health)
    assert (health.failures, health.fault) == (0, None)
    assert office.told("Nikkei") == [["Nikkei"], ["Nikkei"]]


async def test_a_platform_that_nobody_reaches_is_asked_ever_more_rarely_and_no_operator_is_told(
    office: Office,
) -> None:
    await office.works(MINUTE)
    await office.network.swallow()
    office.put_in("First")
    await office.works(CUT, polls=False)
    tries = sa.select(deliveries.c.attempts).where(deliveries.c.state == "unknown")
    attempts = office.bot.database.read_now(lambda connection: list(connection.execute(tries).scalars()))
    assert len(attempts) == len(PLACES)
    assert 9 <= min(attempts) <= max(attempts) <= 13, "after 1, 2, 4 … 256 seconds, then every five minutes"
    assert office.bot.database.read_now(outages.current) == []
    await office.network.mend()
    await office.works(LONGEST_RETRY, polls=False)
    assert office.told("First") == [["First"], ["First"]]


async def test_what_was_taken_and_never_answered_is_found_afterwards(office: Office) -> None:
    """It is cut as the message stands there and its answer is on the way."""
    await office.works(MINUTE)
    answers = asyncio.Event()
    office.desk.slack.fail("chat.postMessage", Slow(answers))
    office.put_in("First", "Second")
    sending = asyncio.create_task(office.bot.service.senders.run_due())
    await office.desk.slack.people.until(lambda: bool(office.told("First")[0]), "the message")
    await office.network.refuse()
    answers.set()
    await sending
    await office.works(CUT)
    assert office.told("Second")[0] == []
    await office.network.mend()
    await office.works(LONGEST_RETRY)
    assert office.told("First", "Second") == [["First", "Second"]] * 2
