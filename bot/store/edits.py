"""Edits of what was posted, on their way: in the outbox as posts are; of one story at one place one waits at most."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.model import DeliveryAction, DeliveryId, DeliveryState, Notice
from bot.store import messages, outbox
from bot.store.outbox import Decided
from bot.store.schema import deliveries

EDIT_EVERY = timedelta(minutes=1)  # edits of one message are at least so far apart
# After so many edits the next waits longer. Who else reports a story is worth two edits an hour, and Discord limits
# edits of messages older than that: https://docs.discord.com/developers/topics/opcodes-and-status-codes#json (30046)
QUICK_EDITS = 2
LATER_EDITS_EVERY = timedelta(hours=1)

_BEGUN = (DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.UNKNOWN)


def enqueue(connection: sa.Connection, notice: Notice, decision: int, *, soon: bool = False) -> DeliveryId | None:
    """Have the message about the story there say what the story has become by then.

    None, and no row, where that is said anyway: an edit waits already, or the message itself still does, or there
    is none. Edits of one message keep their distance; with `soon` (a correction, a withdrawal) it goes at once,
    and one that waits goes in its place.
    """
    return next(iter(enqueue_all(connection, [(notice, decision)], soon=soon)), None)


def enqueue_all(connection: sa.Connection, decided: Sequence[Decided], *, soon: bool = False) -> list[DeliveryId]:
    """As `enqueue`, for what was decided on one story for several places; returns the ids of the rows made."""
    written_to = outbox.lock(connection, [notice.destination for notice, _ in decided])
    decided = [each for each in decided if each[0].destination in written_to]
    if not decided:
        return []
    rows = messages.about(connection, written_to, decided[0][0].story_id)
    due: list[tuple[Notice, int, datetime]] = []
    for notice, decision in decided:
        here = rows[notice.destination]
        waiting = [row.seq for row in here if _is(row, DeliveryAction.EDIT, DeliveryState.PENDING)]
        if waiting and soon:
            _hasten(connection, waiting, notice, decision)
        elif not waiting and any(_is(row, DeliveryAction.POST, *_BEGUN) for row in here):
            due.append((notice, decision, notice.decided_at if soon else _next(here, notice.decided_at)))
    return outbox.insert(connection, DeliveryAction.EDIT, due)


def _is(row: Any, action: DeliveryAction, *states: DeliveryState) -> bool:
    return row.action == action and row.state in states


def _next(rows: Sequence[Any], now: datetime) -> datetime:
    earlier: list[datetime] = [
        min(row.finished_at or row.started_at, now) for row in rows if _is(row, DeliveryAction.EDIT, *_BEGUN)
    ]
    if not earlier:
        return now
    return max(now, max(earlier) + (EDIT_EVERY if len(earlier) < QUICK_EDITS else LATER_EDITS_EVERY))


def _hasten(connection: sa.Connection, edits: Sequence[int], notice: Notice, decision: int) -> None:
    """An edit that waits goes now, for the reason of `decision`."""
    connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.seq.in_(edits))
        .values(not_before=notice.decided_at, decision_id=decision)
    )
    outbox.make_due(connection, notice.destination, notice.decided_at)
