"""Every command, once, for both platforms."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from bot.clock import Clock
from bot.commands import feedback_views, views
from bot.commands.feedback import Feedback, feedback_commands
from bot.commands.following import Following, follow_commands
from bot.commands.lookup import wanted_item
from bot.commands.muting import Muting, mute_commands
from bot.commands.spec import Caller, Catalog, Command, Mistake, Option, usage
from bot.commands.story import StoryDesk, story_command
from bot.deliver.card import Reply, Run
from bot.model import Destination
from bot.observe import Parts
from bot.settings import parse_duration
from bot.store import audience, feeds, news, outbox
from bot.store.engine import Database

TOPICS = ("trade", "market", "urgent")
LATEST = 10  # stories in one answer
LONGEST_LOOK_BACK = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the commands work on."""

    database: Database
    clock: Clock
    parts: Parts
    feedback: Feedback
    managers: frozenset[Destination] = frozenset()  # may mute for every channel, and see what was decided for it

    async def latest(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        now = self.clock.now()
        since = now - _look_back(arguments.get("since", "24h"))
        topic = arguments.get("topic")
        labels = (topic,) if topic else TOPICS
        stories = await self.database.read(news.latest_stories, labels=labels, since=since, limit=LATEST)
        return views.latest(stories, topic=topic, since=since)

    async def why(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        return await self.database.read(self._why, caller, arguments.get("item"))

    def _why(self, connection: sa.Connection, caller: Caller, wanted: str | None) -> Reply:
        found = wanted_item(connection, caller.place, wanted)
        if found is None:
            return views.unknown_item(wanted)
        item, verdict, _ = found
        decisions = views.decisions_for(caller, audience.decisions_on(connection, item.key), self.managers)
        marks, thresholds = self.feedback.here(connection, caller.place)
        said = [mark for mark in marks if mark.item_key == item.key]
        shifted = [each for each in thresholds if each.shift.steps]
        learned = [*feedback_views.said_of(said, caller.user), *feedback_views.threshold_lines(shifted)]
        actions = feedback_views.mark_actions(item.key, said, caller.user)
        return views.why(item, verdict, decisions, learned, actions)

    async def status(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        since = self.clock.now() - timedelta(hours=24)
        sources = await self.database.read(feeds.health)
        read, opened = await self.database.read(news.counts, since=since)
        waiting = await self.database.read(outbox.backlog)
        outcomes = await self.database.read(outbox.outcomes, since=since)
        reasons = await self.database.read(audience.reason_counts, since=since)
        return views.status(
            sources=sources,
            read=read,
            opened=opened,
            waiting=[entry for entry in waiting if not entry.destination.person],
            outcomes=outcomes,
            reasons=reasons,
            parts=list(self.parts),
        )


def build_catalog(desk: Desk) -> Catalog:
    """All commands, `help` among them, which needs to know the others."""
    destinations = frozenset(place for route in desk.feedback.routes for place in route.to)
    muting = Muting(database=desk.database, clock=desk.clock, destinations=destinations, managers=desk.managers)
    commands = (
        Command(
            name="latest",
            help="The newest stories that were flagged.",
            run=desk.latest,
            options=(
                Option(name="topic", help="only this topic", choices=TOPICS),
                Option(name="since", help="how far back, such as 90m, 24h or 7d"),
            ),
            examples=("/wire latest", "/wire latest trade 7d"),
        ),
        Command(
            name="why",
            help="Why an item was flagged, and why you got it or did not.",
            run=desk.why,
            options=(Option(name="item", help="the reference on the alert, or a link; empty: the last alert here"),),
            examples=("/wire why", "/wire why 3f9a6c01"),
        ),
        story_command(StoryDesk(database=desk.database, clock=desk.clock)),
        *follow_commands(Following(database=desk.database, clock=desk.clock)),
        *mute_commands(muting),
        *feedback_commands(desk.feedback),
        Command(
            name="status",
            help="How the sources, the deliveries and the chat connections are doing.",
            run=desk.status,
            examples=("/wire status",),
        ),
    )

    async def show_help(caller: Caller, arguments: Mapping[str, str]) -> Reply:
        name = arguments.get("command")
        return usage(catalog.by_name[name]) if name else views.overview(catalog.commands)

    names = (*(command.name for command in commands), "help")
    help_command = Command(
        name="help",
        help="What I can do, or how one command works.",
        run=show_help,
        options=(Option(name="command", help="one command", choices=names),),
        examples=("/wire help latest",),
    )
    catalog = Catalog((*commands, help_command), destinations)
    return catalog


def _look_back(text: str) -> timedelta:
    try:
        return min(parse_duration(text), LONGEST_LOOK_BACK)
    except ValueError:
        near = difflib.get_close_matches(text.lower(), TOPICS, n=1, cutoff=0.5)
        hint = f"Did you mean {near[0]}? " if near else ""
        rule = f"{hint}A topic is {', '.join(TOPICS)}; a time is a number and s, m, h, d or w."
        title = f"“{text[:40]}” is neither a topic nor a time such as 24h."
        raise Mistake(Reply(title=title, lines=((Run(text=rule),),))) from None
