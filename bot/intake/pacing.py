"""When to ask a source again."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.model import Fetched, Source

LONGEST_BACKOFF = timedelta(hours=6)


def next_poll(source: Source, fetched: Fetched, now: datetime) -> datetime:
    """The desk's wish; after failures in a row twice as long each, and never before a server's Retry-After."""
    if not fetched.fault:
        return now + source.every
    doubled = source.every * (1 << min(fetched.state.failures, 16))
    wait = min(doubled, max(LONGEST_BACKOFF, source.every))
    return now + max(wait, fetched.fault.retry_after or wait)
