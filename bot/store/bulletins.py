"""Bulletins on their way: in the outbox as alerts are, and once for each key.

A digest, a reminder or a note is rendered when it is put in, not when it is sent: what it says is what the
transaction that wrote it knew. It takes its turn among the alerts of its destination.
"""

from __future__ import annotations

import secrets
from datetime import datetime

import sqlalchemy as sa

from bot.codec import bulletin_to_json
from bot.deliver.card import Bulletin
from bot.model import DeliveryAction, DeliveryId, DeliveryState, Destination
from bot.store import outbox
from bot.store.schema import deliveries


def enqueue_bulletin(
    connection: sa.Connection,
    destination: Destination,
    bulletin: Bulletin,
    *,
    key: str,
    now: datetime,
    not_before: datetime | None = None,
) -> DeliveryId | None:
    """Put a bulletin into the outbox and make its destination due, at `not_before` where that is said.

    None, and no row, where one of that `key` went there before: until `forget_before` has taken it. The caller
    changes, in the same transaction, what made it due.
    """
    at = not_before or now
    outbox.make_due(connection, destination, at)  # whoever puts in the same waits for this transaction
    same = sa.exists().where(deliveries.c.destination == str(destination), deliveries.c.bulletin_key == key)
    if connection.execute(sa.select(same)).scalar_one():
        return None
    delivery_id = DeliveryId(secrets.token_hex(12))
    connection.execute(
        sa.insert(deliveries).values(
            id=delivery_id,
            bulletin=bulletin_to_json(bulletin),
            bulletin_key=key,
            destination=str(destination),
            action=DeliveryAction.POST,
            state=DeliveryState.PENDING,
            not_before=at,
            created_at=now,
            changed_at=now,
        )
    )
    return delivery_id


def waits(connection: sa.Connection, destination: Destination, kind: str) -> bool:
    """Whether a bulletin whose key begins so has not been sent yet."""
    found = sa.exists().where(
        deliveries.c.destination == str(destination),
        deliveries.c.state.in_(outbox.UNFINISHED),
        deliveries.c.bulletin_key.startswith(kind, autoescape=True),
    )
    return bool(connection.execute(sa.select(found)).scalar_one())


def forget_before(connection: sa.Connection, before: datetime) -> int:
    """Delete the bulletins whose sending ended before then; returns how many there were."""
    over = sa.and_(deliveries.c.bulletin_key.is_not(None), deliveries.c.finished_at < before)
    return connection.execute(sa.delete(deliveries).where(over)).rowcount
