"""Settings of a place and its digests as commands: a channel's by those who may, one's own by anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from bot.clock import Clock
from bot.commands.spec import Caller, Command, Option, Permission
from bot.commands.typed.preferring import Setting, changed, completions, unknown
from bot.commands.views import preferring as views
from bot.commands.views.preferring import Here
from bot.deliver.card import Reply
from bot.deliver.panel import Panel
from bot.model import Destination
from bot.routing.preferences import Preferences, hourly_at
from bot.routing.routes import Route
from bot.steps.digesting import Digester
from bot.store import digests, places, subscriptions
from bot.store.engine import Database

NOW, SHOW = "now", "show"
SUGGESTED = 25  # https://docs.discord.com/developers/interactions/application-commands (autocomplete: 25 choices)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferring:
    """What the settings commands work on. `managers` may decide for every channel, whatever the platform says.

    `hourly` is the most messages of an hour at any place.
    """

    database: Database
    clock: Clock
    routes: Sequence[Route]
    digester: Digester
    managers: frozenset[Destination]
    hourly: int | None = None

    async def settings(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        """Show the settings of here, or one of them with what it can be, or change one."""
        setting = Setting(arguments["setting"]) if "setting" in arguments else None
        if setting is None and "value" in arguments:
            raise unknown(arguments["value"])
        if setting is None:
            here = await self.database.read(self._here, caller.place)
            return views.overview(here, await self._own_zone(caller, here))
        if "value" not in arguments:
            return views.one(await self.database.read(self._here, caller.place), setting)
        before = await self.database.read(self._own, caller.place)
        changed(before, setting, arguments["value"], self.digester.zone)  # what cannot be read is said first
        permission = await self._permission(caller)
        if not permission.granted:
            return views.not_allowed(permission)
        return await self.database.write(self._change, caller.place, setting, arguments["value"])

    async def digest(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        """What the next digest would hold; with `now`, send it."""
        if arguments.get("what", SHOW) == SHOW:
            return await self.database.read(self._preview, caller.place)
        permission = await self._permission(caller)
        if not permission.granted:
            return views.not_allowed(permission)
        return await self.database.write(self._send, caller.place)

    async def suggest(self, caller: Caller, typed: str) -> Sequence[str]:
        return completions(typed)[:SUGGESTED]

    async def panel(self, caller: Caller) -> Panel:
        """What the caller's own messages are set to, for a page of their own."""
        return views.panel(await self.database.read(self._here, caller.user))

    async def _own_zone(self, caller: Caller, here: Here) -> str | None:
        """The caller's zone where it would be news to their direct messages."""
        if caller.place != caller.user or here.own.zone is not None:
            return None
        zone = await caller.zone()
        return zone if zone != here.usual else None

    async def _permission(self, caller: Caller) -> Permission:
        if caller.place == caller.user or caller.user in self.managers:
            return Permission(granted=True)
        return await caller.may_manage()

    def _own(self, connection: sa.Connection, place: Destination) -> Preferences:
        return places.preferences(connection, [place]).get(place) or Preferences(place=place)

    def _here(self, connection: sa.Connection, place: Destination) -> Here:
        own = self._own(connection, place)
        return Here(
            own=own,
            routes=[route for route in self.routes if place in route.to],
            asks=len(subscriptions.at(connection, place)),
            usual=self.digester.zone.key,
            comes=self.digester.comes(own, self.clock.now()),
            hourly=hourly_at(self.routes, place, own, self.hourly),
        )

    def _change(self, connection: sa.Connection, place: Destination, setting: Setting, value: str) -> Reply:
        stands = places.to_change(connection, place)
        before = self._here(connection, place)
        own = changed(stands, setting, value, self.digester.zone)
        if own != stands:
            places.save(connection, own, now=self.clock.now())
        return views.changed(before, self._here(connection, place), setting)

    def _preview(self, connection: sa.Connection, place: Destination) -> Reply:
        here = self._here(connection, place)
        bulletin, at = self.digester.preview(connection, here.own, self.clock.now())
        return views.digest_preview(replace(here, comes=at), bulletin)

    def _send(self, connection: sa.Connection, place: Destination) -> Reply:
        here, now = self._here(connection, place), self.clock.now()
        sent = self.digester.send(connection, here.own, now, key=f"{digests.KEY}now {now.isoformat()}")
        return views.digest_sent(here, sent=sent)


def preference_commands(desk: Preferring) -> tuple[Command, ...]:
    """In the order in which `help` lists them."""
    names = tuple(str(setting) for setting in Setting)
    return (
        Command(
            name="settings",
            help="What this channel is told and when; in direct messages, what you are.",
            run=desk.settings,
            options=(
                Option(name="setting", help="one setting", choices=names),
                Option(name="value", help="what it shall be, or default", suggest=desk.suggest),
            ),
            examples=(
                "/wire settings",
                "/wire settings digest weekdays 08:00 17:30",
                "/wire settings quiet 22:00-06:00",
                "/wire settings threshold trade 0.7",
                "/wire settings cap default",
            ),
        ),
        Command(
            name="digest",
            help="What the next digest here would hold; now sends it.",
            run=desk.digest,
            options=(Option(name="what", help="show it to you, or send it now", choices=(SHOW, NOW)),),
            examples=("/wire digest", "/wire digest now"),
        ),
    )
