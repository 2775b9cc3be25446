"""A channel that was told a story, and the people who ask about it there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from bot.commands.catalog import Desk, build_catalog
from bot.commands.feedback import Feedback
from bot.commands.spec import Caller, Catalog, Permission
from bot.deliver.card import Reply, plain
from bot.deliver.discord.embeds import reply_payload as discord_payload
from bot.deliver.slack.blocks import reply_payload as slack_payload
from bot.model import Destination, Direction, Fact, ItemKey, Measure, Party, Rate, Reason, Story, StoryId
from bot.observe.health import Parts
from bot.routing import query
from bot.routing.mutes import Mute
from bot.routing.routes import Route
from bot.store import audience, follows, mutes, news
from bot.store.engine import Database
from tests import samples
from tests.fakes.clock import FakeClock
from tests.judges.discord import judge as judge_discord
from tests.judges.slack import judge as judge_slack
from tests.samples import DISCORD, NOW, SLACK

ANN, BOB = (Destination("slack", name, person=True) for name in ("UANN", "UBOB"))
HOUR = timedelta(hours=1)
STORY = StoryId("aaaaaaaaaaaa")
LEAD = ItemKey("aaaaaaaaaaaaaaaa")
WHO = "Whoever has the key may."
ANSWER = ("/webhooks/{webhook_id}/{webhook_token}/messages/@original", "PATCH")

US, TARIFF, TEN, FIVE = (
    Party(value="US", span=samples.span()),
    Measure(value="tariff", stage="announced", span=samples.span()),
    Rate(value=10.0, of="tariff", span=samples.span()),
    Rate(value=5.0, of="tariff", span=samples.span()),
)


async def granted() -> Permission:
    return Permission(granted=True, why=WHO)


async def refused() -> Permission:
    return Permission(granted=False, why=WHO)


async def never_asked() -> Permission:
    raise AssertionError("nobody needs to know")


MANAGER = Caller(user=ANN, place=SLACK, name="Ann", may_manage=granted)
GUEST = Caller(user=BOB, place=SLACK, name="Bob", may_manage=refused)
ALONE = Caller(user=ANN, place=ANN, name="Ann", may_manage=never_asked)


@dataclass
class Room:
    """A channel that was told STORY: three reports by three outlets, the second with a new fact."""

    catalog: Catalog
    database: Database
    clock: FakeClock

    async def reply(self, text: str, caller: Caller = MANAGER) -> Reply:
        reply = await self.catalog.run_text(text, caller)
        assert judge_slack(slack_payload(reply)) == []
        assert judge_discord(*ANSWER, discord_payload(reply)) == []
        return reply

    async def ask(self, text: str, caller: Caller = MANAGER) -> str:
        return said(await self.reply(text, caller))

    async def press(self, reply: Reply, label: str, caller: Caller = MANAGER) -> Reply:
        (action,) = [action for action in reply.actions if action.label == label]
        return await self.catalog.press(action.command, caller)

    def muted(self, *places: Destination) -> list[Mute]:
        return self.database.read_now(mutes.in_force, places or (SLACK,), now=self.clock.now())

    def followers(self) -> list[Destination]:
        return self.database.read_now(follows.followers, STORY)


def said(reply: Reply) -> str:
    return f"{reply.title}\n{plain(reply.lines)}"


def labels(reply: Reply) -> list[str]:
    return [action.label for action in reply.actions]


def room_of(database: Database, clock: FakeClock) -> Room:
    def fill(connection: sa.Connection) -> None:
        news.add_story(connection, story_of(3))
        report(connection, 0, "Example Wire", [US, TARIFF], "escalation", Reason.FIRST)
        report(connection, 1, "Daily", [US, TARIFF, TEN], None, Reason.NEW_FACT)
        report(connection, 2, "", [TEN, FIVE], "de-escalation", Reason.NOTHING_NEW)

    database.write_now(fill)
    return enter(database, clock)


def enter(
    database: Database,
    clock: FakeClock,
    *,
    managers: frozenset[Destination] = frozenset(),
    to: tuple[Destination, ...] = (SLACK, DISCORD),
) -> Room:
    routes = [Route(name="desk", to=to, when=query.parse("topic:trade"))]
    feedback = Feedback(database=database, clock=clock, routes=routes, thresholds={"trade": 0.5, "market": 0.5})
    desk = Desk(database=database, clock=clock, parts=Parts(), feedback=feedback, managers=managers)
    return Room(build_catalog(desk), database, clock)


def story_of(hours: int) -> Story:
    return samples.story(
        id=STORY,
        key=STORY,
        lead=LEAD,
        verdict=samples.verdict(facts=(US, TARIFF, TEN, FIVE)),
        outlets=("Example Wire", "Daily"),
        updated_at=NOW + hours * HOUR,
    )


def report(
    connection: sa.Connection,
    number: int,
    outlet: str,
    facts: Sequence[Fact],
    direction: Direction | None,
    reason: Reason,
    title: str = samples.TITLE,
) -> None:
    key = LEAD if number == 0 else ItemKey(f"{number:016x}")
    at = NOW + number * HOUR
    link = f"https://news.example/{number}"
    item = samples.item(key=key, outlet=outlet, title=title, published_at=at, seen_at=at, url=link)
    news.add_item(connection, item, STORY, samples.verdict(facts=tuple(facts), direction=direction))
    audience.save_decision(connection, samples.notice(item_key=key, story_id=STORY, reason=reason, decided_at=at))
