"""`/wire remind`: a message before events, for oneself by anybody, for a channel by those who may."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bot.calendar.reminders import Lead, Reminder
from bot.clock import Clock
from bot.commands.calendar import CalendarDesk, calendar_command
from bot.commands.spec import Caller, Command, Mistake, Option, Permission, one_line, split_words, unquoted_whole
from bot.commands.views import reminding as views
from bot.commands.zones import zone_of
from bot.deliver.card import Reply, Run
from bot.model import Destination
from bot.routing.countries import countries_like, country_of
from bot.routing.query import QueryError, parse
from bot.steps.agenda import Agenda
from bot.store import reminders
from bot.store.engine import Database

HERE, DIRECT = "here", "dm"
ALL, OFF = "all", "off"
USUAL = "1d"
MOST_AT_ONE_PLACE = 20
SUGGESTED = 24  # and "all"

_LEAD = re.compile(r"\d+[hdwmsy]", re.IGNORECASE)  # what is meant as one; `Lead.parse` says whether it is
_NUMBER = re.compile(r"#(\d{1,15})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminding:
    """What the command works on. `managers` may decide for every channel, whatever the platform says."""

    database: Database
    clock: Clock
    agenda: Agenda
    managers: frozenset[Destination]

    async def remind(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        what, where, lead = _said(arguments)
        if not what:
            return views.listed(await self._seen_by(caller))
        if what.lower().split()[0] == OFF:
            return await self._stop(caller, what[len(OFF) :].strip(), where)
        query = await asyncio.to_thread(_query, what)
        place = self._place(caller, where)
        permission = await self._permission(caller, place)
        if not permission.granted:
            raise Mistake(views.not_allowed(permission), "where")
        zone = await zone_of(caller, self.database, self.agenda.zone)
        reminder = Reminder(
            place=place, owner=caller.user, query=query, lead=lead, zone=zone.key, made_at=self.clock.now()
        )
        return await self.database.write(self._start, reminder)

    async def suggest(self, caller: Caller, typed: str) -> Sequence[str]:
        """Everything, and countries that begin like what was typed."""
        fixed = [word for word in (ALL, OFF) if word.startswith(typed.lower())]
        return [*fixed, *countries_like(typed)[: SUGGESTED - len(fixed)]]

    def _start(self, connection: sa.Connection, reminder: Reminder) -> Reply:
        there = reminders.at(connection, reminder.place)
        if len(there) >= MOST_AT_ONE_PLACE and all(each.query != reminder.query for each in there):
            return views.too_many(MOST_AT_ONE_PLACE)
        kept, covered = self.agenda.start(connection, reminder, reminder.made_at)
        return views.started(kept, covered, self.agenda.zone_of(connection, kept).key)

    async def _stop(self, caller: Caller, which: str, where: str | None) -> Reply:
        """Stop all at the place that is meant, or the one that is named: one's own before the channel's, unless it is
        said where. Of a channel only by those who may.
        """
        found = await self._seen_by(caller)
        meant = [each for each in found if each.place == self._place(caller, where)]
        if which:
            named = [each for each in found if _is(each, which)]
            meant = [each for each in meant if each in named] or ([] if where else named)
        if any(each.place != caller.user for each in meant):
            permission = await self._permission(caller, caller.place)
            if not permission.granted:
                raise Mistake(views.not_allowed(permission), "where")
        await self.database.write(reminders.remove, [each.id for each in meant])
        return views.stopped(meant)

    async def _seen_by(self, caller: Caller) -> list[Reminder]:
        """The caller's own, and in a channel those that it gets."""
        places = dict.fromkeys([caller.place, caller.user])
        return [each for place in places for each in await self.database.read(reminders.at, place)]

    def _place(self, caller: Caller, where: str | None) -> Destination:
        return caller.place if where == HERE else caller.user

    async def _permission(self, caller: Caller, place: Destination) -> Permission:
        if place == caller.user or caller.user in self.managers:
            return Permission(granted=True)
        return await caller.may_manage()


def _said(arguments: Mapping[str, str]) -> tuple[str, str | None, Lead]:
    """What to be reminded of, where, and how long before: "China dm 2d before" or each in an option of its own."""
    words = split_words(one_line(arguments.get("what", "")))
    where, before = arguments.get("where"), arguments.get("before")
    while words:
        last = words[-1].lower()
        if last == "before":
            words.pop()
        elif len(words) == 1:
            break
        elif _LEAD.fullmatch(last):
            if before is not None:
                raise Mistake(views.two_times(words[-1], before), "before")
            before = words.pop()
        elif where is None and last in (HERE, DIRECT):
            where = words.pop().lower()
        else:
            break
    try:
        return " ".join(words), where, Lead.parse((before or USUAL).lower().removesuffix("before"))
    except ValueError as error:
        example = (Run(text="/wire remind China 2d"),)
        raise Mistake(Reply(title=f"{error}.", lines=(example,)), "before") from None


def _query(what: str) -> str:
    """A country, "all" or a query, as a query. Raises Mistake."""
    name = unquoted_whole(what) or what
    if name.lower() == ALL:
        return ""
    if code := country_of(name):
        return f"country:{code}"
    try:
        return parse(what).text
    except QueryError as error:
        raise Mistake(views.no_query(what, error), "what") from None


def _is(reminder: Reminder, which: str) -> bool:
    """Whether `which` is the reminder's number, its query or its country."""
    if number := _NUMBER.fullmatch(which):
        return reminder.id == int(number[1])
    name = unquoted_whole(which) or which
    if name.lower() == ALL:
        return not reminder.query
    code = country_of(name)
    return reminder.query == which or (code is not None and reminder.query == f"country:{code}")


def calendar_commands(
    database: Database, clock: Clock, agenda: Agenda, managers: frozenset[Destination]
) -> tuple[Command, ...]:
    """What is to happen, and to be reminded of it."""
    desk = CalendarDesk(database=database, clock=clock, zone=agenda.zone)
    reminding = Reminding(database=database, clock=clock, agenda=agenda, managers=managers)
    return calendar_command(desk), remind_command(reminding)


def remind_command(desk: Reminding) -> Command:
    what = "a country, “all”, or a query as for subscribe; “off” ends your reminders; empty: lists them"
    return Command(
        name="remind",
        help="A message before meetings, deadlines and effective dates; also when one moves or is called off.",
        run=desk.remind,
        options=(
            Option(name="what", help=what, phrase=True, suggest=desk.suggest),
            Option(name="where", help="here: for this channel; dm, else: for you", choices=(HERE, DIRECT)),
            Option(name="before", help="1d (else): at 09:00 a day before; 3h: before the day begins"),
        ),
        examples=(
            "/wire remind China",
            "/wire remind all 2d here",
            '/wire remind "rare earths" 3h dm',
            "/wire remind off",
        ),
    )
