"""Every command, once, for both platforms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bot.clock import Clock
from bot.commands.feedback import Feedback, feedback_commands
from bot.commands.following import Following, follow_commands
from bot.commands.forgetting import Forgetting, forget_command
from bot.commands.helping import Helping, help_command
from bot.commands.home import PanelOf, page_of
from bot.commands.latest import Latest, latest_command
from bot.commands.lookup import wanted_item
from bot.commands.muting import Muting, mute_commands
from bot.commands.searching import Searching, search_command
from bot.commands.spec import Caller, Catalog, Command, Option
from bot.commands.status import StatusDesk, status_command
from bot.commands.story import StoryDesk, story_command
from bot.commands.subscribing import Subscribing, subscribe_commands
from bot.commands.suggesting import Suggesting
from bot.commands.views import common as views
from bot.commands.views import feedback as feedback_views
from bot.deliver.card import Reply
from bot.model import Destination, Source
from bot.observe.health import Parts
from bot.store import audience, pages
from bot.store.engine import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the commands work on."""

    database: Database
    clock: Clock
    parts: Parts
    feedback: Feedback
    managers: frozenset[Destination] = frozenset()  # may mute for every channel, and see what was decided for it
    configured: Sequence[Source] = ()  # of sources.toml

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
        page = pages.noted(connection, item.key)
        read = None if page is None else views.page_line(item, None if page == pages.READ_IN_FULL else page)
        return views.why(item, verdict, decisions, learned, actions, read)


def build_catalog(desk: Desk, more: Sequence[Command] = (), panels: Sequence[PanelOf] = ()) -> Catalog:
    """All commands, `help` among them, which needs to know the others. `more` are those that need other parts.

    `panels` stand on a person's own page beside their subscriptions and mutes.
    """
    destinations = frozenset(place for route in desk.feedback.routes for place in route.to)
    muting = Muting(database=desk.database, clock=desk.clock, destinations=destinations, managers=desk.managers)
    subscribing = Subscribing(database=desk.database, clock=desk.clock, managers=desk.managers)
    commands = (
        latest_command(Latest(database=desk.database, clock=desk.clock)),
        search_command(Searching(database=desk.database, clock=desk.clock)),
        Command(
            name="why",
            help="Why an item was flagged, and why you got it or did not.",
            run=desk.why,
            options=(
                Option(
                    name="item",
                    help="the reference on the alert, or a link; empty: the last alert here",
                    suggest=Suggesting(database=desk.database, clock=desk.clock).items,
                ),
            ),
            examples=("/wire why", "/wire why 3f9a6c01"),
        ),
        story_command(StoryDesk(database=desk.database, clock=desk.clock)),
        *follow_commands(Following(database=desk.database, clock=desk.clock)),
        *subscribe_commands(subscribing),
        *mute_commands(muting),
        *feedback_commands(desk.feedback),
        forget_command(Forgetting(database=desk.database, clock=desk.clock, destinations=destinations)),
        *more,
        status_command(
            StatusDesk(
                database=desk.database,
                clock=desk.clock,
                parts=desk.parts,
                configured=desk.configured,
                managers=desk.managers,
                started_at=desk.clock.now(),
            )
        ),
        help_command(Helping(database=desk.database, clock=desk.clock, commands=lambda: catalog.commands)),
    )
    catalog = Catalog(commands, destinations, page_of((subscribing.panel, *panels, muting.panel)))
    return catalog
