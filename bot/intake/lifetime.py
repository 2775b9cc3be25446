"""For how long the copy that answered stands before it is renewed, as the headers of an answer say. Pure.

https://www.rfc-editor.org/rfc/rfc9111#name-freshness
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

MOST_FRESH = timedelta(days=1)  # what is said to last longer is believed for so long


def is_shared(headers: Mapping[str, str]) -> bool:
    """Whether a cache answered: no other sends Age."""
    return _seconds(headers.get("Age")) is not None


def fresh_for(headers: Mapping[str, str]) -> timedelta | None:
    """What is left of the lifetime: of the copy in the shared cache that answered, where one did, else of ours.

    None where nothing is said, or nothing is left. `headers` are case-insensitive.
    """
    directives = _directives(headers.get("Cache-Control", ""))
    if not directives.keys().isdisjoint({"no-cache", "no-store"}):
        return None
    age = _seconds(headers.get("Age"))
    lifetime = _seconds(directives.get("max-age"))
    if age is not None:  # only a shared cache sends it, and that one goes by a figure of its own
        shared = _seconds(directives.get("s-maxage"))
        lifetime = lifetime if shared is None else shared
    if lifetime is None:
        lifetime = _until_expiry(headers)
    left = (lifetime or 0) - (age or 0)
    return timedelta(seconds=min(left, MOST_FRESH.total_seconds())) if left > 0 else None


def _directives(line: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in line.lower().split(","))
    return {name.strip(): value.strip(' "') for name, _, value in pairs}


def _seconds(text: str | None) -> int | None:
    """A delta-seconds; of digits beyond nine nothing more is to be learned."""
    text = (text or "").strip()
    return int(text[:9]) if text.isascii() and text.isdigit() else None


def _until_expiry(headers: Mapping[str, str]) -> int | None:
    """By the server's own clock; "0", "-1" and other nonsense mean: now."""
    expires, date = _moment(headers.get("Expires")), _moment(headers.get("Date"))
    return int((expires - date).total_seconds()) if expires and date else None


def _moment(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime((text or "").strip())
    except (ValueError, OverflowError, TypeError, IndexError):  # what it raises on nonsense
        return None
    return moment if moment.tzinfo else None
