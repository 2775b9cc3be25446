"""Quiet hours of a route: a daily span on the wall clock of a named zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.routing.zones import zone_named

_FORM = re.compile(r"(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})\s+(\S+)")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` up to `end`, local time of `zone`; a span over midnight has start > end."""

    start: time
    end: time
    zone: ZoneInfo

    @classmethod
    def parse(cls, text: object) -> QuietHours:
        """ "22:00-06:00 Europe/Berlin". Raises ValueError that names the form."""
        match = _FORM.fullmatch(str(text).strip())
        if not match:
            raise ValueError(f"{text!r} are no quiet hours: write them as 22:00-06:00 Europe/Berlin")
        start, end = (_clock(part) for part in match.group(1, 2))
        zone = zone_named(match[3])
        if start == end:
            raise ValueError(f"{text!r} begins and ends at the same time")
        return cls(start, end, zone)

    def __str__(self) -> str:
        """As `parse` reads it."""
        return f"{self.start:%H:%M}-{self.end:%H:%M} {self.zone.key}"

    def ends(self, now: datetime) -> datetime | None:
        """When the quiet hours that hold at `now` end (aware, same zone as `now`); None while it is not quiet."""
        local = now.astimezone(self.zone)
        clock = local.time()
        if self.start < self.end:
            quiet, tomorrow = self.start <= clock < self.end, False
        else:
            quiet, tomorrow = clock >= self.start or clock < self.end, clock >= self.start
        if not quiet:
            return None
        day = local.date() + timedelta(days=1) if tomorrow else local.date()
        # Local wall time in, UTC out: on a night when the clock changes, the end is still the local end.
        end = datetime.combine(day, self.end, tzinfo=self.zone).replace(fold=0 if tomorrow else local.fold)
        return end.astimezone(now.tzinfo)


def _clock(text: str) -> time:
    """Raises ValueError that says which hour is none."""
    try:
        return time.fromisoformat(text.zfill(5))
    except ValueError:
        raise ValueError(
            f"“{text}” is no time of day: write one from 00:00 to 23:59, as in 22:00-06:00 Europe/Berlin"
        ) from None
