"""The calendar as news comes in: events are noted in the transaction that admits an item, reminders sent when due.

Nobody is reminded twice of one event at one time. Who was reminded hears what became of it: that it moved, that it is
off, that it is on again. The transaction that admits an item only plans when; `remind` puts what is due into the
outbox, a portion at a time, so that news never waits for the reminders of many people.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog

from bot.calendar.events import Days, Event, EventId, Report
from bot.calendar.reading import reports
from bot.calendar.reminders import Reminder, asked_for, changed, due_at, has_heard, is_over, reminding, wants
from bot.deliver.card import Bulletin
from bot.model import Destination
from bot.routing.preferences import Known
from bot.routing.query import QueryError, Subject
from bot.signals.atlas import Atlas
from bot.steps.grouping import Joined
from bot.store import calendar, news, places, reminders
from bot.store.bulletins import enqueue_bulletin
from bot.store.calendar import Change
from bot.store.reminders import OFF, Planned

log = structlog.get_logger()

AT_ONCE = 100  # reminders sent in one transaction
LOOKED_BACK = timedelta(days=7)  # so long a place has "changed its zone": every hour is looked, if somebody is up
FARTHEST = date.max
MOST_EVENTS = 2_000  # that a new reminder is planned for


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """`zone` is that of places and people who never named one."""

    atlas: Atlas
    zone: ZoneInfo

    def note(
        self, connection: sa.Connection, joined: Joined, now: datetime, *, told_until: datetime | None = None
    ) -> None:
        """Keep what an item says of days to come, and plan the reminders of the events that this changes.

        `told_until`: those of events not known yet that were due by then count as sent (`routing/restored.py`).
        """
        said: list[Report] = []
        if not _is_withdrawn(connection, joined):
            said = self._read(joined)
        if not said and not joined.revised:
            return
        changes = calendar.replace_reports(connection, joined.item.key, said, now=now)
        for event in _to_follow(connection, changes):
            self._follow(connection, event, now, told_until)

    def _read(self, joined: Joined) -> list[Report]:
        try:
            return reports(joined.item, joined.said, joined.story.id, self.atlas)
        except Exception:  # our own fault must not keep the item from being told
            log.exception("calendar_unread", item=joined.item.key)
            return []

    def start(self, connection: sa.Connection, reminder: Reminder, now: datetime) -> tuple[Reminder, list[Event]]:
        """Keep a reminder and plan it for the events that are known; returns these, the next first.

        Of an event whose time to remind has passed there is no reminder: whoever asks is shown it in the answer.
        """
        news.group_alone(connection)  # an event that is noted at this moment would not see the new reminder
        kept = reminders.add(connection, reminder)
        zone = self.zone_of(connection, kept)
        ahead = calendar.between(connection, now.astimezone(zone).date(), FARTHEST, limit=MOST_EVENTS)
        standing = [event for event in ahead if event.stands]
        covered = standing if not kept.query else _asked_for(connection, kept.query, standing)
        planned = []
        for event in covered:
            at = due_at(event.days, kept.lead, zone)
            due = at if at > now else None
            told = None if due else event.days
            planned.append(Planned(reminder=kept, event_id=event.id, due_at=due, told=told))
        reminders.plan(connection, planned)
        return kept, covered

    def put_right(self, connection: sa.Connection, now: datetime) -> None:
        """Plan anew for places that have changed their zone."""
        known = reminders.of_changed_places(connection, now=now, since=now - LOOKED_BACK)
        own = self._own(connection, [planned.reminder for planned, _ in known])
        right = [
            replace(planned, due_at=max(due_at(event.days, planned.reminder.lead, own.zone(planned.reminder)), now))
            for planned, event in known
        ]
        reminders.replan(connection, [each for each, (was, _) in zip(right, known, strict=True) if each != was])

    def zone_of(self, connection: sa.Connection, reminder: Reminder) -> ZoneInfo:
        """Whose clock counts: that of the place, else of who asked."""
        return self._own(connection, [reminder]).zone(reminder)

    # --- what becomes of an event -----------------------------------------------------------------------------

    def _follow(self, connection: sa.Connection, event: Event, now: datetime, told_until: datetime | None) -> None:
        """Plan who is to hear what of an event that is new or has changed; `remind` says it."""
        if not event.stands:
            reminders.call_off(connection, event.id, now)
            return
        planned = reminders.planned_for(connection, event.id)
        fresh = reminders.unplanned(connection, event.id, _asking(connection, event))
        own = self._own(connection, [*(each.reminder for each in planned), *fresh])
        again = [replace(each, due_at=_due_again(each, event, own.zone(each.reminder), now)) for each in planned]
        reminders.replan(connection, [each for each, was in zip(again, planned, strict=True) if each != was])
        first = [Planned(reminder=each, event_id=event.id, due_at=None) for each in fresh]
        ahead = [each for each in first if not is_over(event.days, now, own.zone(each.reminder))]
        zoned = [(each, own.zone(each.reminder)) for each in ahead]
        reminders.plan(connection, [_begun(each, event, zone, now, told_until) for each, zone in zoned])

    # --- what is due ------------------------------------------------------------------------------------------

    def remind(self, connection: sa.Connection, now: datetime) -> int:
        """Put what is due into the outbox; returns how many reminders were looked at."""
        due = reminders.due(connection, now=now, limit=AT_ONCE)
        own = self._own(connection, [planned.reminder for planned, _ in due])
        reminded: set[tuple[Destination, EventId]] = set()  # after a standstill several times are due at once
        for planned, event in due:
            place, read_at = planned.reminder.place, own.not_quiet(planned.reminder, now)
            after, bulletin = _said(planned, event, own.zone(planned.reminder), now, read_at)
            reminders.replan(connection, [after])
            if bulletin is not None and (place, event.id) not in reminded:
                reminded.add((place, event.id))
                key = f"event:{event.id}:{event.sequence}:{planned.due_at}"
                enqueue_bulletin(connection, place, bulletin, key=key, now=now, not_before=read_at)
        return len(due)

    def _own(self, connection: sa.Connection, asked: Collection[Reminder]) -> _Own:
        return _Own(places.preferences(connection, {each.place for each in asked}), self.zone)


@dataclass(frozen=True, slots=True)
class _Own:
    """What the places of some reminders prefer; `usual` is the zone of who never named one."""

    known: Known
    usual: ZoneInfo

    def zone(self, reminder: Reminder) -> ZoneInfo:
        asked = ZoneInfo(reminder.zone) if reminder.zone else self.usual
        own = self.known.get(reminder.place)
        return own.local(asked) if own else asked

    def not_quiet(self, reminder: Reminder, now: datetime) -> datetime:
        own = self.known.get(reminder.place)
        return own.not_quiet(now) if own else now


def _begun(planned: Planned, event: Event, zone: ZoneInfo, now: datetime, told_until: datetime | None) -> Planned:
    """The first plan for an event."""
    if told_until is not None and due_at(event.days, planned.reminder.lead, zone) <= told_until:
        return planned.heard(event)
    return replace(planned, due_at=_due_again(planned, event, zone, now))


def _due_again(planned: Planned, event: Event, zone: ZoneInfo, now: datetime) -> datetime | None:
    """When to look at a reminder of an event as it is now. What is heard of late is reminded of at once."""
    at, told = max(due_at(event.days, planned.reminder.lead, zone), now), planned.told
    if not isinstance(told, Days):
        return at if told is None else now
    if has_heard(told, event.days):
        return planned.due_at and at
    return at if told.overlaps(event.days) else now


def _said(
    planned: Planned, event: Event, zone: ZoneInfo, now: datetime, read_at: datetime
) -> tuple[Planned, Bulletin | None]:
    """What becomes of a reminder that is due, and what there is to say, in words that are right at `read_at`."""
    told = planned.told
    if not event.stands:
        heard = told not in {None, OFF}
        return replace(planned, due_at=None, told=OFF if told else None), changed(event) if heard else None
    at = due_at(event.days, planned.reminder.lead, zone)
    later = at if at > now else None
    if told == OFF or (isinstance(told, Days) and not told.overlaps(event.days)):
        return replace(planned, due_at=later, told=event.days), changed(event)
    if later or is_over(event.days, read_at, zone):  # the place has moved to another zone, or nothing is left to say
        return replace(planned, due_at=later), None
    return replace(planned, due_at=None, told=event.days), reminding(event, read_at, zone)


def _to_follow(connection: sa.Connection, changes: Sequence[Change]) -> list[Event]:
    """The events whose reminders have to be looked at; what was planned for one that is now another is that one's."""
    followed = {
        change.after.id: change.after for change in changes if change.after and _matters(change.before, change.after)
    }
    for change in changes:
        if change.before is not None and change.into is not None:
            reminders.hand_over(connection, change.before.id, change.into)
            calendar.forget(connection, change.before.id)
            if event := calendar.event(connection, change.into):
                followed[event.id] = event
    return list(followed.values())


