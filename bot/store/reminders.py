"""Who is to be reminded of events, and when.

What is due stands in rows: a restart loses none and sends none twice.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.calendar.events import Days, Event, EventId
from bot.calendar.reminders import Lead, Reminder
from bot.model import Destination
from bot.store.calendar import event_of
from bot.store.schema import calendar_events, reminder_times, reminders

OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A reminder of one event.

    `told` is what the place has heard: None, the days, or that it is off. `due_at` is None where nothing is to be
    sent any more.
    """

    reminder: Reminder
    event_id: EventId
    due_at: datetime | None
    told: Days | str | None = None


def add(connection: sa.Connection, reminder: Reminder) -> Reminder:
    """Keep a reminder in place of an earlier one for the same events at the same place."""
    where = (reminders.c.destination == str(reminder.place), reminders.c.query == reminder.query)
    connection.execute(sa.delete(reminders).where(*where))
    row = connection.execute(
        sa.insert(reminders)
        .values(
            destination=str(reminder.place),
            owner=str(reminder.owner),
            query=reminder.query,
            lead=str(reminder.lead),
            zone=reminder.zone,
            made_at=reminder.made_at,
        )
        .returning(*reminders.c)
    ).one()
    return _reminder(row)


def at(connection: sa.Connection, place: Destination) -> list[Reminder]:
    """The reminders that a place gets, oldest first."""
    return _all(connection, reminders.c.destination == str(place))


def every(connection: sa.Connection) -> list[Reminder]:
    return _all(connection, sa.true())


def remove(connection: sa.Connection, ids: Collection[int]) -> int:
    """Delete reminders with all that was planned for them; returns how many there were."""
    return connection.execute(sa.delete(reminders).where(reminders.c.id.in_(list(ids)))).rowcount


def forget_person(connection: sa.Connection, person: Destination) -> None:
    """Delete what is sent to a person; what they asked for a channel is the channel's and stays, without them."""
    connection.execute(sa.delete(reminders).where(reminders.c.destination == str(person)))
    theirs = reminders.c.owner == str(person)
    connection.execute(sa.update(reminders).where(theirs).values(owner=reminders.c.destination, zone=""))


# --- when -----------------------------------------------------------------------------------------------------


def plan(connection: sa.Connection, planned: Planned) -> None:
    """Keep when `planned` is to be sent, and what was told."""
    values = {"due_at": planned.due_at, "told": _told_text(planned.told)}
    where = (
        reminder_times.c.reminder_id == planned.reminder.id,
        reminder_times.c.event_id == planned.event_id,
    )
    changed = connection.execute(sa.update(reminder_times).where(*where).values(**values))
    if not changed.rowcount:
        connection.execute(
            sa.insert(reminder_times).values(reminder_id=planned.reminder.id, event_id=planned.event_id, **values)
        )


def unplan(connection: sa.Connection, planned: Planned) -> None:
    connection.execute(
        sa.delete(reminder_times).where(
            reminder_times.c.reminder_id == planned.reminder.id,
            reminder_times.c.event_id == planned.event_id,
        )
    )


def planned_for(connection: sa.Connection, event_id: EventId) -> list[Planned]:
    """What is planned, or was told, of one event. The rows stay locked until the transaction ends."""
    rows = connection.execute(
        _joined()
        .where(reminder_times.c.event_id == event_id)
        .order_by(reminders.c.id)
        .with_for_update(of=reminder_times)
    )
    return [_planned(row) for row in rows]


def due(connection: sa.Connection, *, now: datetime, limit: int) -> list[tuple[Planned, Event]]:
    """What is due, the longest due first. The rows stay locked until the transaction ends; others pass them over."""
    rows = connection.execute(
        _joined(calendar_events.c.record)
        .join(calendar_events, calendar_events.c.id == reminder_times.c.event_id)
        .where(reminder_times.c.due_at <= now)
        .order_by(reminder_times.c.due_at, reminders.c.id)
        .limit(limit)
        .with_for_update(of=reminder_times, skip_locked=True)
    )
    return [(_planned(row), event_of(row)) for row in rows]


def soon(connection: sa.Connection, *, until: datetime) -> list[tuple[Planned, Event]]:
    """What is due until then, due already or not. The rows stay locked until the transaction ends."""
    rows = connection.execute(
        _joined(calendar_events.c.record)
        .join(calendar_events, calendar_events.c.id == reminder_times.c.event_id)
        .where(reminder_times.c.due_at <= until)
        .with_for_update(of=reminder_times)
    )
    return [(_planned(row), event_of(row)) for row in rows]


def is_due(connection: sa.Connection, *, now: datetime) -> bool:
    found = sa.exists().where(reminder_times.c.due_at <= now)
    return bool(connection.execute(sa.select(found)).scalar_one())


def hand_over(connection: sa.Connection, old: EventId, new: EventId) -> None:
    """What was planned and told of `old` stands for `new`, where nothing is planned for that."""
    there = sa.select(reminder_times.c.reminder_id).where(reminder_times.c.event_id == new)
    connection.execute(
        sa.update(reminder_times)
        .where(reminder_times.c.event_id == old, reminder_times.c.reminder_id.not_in(there))
        .values(event_id=new)
    )


def _all(connection: sa.Connection, where: sa.ColumnElement[bool]) -> list[Reminder]:
    return [_reminder(row) for row in connection.execute(sa.select(reminders).where(where).order_by(reminders.c.id))]


def _joined(*columns: sa.Column[Any]) -> sa.Select[Any]:
    times = (reminder_times.c.event_id, reminder_times.c.due_at, reminder_times.c.told)
    return sa.select(reminders, *times, *columns).join_from(
        reminder_times, reminders, reminders.c.id == reminder_times.c.reminder_id
    )


def _reminder(row: Any) -> Reminder:
    return Reminder(
        id=row.id,
        place=Destination.parse(row.destination),
        owner=Destination.parse(row.owner),
        query=row.query,
        lead=Lead.parse(row.lead),
        zone=row.zone,
        made_at=row.made_at,
    )


def _planned(row: Any) -> Planned:
    told = row.told
    return Planned(
        reminder=_reminder(row),
        event_id=EventId(row.event_id),
        due_at=row.due_at,
        told=told if told in {None, OFF} else Days.parse(told),
    )


def _told_text(told: Days | str | None) -> str | None:
    return f"{told.first.isoformat()}/{told.last.isoformat()}" if isinstance(told, Days) else told
