"""The clock was set back: what was noted by the time as it was lies in the future now, and so do the ends of waits.

Whatever was noted later than now was noted by the clock as it was, so a wait that began then is over: a source is
polled, a destination looked at and a platform tried once more than needed. What is meant for a time on the wall
(quiet hours, digests, reminders) stays, and leases see to it themselves (`leases.py`).
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.intake.websub import MOST_LEASE
from bot.model import DeliveryAction
from bot.store.outbox import UNFINISHED
from bot.store.schema import deliveries, destinations, hub_subscriptions, outages, sources


def put_right(connection: sa.Connection, *, now: datetime) -> None:
    """End the waits that began later than `now`. Twice does no harm, nor does it where no clock was set."""
    polled = sa.or_(sources.c.last_ok_at > now, sources.c.fault_at > now, sources.c.trouble_told_at > now)
    times = (
        sources.c.due_at, sources.c.last_ok_at, sources.c.last_new_at, sources.c.fault_at, sources.c.trouble_at,
        sources.c.trouble_told_at,
    )  # fmt: skip
    connection.execute(sa.update(sources).where(polled).values({time: _at_most(time, now) for time in times}))
    _make_due(connection, now)
    _ask_hubs(connection, now)
    paused = sa.and_(outages.c.since > now, outages.c.over_at.is_(None))
    connection.execute(sa.update(outages).where(paused).values(since=now, probe_at=now))


def _ask_hubs(connection: sa.Connection, now: datetime) -> None:
    """Subscriptions that were asked for or confirmed by that clock: their leases end at times that are far off."""
    hub = hub_subscriptions.c
    by_that = sa.or_(hub.asked_at > now, hub.offered_at > now, hub.live_until > now + MOST_LEASE)
    connection.execute(
        sa.update(hub_subscriptions)
        .where(by_that)
        .values(due_at=now, asked_at=None, offered_at=_at_most(hub.offered_at, now))
    )


def _make_due(connection: sa.Connection, now: datetime) -> None:
    """Destinations that wait since then. Edits keep their distance by that clock; posts that are held do not."""
    waiting = deliveries.c.state.in_(UNFINISHED), deliveries.c.changed_at > now
    later = sa.select(destinations.c.id).where(destinations.c.due_at > now)
    edits = deliveries.c.action == DeliveryAction.EDIT, deliveries.c.not_before > now
    connection.execute(
        sa.update(deliveries).where(deliveries.c.destination.in_(later), *waiting, *edits).values(not_before=now)
    )
    begun = sa.exists().where(deliveries.c.destination == destinations.c.id, *waiting)
    connection.execute(
        sa.update(destinations)
        .where(destinations.c.due_at > now, sa.or_(destinations.c.fault_at > now, begun))
        .values(due_at=now, fault_at=_at_most(destinations.c.fault_at, now))
    )


def _at_most(time: sa.Column[datetime], now: datetime) -> sa.Case[datetime]:
    return sa.case((time > now, now), else_=time)
