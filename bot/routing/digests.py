"""When a digest is due: at local times of a place, on the wall clock of an IANA zone. Pure.

A slot is a moment at which a plan asks for a digest, and one slot is one digest. A time that the autumn night has
twice is meant the first time, one that the spring night leaves out comes when the clock has jumped over it; two times
that fall on one moment are one slot. An hourly plan goes by full hours of the wall clock, so the autumn hour that is
there twice has two. Moments are UTC throughout: two that are of one zone compare by their wall clocks alone.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
RHYTHMS = ("hourly", "daily", "weekdays", "weekly")
USUAL_TIME = time(8)
MOST_TIMES = 12  # a day: more often is hourly

FORMS = "hourly, daily 08:00 17:30, weekdays 08:00 or weekly monday 08:00"

_TIME = re.compile(r"(\d{1,2}):(\d{2})")
_FILLERS = {"at", "and", "on", "every"}
_QUARTER = timedelta(minutes=15)  # every zone of our time is a whole number of them away from UTC
_AROUND = range(-8, 9)  # days: a week, and one more, because the local date is not that of UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestPlan:
    """On which days (0 is Monday) at which times; without a time: at every full hour."""

    times: tuple[time, ...] = ()
    days: frozenset[int] = frozenset(range(7))

    @classmethod
    def parse(cls, text: str) -> DigestPlan:
        """ "hourly", "daily 08:00 17:30", "weekdays 08:00", "weekly monday 08:00". Raises ValueError that helps."""
        words = [word for word in text.lower().replace(",", " ").split() if word not in _FILLERS]
        rhythm, rest = (words[0], words[1:]) if words else ("", [])
        if rhythm not in RHYTHMS:
            raise ValueError(f"“{text[:40]}” is no plan of digests{_nearest(rhythm, RHYTHMS)}: write {FORMS}")
        days = frozenset(range(5)) if rhythm == "weekdays" else frozenset(range(7))
        if rhythm == "weekly":
            days, rest = frozenset({_day(rest[0] if rest else "")}), rest[1:]
        times = tuple(sorted({_time(word) for word in rest}))
        if rhythm == "hourly" and times:
            raise ValueError("an hourly digest comes at every full hour: leave the times away")
        if len(times) > MOST_TIMES:
            raise ValueError(f"that is {len(times)} times a day, and {MOST_TIMES} is the most: hourly is more often")
        return cls(times=() if rhythm == "hourly" else times or (USUAL_TIME,), days=days)

    def __str__(self) -> str:
        """As `parse` reads it."""
        if not self.times:
            return "hourly"
        times = " ".join(f"{each:%H:%M}" for each in self.times)
        if len(self.days) == 1:
            return f"weekly {DAYS[min(self.days)]} {times}"
        return f"{'weekdays' if len(self.days) < 7 else 'daily'} {times}"

    def newest(self, now: datetime, zone: ZoneInfo) -> datetime:
        """The last slot up to and including `now`."""
        if not self.times:
            return next(_full_hours(now, zone, back=True))
        return max(slot for slot in self._around(now, zone) if slot <= now)

    def following(self, now: datetime, zone: ZoneInfo) -> datetime:
        """The first slot after `now`."""
        if not self.times:
            return next(_full_hours(now, zone, back=False))
        return min(slot for slot in self._around(now, zone) if slot > now)

    def due(self, last: datetime, now: datetime, zone: ZoneInfo) -> datetime | None:
        """The slot to serve at `now` where all up to `last` are served; of several that were missed, the last."""
        newest = self.newest(now, zone)
        return newest if newest > last else None

    def _around(self, now: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        today = now.astimezone(zone).date()
        for day in (today + timedelta(days=days) for days in _AROUND):
            if day.weekday() in self.days:
                yield from (moment(day, at, zone) for at in self.times)


def moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """When the clocks of `zone` first show that time on that day, or have jumped over it."""
    # PEP 495: with fold 0 it is the first of two, and a time that does not exist goes by the offset before the jump.
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def day_start(now: datetime, zone: ZoneInfo) -> datetime:
    """The local midnight with which the day of `now` began."""
    return moment(now.astimezone(zone).date(), time(), zone)


def day_end(now: datetime, zone: ZoneInfo) -> datetime:
    """The local midnight with which the day of `now` ends."""
    return moment(now.astimezone(zone).date() + timedelta(days=1), time(), zone)


def _full_hours(now: datetime, zone: ZoneInfo, *, back: bool) -> Iterator[datetime]:
    """The full hours of the wall clock, from `now` on into the past, or into the future without `now`."""
    at = now.astimezone(UTC)
    at -= timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)
    while True:
        if not back:
            at += _QUARTER
        if at.astimezone(zone).minute == 0:
            yield at
        if back:
            at -= _QUARTER


def _day(word: str) -> int:
    found = [number for number, day in enumerate(DAYS) if len(word) >= 3 and day.startswith(word)]
    if len(found) != 1:
        asked = f"“{word[:20]}” is no day" if word and not _TIME.fullmatch(word) else "the day is missing"
        raise ValueError(f"{asked}{_nearest(word, DAYS)}: write it as weekly monday 08:00")
    return found[0]


def _time(word: str) -> time:
    match = _TIME.fullmatch(word)
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise ValueError(f"“{word[:20]}” is no time of day: write it as 08:00 or 17:30")
    return time(int(match[1]), int(match[2]))


def _nearest(word: str, valid: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(word, valid, n=1, cutoff=0.5)
    return f" (did you mean {near[0]}?)" if near else ""
