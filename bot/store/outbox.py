"""Deliveries on their way, by destination: written with the decision, drained under the destination's lease."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.codec import receipt_to_json
from bot.model import Delivery, DeliveryAction, DeliveryId, DeliveryState, Destination, Notice, Receipt
from bot.store import leases, messages, wakeup
from bot.store.messages import Circular, Queued
from bot.store.prepared import Prepared
from bot.store.schema import among, decisions, deliveries, destinations

DOUBT = timedelta(seconds=12)  # a send's own deadline and a little: after a kill its request may still be under way
SHORT_WAIT = timedelta(minutes=1)  # what a platform asked for in seconds is kept to
UNFINISHED = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNKNOWN)
# As words of the statement, not as parameters: so the databases see that the index of what waits has them all.
is_unfinished = deliveries.c.state.in_(sa.bindparam(None, UNFINISHED, expanding=True, literal_execute=True))
_AT_ONCE = deliveries.c.not_before == deliveries.c.created_at  # also where the clock was set back since
_EDITS = messages.superseding(deliveries.c.action == DeliveryAction.EDIT)
Decided = tuple[Notice, int]  # with the number of its decision


class InDoubt(Exception):
    """Look again `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"until {until.isoformat()}")
        self.until = until


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What waits for one destination, for `status`, the board and the metrics."""

    destination: Destination
    waiting: int
    oldest: datetime
    fault: str | None


def enqueue(connection: sa.Connection, notice: Notice, decision: int) -> DeliveryId:
    """Put a decision into the outbox, in the transaction that decided it, and make its destination due."""
    return enqueue_all(connection, [(notice, decision)])[0]


def enqueue_all(connection: sa.Connection, decided: Sequence[Decided]) -> list[DeliveryId]:
    """Put decisions into the outbox, in the transaction that took them, and make their destinations due."""
    return insert(connection, DeliveryAction.POST, [(*each, each[0].until or each[0].decided_at) for each in decided])


_LOCKED = Prepared(
    sa.select(destinations.c.id, destinations.c.due_at, destinations.c.attempts)
    .where(among(destinations.c.id, "wanted"))
    .order_by(destinations.c.id)
    .with_for_update()
)


def lock(connection: sa.Connection, wanted: Collection[Destination]) -> set[Destination]:
    """Those to which anything ever went: nobody begins a delivery there until the transaction ends.

    So an edit that waits shows what this transaction changes, and one that is under way is seen to be. They are
    taken in one order, that no two transactions wait for each other.
    """
    return {Destination.parse(row.id) for row in _LOCKED.rows(connection, {"wanted": wanted})}


_ADD = Prepared(sa.insert(deliveries).inline())  # nobody asks for its number


def insert(
    connection: sa.Connection, action: DeliveryAction, decided: Sequence[tuple[Notice, int, datetime]]
) -> list[DeliveryId]:
    """A row for each notice, with its decision and when it may be sent; no two go to one destination."""
    if not decided:
        return []
    ids = [DeliveryId(secrets.token_hex(12)) for _ in decided]
    rows = [
        {
            "id": delivery_id,
            "decision_id": decision,
            "destination": str(notice.destination),
            "action": action,
            "state": DeliveryState.PENDING,
            "not_before": not_before,
            "created_at": notice.decided_at,
            "changed_at": notice.decided_at,
        }
        for delivery_id, (notice, decision, not_before) in zip(ids, decided, strict=True)
    ]
    _ADD.run_all(connection, rows)
    _make_all_due(connection, {notice.destination: not_before for notice, _, not_before in decided})
    return ids


def make_due(connection: sa.Connection, destination: Destination, at: datetime) -> None:
    """Have a destination drained from `at` on; the row stays locked until the transaction ends."""
    _make_all_due(connection, {destination: at})


_SOONER = Prepared(sa.update(destinations).where(destinations.c.id == sa.bindparam("place")))


def _make_all_due(connection: sa.Connection, times: Mapping[Destination, datetime]) -> None:
    """The rows are taken in one order, that no two transactions wait for each other."""
    known = _LOCKED.rows(connection, {"wanted": times})
    missing = times.keys() - {Destination.parse(row.id) for row in known}
    if missing:
        rows = [{"id": str(each), "platform": each.platform, "due_at": times[each]} for each in sorted(missing)]
        connection.execute(sa.insert(destinations), rows)
    sooner = [{"place": row.id, "due_at": at} for row in known if (at := _sooner(row, times)) is not None]
    if sooner:
        _SOONER.run_all(connection, sooner)
    if missing or sooner:
        wakeup.announce(connection, {place.platform for place in times})


def _sooner(row: Any, times: Mapping[Destination, datetime]) -> datetime | None:
    """When a destination is due instead; None: it keeps its time, as it does while it backs off."""
    at = times[Destination.parse(row.id)]
    return at if row.due_at is None or (at < row.due_at and not row.attempts) else None


def claim_due(
    connection: sa.Connection,
    platforms: Collection[str],
    *,
    owner: str,
    now: datetime,
    lease: timedelta,
    limit: int,
) -> list[Destination]:
    """Lease the destinations that have something due, on the platforms that this process can send to.

    What is still marked as being sent there was cut off: whoever held the lease is gone, or has lost it. Only clocks
    say how long ago that was, and one may have been set: it counts as begun at `now`.
    """
    ids = leases.claim(
        connection,
        destinations,
        destinations.c.platform.in_(list(platforms)),
        owner=owner,
        now=now,
        lease=lease,
        limit=limit,
    )
    if ids:
        cut_off = among(deliveries.c.destination, ids), deliveries.c.state == DeliveryState.SENDING
        unknown = {"state": DeliveryState.UNKNOWN, "changed_at": now, "started_at": now}
        connection.execute(sa.update(deliveries).where(*cut_off).values(unknown))
    return [Destination.parse(destination) for destination in ids]


def begin_next(
    connection: sa.Connection, destination: Destination, *, owner: str, now: datetime, lease: timedelta
) -> Queued | None:
    """Mark the oldest delivery that is due as being sent, and renew the lease for it.

    Raises InDoubt where that delivery was cut off in the middle a moment ago: the platform may still be taking it,
    so nothing is sent or looked up here for a while.

    None where nothing is due or the lease was lost. A delivery whose last attempt has no known outcome comes back
    as UNKNOWN, so that the sender looks before it posts again.
    """
    if not leases.renew(connection, destinations, str(destination), owner=owner, now=now, lease=lease):
        return None
    row = connection.execute(
        sa.select(*messages.DELIVERY, deliveries.c.started_at, decisions)
        .outerjoin(decisions, decisions.c.id == deliveries.c.decision_id)
        .where(
            deliveries.c.destination == str(destination),
            is_unfinished,
            sa.or_(deliveries.c.not_before <= now, _AT_ONCE),
        )
        .order_by(deliveries.c.seq)
        .limit(1)
        .with_for_update(of=deliveries)  # what is being taken back at this moment is not sent
    ).one_or_none()
    if row is None:
        return None
    if row.started_at is not None and row.started_at <= now < row.started_at + DOUBT:
        raise InDoubt(row.started_at + DOUBT)
    connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.id == row.delivery_id)
        .values(state=DeliveryState.SENDING, attempts=deliveries.c.attempts + 1, started_at=now, changed_at=now)
    )
    delivery = messages.queued_of(row)
    if not isinstance(delivery, Circular) and delivery.action is DeliveryAction.EDIT:
        why = "an edit that began before it says all of it"
        messages.supersede(connection, [destination], delivery.notice.story_id, _EDITS, why=why, now=now)
    if delivery.state is DeliveryState.SENDING:  # begun before under this lease, and never recorded
        delivery = replace(delivery, state=DeliveryState.UNKNOWN)
    return delivery


def retry_now(connection: sa.Connection, platforms: Collection[str], *, now: datetime) -> None:
    """Make destinations that wait long after a failure due: somebody may have mended what was wrong."""
    connection.execute(
        sa.update(destinations)
        .where(destinations.c.platform.in_(list(platforms)), destinations.c.due_at > now + SHORT_WAIT)
        .where(destinations.c.attempts > 0)
        .values(due_at=now)
    )


def record_sent(connection: sa.Connection, delivery: Queued, receipt: Receipt, *, owner: str, now: datetime) -> bool:
    """The platform took it. False, and nothing written, where the lease was lost: its new holder will look."""
    if not _finish(connection, delivery, DeliveryState.SENT, owner=owner, now=now, receipt=receipt):
        return False
    _set_health(connection, delivery.destination, attempts=0, fault=None, now=now)
    return True


def record_superseded(connection: sa.Connection, delivery: Queued, *, owner: str, now: datetime) -> bool:
    """There is nothing that could be edited: the message was never posted."""
    why = "there is no message to edit"
    return _finish(connection, delivery, DeliveryState.SUPERSEDED, owner=owner, now=now, fault=why)


def record_refused(connection: sa.Connection, delivery: Queued, why: str, *, owner: str, now: datetime) -> bool:
    """The platform will never take it: `why`, in words, is kept with the delivery and the destination.

    With the delivery alone where it is an edit: that a message was deleted is no fault of the place.
    """
    if not _finish(connection, delivery, DeliveryState.FAILED, owner=owner, now=now, fault=why):
        return False
    fault = why if delivery.action is DeliveryAction.POST else None
    _set_health(connection, delivery.destination, attempts=0, fault=fault, now=now)
    return True


def postpone(
    connection: sa.Connection,
    delivery: Delivery,
    why: str,
    *,
    until: datetime,
    owner: str,
    now: datetime,
    own_fault: bool = False,
) -> None:
    """It is tried again `until` then, and what waits behind it goes on: for edits, whose order does not matter."""
    if not leases.holds(connection, destinations, str(delivery.destination), owner=owner):
        return
    connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.id == delivery.id)
        .values(
            state=DeliveryState.PENDING,
            not_before=until,
            fault=why,
            started_at=None,
            changed_at=now,
            own_faults=deliveries.c.own_faults + int(own_fault),
        )
    )
    connection.execute(
        sa.update(destinations).where(destinations.c.id == str(delivery.destination)).values(fault=why, fault_at=now)
    )


def record_retry(
    connection: sa.Connection,
    delivery: Queued,
    why: str,
    *,
    maybe_sent: bool,
    owner: str,
    now: datetime,
    own_fault: bool = False,
) -> int:
    """It was not delivered, or nobody knows: it stays first in line. Returns the attempts in a row so far.

    `own_fault`: not the platform failed but we did; so many of them and the delivery is given up.
    """
    if not leases.holds(connection, destinations, str(delivery.destination), owner=owner):
        return 0
    state = DeliveryState.UNKNOWN if maybe_sent else DeliveryState.PENDING
    connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.id == delivery.id)
        .values(
            state=state,
            fault=why,
            started_at=None,
            changed_at=now,
            own_faults=deliveries.c.own_faults + int(own_fault),
        )
    )
    attempts: int = connection.execute(
        sa.update(destinations)
        .where(destinations.c.id == str(delivery.destination))
        .values(attempts=destinations.c.attempts + 1, fault=why, fault_at=now)
        .returning(destinations.c.attempts)
    ).scalar_one()
    return attempts


def give_back(
    connection: sa.Connection, destination: Destination, *, owner: str, retry_at: datetime | None = None
) -> None:
    """End the lease; due again at `retry_at`, else when the next unfinished delivery is.

    The row is locked before the deliveries are read: one that is put in meanwhile waits, and makes it due after us.
    """
    if not leases.holds(connection, destinations, str(destination), owner=owner):
        return
    due_at = (
        retry_at
        or connection.execute(
            sa.select(sa.func.min(deliveries.c.not_before, type_=deliveries.c.not_before.type)).where(
                deliveries.c.destination == str(destination), is_unfinished
            )
        ).scalar_one_or_none()
    )
    leases.give_back(connection, destinations, str(destination), owner=owner, due_at=due_at)


def next_due(connection: sa.Connection, platforms: Collection[str]) -> datetime | None:
    """When the next destination on these platforms is due; None when nothing waits."""
    due: datetime | None = connection.execute(
        sa.select(destinations.c.due_at)
        .where(destinations.c.platform.in_(list(platforms)), destinations.c.due_at.is_not(None))
        .order_by(destinations.c.due_at)
        .limit(1)
    ).scalar_one_or_none()
    return due


def backlog(connection: sa.Connection) -> list[Backlog]:
    """What waits, the longest waiting destination first; an edit that only keeps its distance is not late."""
    late = sa.or_(deliveries.c.action == DeliveryAction.POST, deliveries.c.fault.is_not(None))
    oldest = sa.func.min(deliveries.c.created_at, type_=deliveries.c.created_at.type).label("oldest")
    rows = connection.execute(
        sa.select(deliveries.c.destination, sa.func.count().label("waiting"), oldest, destinations.c.fault)
        .join(destinations, destinations.c.id == deliveries.c.destination)
        .where(is_unfinished, late)
        .group_by(deliveries.c.destination, destinations.c.fault)
        .order_by(oldest)
    )
    return [
        Backlog(
            destination=Destination.parse(row.destination), waiting=row.waiting, oldest=row.oldest, fault=row.fault
        )
        for row in rows
    ]


def outcomes(connection: sa.Connection, *, since: datetime) -> dict[str, int]:
    """How many messages ended in each state since then; edits are not counted."""
    rows = connection.execute(
        sa.select(deliveries.c.state, sa.func.count().label("n"))
        .where(deliveries.c.finished_at >= since, deliveries.c.action == DeliveryAction.POST)
        .group_by(deliveries.c.state)
    )
    return {row.state: row.n for row in rows}


def _finish(
    connection: sa.Connection,
    delivery: Queued,
    state: DeliveryState,
    *,
    owner: str,
    now: datetime,
    receipt: Receipt | None = None,
    fault: str | None = None,
) -> bool:
    if not leases.holds(connection, destinations, str(delivery.destination), owner=owner):
        return False
    connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.id == delivery.id)
        .values(
            state=state,
            finished_at=now,
            changed_at=now,
            fault=fault,
            receipt=None if receipt is None else receipt_to_json(receipt),
        )
    )
    return True


def _set_health(
    connection: sa.Connection, destination: Destination, *, attempts: int, fault: str | None, now: datetime
) -> None:
    connection.execute(
        sa.update(destinations)
        .where(destinations.c.id == str(destination))
        .values(attempts=attempts, fault=fault, fault_at=None if fault is None else now)
    )
