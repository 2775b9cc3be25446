"""Which destinations are drained now: those that are due, on platforms that take messages.

Of a platform that is closed one destination is taken when it is time to try, whatever waits for the others: a revoked
token is asked about once, not once for each of them.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.model import Destination
from bot.store import outages, outbox


def claim_due(
    connection: sa.Connection,
    platforms: Collection[str],
    *,
    owner: str,
    now: datetime,
    lease: timedelta,
    limit: int,
) -> dict[Destination, set[str]]:
    """Lease destinations that have something due; with each, what of it was down (itself, its platform, both)."""
    shut = outages.down(connection, platforms, lock=True)
    over = [place for place, outage in shut.items() if outage.passing and outage.is_probed(now)]
    if over:
        outages.forget_passed(connection, over)
    free = [platform for platform in platforms if platform not in shut or platform in over]
    claimed = outbox.claim_due(connection, free, owner=owner, now=now, lease=lease, limit=limit)
    for platform in shut.keys() - over:
        if shut[platform].is_probed(now) and len(claimed) < limit:
            probe = outbox.claim_due(connection, [platform], owner=owner, now=now, lease=lease, limit=1)
            if probe:
                outages.delay_probe(connection, shut[platform], now=now)
            claimed += probe
    known = outages.down(connection, [str(place) for place in claimed]) if claimed else {}
    return {place: {str(place), place.platform} & (known.keys() | shut.keys()) for place in claimed}


def next_due(connection: sa.Connection, platforms: Collection[str]) -> datetime | None:
    """When something may next be sent on these platforms; None where nothing waits."""
    shut = outages.down(connection, platforms)
    times = [outbox.next_due(connection, [platform for platform in platforms if platform not in shut])]
    for platform, outage in shut.items():
        due = outbox.next_due(connection, [platform])
        times.append(None if due is None else max(due, outage.probe_at))
    return min((time for time in times if time is not None), default=None)
