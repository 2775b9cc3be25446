"""What waited so long that nobody wants it any more: it is not sent, which is kept with its reason and told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.model import DeliveryAction, DeliveryState, Destination
from bot.store.schema import deliveries, destinations

PORTION = 2_000  # rows in one transaction

_POSSIBLY = "; whether an attempt arrived was never found out"


Ended = Counter[tuple[str, str]]  # how many, by platform and action


def expire(connection: sa.Connection, *, after: timedelta, now: datetime) -> Ended:
    """End what has waited longer than `after` since it could first be sent; returns how many.

    At most a portion: ask again while there were any. What is being sent at this moment is left alone.
    """
    since = sa.case(
        (deliveries.c.action == DeliveryAction.POST, deliveries.c.not_before),
        else_=deliveries.c.created_at,  # an edit that failed is put off by a later `not_before`
    )
    waiting = sa.select(destinations.c.id).where(destinations.c.due_at.is_not(None))
    old = (
        sa.select(deliveries.c.seq)
        .where(
            deliveries.c.destination.in_(waiting),
            deliveries.c.state.in_([DeliveryState.PENDING, DeliveryState.UNKNOWN]),
            since < now - after,
        )
        .order_by(deliveries.c.seq)
        .limit(PORTION)
        .with_for_update(skip_locked=True)
        .cte("old")
    )
    last = sa.func.coalesce(sa.literal(": ") + deliveries.c.fault, "")
    doubt = sa.case((deliveries.c.state == DeliveryState.UNKNOWN, _POSSIBLY), else_="")
    why = sa.literal(f"waited longer than {_hours(after)}") + last + doubt
    ended = connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.seq.in_(sa.select(old.c.seq)))
        .values(state=DeliveryState.EXPIRED, fault=why, finished_at=now, changed_at=now)
        .returning(deliveries.c.destination, deliveries.c.action)
    )
    return Counter((Destination.parse(row.destination).platform, row.action) for row in ended)


def expired(connection: sa.Connection, *, since: datetime, until: datetime) -> Mapping[Destination, int]:
    """How many ended so from `since` up to `until`, by destination."""
    rows = connection.execute(
        sa.select(deliveries.c.destination, sa.func.count().label("n"))
        .where(
            deliveries.c.finished_at >= since,
            deliveries.c.finished_at < until,
            deliveries.c.state == DeliveryState.EXPIRED,
        )
        .group_by(deliveries.c.destination)
        .order_by(deliveries.c.destination)
    )
    return {Destination.parse(row.destination): row.n for row in rows}


def _hours(length: timedelta) -> str:
    """ "7 d", "36 h", "90 s"."""
    seconds = int(length.total_seconds())
    unit, size = next(((unit, size) for unit, size in _UNITS if seconds % size == 0), ("s", 1))
    return f"{seconds // size} {unit}"


_UNITS = (("d", 86_400), ("h", 3600), ("min", 60))
