"""What hubs delivered, from the process that received it to the one that reads it: a row each, until it is read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.model import SourceId
from bot.store import leases, wakeup
from bot.store.hubs import HubState
from bot.store.schema import among, hub_deliveries, hub_subscriptions, sources

PUSHED = "push"  # the name of the workers that read it
MOST_WAITING = 16  # of one source; what is more is left to the poll that follows
POLL_PAUSE = timedelta(seconds=5)  # between two polls of a source that deliveries with news cause
VAIN_PAUSE = timedelta(minutes=1)  # where they bring none: a hub must not make us a nuisance to a publisher
WORTHLESS_AFTER = timedelta(hours=1)  # a poll has brought it by then


@dataclass(frozen=True, slots=True, kw_only=True)
class HubDelivery:
    """One delivery; `body` is None where it was too large to be kept, or the same as the one before."""

    number: int
    topic: str
    content_type: str
    body: bytes | None


def receive(
    connection: sa.Connection,
    token: str,
    *,
    body: bytes | None,
    body_hash: str,
    content_type: str,
    now: datetime,
) -> bool:
    """Keep a delivery whose signature was checked, and wake who reads it. False: it is not wanted any more."""
    table = hub_subscriptions
    row = connection.execute(
        sa.select(table.c.id, table.c.source_id, table.c.topic, table.c.state, table.c.delivered_hash)
        .where(table.c.token == token)
        .with_for_update()
    ).first()
    if row is None or row.state == HubState.LEAVING:
        return False
    values = {"delivered_at": now, "delivered_hash": body_hash}
    connection.execute(sa.update(table).where(table.c.id == row.id).values(values))
    if _waiting(connection, row.source_id) < MOST_WAITING:
        connection.execute(
            sa.insert(hub_deliveries).values(
                source_id=row.source_id,
                topic=row.topic,
                content_type=content_type,
                body=None if body_hash == row.delivered_hash else body,
                received_at=now,
            )
        )
    wakeup.announce(connection, [PUSHED])
    return True


def is_any(connection: sa.Connection) -> bool:
    return bool(connection.execute(sa.select(sa.exists(hub_deliveries.select()))).scalar())


def claim(
    connection: sa.Connection,
    ours: Collection[SourceId],
    *,
    owner: str,
    now: datetime,
    lease: timedelta,
    limit: int,
) -> list[SourceId]:
    """Lease those of `ours` for which a delivery waits, and that nobody polls just now; as `feeds.claim_due` does."""
    waiting = (
        sa.select(sources.c.id)
        .where(
            sources.c.id.in_(sa.select(hub_deliveries.c.source_id)),
            sources.c.active,
            among(sources.c.id, ours),
            leases.is_free(sources, now, lease),
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(connection.execute(waiting).scalars())
    values = {"lease_owner": owner, "lease_until": now + lease}
    connection.execute(sa.update(sources).where(sources.c.id.in_(ids)).values(values))
    return [SourceId(source_id) for source_id in ids]


def waiting(connection: sa.Connection, source_id: SourceId) -> list[HubDelivery]:
    """What waits of a source, in the order in which it came."""
    table = hub_deliveries
    found = sa.select(table.c.number, table.c.topic, table.c.content_type, table.c.body)
    rows = connection.execute(found.where(table.c.source_id == source_id).order_by(table.c.number))
    return [HubDelivery(**row) for row in rows.mappings()]


def settle(
    connection: sa.Connection,
    source_id: SourceId,
    read: Sequence[HubDelivery],
    *,
    brought_new: bool,
    owner: str,
    now: datetime,
) -> None:
    """Forget what was read, give the source back, and have it polled: its own document is the truth.

    Not before a pause since it was polled last, and not where it fails: its publisher asked to be left alone, or has
    trouble enough.
    """
    if not leases.holds(connection, sources, source_id, owner=owner):
        return
    numbers = [each.number for each in read]
    connection.execute(sa.delete(hub_deliveries).where(hub_deliveries.c.number.in_(numbers)))
    if brought_new:
        connection.execute(sa.update(sources).where(sources.c.id == source_id).values(last_new_at=now))
    row = connection.execute(
        sa.select(sources.c.due_at, sources.c.failures, sources.c.last_ok_at).where(sources.c.id == source_id)
    ).one()
    pause = POLL_PAUSE if brought_new else VAIN_PAUSE
    at = max(now, row.last_ok_at + pause) if row.last_ok_at and row.last_ok_at <= now else now
    sooner = not row.failures and (row.due_at is None or at < row.due_at)
    leases.give_back(connection, sources, source_id, owner=owner, due_at=at if sooner else row.due_at)


def forget(connection: sa.Connection, *, now: datetime) -> None:
    """What nobody has read in time, of a source that was paused, say."""
    old = hub_deliveries.c.received_at < now - WORTHLESS_AFTER
    connection.execute(sa.delete(hub_deliveries).where(old))


def _waiting(connection: sa.Connection, source_id: str) -> int:
    counted = sa.select(sa.func.count()).where(hub_deliveries.c.source_id == source_id)
    return connection.execute(counted).scalar_one()
