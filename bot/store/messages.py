"""What was posted about a story at a destination, and what is on its way there: the outbox by story."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
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
from bot.store.prepared import Prepared
from bot.store.schema import UtcTime, among, decisions, deliveries

_GONE = (DeliveryState.SUPERSEDED, DeliveryState.FAILED, DeliveryState.EXPIRED)
LOUDER = "quiet hours held it, and a louder message says it"  # why what they held was taken back

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


_DECIDED_ON = decisions.c.story_id == sa.bindparam("story"), among(decisions.c.destination, "places")
_ABOUT = Prepared(
    sa.select(
        deliveries.c.destination,
        deliveries.c.seq,
        deliveries.c.action,
        deliveries.c.state,
        deliveries.c.started_at,
        deliveries.c.finished_at,
    )
    .join(decisions, decisions.c.id == deliveries.c.decision_id)
    .where(*_DECIDED_ON)
    .order_by(deliveries.c.seq)
)


def about(
    connection: sa.Connection, destinations: Collection[Destination], story_id: StoryId
) -> Mapping[Destination, Sequence[Any]]:
    """Number, action, state and times of every delivery there about the story, in their order."""
    found: dict[Destination, list[Any]] = {place: [] for place in destinations}
    for row in _ABOUT.rows(connection, {"story": story_id, "places": destinations}):
        found[Destination.parse(row.destination)].append(row)
    return found


def _decided_on(destinations: Collection[Destination], story_id: StoryId) -> sa.ColumnElement[bool]:
    there = among(decisions.c.destination, map(str, destinations))
    return sa.and_(decisions.c.story_id == story_id, there)


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


def waiting_about(
    connection: sa.Connection, destination: Destination, story_id: StoryId, *, now: datetime
) -> list[Delivery]:
    """What is due to be posted about the story there and was not begun, in its order."""
    rows = connection.execute(
        sa.select(*DELIVERY, decisions)
        .join(decisions, decisions.c.id == deliveries.c.decision_id)
        .where(
            _decided_on([destination], story_id),
            deliveries.c.action == DeliveryAction.POST,
            deliveries.c.state == DeliveryState.PENDING,
            deliveries.c.not_before <= now,
        )
        .order_by(deliveries.c.seq)
    )
    return [delivery_of(row) for row in rows]


_COUNT_TOLD = Prepared(
    sa.select(deliveries.c.destination, sa.func.count().label("n"))
    .where(
        among(deliveries.c.destination, "places"),
        deliveries.c.not_before >= sa.bindparam("since"),
        deliveries.c.not_before < sa.bindparam("until"),
        deliveries.c.action == DeliveryAction.POST,
        *(deliveries.c.state != state for state in _GONE),
        deliveries.c.decision_id.is_not(None),
    )
    .group_by(deliveries.c.destination)
)


def count_told(
    connection: sa.Connection, destinations: Collection[Destination], *, since: datetime, until: datetime
) -> Mapping[Destination, int]:
    """How many alerts went there, or wait to, from `since` up to `until`; a place with none is left out."""
    rows = _COUNT_TOLD.rows(connection, {"places": destinations, "since": since, "until": until})
    return {Destination.parse(row.destination): row.n for row in rows}


def standing_at(
    connection: sa.Connection, destinations: Collection[Destination], story_id: StoryId
) -> set[Destination]:
    """Of these places those where there is a message about the story, or one on its way."""
    rows = connection.execute(
        sa.select(deliveries.c.destination)
        .join(decisions, decisions.c.id == deliveries.c.decision_id)
        .where(
            _decided_on(destinations, story_id),
            deliveries.c.action == DeliveryAction.POST,
            deliveries.c.state.not_in(_GONE),
        )
        .distinct()
    )
    return {Destination.parse(place) for place in rows.scalars()}


def showing(connection: sa.Connection, key: ItemKey) -> set[Destination]:
    """The places where a message is the card of this item."""
    rows = connection.execute(
        sa.select(decisions.c.destination)
        .join(deliveries, decisions.c.id == deliveries.c.decision_id)
        .where(deliveries.c.action == DeliveryAction.POST, decisions.c.item_key == key)
        .distinct()
    )
    return {Destination.parse(place) for place in rows.scalars()}


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


def told_by(first: DeliveryId) -> str:
    """Why a delivery is taken back whose place a message of its story takes that waited before it."""
    return f"waited, and message {first} tells it"


def superseding(which: sa.ColumnElement[bool]) -> Prepared:
    """For `supersede`: takes back what waits of a story and `which`, that may ask for `now`, selects."""
    now = sa.bindparam("now", type_=UtcTime)
    told = sa.select(decisions.c.id).where(*_DECIDED_ON)
    return Prepared(
        sa.update(deliveries)
        .where(deliveries.c.decision_id.in_(told), deliveries.c.state == DeliveryState.PENDING, which)
        .values(state=DeliveryState.SUPERSEDED, fault=sa.bindparam("why"), finished_at=now, changed_at=now)
        .returning(deliveries.c.decision_id)
    )


_POST = deliveries.c.action == DeliveryAction.POST
_POSTS, _HELD = map(
    superseding, (_POST, sa.and_(_POST, deliveries.c.not_before > sa.bindparam("now", type_=UtcTime)))
)


def supersede_held(
    connection: sa.Connection, destinations: Collection[Destination], story_id: StoryId, *, now: datetime
) -> Mapping[Destination, frozenset[str]]:
    """Take back what quiet hours hold about this story; returns the keys of its facts, for each place that had any.

    What is told instead says all of it: a louder story must not be "escalated" for people who heard nothing yet.
    """
    numbers = supersede(connection, destinations, story_id, _HELD, why=LOUDER, now=now)
    if not numbers:
        return {}
    rows = connection.execute(
        sa.select(decisions.c.destination, decisions.c.new_facts).where(decisions.c.id.in_(numbers))
    )
    return keys_by_place(rows)


def keys_by_place(rows: Iterable[Any]) -> dict[Destination, frozenset[str]]:
    """The keys of the facts that these decisions told, by place."""
    found: dict[Destination, frozenset[str]] = {}
    for row in rows:
        place, keys = Destination.parse(row.destination), map(fact_key, facts_from_json(row.new_facts))
        found[place] = found.get(place, frozenset()).union(keys)
    return found


def supersede_posts(
    connection: sa.Connection, destinations: Collection[Destination], story_id: StoryId, *, now: datetime
) -> None:
    """Take back what waits to be posted about a story that nothing is left of."""
    supersede(connection, destinations, story_id, _POSTS, why="nothing is left of the story", now=now)


def supersede(
    connection: sa.Connection,
    destinations: Collection[Destination],
    story_id: StoryId,
    which: Prepared,
    *,
    why: str,
    now: datetime,
) -> Sequence[int]:
    """Take back the deliveries about the story that wait and that `which` selects; returns their decisions."""
    taken = which.rows(connection, {"story": story_id, "places": destinations, "why": why, "now": now})
    return [row.decision_id for row in taken]
