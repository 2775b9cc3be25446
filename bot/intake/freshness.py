"""Whether a feed that answers is still alive: several known market feeds have answered the same for years. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

FROZEN_AFTER = timedelta(days=7)  # without anything new, whatever its rhythm
RHYTHMS = 4  # so many times its usual pause is out of rhythm


def is_frozen(newest: datetime, usual_pause: timedelta, now: datetime) -> bool:
    """Nothing new for a week, and for much longer than its usual pause between two entries."""
    return now - newest > max(FROZEN_AFTER, RHYTHMS * usual_pause)


def usual_pause(times: Iterable[datetime]) -> timedelta:
    """The median pause between the days on which it published, nothing where that was one day or none.

    By days, because many publish all of a week or a month within minutes.
    """
    days = sorted({time.date() for time in times})
    pauses = [(later - earlier).days for earlier, later in pairwise(days)]
    return timedelta(days=median(pauses)) if pauses else timedelta()
