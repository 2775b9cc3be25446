"""A desk whose administrators change its sources: the real catalog, a real intake, and a web of feeds to read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from bot.assembly import classifier_of
from bot.commands.catalog import Desk, build_catalog
from bot.commands.feedback import Feedback
from bot.commands.sources import SourceDesk, source_commands
from bot.commands.spec import Caller, Catalog
from bot.deliver.card import Reply
from bot.deliver.discord.embeds import reply_payload as discord_payload
from bot.deliver.slack.blocks import reply_payload as slack_payload
from bot.intake.addresses import AddressGuard
from bot.intake.fetch import Intake
from bot.intake.http import GuardedClient
from bot.intake.workers import WorkerPool
from bot.model import Destination, Source, SourceId
from bot.observe.health import Parts
from bot.operations.flooding import Flooding
from bot.settings import default_directory
from bot.sources.sourcing import SourceChanges
from bot.steps.agenda import Agenda
from bot.steps.telling import Teller
from bot.store import added_sources, feeds
from bot.store.engine import Database
from bot.store.feeds import SourceHealth
from tests.contract.story_room import ANSWER, granted, never_asked, refused, said
from tests.fakes.clock import FakeClock
from tests.fakes.web import FakeWeb, item, rss
from tests.judges.discord import judge as judge_discord
from tests.judges.slack import judge as judge_slack
from tests.samples import DISCORD, NOW, SLACK

ANN, BOB, EVE = (Destination("slack", name, person=True) for name in ("UANN", "UBOB", "UEVE"))
OWNER = Caller(user=ANN, place=ANN, name="Ann", may_administer=never_asked)  # whom tradewire.toml names
ADMIN = Caller(user=BOB, place=SLACK, name="Bob", may_administer=granted)
GUEST = Caller(user=EVE, place=SLACK, name="Eve", may_administer=refused)

TARIFF = "Brazil and Japan agree to cut tariffs on farm goods to 5%"
TOMATO = "Ten tomato recipes for a late summer"
USTR = Source(id=SourceId("ustr"), name="Trade Office", url="https://ustr.example/rss")
OFF = Source(id=SourceId("old"), name="old", url="https://old.example/rss", enabled=False)


@dataclass
class SourceRoom:
    """One process of the desk."""

    catalog: Catalog
    desk: SourceDesk
    database: Database
    clock: FakeClock

    async def reply(self, text: str, caller: Caller = OWNER) -> Reply:
        return judged(await self.catalog.run_text(text, caller))

    async def ask(self, text: str, caller: Caller = OWNER) -> str:
        return said(await self.reply(text, caller))

    async def press(self, reply: Reply, label: str, caller: Caller = OWNER) -> Reply:
        (action,) = [action for action in reply.actions if action.label == label]
        return judged(await self.catalog.press(action.command, caller))

    async def choose(self, reply: Reply, text: str, caller: Caller = OWNER) -> Reply:
        assert reply.menu is not None
        (command,) = [command for label, command in reply.menu.choices if text in label]
        return judged(await self.catalog.press(command, caller))

    async def add(self, address: str, caller: Caller = OWNER) -> Reply:
        return await self.press(await self.reply(f"sources add {address}", caller), "Add", caller)

    def changes(self) -> SourceChanges:
        return self.database.read_now(added_sources.changes)

    def ids(self) -> list[str]:
        return [each.source.id for each in self.changes().added]

    def health(self) -> dict[str, SourceHealth]:
        return {each.id: each for each in self.database.read_now(feeds.health, resting_too=True)}


def judged(reply: Reply) -> Reply:
    assert judge_slack(slack_payload(reply)) == []
    assert judge_discord(*ANSWER, discord_payload(reply)) == []
    return reply


@asynccontextmanager
async def reading() -> AsyncIterator[Intake]:
    """An intake that may read from 127.0.0.1 and nowhere else inside."""
    guard = AddressGuard((ip_network("127.0.0.1/32"),))
    async with GuardedClient(guard=guard, deadline=5.0, max_body=2**21) as client, WorkerPool(limit=5.0) as pool:
        yield Intake(client=client, pool=pool, root=Path())


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def intake() -> AsyncIterator[Intake]:
    async with reading() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def web() -> AsyncIterator[FakeWeb]:
    async with FakeWeb() as server:
        yield server


@pytest.fixture
def room(database: Database, clock: FakeClock, intake: Intake) -> SourceRoom:
    return enter(database, clock, intake, USTR, OFF)


def enter(database: Database, clock: FakeClock, intake: Intake, *configured: Source) -> SourceRoom:
    classifier = classifier_of(default_directory() / "lexicon.toml")
    desk = SourceDesk(
        database=database,
        clock=clock,
        intake=intake,
        classifier=classifier,
        configured=configured,
        destinations=frozenset({SLACK, DISCORD}),
        managers=frozenset({ANN}),
        flooding=Flooding(
            database=database,
            teller=Teller(routes=(), thresholds=classifier.thresholds),
            agenda=Agenda(atlas=classifier.atlas, zone=ZoneInfo("UTC")),
            clock=clock,
        ),
    )
    database.write_now(added_sources.settle, configured, now=clock.now())
    feedback = Feedback(database=database, clock=clock, routes=[], thresholds=classifier.thresholds)
    common = Desk(database=database, clock=clock, parts=Parts(), feedback=feedback)
    return SourceRoom(build_catalog(common, source_commands(desk)), desk, database, clock)


def feed(*titles: str, title: str = "Daily Trade", days_old: int = 0) -> str:
    entries = [
        item(each, guid=each, pubDate=format_datetime(NOW - timedelta(days=days_old, hours=number)))
        for number, each in enumerate(titles)
    ]
    return rss(*entries, title=title)


def page(*hrefs: str) -> str:
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="{href}">' for href in hrefs)
    return f"<!doctype html><html><head>{links}</head><body>Hello</body></html>"
