"""Subscriptions by place, what changed of them in which order, and which of them a decision named."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.model import DeliveryId, Destination, Tier
from bot.routing.subscriptions import UNCONFIRMED, Subscription
from bot.store.prepared import Prepared
from bot.store.schema import deliveries, subscription_changes, subscription_hits, subscriptions

CHANGES_LOCK = 0x7375_6273  # of PostgreSQL's advisory locks; any number that nothing else here uses


@dataclass(frozen=True, slots=True)
class Change:
    """What became of the subscription `id`; `number` grows with every change. None: it was removed."""

    number: int
    id: int
    subscription: Subscription | None


_CHANGED_SINCE = Prepared(
    sa.select(subscription_changes, *subscriptions.c)
    .join(subscriptions, subscriptions.c.id == subscription_changes.c.subscription_id, isouter=True)
    .where(subscription_changes.c.number > sa.bindparam("seen"))
    .order_by(subscription_changes.c.number)
    .limit(sa.bindparam("most"))
)


def changed_since(connection: sa.Connection, number: int, *, limit: int) -> list[Change]:
    """The changes after that number, oldest first, each subscription as it is now.

    Whatever was committed before this transaction asks is among them, or had a lower number.
    """
    rows = _CHANGED_SINCE.rows(connection, {"seen": number, "most": limit})
    return [Change(row.number, row.subscription_id, None if row.id is None else _subscription(row)) for row in rows]


def add(
    connection: sa.Connection,
    *,
    place: Destination,
    owner: Destination,
    owner_name: str = "",
    query: str,
    tier: Tier,
    made_in: Destination,
    now: datetime,
    paused: str = "",
) -> Subscription:
    """Store a new one; it is heard of from the end of this transaction on."""
    row = connection.execute(
        sa.insert(subscriptions)
        .values(
            destination=str(place),
            owner=str(owner),
            owner_name=owner_name,
            query=query,
            tier=tier,
            made_in=str(made_in),
            made_at=now,
            paused=paused,
        )
        .returning(*subscriptions.c)
    ).one()
    _note_changes(connection, [row.id])
    return _subscription(row)


def change(connection: sa.Connection, number: int, *, tier: Tier, paused: str = "") -> None:
    """Give a subscription another tier, or let it rest or run."""
    connection.execute(sa.update(subscriptions).where(subscriptions.c.id == number).values(tier=tier, paused=paused))
    _note_changes(connection, [number])


def remove(connection: sa.Connection, number: int) -> bool:
    """False where there is none of that number."""
    return remove_all(connection, subscriptions.c.id == number) > 0


def remove_all(connection: sa.Connection, which: sa.ColumnElement[bool]) -> int:
    """Delete the subscriptions that `which` selects; returns how many."""
    removed = connection.execute(sa.delete(subscriptions).where(which).returning(subscriptions.c.id)).scalars().all()
    _note_changes(connection, removed)
    return len(removed)


def disown(connection: sa.Connection, owner: Destination) -> None:
    """Leave to channels what a person subscribed to for them, without saying who did."""
    theirs = subscriptions.c.owner == str(owner)
    rows = connection.execute(
        sa.update(subscriptions)
        .where(theirs)
        .values(owner=subscriptions.c.destination, owner_name="")
        .returning(subscriptions.c.id)
    )
    _note_changes(connection, rows.scalars().all())


def pause(connection: sa.Connection, place: Destination, why: str) -> list[Subscription]:
    """Let all that run at a place rest; returns them."""
    running = subscriptions.c.destination == str(place), subscriptions.c.paused == ""
    rows = connection.execute(
        sa.update(subscriptions).where(*running).values(paused=why).returning(*subscriptions.c)
    ).all()
    _note_changes(connection, [row.id for row in rows])
    return sorted(map(_subscription, rows), key=lambda each: each.id)


def forget_unconfirmed(connection: sa.Connection, *, made_before: datetime) -> int:
    """Delete those that nobody confirmed since then."""
    old = sa.and_(subscriptions.c.paused == UNCONFIRMED, subscriptions.c.made_at < made_before)
    return remove_all(connection, old)


def of_owner(connection: sa.Connection, owner: Destination) -> list[Subscription]:
    """All that a person made, for themselves and for channels, oldest first."""
    return _found(connection, subscriptions.c.owner == str(owner))


def at(connection: sa.Connection, place: Destination) -> list[Subscription]:
    """All of a channel, or of a person's direct messages, oldest first."""
    return _found(connection, subscriptions.c.destination == str(place))


