"""When a feed publishes: learned from the dates of its entries, kept as one short text in its row. Pure.

Counted are the minutes in which it published, by the hour of a working day or of a day at the weekend (UTC). How
much an hour brings is estimated as news by time watched, the neighbouring hours having half the weight, and drawn to
the mean by half an item (Jeffreys' prior of a Poisson rate), so that a handful of dates makes no rhythm.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any

from bot.intake.fetched import FaultKind, Fetched
from bot.intake.freshness import FROZEN_AFTER, is_frozen, usual_pause
from bot.intake.hints import NO_HINTS, Hints

WINDOW = timedelta(weeks=8)  # what was learned in so long counts half from then on
YOUNG = timedelta(days=1)  # watched by its dates, or asked by us, for less: it is held to no rhythm
PRIOR = 0.5  # items
MOST_PAUSES = 20  # that the usual one is the mean of
STRAIN, EASE, MOST_STRAIN = 2.0, 0.99, 16.0

_HOUR, _DAY = 3600.0, 86_400.0
_PARTS = 48  # the hours of working days, then those of the weekend
_KERNEL = ((-1, 0.25), (0, 0.5), (1, 0.25))
_LONG = 14 * _DAY  # from here on the parts of the week are counted by their share of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """`counts` are of the time from `since` on. `strain` says how many times as long as otherwise the pauses are,
    because its server asked for that by 429."""

    since: datetime
    met: datetime | None = None  # when it was asked first; None: long ago
    counts: tuple[float, ...] = (0.0,) * _PARTS
    newest: datetime | None = None
    usual: timedelta = timedelta()  # between the days on which it publishes
    pauses: int = 0  # that `usual` was learned of
    hints: Hints = NO_HINTS
    strain: float = 1.0

    @classmethod
    def begun(cls, times: Iterable[datetime], now: datetime) -> Rhythm:
        """From the dates of all that stood in its first document."""
        past = sorted(time for time in times if time <= now)
        since = max(min(past, default=now), now - WINDOW)
        begun = cls(since=since, newest=past[-1] if past else None, usual=usual_pause(past))
        days = len({time.date() for time in past})
        return replace(begun, counts=_counted(begun, past), pauses=min(max(days - 1, 0), MOST_PAUSES))

    def after(self, times: Iterable[datetime], now: datetime) -> Rhythm:
        """With what it brought since. Dates from before the time that is counted are not of this rhythm."""
        past = sorted(time for time in times if self.since < time <= now)
        if not past:
            return self
        aged = _aged(self, now)
        usual, pauses = _paused(self, past)
        newest = max(past[-1], self.newest or past[-1])
        return replace(aged, counts=_counted(aged, past), newest=newest, usual=usual, pauses=pauses)

    def strained(self) -> Rhythm:
        """Asked too often."""
        return replace(self, strain=min(self.strain * STRAIN, MOST_STRAIN))

    def eased(self) -> Rhythm:
        """Answered as one wishes: of a strain, half is gone after 70 such answers."""
        return self if self.strain == 1.0 else replace(self, strain=max(round(self.strain * EASE, 4), 1.0))

    # --- what is known of it --------------------------------------------------------------------------------

    def is_known(self, now: datetime) -> bool:
        return now - max(self.since, self.met or self.since) >= YOUNG

    def mean(self, now: datetime) -> float:
        """News an hour."""
        watched = (now - self.since).total_seconds() / _HOUR
        return (sum(self.counts) + PRIOR) / max(watched, 1.0)

    def rate(self, at: datetime, now: datetime) -> float:
        """News an hour, in the hour of `at`."""
        mean, (weekend, hour) = self.mean(now), _part(at)
        found, watched = PRIOR, PRIOR / mean
        for step, weight in _KERNEL:
            near = (hour + step) % 24
            found += weight * self.counts[24 * weekend + near]
            watched += weight * _watched(self.since.timestamp(), now.timestamp(), weekend, near)
        return found / watched

    def is_frozen(self, now: datetime) -> bool:
        """Of which too little is known to say, may publish once a week."""
        return is_frozen(self.newest or self.since, self.usual if self.pauses else FROZEN_AFTER, now)

    @property
    def in_words(self) -> str:
        """ "usually every 7 days"."""
        days = round(self.usual / timedelta(days=1))
        if not self.pauses:
            return "seldom"
        return "on most days" if days <= 1 else f"usually every {days} days"

    # --- as text --------------------------------------------------------------------------------------------

    def dump(self) -> str:
        said = {
            "since": _stamp(self.since),
            "met": _stamp(self.met),
            "counts": {str(part): count for part, count in enumerate(self.counts) if count},
            "newest": _stamp(self.newest),
            "usual": round(self.usual.total_seconds()),
            "pauses": self.pauses,
            "least": round(self.hints.least.total_seconds()) if self.hints.least else None,
            "skip_hours": sorted(self.hints.skip_hours),
            "skip_days": sorted(self.hints.skip_days),
            "strain": None if self.strain == 1.0 else self.strain,
        }
        return json.dumps({name: value for name, value in said.items() if value}, separators=(",", ":"))

    @staticmethod
    @lru_cache(maxsize=256)  # one poll asks for it a few times
    def load(text: str | None) -> Rhythm | None:
        """None where there is none, or none that this program understands: it is learned anew."""
        try:
            return _read(json.loads(text)) if text else None
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
            return None


def _read(said: dict[str, Any]) -> Rhythm:
    counts, newest, least = said.get("counts", {}), said.get("newest"), said.get("least")
    return Rhythm(
        since=_moment(said["since"]),
        met=_moment(said["met"]) if said.get("met") else None,
        counts=tuple(float(counts.get(str(part), 0)) for part in range(_PARTS)),
        newest=_moment(newest) if newest else None,
        usual=timedelta(seconds=said.get("usual", 0)),
        pauses=int(said.get("pauses", 0)),
        hints=Hints(
            least=timedelta(seconds=least) if least else None,
            skip_hours=frozenset(said.get("skip_hours", ())),
            skip_days=frozenset(said.get("skip_days", ())),
        ),
        strain=float(said.get("strain", 1.0)),
    )


def with_hints(text: str | None, hints: Hints, now: datetime) -> str | None:
    """The rhythm of that text with what the newest document says; one that is not begun yet only where it says so."""
    rhythm = Rhythm.load(text)
    if rhythm is None:
        return Rhythm(since=now, met=now, hints=hints).dump() if hints != NO_HINTS else None
    return replace(rhythm, hints=hints).dump()


# --- learning -----------------------------------------------------------------------------------------------


def learned(
    fetched: Fetched, now: datetime, *, stands: Sequence[datetime] = (), new: Sequence[datetime] = ()
) -> Fetched:
    """What a poll of a feed that ended `now` teaches. `stands` are the dates of all that was read in it, `new` those
    of what nobody had brought before; what is younger than all that is known counts too, whoever brought it first."""
    rhythm = Rhythm.load(fetched.state.rhythm)
    if fetched.fault and fetched.fault.kind is not FaultKind.TOO_OFTEN:
        return fetched
    if fetched.fault:
        rhythm = (rhythm or Rhythm(since=now, met=now)).strained()
    elif rhythm is None or (rhythm.newest is None and stands):
        begun, known = Rhythm.begun(stands, now), rhythm or Rhythm(since=now, met=now)
        rhythm = replace(known, since=min(begun.since, known.since), counts=begun.counts, newest=begun.newest)
        rhythm = replace(rhythm, usual=begun.usual, pauses=begun.pauses)
    else:
        newest = rhythm.newest or rhythm.since
        known, rhythm = rhythm, rhythm.after([*new, *(date for date in stands if date > newest)], now).eased()
        if rhythm is known:
            return fetched
    return replace(fetched, state=replace(fetched.state, rhythm=rhythm.dump()))


def _counted(rhythm: Rhythm, past: Iterable[datetime]) -> tuple[float, ...]:
    """What comes out within one minute is found by one poll, and is one event."""
    counts = list(rhythm.counts)
    for minute in {int(time.timestamp()) // 60 for time in past if time >= rhythm.since}:
        weekend, hour = _part(datetime.fromtimestamp(60 * minute, UTC))
        counts[24 * weekend + hour] += 1
    return tuple(counts)


def _aged(rhythm: Rhythm, now: datetime) -> Rhythm:
    if now - rhythm.since <= WINDOW:
        return rhythm
    halved = tuple(round(count / 2, 1) for count in rhythm.counts)
    return replace(rhythm, counts=halved, since=now - (now - rhythm.since) / 2)


def _paused(rhythm: Rhythm, past: Iterable[datetime]) -> tuple[timedelta, int]:
    days = sorted({time.date() for time in (*past, *([rhythm.newest] if rhythm.newest else []))})
    usual, pauses = rhythm.usual, rhythm.pauses
    for earlier, later in pairwise(days):
        pauses = min(pauses + 1, MOST_PAUSES)
        usual += ((later - earlier) - usual) / pauses
    return usual, pauses


# --- the week -----------------------------------------------------------------------------------------------


def _part(at: datetime) -> tuple[bool, int]:
    """Whether it is a day at the weekend, and the hour."""
    utc = at.astimezone(UTC)
    return utc.weekday() >= 5, utc.hour


def _watched(since: float, until: float, weekend: bool, hour: int) -> float:
    """How many hours of this part of the week lie between."""
    span = max(until - since, 0.0)
    if span >= _LONG:
        return span / _DAY * (2 if weekend else 5) / 7
    seconds = 0.0
    for day in range(int(since // _DAY), int(until // _DAY) + 1):
        if ((day + 3) % 7 >= 5) is weekend:  # the first day of the epoch was a Thursday
            begin = day * _DAY + hour * _HOUR
            seconds += max(min(begin + _HOUR, until) - max(begin, since), 0.0)
    return seconds / _HOUR


def _stamp(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp())


def _moment(stamp: int) -> datetime:
    return datetime.fromtimestamp(stamp, UTC)
