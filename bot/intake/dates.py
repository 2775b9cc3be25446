"""Publication dates: taken only in a full, plausible form, never guessed.

A wrong date hides an item behind the age filter or shows it on top for ever; none at all costs nothing, since
the time of first sight stands in for it. So `05/10/2026`, an epoch number or a French month name give None. No item
is published after it was seen: a date ahead of the clock is of a zone that is missing, unknown or wrong, and the time
of first sight is nearer to the truth.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz

EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)  # before the first feeds: such a date is a mistake
NOON = 12  # UTC, for a day without a time: the same day from UTC-12 to UTC+11

# Zones that email.utils does not know and that publishers write. Ambiguous ones (CST, IST) are left out or, like
# CST, already have their RFC 5322 meaning there.
_ZONES = {
    "BST": "+0100", "CET": "+0100", "CEST": "+0200", "EET": "+0200", "EEST": "+0300", "WET": "+0000",
    "WEST": "+0100", "MSK": "+0300", "GST": "+0400", "PKT": "+0500", "SGT": "+0800", "HKT": "+0800",
    "AWST": "+0800", "JST": "+0900", "KST": "+0900", "AEST": "+1000", "AEDT": "+1100", "NZST": "+1200",
    "NZDT": "+1300", "AKST": "-0900", "AKDT": "-0800", "HST": "-1000",
}  # fmt: skip
_ZONE = re.compile(r"\b([A-Z]{3,4})$")
_ISO = re.compile(r"\d{4}-?\d{2}-?\d{2}(?:[T ].*)?", re.ASCII)
_ISO_DAY = re.compile(r"\d{4}-?\d{2}-?\d{2}", re.ASCII)
_CLOCK = re.compile(r"\d:\d")
_WIDEST_ZONE = timedelta(hours=14)
_LONGEST = 64  # characters


def parse_date(text: str | None) -> datetime | None:
    """The moment that an RFC 5322 or ISO 8601 date names, in UTC; None for every other text.

    A date without a zone is read as UTC. A day without a time is noon UTC of that day.
    """
    text = " ".join((text or "").split())
    if not text or len(text) > _LONGEST:
        return None
    try:
        found = _iso(text) if _ISO.fullmatch(text) else _mail(text)
        return found.astimezone(UTC) if found else None
    except (ValueError, OverflowError, TypeError, IndexError):  # what the two parsers raise on nonsense
        return None


def plausible(moment: datetime | None, now: datetime) -> datetime | None:
    """`moment` unless it is before 1995 or ahead of `now`."""
    return moment if moment is not None and EARLIEST <= moment <= now else None


def _iso(text: str) -> datetime:
    if _ISO_DAY.fullmatch(text):
        return datetime.fromisoformat(text).replace(hour=NOON, tzinfo=UTC)
    found = datetime.fromisoformat(text.replace(" +", "+").replace(" Z", "Z").replace(" UTC", "Z"))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _mail(text: str) -> datetime | None:
    zone = _ZONE.search(text)
    if zone and zone[1] in _ZONES:
        text = text[: zone.start()] + _ZONES[zone[1]]
    parts = parsedate_tz(text)
    if parts is None or not _CLOCK.search(text):
        return None
    offset = timedelta(seconds=parts[9] or 0)
    return datetime(*parts[:6], tzinfo=UTC) - offset if abs(offset) <= _WIDEST_ZONE else None
