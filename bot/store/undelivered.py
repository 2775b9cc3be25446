"""What has not reached its destination: what waits, what nobody knows the outcome of, what was given up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.model import DeliveryAction, DeliveryId, DeliveryState, Destination, Reason
from bot.store import outages
from bot.store.outages import Outage
from bot.store.schema import decisions, deliveries, destinations, stories

UNFINISHED = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNKNOWN)
GIVEN_UP = (DeliveryState.FAILED, DeliveryState.EXPIRED)
STUCK_AFTER = timedelta(minutes=10)  # of being due: longer than any pause that a platform asks for in passing


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """One delivery with all that decides what becomes of it."""

    id: DeliveryId
    destination: Destination
    action: DeliveryAction
    state: DeliveryState
    title: str  # of the story, or what kind of bulletin it is
    story_id: str | None
    item_key: str | None
    decision: int | None
    reason: Reason | None  # None: a bulletin
    created_at: datetime
    not_before: datetime
    started_at: datetime | None  # of an attempt whose end nobody recorded
    finished_at: datetime | None
    attempts: int
    fault: str | None
    turn_at: datetime | None  # when the destination is drained next; None: nobody would come
    leased_until: datetime | None  # it is being drained
    outage: Outage | None  # of the destination, or of its platform


def undelivered(
    connection: sa.Connection,
    *,
    since: datetime,
    now: datetime,
    stuck: bool = False,
    destination: Destination | None = None,
    limit: int,
) -> list[Undelivered]:
    """What is unfinished, and what was given up since then; the longest waiting first.

    `stuck`: without what is held until its time, and what has been due for less than STUCK_AFTER.
    """
    which = [_unfinished(now, stuck=stuck), _given_up(since)]
    found: list[Undelivered] = []
    for each in which:
        here = sa.true() if destination is None else deliveries.c.destination == str(destination)
        rows = connection.execute(
            _ROWS.where(each, here).order_by(deliveries.c.not_before, deliveries.c.seq).limit(limit - len(found))
        )
        found += _with_outages(connection, rows.all())
    return found


def counts(connection: sa.Connection, *, since: datetime) -> dict[str, int]:
    """How many there are of each state: all that is unfinished, and what was given up since then."""
    found: dict[str, int] = {}
    for which in (deliveries.c.state.in_(UNFINISHED), _given_up(since)):
        rows = connection.execute(
            sa.select(deliveries.c.state, sa.func.count().label("n")).where(which).group_by(deliveries.c.state)
        )
        found |= {row.state: row.n for row in rows}
    return found


_ROWS = (
    sa.select(
        deliveries,
        decisions.c.story_id,
        decisions.c.item_key,
        decisions.c.reason,
        stories.c.title,
        destinations.c.due_at.label("turn_at"),
        destinations.c.lease_until,
    )
    .outerjoin(decisions, decisions.c.id == deliveries.c.decision_id)
    .outerjoin(stories, stories.c.id == decisions.c.story_id)
    .outerjoin(destinations, destinations.c.id == deliveries.c.destination)
)


def _unfinished(now: datetime, *, stuck: bool) -> sa.ColumnElement[bool]:
    unfinished = deliveries.c.state.in_(UNFINISHED)
    return sa.and_(unfinished, deliveries.c.not_before <= now - STUCK_AFTER) if stuck else unfinished


def _given_up(since: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(deliveries.c.state.in_(GIVEN_UP), deliveries.c.finished_at >= since)


def _with_outages(connection: sa.Connection, rows: Sequence[Any]) -> Iterator[Undelivered]:
    places = {row.destination for row in rows}
    platforms = {Destination.parse(place).platform for place in places}
    down = outages.down(connection, places | platforms)
    for row in rows:
        place = Destination.parse(row.destination)
        yield Undelivered(
            id=DeliveryId(row.id),
            destination=place,
            action=DeliveryAction(row.action),
            state=DeliveryState(row.state),
            title=row.title if row.bulletin is None else str(row.bulletin.get("title") or row.bulletin_key),
            story_id=row.story_id,
            item_key=row.item_key,
            decision=row.decision_id,
            reason=Reason(row.reason) if row.reason else None,
            created_at=row.created_at,
            not_before=row.not_before,
            started_at=row.started_at,
            finished_at=row.finished_at,
            attempts=row.attempts,
            fault=row.fault,
            turn_at=row.turn_at,
            leased_until=row.lease_until,
            outage=down.get(place.platform) or down.get(row.destination),
        )
