"""How long a server asks to wait, in whatever form it says so."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime


def retry_after(value: object, now: datetime, *, most: timedelta) -> timedelta | None:
    """The wait that a Retry-After header, or a number in a body, asks for; at most `most`; None where it is none.

    Seconds, whole or with a fraction, or an HTTP date: https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
    """
    seconds = _seconds(value)
    if seconds is None and isinstance(value, str):
        seconds = _until(value, now)
    if seconds is None or math.isnan(seconds) or seconds <= 0:
        return None
    return timedelta(seconds=min(seconds, most.total_seconds()))


def _seconds(value: object) -> float | None:
    try:
        if isinstance(value, str):
            return float(value) if value.isascii() else None
        return float(value) if isinstance(value, int | float) else None
    except (ValueError, OverflowError):
        return None


def _until(text: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(text.strip())
        return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()
    except (ValueError, OverflowError, TypeError, IndexError):  # what it raises on nonsense
        return None
