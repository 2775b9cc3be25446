"""`/wire help`: what there is, how one command works, how queries are written. Its examples work when copied."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

import sqlalchemy as sa

from bot.clock import Clock
from bot.commands.copying import copyable
from bot.commands.spec import Caller, Command, Option, usage
from bot.commands.suggesting import fitting
from bot.commands.views import help as views
from bot.commands.views.help import QUERY
from bot.deliver.card import Reply
from bot.model import Destination
from bot.store import audience, feeds, headlines, mutes
from bot.store.engine import Database

# What stands in the examples of commands for something that there is: help puts it in.
REFERENCE, OUTLET, SOURCE = "3f9a6c01", "Example Wire", "example-org"
SHOWN_REFERENCE = 8  # characters of a key
RECENT = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Helping:
    """`commands` asks for all of them, this one included, when somebody does."""

    database: Database
    clock: Clock
    commands: Callable[[], Sequence[Command]]

    async def help(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        by_name = {command.name: command for command in self.commands()}
        copy = partial(copyable, commands=by_name, platform=caller.user.platform)
        wanted = arguments.get("command", "").lower().removeprefix("/wire").strip().partition(" ")[0]
        if not wanted:
            return views.overview(self.commands(), copy)
        if wanted == QUERY:
            return views.language(copy)
        if wanted not in by_name:
            near = difflib.get_close_matches(wanted, [*by_name, QUERY], n=1, cutoff=0.5)
            raise views.unknown(wanted, near[0] if near else None, list(by_name))
        there = await self.database.read(self._there, caller.place)
        command = by_name[wanted]
        examples = tuple(copy(_filled(example, there)) for example in command.examples)
        return usage(replace(command, examples=examples))

    async def suggest(self, caller: Caller, typed: str) -> Sequence[str]:
        return fitting([*(command.name for command in self.commands()), QUERY], typed)

    def _there(self, connection: sa.Connection, place: Destination) -> dict[str, str]:
        """What the names in examples may stand for here."""
        since = self.clock.now() - RECENT
        newest = headlines.newest(connection, since=since, limit=1)
        key = audience.last_told_item(connection, place) or (newest[0][0] if newest else None)
        sources, outlets = feeds.health(connection), mutes.sources_and_outlets(connection, since=since)
        there = {REFERENCE: key[:SHOWN_REFERENCE]} if key else {}
        there |= {SOURCE: sources[-1].id} if sources else {}  # the failing ones come first
        return there | ({OUTLET: outlets[-1]} if outlets and OUTLET not in outlets else {})


def _filled(example: str, there: Mapping[str, str]) -> str:
    for name, real in there.items():
        example = example.replace(name, real)
    return example


def help_command(desk: Helping) -> Command:
    return Command(
        name="help",
        help="What I can do, how one command works, or how queries are written.",
        run=desk.help,
        options=(Option(name="command", help="one command, or query", suggest=desk.suggest),),
        examples=("/wire help search", "/wire help query"),
    )
