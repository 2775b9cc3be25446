"""The calendar as news comes in: events are noted in the transaction that admits an item, reminders sent when due.

Nobody is reminded twice of one event at one time. Who was reminded hears what became of it: that it moved, that it is
off, that it is on again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog

from bot.calendar.events import Days, Event, Report
from bot.calendar.reading import reports
from bot.calendar.reminders import Reminder, changed, due_at, is_over, reminding, wants
from bot.grouping import Joined
from bot.model import Item, Verdict
from bot.routing.preferences import Preferences
from bot.signals.atlas import Atlas
from bot.store import calendar, news, places, reminders
from bot.store.bulletins import enqueue_bulletin
from bot.store.calendar import Change
from bot.store.reminders import OFF, Planned

log = structlog.get_logger()

AT_ONCE = 100  # reminders sent in one transaction
LOOKED_AHEAD = timedelta(days=3)  # reminders due so soon are put right where a place has changed its zone
FARTHEST = date.max
MOST_EVENTS = 2_000  # that a new reminder is planned for


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """`zone` is that of places and people who never named one."""

    atlas: Atlas
    zone: ZoneInfo

    def note(self, connection: sa.Connection, joined: Joined, now: datetime) -> None:
        """Keep what an item says of days to come, and plan the reminders of the events that this changes."""
        said: list[Report] = []
        if not _is_withdrawn(connection, joined):
            said = self._read(joined)
        if not said and not joined.revised:
            return
        for change in calendar.replace_reports(connection, joined.item.key, said, now=now):
            self._follow(connection, change, now)

    def _read(self, joined: Joined) -> list[Report]:
        try:
            return reports(joined.item, joined.said, joined.story.id, self.atlas)
        except Exception:  # our own fault must not keep the item from being told
            log.exception("calendar_unread", item=joined.item.key)
            return []

    def remind(self, connection: sa.Connection, now: datetime) -> int:
        """Put the reminders that are due into the outbox; returns how many were looked at."""
        due = reminders.due(connection, now=now, limit=AT_ONCE)
        for planned, event in due:
            own = self._own(connection, planned.reminder)
            zone = self._zone(planned.reminder, own)
            at = due_at(event.days, planned.reminder.lead, zone)
            if at > now:  # the place has moved to another zone since
                reminders.plan(connection, replace(planned, due_at=at))
                continue
            reminders.plan(connection, replace(planned, due_at=None, told=event.days))
            if event.stands and not is_over(event.days, now, zone):
                key = f"remind:{event.id}:{event.days.first.isoformat()}"
                bulletin = reminding(event, now, zone)
                place = planned.reminder.place
                enqueue_bulletin(connection, place, bulletin, key=key, now=now, not_before=own.not_quiet(now))
        return len(due)

    def start(self, connection: sa.Connection, reminder: Reminder, now: datetime) -> tuple[Reminder, list[Event]]:
        """Keep a reminder and plan it for the events that are known; returns these, the next first.

        Of an event whose time to remind has passed there is no reminder: whoever asks is shown it in the answer.
        """
        news.group_alone(connection)  # an event that is noted at this moment would not see the new reminder
        kept = reminders.add(connection, reminder)
        zone = self.zone_of(connection, kept)
        ahead = calendar.between(connection, now.astimezone(zone).date(), FARTHEST, limit=MOST_EVENTS)
        covered = [event for event in ahead if event.stands and _wanted(kept, event, _told_by(connection, event))]
        for event in covered:
            at = due_at(event.days, kept.lead, zone)
            due = at if at > now else None
            told = None if due else event.days
            reminders.plan(connection, Planned(reminder=kept, event_id=event.id, due_at=due, told=told))
        return kept, covered

    def put_right(self, connection: sa.Connection, now: datetime) -> None:
        """Plan anew what is due soon, by the zones that the places have now."""
        for planned, event in reminders.soon(connection, until=now + LOOKED_AHEAD):
            zone = self.zone_of(connection, planned.reminder)
            at = due_at(event.days, planned.reminder.lead, zone)
            if at != planned.due_at and at > now:
                reminders.plan(connection, replace(planned, due_at=at))

    # --- what becomes of an event -----------------------------------------------------------------------------

    def _follow(self, connection: sa.Connection, change: Change, now: datetime) -> None:
        event = change.after
        if event is None:
            self._hand_over(connection, change)
            return
        planned = {each.reminder.id: each for each in reminders.planned_for(connection, event.id)}
        if not event.stands:
            for heard in planned.values():
                self._call_off(connection, heard, event, now)
            return
        report = _told_by(connection, event)
        for reminder in reminders.every(connection):
            if each := planned.get(reminder.id):
                self._replan(connection, each, event, now)
            elif _wanted(reminder, event, report):
                self._plan_new(connection, reminder, event, now)

    def _hand_over(self, connection: sa.Connection, change: Change) -> None:
        if change.before is not None and change.into is not None:
            reminders.hand_over(connection, change.before.id, change.into)
            calendar.forget(connection, change.before.id)

    def _plan_new(self, connection: sa.Connection, reminder: Reminder, event: Event, now: datetime) -> None:
        """What is heard of late is reminded of at once."""
        zone = self.zone_of(connection, reminder)
        if not is_over(event.days, now, zone):
            at = max(due_at(event.days, reminder.lead, zone), now)
            reminders.plan(connection, Planned(reminder=reminder, event_id=event.id, due_at=at))

    def _replan(self, connection: sa.Connection, planned: Planned, event: Event, now: datetime) -> None:
        own = self._own(connection, planned.reminder)
        at = due_at(event.days, planned.reminder.lead, self._zone(planned.reminder, own))
        if planned.told is None:
            reminders.plan(connection, replace(planned, due_at=max(at, now)))
        elif planned.told == OFF or (isinstance(planned.told, Days) and not planned.told.overlaps(event.days)):
            self._tell(connection, planned, event, own, now)
            due = at if at > now else None  # sooner than that, this has said it
            reminders.plan(connection, replace(planned, due_at=due, told=event.days))

    def _call_off(self, connection: sa.Connection, planned: Planned, event: Event, now: datetime) -> None:
        if planned.told is None:
            reminders.unplan(connection, planned)
        elif planned.told != OFF:
            self._tell(connection, planned, event, self._own(connection, planned.reminder), now)
            reminders.plan(connection, replace(planned, due_at=None, told=OFF))

    def _tell(
        self, connection: sa.Connection, planned: Planned, event: Event, own: Preferences, now: datetime
    ) -> None:
        key = f"changed:{event.id}:{event.sequence}"
        place = planned.reminder.place
        enqueue_bulletin(connection, place, changed(event), key=key, now=now, not_before=own.not_quiet(now))

    def _own(self, connection: sa.Connection, reminder: Reminder) -> Preferences:
        place = reminder.place
        return places.preferences(connection, [place]).get(place) or Preferences(place=place)

    def zone_of(self, connection: sa.Connection, reminder: Reminder) -> ZoneInfo:
        """Whose clock counts: that of the place, else of who asked."""
        return self._zone(reminder, self._own(connection, reminder))

    def _zone(self, reminder: Reminder, own: Preferences) -> ZoneInfo:
        return own.local(ZoneInfo(reminder.zone) if reminder.zone else self.zone)


def _is_withdrawn(connection: sa.Connection, joined: Joined) -> bool:
    if not joined.revised:
        return joined.mark == "withdrawn"
    mark = news.mark_of(connection, joined.item.key)
    return mark is not None and mark[0] == "withdrawn"


def _told_by(connection: sa.Connection, event: Event) -> tuple[Item, Verdict] | None:
    """The item that is shown for an event, with its verdict."""
    found = news.item(connection, event.item)
    return found and found[:2]


def _wanted(reminder: Reminder, event: Event, report: tuple[Item, Verdict] | None) -> bool:
    return report is not None and wants(reminder, event, *report)