def _matters(before: Event | None, after: Event) -> bool:
    """Whether a change can be one of when to remind, or of whom: not that one more outlet says so."""
    if before is None:
        return True
    was, now = ((each.days, each.status, each.parties, each.item, each.title) for each in (before, after))
    return was != now


def _asking(connection: sa.Connection, event: Event) -> list[str]:
    """The queries of reminders that ask for an event."""
    known = reminders.queries(connection)
    asked = calendar.shown(connection, [event]).get(event.id) if any(known) else None
    return [query for query in known if _wants(query, asked and asked_for(event, *asked))]


def _wants(query: str, asked: Subject | None) -> bool:
    try:
        return wants(query, asked)
    except QueryError as error:  # another version of this program stored it; news must not wait for its owner
        log.warning("reminder_unreadable", query=query, error=error.problem)
        return False


def _asked_for(connection: sa.Connection, query: str, events: Sequence[Event]) -> list[Event]:
    shown = calendar.shown(connection, events)
    return [event for event in events if event.id in shown and wants(query, asked_for(event, *shown[event.id]))]


def _is_withdrawn(connection: sa.Connection, joined: Joined) -> bool:
    if not joined.revised:
        return joined.mark == "withdrawn"
    mark = news.mark_of(connection, joined.item.key)
    return mark is not None and mark[0] == "withdrawn"
