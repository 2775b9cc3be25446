"""The calendar: what items say of days to come, and the events that are made of it.

Whatever changes what an item says makes only those events anew that it can have to do with. An event keeps its id
while it has any of the reports that it had.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from bot.calendar.events import Event, EventId, Report, Status
from bot.calendar.merging import Merged, Sight, merge, window
from bot.codec import verdict_from_json
from bot.model import Item, ItemKey, Verdict
from bot.store.news import item_of
from bot.store.schema import among, calendar_events, calendar_reports, items

MOST_REPORTS = 400  # about one event and those beside it that are compared
MOST_COMPARED = 3_000  # reports of the days in question; what is older is not looked at
MOST_ALIKE = 20  # reports that say the very same; one more adds nothing that anybody would notice
WITHDRAWN = "the report was withdrawn"

_report = TypeAdapter(Report)
_event = TypeAdapter(Event)


@dataclass(frozen=True, slots=True)
class Change:
    """What became of an event: `before` is None of a new one, `after` of one that is now counted to `into`."""

    before: Event | None
    after: Event | None
    into: EventId | None = None


@dataclass(frozen=True, slots=True)
class _Stored:
    """A report as it is stored, with the event that it is counted to."""

    number: int
    event_id: EventId | None
    report: Report


def replace_reports(
    connection: sa.Connection, key: ItemKey, reports: Sequence[Report], *, now: datetime
) -> list[Change]:
    """Put what an item says now in the place of what it said, and bring the events up to date.

    Without reports (the item was withdrawn, or speaks of no day any more) what it said is gone.
    """
    earlier = _reports(connection, calendar_reports.c.item_key == key)
    if [each.report for each in reversed(earlier)] == list(reports):
        return []
    connection.execute(sa.delete(calendar_reports).where(calendar_reports.c.item_key == key))
    counted = {each.report.kind: each.event_id for each in earlier if each.event_id}
    for report in reports:
        _add(connection, report, counted.get(report.kind))
    touched = _near(connection, [*(each.report for each in earlier), *reports])
    return _rebuild(connection, _without_echoes(connection, key, touched), earlier, now)


def between(
    connection: sa.Connection, first: date, last: date, *, country: str | None = None, limit: int
) -> list[Event]:
    """The events of these days, those that are off among them, in the order of their days."""
    here = (calendar_events.c.last >= first, calendar_events.c.first <= last)
    return _events(connection, *here, *_known(country), limit=limit)


def after(connection: sa.Connection, day: date, *, country: str | None = None) -> Event | None:
    """The first event that begins after `day` and still stands."""
    standing = calendar_events.c.status.in_([Status.SET, Status.MOVED])
    found = _events(connection, calendar_events.c.first > day, standing, *_known(country), limit=1)
    return found[0] if found else None


def published(
    connection: sa.Connection, first: date, last: date, *, country: str | None = None, limit: int
) -> list[Event]:
    """The events of these days for other calendars, which must hear also of what was withdrawn."""
    here = (calendar_events.c.last >= first, calendar_events.c.first <= last)
    return _events(connection, *here, *_of(country), limit=limit)


def event(connection: sa.Connection, event_id: EventId) -> Event | None:
    return next(iter(_events(connection, calendar_events.c.id == event_id, limit=1)), None)


def shown(connection: sa.Connection, events: Collection[Event]) -> dict[EventId, tuple[Item, Verdict]]:
    """Of each of `events` the item that is shown for it, with its verdict."""
    keys = among(items.c.key, {event.item for event in events})
    rows = connection.execute(sa.select(items).where(keys))
    found = {row.key: (item_of(row), verdict_from_json(row.verdict)) for row in rows}
    return {event.id: found[event.item] for event in events if event.item in found}


def countries(connection: sa.Connection, *, since: date) -> list[str]:
    """The codes of the countries that have events ahead, those with most of them first."""
    rows = connection.execute(
        sa.select(calendar_events.c.parties).where(
            calendar_events.c.last >= since, calendar_events.c.status != Status.WITHDRAWN
        )
    ).scalars()
    counted = Counter(code for parties in rows for code in parties)
    return sorted(counted, key=lambda code: (-counted[code], code))


def prune(connection: sa.Connection, *, before: date, most: int) -> int:
    """Delete at most so many events and reports that were over before then; returns how many."""
    old_events = sa.select(calendar_events.c.id).where(calendar_events.c.last < before).limit(most)
    old_reports = sa.select(calendar_reports.c.id).where(calendar_reports.c.closes < before).limit(most)
    gone = connection.execute(sa.delete(calendar_events).where(calendar_events.c.id.in_(old_events))).rowcount
    return (
        gone + connection.execute(sa.delete(calendar_reports).where(calendar_reports.c.id.in_(old_reports))).rowcount
    )


# --- reports --------------------------------------------------------------------------------------------------


def _add(connection: sa.Connection, report: Report, event_id: EventId | None) -> None:
    days = window(report)
    connection.execute(
        sa.insert(calendar_reports).values(
            item_key=report.item,
            event_id=event_id,
            kind=report.kind,
            opens=days.first,
            closes=days.last,
            record=_report.dump_python(report, mode="json"),
        )
    )


def _reports(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> list[_Stored]:
    """The newest first."""
    rows = connection.execute(sa.select(calendar_reports).where(*where).order_by(calendar_reports.c.id.desc()))
    return [_stored(row) for row in rows]


def _stored(row: Any) -> _Stored:
    return _Stored(row.id, row.event_id, _report.validate_python(row.record))


def _near(connection: sa.Connection, seeds: Sequence[Report]) -> list[_Stored]:
    """The stored reports that can be about the events of `seeds`, and all that can be about the events of those.

    Where there are too many, the newest count.
    """
    frontier = [Sight.of(seed) for seed in seeds]
    found: dict[int, _Stored] = {}
    read: dict[int, tuple[_Stored, Sight]] = {}
    while frontier and len(found) < MOST_REPORTS:
        within_reach = sa.select(calendar_reports).where(_overlapping(frontier))
        for row in connection.execute(within_reach.order_by(calendar_reports.c.id.desc()).limit(MOST_COMPARED)):
            if row.id not in read:
                stored = _stored(row)
                read[row.id] = stored, Sight.of(stored.report)
        near = [
            (stored, sight)
            for stored, sight in read.values()
            if stored.number not in found and any(sight.related(known) for known in frontier)
        ][: MOST_REPORTS - len(found)]
        found |= {stored.number: stored for stored, _ in near}
        frontier = [sight for _, sight in near]
    return list(found.values())


def _without_echoes(connection: sa.Connection, key: ItemKey, touched: Sequence[_Stored]) -> list[_Stored]:
    """`touched` without the reports of an item that only repeat what many say; those are deleted."""
    said = Counter(stored.report.saying for stored in touched if stored.report.item != key)
    echoes = [each.number for each in touched if each.report.item == key and said[each.report.saying] >= MOST_ALIKE]
    if echoes:
        connection.execute(sa.delete(calendar_reports).where(calendar_reports.c.id.in_(echoes)))
    return [stored for stored in touched if stored.number not in echoes]


def _overlapping(sights: Iterable[Sight]) -> sa.ColumnElement[bool]:
    """The reports of the same kinds whose days lie within reach of any of these."""
    spans: dict[str, tuple[date, date]] = {}
    for sight in sights:
        kind, days = sight.report.kind, sight.window
        first, last = spans.get(kind, (days.first, days.last))
        spans[kind] = (min(first, days.first), max(last, days.last))
    table = calendar_reports.c
    return sa.or_(
        *(
            sa.and_(table.kind == kind, table.opens <= last, table.closes >= first)
            for kind, (first, last) in spans.items()
        )
    )


# --- events ---------------------------------------------------------------------------------------------------


def _rebuild(
    connection: sa.Connection, touched: Sequence[_Stored], removed: Sequence[_Stored], now: datetime
) -> list[Change]:
    """The events of `touched` made anew; `removed` are the reports that the item made before."""
    was = {each.report: each.event_id for each in (*removed, *touched) if each.event_id}
    known = {found.id: found for found in _by_id(connection, set(was.values()))}
    merged, _ = merge(each.report for each in touched)
    owners: dict[Report, EventId] = {}
    changes: list[Change] = []
    for one, event_id in _named(merged, was, known):
        before = known.pop(event_id, None)
        made = _continued(before, replace(one.event, id=event_id), now, revised=bool(removed))
        if made != before:
            _save(connection, made)
            changes.append(Change(before, made))
        owners |= dict.fromkeys(one.reports, event_id)
    for stored in touched:
        if stored.event_id != owners.get(stored.report):
            _count_to(connection, stored, owners.get(stored.report))
    changes += [
        _gone(connection, left, was, owners, now) for left in known.values() if left.status != Status.WITHDRAWN
    ]
    return changes


def _named(
    merged: Sequence[Merged], was: dict[Report, EventId], known: dict[EventId, Event]
) -> list[tuple[Merged, EventId]]:
    """Each event with the id under which most of its reports stood before; no id twice."""
    claims = [
        (count, one, event_id)
        for one in merged
        for event_id, count in Counter(was[report] for report in one.reports if report in was).items()
        if event_id in known
    ]
    claims.sort(key=lambda claim: (-claim[0], known[claim[2]].made_at, claim[2]))
    ids: dict[int, EventId] = {}
    for _, one, event_id in claims:
        if id(one) not in ids and event_id not in ids.values():
            ids[id(one)] = event_id
    return [(one, ids.get(id(one)) or EventId(secrets.token_hex(6))) for one in merged]


def _continued(before: Event | None, made: Event, now: datetime, *, revised: bool) -> Event:
    """`made` as what became of `before`: with its age, and with what people who knew it should notice."""
    if before is None:
        return replace(made, made_at=now, changed_at=now)
    if made.status is Status.SET and before.stands:
        if revised and not made.days.overlaps(before.days):
            made = replace(made, status=Status.MOVED, note=f"was {before.days}")
        elif before.status is Status.MOVED and made.days.overlaps(before.days):
            made = replace(made, status=before.status, note=before.note)
    same = replace(made, made_at=before.made_at, changed_at=before.changed_at, sequence=before.sequence)
    if same == before:
        return before
    noticed = (made.days, made.status, made.where) != (before.days, before.status, before.where)
    return replace(same, changed_at=now, sequence=before.sequence + int(noticed))


def _gone(
    connection: sa.Connection,
    left: Event,
    was: dict[Report, EventId],
    owners: dict[Report, EventId],
    now: datetime,
) -> Change:
    """An event without reports: they are counted to another now, or nobody says so any more."""
    heirs = Counter(owners[report] for report, event_id in was.items() if event_id == left.id and report in owners)
    if heirs:
        return Change(left, None, into=heirs.most_common(1)[0][0])
    withdrawn = replace(left, status=Status.WITHDRAWN, note=WITHDRAWN, sequence=left.sequence + 1, changed_at=now)
    _save(connection, withdrawn)
    return Change(left, withdrawn)


def forget(connection: sa.Connection, event_id: EventId) -> None:
    """Delete an event, with the times at which people were to be reminded of it."""
    connection.execute(sa.delete(calendar_events).where(calendar_events.c.id == event_id))


def _count_to(connection: sa.Connection, stored: _Stored, event_id: EventId | None) -> None:
    connection.execute(
        sa.update(calendar_reports).where(calendar_reports.c.id == stored.number).values(event_id=event_id)
    )


def _save(connection: sa.Connection, made: Event) -> None:
    values = {
        "status": made.status,
        "first": made.days.first,
        "last": made.days.last,
        "parties": list(made.parties),
        "record": _event.dump_python(made, mode="json"),
        "changed_at": made.changed_at,
    }
    changed = connection.execute(sa.update(calendar_events).where(calendar_events.c.id == made.id).values(**values))
    if not changed.rowcount:
        connection.execute(sa.insert(calendar_events).values(id=made.id, **values))


def _by_id(connection: sa.Connection, ids: Iterable[EventId]) -> list[Event]:
    return _events(connection, among(calendar_events.c.id, ids), limit=None)


def _events(connection: sa.Connection, *where: sa.ColumnElement[bool], limit: int | None) -> list[Event]:
    table = calendar_events
    rows = connection.execute(
        sa.select(table.c.record).where(*where).order_by(table.c.first, table.c.last, table.c.id).limit(limit)
    ).scalars()
    return [_event.validate_python(row) for row in rows]


def _known(country: str | None) -> list[sa.ColumnElement[bool]]:
    return [calendar_events.c.status != Status.WITHDRAWN, *_of(country)]


def _of(country: str | None) -> list[sa.ColumnElement[bool]]:
    if country is None:
        return []
    return [sa.cast(calendar_events.c.parties, sa.Text).contains(f'"{country}"')]


def event_of(row: Any) -> Event:
    """The event in the `record` of a joined row."""
    return _event.validate_python(row.record)
