"""When to ask a source again."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.model import FaultKind, Fetched, Source

LONGEST_BACKOFF = timedelta(hours=6)
# After each failure in a row the wait is so many times as long. Where nobody answered it may be our own network that
# is away: the wait is about an eighth of the time that it has been, so its news are not late for long.
GROWTH = 2.0
GROWTH_UNANSWERED = 9 / 8
_UNANSWERED = {FaultKind.UNREACHABLE, FaultKind.TIMEOUT}
_MOST_FAILURES = 100  # that are counted: by then the wait has long been the longest


def next_poll(source: Source, fetched: Fetched, now: datetime) -> datetime:
    """The desk's wish; after failures in a row ever longer, and never before a server's Retry-After."""
    if not fetched.fault:
        return now + source.every
    growth = GROWTH_UNANSWERED if fetched.fault.kind in _UNANSWERED else GROWTH
    longest = max(LONGEST_BACKOFF, source.every)
    times = min(growth ** min(fetched.state.failures, _MOST_FAILURES), longest / source.every)
    wait = source.every * times
    return now + max(wait, fetched.fault.retry_after or wait)
