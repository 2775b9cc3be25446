"""`/wire calendar`: what is to happen, by day in the reader's zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.clock import Clock
from bot.commands.spec import Caller, Command, Option
from bot.commands.typed.calendar import WHEN, Wish, wish_of
from bot.commands.views import calendar as views
from bot.commands.zones import zone_of
from bot.country_names import country_name
from bot.deliver.card import Reply
from bot.routing.countries import countries_like
from bot.store import calendar
from bot.store.engine import Database

MOST_EVENTS = 500  # of one list that are counted; nobody pages through more
SUGGESTED = (
    25  # https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDesk:
    """What the command works on. `zone` is that of who never named one."""

    database: Database
    clock: Clock
    zone: ZoneInfo

    async def calendar(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        wish = wish_of(arguments)
        zone = await zone_of(caller, self.database, self.zone)
        return await self.database.read(self._list, wish, self.clock.now().astimezone(zone).date())

    def _list(self, connection: sa.Connection, wish: Wish, today: date) -> Reply:
        days = wish.period.days(today)
        events = calendar.between(connection, days.first, days.last, country=wish.country, limit=MOST_EVENTS)
        following = None if events else calendar.after(connection, days.last, country=wish.country)
        return views.listed(wish, events, today, following)

    async def suggest(self, caller: Caller, typed: str) -> Sequence[str]:
        """Countries that begin like what was typed: those with events ahead first."""
        names = countries_like(typed)
        today = self.clock.now().date()
        busy = [country_name(code) for code in await self.database.read(calendar.countries, since=today)]
        return [*(name for name in busy if name in names), *(name for name in names if name not in busy)][:SUGGESTED]


def calendar_command(desk: CalendarDesk) -> Command:
    return Command(
        name="calendar",
        help="What is to happen: meetings, deadlines and the days from which measures are in force.",
        run=desk.calendar,
        options=(
            Option(name="country", help="only what this country takes part in", phrase=True, suggest=desk.suggest),
            Option(name="when", help="which days; else the next seven", choices=WHEN),
            Option(name="start", help="the number of the event to begin with"),
        ),
        examples=("/wire calendar", "/wire calendar China month", "/wire calendar South Korea next week"),
    )
