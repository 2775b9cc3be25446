"""A channel that prefers something, the news that comes, and what is sent there: for the suites on digests."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.deliver.card import Bulletin, Card, plain
from bot.deliver.compose import Composer
from bot.deliver.drain import Drain
from bot.deliver.pace import Pace
from bot.deliver.ports import Message, SendError
from bot.model import Destination, ItemKey, Label, Notice, Rate, Receipt, Source, SourceId
from bot.routing import query
from bot.routing.digests import DigestPlan
from bot.routing.first_poll import Brake
from bot.routing.learning import UNTAUGHT
from bot.routing.preferences import Preferences
from bot.routing.quiet import QuietHours
from bot.routing.routes import Route
from bot.steps.digesting import Digester
from bot.steps.grouping import Judged, place, revise
from bot.steps.telling import News, Teller
from bot.store import places
from bot.store.engine import Database
from bot.stories.signature import signature
from tests import samples
from tests.fakes.clock import FakeClock
from tests.samples import SLACK

BERLIN = ZoneInfo("Europe/Berlin")
SOURCE = Source(id=SourceId("wire"), name="Wire", url="https://wire.example/rss")
ROUTE = Route(name="desk", to=(SLACK,), when=query.parse("topic:trade OR topic:market OR duties"))
COMPOSER = Composer(public_url="https://board.example", local_url=None)

_numbers = itertools.count(1)


class Wall:
    """A platform that takes everything and keeps it."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.trouble: SendError | None = None  # what it answers for now
        self.shown: list[Card | Bulletin] = []

    async def send(self, message: Message) -> Receipt:
        if self.trouble:
            raise self.trouble
        self.shown.append(message.card)
        return Receipt(channel="C", message_id=message.delivery_id, sent_at=self.clock.now())

    async def edit(self, message: Message, receipt: Receipt) -> None:
        self.shown.append(message.card)

    async def check(self, destination: Destination) -> str:
        return "a wall"


@dataclass
class Room:
    """One channel on its database, and one process that serves it."""

    database: Database
    clock: FakeClock
    routes: tuple[Route, ...] = (ROUTE,)
    hourly: int | None = None
    wall: Wall = field(init=False)
    said: dict[ItemKey, Judged] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.wall = Wall(self.clock)

    @property
    def teller(self) -> Teller:
        thresholds: dict[Label, float] = {"trade": 0.5, "market": 0.5}
        return Teller(routes=self.routes, thresholds=thresholds, zone=BERLIN, hourly=self.hourly)

    @property
    def digester(self) -> Digester:
        return Digester(database=self.database, clock=self.clock, composer=COMPOSER, zone=BERLIN, routes=self.routes)

    async def prefer(self, **changes: Any) -> None:
        """`digest` and `quiet` as people write them. The plan is looked at, as it is within a second."""
        if changes.get("digest"):
            changes["digest"] = DigestPlan.parse(changes["digest"])
        if changes.get("quiet"):
            changes["quiet"] = QuietHours.parse(changes["quiet"])
        own = self.database.read_now(places.preferences, [SLACK]).get(SLACK, Preferences(place=SLACK))
        self.database.write_now(places.save, replace(own, **changes), now=self.clock.now())
        await self.digester.send_due()

    def comes(
        self,
        title: str,
        *,
        labels: tuple[Label, ...] = ("trade",),
        rate: float | None = None,
        brake: bool = False,
        burst: str = "",
        **changes: Any,
    ) -> Notice:
        """An item is admitted; returns what was decided for the channel."""
        number, now = next(_numbers), self.clock.now()
        said: dict[str, Any] = {"outlet": f"Outlet {number}", "url": f"https://news.example/{number}", **changes}
        item = samples.item(
            key=ItemKey(f"{number:016x}"), title=title, summary="", published_at=now, seen_at=now, **said
        )
        facts = () if rate is None else (Rate(value=rate, of="tariff", span=samples.span()),)
        figures = {label: 0.8 if label in labels else 0.1 for label in ("trade", "market")}
        urgent = 0.95 if "urgent" in labels else 0.1
        verdict = samples.verdict(facts=facts, labels=labels, direction=None, urgent=urgent, **figures)
        brakes = {SLACK: Brake(passes=frozenset(), detail="first poll of wire")} if brake else {}
        judged = self.said[item.key] = Judged(item, verdict, signature(item))

        def admit(connection: sa.Connection) -> list[Notice]:
            joined = place(connection, judged, now)
            news = News(source=SOURCE, joined=joined, now=now, learned=UNTAUGHT, brakes=brakes, burst=burst)
            teller = self.teller
            teller.listeners.catch_up(connection)
            return teller.tell(connection, news)

        return next(notice for notice in self.database.write_now(admit) if notice.destination == SLACK)

    def revises(self, key: ItemKey, *, rate: float | None = None, title: str | None = None) -> list[Notice]:
        """The publisher of an item puts another figure or headline in the place of what it said."""
        before, now = self.said[key], self.clock.now()
        item = replace(before.item, title=title or before.item.title, content_hash=f"{now}")
        facts = before.verdict.facts
        if rate is not None:
            facts = (Rate(value=rate, of="tariff", span=samples.span()),)
        judged = self.said[key] = Judged(item, replace(before.verdict, facts=facts), signature(item))

        def amend(connection: sa.Connection) -> list[Notice]:
            joined = revise(connection, judged, now)
            assert joined is not None
            self.teller.listeners.catch_up(connection)
            return self.teller.tell(connection, News(source=SOURCE, joined=joined, now=now, learned=UNTAUGHT))

        return self.database.write_now(amend)

    async def drain(self) -> None:
        """What is due in the outbox goes out."""
        drain = Drain(
            database=self.database,
            channels={"slack": self.wall},
            compose=COMPOSER.compose,
            clock=self.clock,
            process=f"process-{next(_numbers)}",
            pace=Pace(self.database, self.clock),
        )
        for leased in await drain.claim(9):
            await drain.run(leased)

    async def after(self, passed: timedelta = timedelta(0)) -> None:
        """Some time passes; digests that are due are made, and all that is due goes out."""
        self.clock.advance(passed)
        await self.digester.send_due()
        await self.drain()

    @property
    def digests(self) -> list[str]:
        """The text of each that was sent."""
        return [f"{each.title}\n{plain(each.lines)}" for each in self.wall.shown if isinstance(each, Bulletin)]

    @property
    def alerts(self) -> list[str]:
        return [each.title for each in self.wall.shown if isinstance(each, Card)]
