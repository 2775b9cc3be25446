"""The words of the calendar: what one item says of a day to come, and the event that many such reports are about.

News tells days, not hours: every event lasts whole days, of no particular zone.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NewType

from bot.deliver.card import human_dates
from bot.model import Authority, ItemKey, StoryId

EventId = NewType("EventId", str)  # 12 hex digits; it stays while an event changes

WEEK = timedelta(days=7)
DAY = timedelta(days=1)


class EventKind(StrEnum):
    MEETING = "meeting"
    DEADLINE = "deadline"
    EFFECTIVE = "effective"  # the day from which a measure is in force


class Says(StrEnum):
    """What a report says of its event: that it is held, that it moved, that it is off."""

    SET = "set"
    MOVED = "moved"
    CANCELLED = "cancelled"


class Status(StrEnum):
    SET = "set"
    MOVED = "moved"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"  # no item says so any more


class Confidence(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True, order=True)
class Days:
    """The first and the last day, both included."""

    first: date
    last: date

    @classmethod
    def parse(cls, iso: str) -> Days:
        """An ISO date or interval; raises ValueError."""
        first, _, last = iso.partition("/")
        days = cls(date.fromisoformat(first), date.fromisoformat(last or first))
        if days.last < days.first:
            raise ValueError(f"{iso!r} ends before it begins")
        return days

    @property
    def loose(self) -> bool:
        """A whole week or month: the day within it is not told."""
        begins_week = self.first.weekday() == 0 and self.last - self.first == WEEK - DAY
        month = monthrange(self.first.year, self.first.month)[1]
        return begins_week or (self.first.day == 1 and self.last == self.first.replace(day=month))

    def overlaps(self, other: Days) -> bool:
        return self.first <= other.last and other.first <= self.last

    def __str__(self) -> str:
        return human_dates(f"{self.first.isoformat()}/{self.last.isoformat()}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One item's word on one event.

    `parties` are governments by code, those of the officials who meet among them; `names` are bodies and people
    whose country is not known. `people` are everybody who is named, for readers. Of a report that something moved,
    `days` are the new ones and `was` the old ones, each where it is told.
    """

    kind: EventKind
    says: Says = Says.SET
    days: Days | None
    was: Days | None = None
    where: str | None = None
    home: str | None = None  # the country that `where` lies in
    whole: bool = False  # `where` is that country, the city is not told
    parties: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    measure: str = ""
    stage: str = ""
    item: ItemKey
    story: StoryId
    title: str
    url: str | None
    outlet: str
    authority: Authority
    said_at: datetime

    @property
    def who(self) -> frozenset[str]:
        return frozenset({*self.parties, *self.names})

    @property
    def saying(self) -> tuple[object, ...]:
        """What it says, whoever says it."""
        return self.kind, self.says, self.days, self.was, self.who, self.where

    @property
    def place(self) -> tuple[datetime, ItemKey, str, str]:
        """Where it stands among others: by time, and always the same among those of one moment."""
        return self.said_at, self.item, self.kind, str(self.days or self.was or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What is to happen on `days`. `note` says what it was before it moved, or why it is off.

    `item` is the report that is shown: of the highest authority, else the first. `sequence` grows with each change
    that people should notice (RFC 5545, 3.8.7.4).
    """

    id: EventId = EventId("")
    kind: EventKind
    status: Status
    days: Days
    where: str | None
    parties: tuple[str, ...]
    names: tuple[str, ...]
    people: tuple[str, ...]
    measure: str
    stage: str
    outlets: tuple[str, ...]
    confidence: Confidence
    note: str
    item: ItemKey
    story: StoryId
    title: str
    url: str | None
    outlet: str
    sequence: int = 0
    made_at: datetime
    changed_at: datetime

    @property
    def stands(self) -> bool:
        """Whether it is still to happen."""
        return self.status in {Status.SET, Status.MOVED}
