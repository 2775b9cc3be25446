"""What people may mean, shown while they type: references with their titles, names of sources, what is muted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from bot.clock import Clock
from bot.commands.naming import named
from bot.commands.spec import Caller
from bot.model import Destination
from bot.routing.mutes import MuteKind
from bot.store import follows, headlines, mutes
from bot.store.engine import Database

SUGGESTED = 25  # https://docs.discord.com/developers/interactions/application-commands: as many are shown
LOOKED_AT = 200  # of the newest stories
RECENT = timedelta(days=7)
REFERENCE = 8  # characters of a key: as many as alerts show

MUTABLE_TOPICS = ("trade", "market", "urgent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggesting:
    """Each method is one bounded read: who types does not wait."""

    database: Database
    clock: Clock

    async def items(self, caller: Caller, typed: str) -> Sequence[str]:
        """The leads of the newest flagged stories, by reference and headline."""
        return fitting(await self.database.read(self._items), typed)

    async def followed(self, caller: Caller, typed: str) -> Sequence[str]:
        return fitting(await self.database.read(_followed, caller.user), typed)

    async def mutable(self, caller: Caller, typed: str) -> Sequence[str]:
        """Topics, sources and outlets, then stories."""
        return fitting(await self.database.read(self._mutable), typed)

    async def muted(self, caller: Caller, typed: str) -> Sequence[str]:
        """What is muted where they ask."""
        return fitting(await self.database.read(self._muted, caller.place), typed)

    def _items(self, connection: sa.Connection) -> list[str]:
        newest = headlines.newest(connection, since=self.clock.now() - RECENT, limit=LOOKED_AT)
        return [named(key[:REFERENCE], title) for key, title in newest]

    def _mutable(self, connection: sa.Connection) -> list[str]:
        known = mutes.sources_and_outlets(connection, since=self.clock.now() - RECENT)
        return [*MUTABLE_TOPICS, *known, *self._items(connection)]

    def _muted(self, connection: sa.Connection, place: Destination) -> list[str]:
        here = mutes.in_force(connection, [place], now=self.clock.now())
        stories = [mute.value for mute in here if mute.kind is MuteKind.STORY]
        titles = headlines.titles(connection, stories)
        return [named(mute.value, titles[mute.value]) if mute.value in titles else mute.value for mute in here]


def _followed(connection: sa.Connection, person: Destination) -> list[str]:
    return [named(story_id, title) for story_id, title in follows.followed(connection, person, limit=LOOKED_AT)]


def fitting(values: Iterable[str], typed: str) -> list[str]:
    """Those that hold what was typed, the ones that begin with it first."""
    wanted = typed.strip().lower()
    found = [value for value in dict.fromkeys(values) if wanted in value.lower()]
    return sorted(found, key=lambda value: not value.lower().startswith(wanted))[:SUGGESTED]
