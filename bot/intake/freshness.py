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
    """The median pause between entries published at `times`; nothing where there are fewer than two."""
    pauses = [(later - earlier).total_seconds() for earlier, later in pairwise(sorted(times))]
    return timedelta(seconds=median(pauses)) if pauses else timedelta()
