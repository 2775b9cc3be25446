"""What becomes of an earlier state of the database that takes the place of a later one, which is lost.

What that later state knew is not in it: what was sent, and what was read. The first is settled once, right after the
restore and before any process runs; the second while feeds bring it again (`routing/restored.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.model import DeliveryAction, DeliveryState, SourceId
from bot.routing.restored import Restored
from bot.store import reminders
from bot.store.outbox import UNFINISHED
from bot.store.prepared import Prepared
from bot.store.schema import deliveries, destinations, digest_entries, places, restorations, sources

# Slack's look-up goes back three days (deliver/slack/channel.py), Discord's some hundred messages.
LOOKED_UP = timedelta(days=2)
_DOUBT = "restored from a backup: it may have been sent since that was made"
_TOO_LATE = "restored from a backup: it may have been sent since, and too long ago for that to be looked up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """How many of each there were."""

    looked_up: int  # deliveries that are looked up on their platform before they are sent
    too_old: int  # for that; they are not sent
    digests: int  # that count as sent
    reminders: int


def settle(connection: sa.Connection, *, told_until: datetime | None, now: datetime) -> Settled:
    """Make the restored state one to go on from, in one transaction; no process may run on it.

    What was due up to `told_until` counts as told where nobody can find out whether it was. None: nothing does, what
    was sent since the backup may be sent again.
    """
    for table in (sources, destinations):
        connection.execute(sa.update(table).values(lease_owner=None, lease_until=None))
    too_old = 0 if told_until is None else _expire(connection, before=told_until - LOOKED_UP, now=now)
    looked_up = _doubt(connection, now=now)
    if told_until is None:
        return Settled(looked_up=looked_up, too_old=0, digests=0, reminders=0)
    connection.execute(sa.insert(restorations).values(restored_at=now, told_until=told_until))
    return Settled(
        looked_up=looked_up,
        too_old=too_old,
        digests=_count_digests(connection, told_until, now=now),
        reminders=_count_reminders(connection, told_until),
    )


_LAST = Prepared(
    sa.select(
        restorations,
        sa.select(sources.c.last_ok_at)
        .where(sources.c.id == sa.bindparam("source"))
        .scalar_subquery()
        .label("last_ok_at"),
    )
    .order_by(restorations.c.id.desc())
    .limit(1)
)


def in_force(connection: sa.Connection, source_id: SourceId) -> Restored | None:
    """What the last restore means for what this source brings now; None where there never was one."""
    row = _LAST.row(connection, {"source": source_id})
    if row is None:
        return None
    first_look = row.last_ok_at is None or row.last_ok_at < row.restored_at
    return Restored(at=row.restored_at, told_until=row.told_until, first_look=first_look)


# --- the outbox: each delivery has an id, by which Slack and Discord can be asked -----------------------------------


def _doubt(connection: sa.Connection, *, now: datetime) -> int:
    """What waits to be posted and was due by now is looked up first. Edits can be made twice."""
    due = sa.and_(
        deliveries.c.state.in_(UNFINISHED),
        deliveries.c.action == DeliveryAction.POST,
        deliveries.c.not_before <= now,
    )
    doubted = sa.update(deliveries).where(due)
    unknown = doubted.values(state=DeliveryState.UNKNOWN, fault=_DOUBT, started_at=None, changed_at=now)
    return connection.execute(unknown).rowcount


def _expire(connection: sa.Connection, *, before: datetime, now: datetime) -> int:
    old = sa.and_(
        deliveries.c.state.in_(UNFINISHED),
        deliveries.c.action == DeliveryAction.POST,
        deliveries.c.not_before < before,
    )
    expired = {"state": DeliveryState.EXPIRED, "fault": _TOO_LATE, "finished_at": now, "changed_at": now}
    return connection.execute(sa.update(deliveries).where(old).values(**expired)).rowcount


# --- digests and reminders: one made again has another id -----------------------------------------------------------


def _count_digests(connection: sa.Connection, told_until: datetime, *, now: datetime) -> int:
    """Digests that came due up to then were sent with what waited for them; their plans count from now on."""
    due = places.c.digest_due <= told_until
    served = sa.select(places.c.destination).where(due)
    told = digest_entries.c.destination.in_(served)
    count: int = connection.execute(
        sa.select(sa.func.count(sa.distinct(digest_entries.c.destination))).where(told)
    ).scalar_one()
    connection.execute(sa.delete(digest_entries).where(told))
    connection.execute(sa.update(places).where(due).values(digest_slot=None, digest_due=now))
    return count


def _count_reminders(connection: sa.Connection, told_until: datetime) -> int:
    """Reminders that came due up to then were sent."""
    due = reminders.due(connection, now=told_until, limit=None)
    reminders.replan(connection, [each.heard(event) for each, event in due])
    return len(due)
