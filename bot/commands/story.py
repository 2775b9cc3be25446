"""`/wire story`: how an event came about, report by report, and what may be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from bot.clock import Clock
from bot.commands.lookup import wanted_item
from bot.commands.spec import Caller, Command, Mistake, Option
from bot.commands.suggesting import Suggesting
from bot.commands.views import story as views
from bot.commands.views.common import unknown_item
from bot.commands.views.story import Reading
from bot.deliver.card import Reply
from bot.model import Destination, Story
from bot.routing.mutes import Mute, MuteKind
from bot.store import follows, mutes, storyline
from bot.store.engine import Database

MOST_REPORTS = 500  # of one story that are read for its page; the rest is counted


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryDesk:
    """What the story page works on."""

    database: Database
    clock: Clock

    async def story(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        """The page of the story that is named, else of the last told here with the list of those followed."""
        return await self.database.read(self._page, caller, arguments.get("story"), arguments.get("start", "1"))

    def _page(self, connection: sa.Connection, caller: Caller, wanted: str | None, start: str) -> Reply:
        found = wanted_item(connection, caller.place, wanted)
        if found is None and wanted:
            return unknown_item(wanted, "story")
        followed = [] if wanted else follows.followed(connection, caller.user, limit=views.LISTED + 1)
        if found is None:
            return views.followed_list(followed)
        story = found[2]
        items = storyline.reports(connection, story.id, limit=MOST_REPORTS)
        reading = Reading(
            story=story,
            reports=views.timeline(items, storyline.told_for(connection, story.id, caller.user)),
            turns=views.turns(items),
            count=storyline.count(connection, story.id),
            follows=follows.is_following(connection, caller.user, story.id),
            mute=self._mute(connection, caller.place, story),
            also_follows=[each for each in followed if each[0] != story.id],
        )
        return views.story_page(reading, _number(reading, start))

    def _mute(self, connection: sa.Connection, place: Destination, story: Story) -> Mute | None:
        here = mutes.in_force(connection, [place], now=self.clock.now())
        return next((mute for mute in here if mute.kind is MuteKind.STORY and mute.value == story.id), None)


def _number(reading: Reading, text: str) -> int:
    known = len(reading.reports)
    if text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= known:
        return int(text)
    raise Mistake(views.no_such_page(reading.story, text, known))


def story_command(desk: StoryDesk) -> Command:
    return Command(
        name="story",
        help="One story: who reported it when, what each report added, which way it turned.",
        run=desk.story,
        options=(
            Option(
                name="story",
                help="the reference on an alert, a link or a story's id; empty: the last alert here",
                suggest=Suggesting(database=desk.database, clock=desk.clock).items,
            ),
            Option(name="start", help="the number of the report to begin with"),
        ),
        examples=("/wire story", "/wire story 3f9a6c01"),
    )