# --- hits -------------------------------------------------------------------------------------------------


_ADD_HITS = Prepared(sa.insert(subscription_hits))


def save_hits(connection: sa.Connection, hits: Mapping[int, Collection[int]], *, now: datetime) -> None:
    """Record which subscriptions decisions, by their numbers, were about."""
    rows = [
        {"decision_id": decision, "subscription_id": number, "hit_at": now}
        for decision, numbers in hits.items()
        for number in numbers
    ]
    if rows:
        _ADD_HITS.run_all(connection, rows)


def hits_since(connection: sa.Connection, numbers: Collection[int], *, since: datetime) -> Mapping[int, int]:
    """How many items each of these subscriptions matched since then, told or not; one with none is left out."""
    rows = connection.execute(
        sa.select(subscription_hits.c.subscription_id, sa.func.count().label("n"))
        .where(subscription_hits.c.subscription_id.in_(list(numbers)), subscription_hits.c.hit_at >= since)
        .group_by(subscription_hits.c.subscription_id)
    )
    return {row.subscription_id: row.n for row in rows}


def add_hits(connection: sa.Connection, decision: int | None, others: Sequence[int | None]) -> None:
    """What these decisions were about is what `decision` is about as well."""
    hits = subscription_hits.c
    named = sa.select(hits.subscription_id).where(hits.decision_id == decision)
    more = (
        sa.select(sa.literal(decision, hits.decision_id.type), hits.subscription_id, sa.func.min(hits.hit_at))
        .where(hits.decision_id.in_(others), hits.subscription_id.not_in(named))
        .group_by(hits.subscription_id)
    )
    columns = ["decision_id", "subscription_id", "hit_at"]
    connection.execute(sa.insert(subscription_hits).from_select(columns, more))


def matched_by(connection: sa.Connection, delivery: DeliveryId) -> Sequence[Subscription]:
    """The subscriptions that the decision behind a delivery was about, oldest first."""
    named = sa.select(subscription_hits.c.subscription_id).join(
        deliveries, deliveries.c.decision_id == subscription_hits.c.decision_id
    )
    return _found(connection, subscriptions.c.id.in_(named.where(deliveries.c.id == delivery)))


# --- parts ------------------------------------------------------------------------------------------------


def _note_changes(connection: sa.Connection, numbers: Sequence[int]) -> None:
    """Give each the next number of a change.

    One writer at a time, until its transaction ends: a lower number that is committed after a higher one would be
    missed by everybody who has read that far. SQLite has one writer anyway.
    """
    if not numbers:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(CHANGES_LOCK)))
    table = subscription_changes
    last = connection.execute(sa.select(sa.func.coalesce(sa.func.max(table.c.number), 0))).scalar_one()
    connection.execute(sa.delete(table).where(table.c.subscription_id.in_(list(numbers))))
    rows = [{"subscription_id": each, "number": last + place} for place, each in enumerate(numbers, 1)]
    connection.execute(sa.insert(table), rows)


def _found(connection: sa.Connection, which: sa.ColumnElement[bool]) -> list[Subscription]:
    return [
        _subscription(row)
        for row in connection.execute(sa.select(subscriptions).where(which).order_by(subscriptions.c.id))
    ]


def _subscription(row: Any) -> Subscription:
    return Subscription(
        id=row.id,
        place=Destination.parse(row.destination),
        owner=Destination.parse(row.owner),
        owner_name=row.owner_name,
        query=row.query,
        tier=Tier(row.tier),
        made_in=Destination.parse(row.made_in),
        made_at=row.made_at,
        paused=row.paused,
    )
