"""Learning from the desk, as commands: say what was relevant and what was not, look at it, take it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from bot.clock import Clock
from bot.commands.lookup import wanted_item
from bot.commands.spec import Caller, Command, Option
from bot.commands.suggesting import Suggesting
from bot.commands.views import feedback as feedback_views
from bot.commands.views.common import unknown_item
from bot.deliver.card import Reply
from bot.model import Destination, Label
from bot.routing.learning import TOPICS, Learned, Mark, shifts_of
from bot.routing.preferences import routes_there
from bot.routing.routes import Route, Threshold, thresholds_at, topics_concerned, topics_flagged
from bot.store import feedback, news, places
from bot.store.engine import Database

LISTED = 10  # marks in one answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What the feedback commands work on; `thresholds` are the classifier's."""

    database: Database
    clock: Clock
    routes: Sequence[Route]
    thresholds: Mapping[Label, float]

    async def relevant(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        return await self.database.write(self._mark, caller, arguments, relevant=True)

    async def irrelevant(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        return await self.database.write(self._mark, caller, arguments, relevant=False)

    async def undo(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        return await self.database.write(self._take_back, caller, arguments.get("item"))

    async def feedback(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        return await self.database.read(self._overview, caller)

    def here(self, connection: sa.Connection, place: Destination) -> tuple[list[Mark], list[Threshold]]:
        """The marks that count in `place`, oldest first, and the thresholds there."""
        marks = feedback.counting(connection, [place], now=self.clock.now())
        return marks, thresholds_at(self._routes(connection, place), place, self._learned(marks))

    def _routes(self, connection: sa.Connection, place: Destination) -> list[Route]:
        """As `place` prefers them."""
        return routes_there(self.routes, places.preferences(connection, [place]))

    def _learned(self, marks: Sequence[Mark]) -> Learned:
        return Learned(thresholds=self.thresholds, shifts=shifts_of(marks))

    def _mark(
        self, connection: sa.Connection, caller: Caller, arguments: Mapping[str, str], *, relevant: bool
    ) -> Reply:
        found = wanted_item(connection, caller.place, arguments.get("item"))
        if found is None:
            return unknown_item(arguments.get("item"), "relevant" if relevant else "irrelevant")
        item, _, story = found
        marks, before = self.here(connection, caller.place)
        routes = self._routes(connection, caller.place)
        concerned = topics_concerned(routes, caller.place, story.verdict, story.tier, self._learned(marks))
        topics = self._named(arguments) or concerned
        if relevant and not topics:
            return feedback_views.relevant_for_what(item)
        mark = Mark(
            place=caller.place,
            person=caller.user,
            item_key=item.key,
            relevant=relevant,
            topics=topics,
            flagged=topics_flagged(routes, caller.place, story.verdict),
            verdict=replace(story.verdict, facts=(), evidence=()),
            marked_at=self.clock.now(),
        )
        feedback.save_mark(connection, mark)
        _, after = self.here(connection, caller.place)
        return feedback_views.marked(item, mark, before, after)

    def _named(self, arguments: Mapping[str, str]) -> tuple[Label, ...]:
        return tuple(topic for topic in TOPICS if topic == arguments.get("topic"))

    def _take_back(self, connection: sa.Connection, caller: Caller, wanted: str | None) -> Reply:
        named = wanted_item(connection, caller.place, wanted) if wanted else None
        if wanted and named is None:
            return unknown_item(wanted, "undo")
        _, before = self.here(connection, caller.place)
        mark = feedback.take_back(connection, caller.place, caller.user, named[0].key if named else None)
        found = news.item(connection, mark.item_key) if mark else None
        if mark is None or found is None:
            return feedback_views.nothing_to_take_back()
        _, after = self.here(connection, caller.place)
        return feedback_views.taken_back(found[0], mark, before, after)

    def _overview(self, connection: sa.Connection, caller: Caller) -> Reply:
        marks, thresholds = self.here(connection, caller.place)
        found = [(mark, news.item(connection, mark.item_key)) for mark in reversed(marks[-LISTED:])]
        shown = [(mark, each[0]) for mark, each in found if each]
        return feedback_views.overview(caller.user, thresholds, shown, more=len(marks) - len(shown))


def feedback_commands(desk: Feedback) -> tuple[Command, ...]:
    """In the order in which `help` lists them."""
    item = Option(
        name="item",
        help="the reference on the alert, or a link; empty: the last alert here",
        suggest=Suggesting(database=desk.database, clock=desk.clock).items,
    )
    topic = Option(name="topic", help="only this topic", choices=TOPICS)
    return (
        Command(
            name="irrelevant",
            help="This was not relevant here: fewer of its kind. Also the card's button.",
            run=desk.irrelevant,
            options=(item, topic),
            examples=("/wire irrelevant", "/wire irrelevant 3f9a6c01 market"),
        ),
        Command(
            name="relevant",
            help="This was relevant here, told or not: more of its kind.",
            run=desk.relevant,
            options=(item, topic),
            examples=("/wire relevant", "/wire relevant 3f9a6c01 trade"),
        ),
        Command(
            name="feedback",
            help="What was marked here lately, and how it shifts the thresholds of this place.",
            run=desk.feedback,
            examples=("/wire feedback",),
        ),
        Command(
            name="undo",
            help="Take back your mark on an item, or your last one here.",
            run=desk.undo,
            options=(Option(name="item", help="the reference on the alert, or a link; empty: your last mark here"),),
            examples=("/wire undo", "/wire undo 3f9a6c01"),
        ),
    )
