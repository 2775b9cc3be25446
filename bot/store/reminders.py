"""Who is to be reminded of events, and when.

What is due stands in rows: a restart loses none and sends none twice.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.calendar.events import Days, Event, EventId
from bot.calendar.reminders import Lead, Reminder
from bot.model import Destination
from bot.store.calendar import event_of
from bot.store.schema import among, calendar_events, places, reminder_times, reminders

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

    def heard(self, event: Event) -> Planned:
        """As it is where the place knows the event as it stands: nothing more is sent of it."""
        return replace(self, due_at=None, told=event.days if event.stands else OFF)


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


def queries(connection: sa.Connection) -> list[str]:
    """What is asked for, each once."""
    return list(connection.execute(sa.select(reminders.c.query).distinct()).scalars())


def unplanned(connection: sa.Connection, event_id: EventId, asking: Collection[str]) -> list[Reminder]:
    """The reminders with these queries for which nothing is planned of an event, oldest first."""
    there = sa.exists().where(reminder_times.c.reminder_id == reminders.c.id, reminder_times.c.event_id == event_id)
    return _all(connection, sa.and_(among(reminders.c.query, asking), ~there))


def remove(connection: sa.Connection, ids: Collection[int]) -> int:
    """Delete reminders with all that was planned for them; returns how many there were."""
    return connection.execute(sa.delete(reminders).where(reminders.c.id.in_(list(ids)))).rowcount


def forget_person(connection: sa.Connection, person: Destination) -> None:
    """Delete what is sent to a person; what they asked for a channel is the channel's and stays, without them."""
    connection.execute(sa.delete(reminders).where(reminders.c.destination == str(person)))
    theirs = reminders.c.owner == str(person)
    connection.execute(sa.update(reminders).where(theirs).values(owner=reminders.c.destination, zone=""))


# --- when -----------------------------------------------------------------------------------------------------


def plan(connection: sa.Connection, fresh: Collection[Planned]) -> None:
    """Keep when each of `fresh`, of which nothing is planned yet, is to be sent, and what was told."""
    rows = [{"reminder_id": each.reminder.id, "event_id": each.event_id, **_state(each)} for each in fresh]
    if rows:
        connection.execute(sa.insert(reminder_times), rows)


def replan(connection: sa.Connection, changed: Collection[Planned]) -> None:
    """Keep what has become of each of `changed`, which are planned already."""
    rows = [{"reminder": each.reminder.id, "event": each.event_id, **_state(each)} for each in changed]
    if rows:
        this = (
            reminder_times.c.reminder_id == sa.bindparam("reminder"),
            reminder_times.c.event_id == sa.bindparam("event"),
        )
        connection.execute(sa.update(reminder_times).where(*this), rows)


def call_off(connection: sa.Connection, event_id: EventId, now: datetime) -> None:
    """Remind nobody of an event any more; who heard of it is due to hear that it is off."""
    this = reminder_times.c.event_id == event_id
    connection.execute(sa.delete(reminder_times).where(this, reminder_times.c.told.is_(None)))
    connection.execute(sa.update(reminder_times).where(this, reminder_times.c.told != OFF).values(due_at=now))


def planned_for(connection: sa.Connection, event_id: EventId) -> list[Planned]:
    """What is planned, or was told, of one event. The rows stay locked until the transaction ends."""
    rows = connection.execute(
        _joined()
        .where(reminder_times.c.event_id == event_id)
        .order_by(reminders.c.id)
        .with_for_update(of=reminder_times)
    )
    return [_planned(row) for row in rows]


def due(connection: sa.Connection, *, now: datetime, limit: int | None) -> list[tuple[Planned, Event]]:
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


def of_changed_places(connection: sa.Connection, *, now: datetime, since: datetime) -> list[tuple[Planned, Event]]:
    """What is not due yet at places that have changed what they prefer. The rows stay locked until the transaction
    ends.
    """
    rows = connection.execute(
        _joined(calendar_events.c.record)
        .join(calendar_events, calendar_events.c.id == reminder_times.c.event_id)
        .join(places, places.c.destination == reminders.c.destination)
        .where(places.c.changed_at >= since, reminder_times.c.due_at > now)
        .with_for_update(of=reminder_times)
    )
    return [(_planned(row), event_of(row)) for row in rows]


def is_due(connection: sa.Connection, *, now: datetime) -> bool:
    found = sa.exists().where(reminder_times.c.due_at <= now)
    return bool(connection.execute(sa.select(found)).scalar_one())


def hand_over(connection: sa.Connection, old: EventId, new: EventId) -> None:
    """What was planned and told of `old` stands for `new`, where of that nothing was told or is planned."""
    times, of_new = reminder_times.c, reminder_times.c.event_id == new
    told = sa.select(times.reminder_id).where(times.event_id == old, times.told.is_not(None))
    connection.execute(sa.delete(reminder_times).where(of_new, times.told.is_(None), times.reminder_id.in_(told)))
    there = sa.select(times.reminder_id).where(of_new)
    connection.execute(
        sa.update(reminder_times).where(times.event_id == old, times.reminder_id.not_in(there)).values(event_id=new)
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


def _state(planned: Planned) -> dict[str, Any]:
    told = planned.told
    text = f"{told.first.isoformat()}/{told.last.isoformat()}" if isinstance(told, Days) else told
    return {"due_at": planned.due_at, "told": text}
