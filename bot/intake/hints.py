"""What a feed's own document says of when to ask for it again. Pure; runs in a worker process.

`<ttl>`, `<skipHours>` and `<skipDays>`: https://www.rssboard.org/rss-specification#optionalChannelElements
`sy:updatePeriod` and `sy:updateFrequency`: https://web.resource.org/rss/1.0/modules/syndication/
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.intake.changes import Changes, parse_changes
from bot.intake.fetched import Offer
from bot.intake.websub import offer_of

HEAD = 64 * 1024  # bytes of a document in which they stand
MOST_SAID = timedelta(days=1)  # a template's "yearly" is no better than its "daily"

_TTL = re.compile(rb"<ttl>\s*(\d{1,9})\s*</ttl>")
_PERIOD = re.compile(rb"<(?:[\w.-]+:)?updatePeriod>\s*(hourly|daily|weekly|monthly|yearly)\s*</")
_FREQUENCY = re.compile(rb"<(?:[\w.-]+:)?updateFrequency>\s*(\d{1,9})\s*</")
_SKIP_HOURS = re.compile(rb"<skipHours>(.{0,2000}?)</skipHours>", re.DOTALL)
_SKIP_DAYS = re.compile(rb"<skipDays>(.{0,1000}?)</skipDays>", re.DOTALL)
_HOUR = re.compile(rb"<hour>\s*(\d{1,2})\s*</hour>")
_DAY = re.compile(rb"<day>\s*(\w{2,12})\s*</day>")
_DAYS = (b"monday", b"tuesday", b"wednesday", b"thursday", b"friday", b"saturday", b"sunday")
_HOURS = {b"hourly": 1, b"daily": 24, b"weekly": 168, b"monthly": 720, b"yearly": 8760}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """`least` is the shortest pause between two requests; nothing is published in the hours (UTC) and on the days
    (0 is Monday) of `skip_hours` and `skip_days`."""

    least: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()

    def skips(self, at: datetime) -> bool:
        return at.hour in self.skip_hours or at.weekday() in self.skip_days


NO_HINTS = Hints()


def parse_with_hints(
    body: bytes, content_type: str, url: str, memory: str | None, now: datetime
) -> tuple[Changes, Hints, Offer]:
    """What `parse_changes` finds, and beside it the hints and who pushes the feed."""
    return parse_changes(body, content_type, url, memory, now), hints_in(body), offer_of(body, url)


def hints_in(document: bytes) -> Hints:
    """Those of a document in UTF-8 or its like. One that skips every hour or every day means something else."""
    head = document[:HEAD]
    hours = frozenset(int(hour) % 24 for hour in _listed(_SKIP_HOURS, _HOUR, head) if int(hour) <= 24)
    names = {name.lower() for name in _listed(_SKIP_DAYS, _DAY, head)}
    days = frozenset(number for number, name in enumerate(_DAYS) if name in names)
    return Hints(
        least=_least(head),
        skip_hours=hours if len(hours) < 24 else frozenset(),
        skip_days=days if len(days) < len(_DAYS) else frozenset(),
    )


def _listed(around: re.Pattern[bytes], each: re.Pattern[bytes], head: bytes) -> list[bytes]:
    found = around.search(head)
    return each.findall(found[1]) if found else []


def _least(head: bytes) -> timedelta | None:
    """The longer of both where both are said."""
    seconds = [60 * int(ttl[1])] if (ttl := _TTL.search(head)) else []
    if period := _PERIOD.search(head):
        frequency = _FREQUENCY.search(head)
        seconds.append(3600 * _HOURS[period[1]] // max(int(frequency[1]) if frequency else 1, 1))
    least = min(max(seconds, default=0), int(MOST_SAID.total_seconds()))
    return timedelta(seconds=least) if least else None
