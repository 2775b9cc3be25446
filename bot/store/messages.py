"""What was posted about a story at a destination, and what is on its way there: the outbox by story."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa

from bot.codec import bulletin_from_json, facts_from_json, receipt_from_json
from bot.deliver.card import Bulletin
from bot.model import (
    Delivery,
    DeliveryAction,
    DeliveryId,
    DeliveryState,
    Destination,
    ItemKey,
    Receipt,
    StoryId,
    fact_key,
)
from bot.store import audience
from bot.store.schema import decisions, deliveries

DELIVERY = (
    deliveries.c.id.label("delivery_id"),
    deliveries.c.destination.label("place"),
    deliveries.c.bulletin,
    deliveries.c.action,
    deliveries.c.state,
    deliveries.c.own_faults,
)  # with all of `decisions`: what `delivery_of` reads


@dataclass(frozen=True, slots=True, kw_only=True)
class Circular:
    """An outbox row that no decision on a story is behind: a bulletin on its way. It is posted and never edited."""

    id: DeliveryId
    destination: Destination
    bulletin: Bulletin
    state: DeliveryState
    own_faults: int = 0
    action: ClassVar[DeliveryAction] = DeliveryAction.POST


Queued = Delivery | Circular


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A message that was posted and stands there."""

    delivery: Delivery
    receipt: Receipt


def queued_of(row: Any) -> Queued:
    """A row of `DELIVERY` and, where there is one, of `decisions`."""
    if row.bulletin is None:
        return delivery_of(row)
    return Circular(
        id=DeliveryId(row.delivery_id),
        destination=Destination.parse(row.place),
        bulletin=bulletin_from_json(row.bulletin),
        state=DeliveryState(row.state),
        own_faults=row.own_faults,
    )


def delivery_of(row: Any) -> Delivery:
    """A row of `DELIVERY` and `decisions`."""
    notice = audience.notice_of(row)
    return Delivery(
        id=DeliveryId(row.delivery_id),
        destination=notice.destination,
        notice=notice,
        action=DeliveryAction(row.action),
        state=DeliveryState(row.state),
        own_faults=row.own_faults,
    )


def about(connection: sa.Connection, destination: Destination, story_id: StoryId) -> Sequence[Any]:
    """Number, action, state and times of every delivery about the story, in their order."""
    return connection.execute(
        sa.select(
            deliveries.c.seq,
            deliveries.c.action,
            deliveries.c.state,
            deliveries.c.started_at,
            deliveries.c.finished_at,
        )
        .join(decisions, decisions.c.id == deliveries.c.decision_id)
        .where(decisions.c.story_id == story_id, decisions.c.destination == str(destination))
        .order_by(deliveries.c.seq)
    ).all()


def posted(connection: sa.Connection, destination: Destination, story_id: StoryId) -> list[Standing]:
    """The messages about the story there, oldest first: in the channel itself, and in threads."""
    rows = connection.execute(
        sa.select(*DELIVERY, deliveries.c.receipt, decisions)
        .join(decisions, decisions.c.id == deliveries.c.decision_id)
        .where(
            decisions.c.story_id == story_id,
            decisions.c.destination == str(destination),
            deliveries.c.action == DeliveryAction.POST,
            deliveries.c.state == DeliveryState.SENT,
        )
        .order_by(deliveries.c.seq)
    )
    return [Standing(delivery=delivery_of(row), receipt=receipt_from_json(row.receipt)) for row in rows]


def standing(connection: sa.Connection, destination: Destination, story_id: StoryId) -> list[Standing]:
    """The messages about the story in the channel itself, oldest first: one, and one more for each escalation."""
    found = posted(connection, destination, story_id)
    return [message for message in found if message.receipt.thread_id is None]


def count_told(connection: sa.Connection, destination: Destination, *, since: datetime, until: datetime) -> int:
    """How many alerts went there, or wait to, from `since` up to `until`."""
    gone = (DeliveryState.SUPERSEDED, DeliveryState.FAILED)
    told: int = connection.execute(
        sa.select(sa.func.count()).where(
            deliveries.c.destination == str(destination),
            deliveries.c.not_before >= since,
            deliveries.c.not_before < until,
            deliveries.c.action == DeliveryAction.POST,
            deliveries.c.state.not_in(gone),
            deliveries.c.decision_id.is_not(None),
        )
    ).scalar_one()
    return told


def stands(connection: sa.Connection, destination: Destination, story_id: StoryId) -> bool:
    """Whether there is a message about the story there, or one on its way."""
    gone = {DeliveryState.SUPERSEDED, DeliveryState.FAILED}
    found = about(connection, destination, story_id)
    return any(row.action == DeliveryAction.POST and row.state not in gone for row in found)


def shows(connection: sa.Connection, destination: Destination, key: ItemKey) -> bool:
    """Whether a message there is the card of this item."""
    found = connection.execute(
        sa.select(deliveries.c.seq)
        .join(decisions, decisions.c.id == deliveries.c.decision_id)
        .where(
            deliveries.c.action == DeliveryAction.POST,
            decisions.c.item_key == key,
            decisions.c.destination == str(destination),
        )
    )
    return found.first() is not None


def item_shown(connection: sa.Connection, destination: Destination, channel: str, message_id: str) -> ItemKey | None:
    """The item whose card a message there is, by what the platform calls the message."""
    found = connection.execute(
        sa.select(decisions.c.item_key)
        .join(deliveries, deliveries.c.decision_id == decisions.c.id)
        .where(
            deliveries.c.destination == str(destination),
            deliveries.c.state == DeliveryState.SENT,
            deliveries.c.receipt["message_id"].as_string() == message_id,
            deliveries.c.receipt["channel"].as_string() == channel,
        )
        .order_by(deliveries.c.seq)
        .limit(1)
    ).scalar_one_or_none()
    return None if found is None else ItemKey(found)


def supersede_held(
    connection: sa.Connection, destination: Destination, story_id: StoryId, *, now: datetime
) -> frozenset[str] | None:
    """Take back what quiet hours hold for this destination about this story; returns the keys of its facts, if any.

    What is told instead says all of it: a louder story must not be "escalated" for people who heard nothing yet.
    """
    held = sa.and_(deliveries.c.action == DeliveryAction.POST, deliveries.c.not_before > now)
    rows = connection.execute(
        sa.select(decisions.c.new_facts)
        .join(deliveries, deliveries.c.decision_id == decisions.c.id)
        .where(
            decisions.c.story_id == story_id,
            decisions.c.destination == str(destination),
            deliveries.c.state == DeliveryState.PENDING,
            held,
        )
    ).all()
    if not supersede(connection, destination, story_id, held, now=now):
        return None
    return frozenset(fact_key(fact) for row in rows for fact in facts_from_json(row.new_facts))


def supersede_posts(connection: sa.Connection, destination: Destination, story_id: StoryId, *, now: datetime) -> None:
    """Take back what waits to be posted about a story that nothing is left of."""
    supersede(connection, destination, story_id, deliveries.c.action == DeliveryAction.POST, now=now)


def supersede(
    connection: sa.Connection,
    destination: Destination,
    story_id: StoryId,
    which: sa.ColumnElement[bool],
    *,
    now: datetime,
) -> bool:
    """Take back the deliveries about the story that wait and that `which` selects; True where there were any."""
    told = sa.select(decisions.c.id).where(
        decisions.c.story_id == story_id, decisions.c.destination == str(destination)
    )
    taken = connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.decision_id.in_(told), deliveries.c.state == DeliveryState.PENDING, which)
        .values(state=DeliveryState.SUPERSEDED, finished_at=now)
    )
    return taken.rowcount > 0
