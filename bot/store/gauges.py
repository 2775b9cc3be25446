"""What the rows say of this moment, for /metrics. Every read is bounded, whatever the number of feeds and places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.intake.fetched import FaultKind
from bot.intake.trouble import Trouble
from bot.model import DeliveryState
from bot.store import condition, hubs, outages
from bot.store.schema import deliveries, destinations, sources

MOST_PLACES = 20  # that are named, those that wait longest; the sums have all of them
MOST_FEEDS = 200  # likewise, those that were silent longest

_UNKNOWN = (DeliveryState.SENDING, DeliveryState.UNKNOWN)
_UNFINISHED = (DeliveryState.PENDING, *_UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What waits on one platform, or at one place. `held` is not due yet, `unknown` may have been posted."""

    name: str
    due: int
    held: int
    unknown: int
    oldest: datetime | None  # since when the first of those that are due is


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """When a source last gave a good answer, and when it last brought something new."""

    id: str
    last_ok_at: datetime | None
    last_new_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeds:
    """All that are polled; `oldest_due` is since when the first of those waits whose poll is due."""

    active: int
    failing: int
    blocked: int
    retired: int
    frozen: int
    moved: int  # asked at another address than the configured one
    unread: int  # never gave a good answer
    oldest_due: datetime | None
    stalest: Sequence[Feed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """All of it at once."""

    platforms: Sequence[Queue]
    places: Sequence[Queue]  # channels; people are in the sums alone
    shut: frozenset[str]  # platforms that take nothing at present
    down: dict[str, int]  # how many destinations take nothing, by platform
    feeds: Feeds
    size: int  # of the database, bytes
    hubs: Mapping[str, int]  # of the feeds that offer one: how many are pushed, how many wait for it, how many fail


def moment(connection: sa.Connection, *, now: datetime) -> Moment:
    shut, down = _outages(connection)
    return Moment(
        platforms=_queues(connection, destinations.c.platform, sa.true(), now),
        places=_queues(connection, destinations.c.id, destinations.c.id.not_like("%:@%"), now, limit=MOST_PLACES),
        shut=shut,
        down=down,
        feeds=_feeds(connection, now),
        size=condition.size(connection),
        hubs=hubs.counts(connection, now=now),
    )


def _queues(
    connection: sa.Connection,
    by: sa.ColumnElement[str],
    which: sa.ColumnElement[bool],
    now: datetime,
    limit: int | None = None,
) -> list[Queue]:
    """The longest waiting first. A destination with something unfinished has a `due_at`: few have."""
    at, state = deliveries.c.not_before, deliveries.c.state
    is_unknown = state.in_(_UNKNOWN)
    oldest = sa.func.min(sa.case((at <= now, at)), type_=at.type)
    rows = connection.execute(
        sa.select(
            by.label("name"),
            _count(sa.and_(~is_unknown, at <= now)).label("due"),
            _count(sa.and_(~is_unknown, at > now)).label("held"),
            _count(is_unknown).label("unknown"),
            oldest.label("oldest"),
        )
        .join(destinations, destinations.c.id == deliveries.c.destination)
        .where(destinations.c.due_at.is_not(None), state.in_(_UNFINISHED), which)
        .group_by(by)
        .order_by(oldest.is_(None), oldest, by)
        .limit(limit)
    )
    return [Queue(**row) for row in rows.mappings()]


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


def _outages(connection: sa.Connection) -> tuple[frozenset[str], dict[str, int]]:
    """The platforms that take nothing at present, and how many destinations of each do not."""
    down = [outage.place for outage in outages.current(connection) if not outage.passing]
    places = Counter(place.partition(":")[0] for place in down if ":" in place)
    return frozenset(place for place in down if ":" not in place), dict(places)


def _feeds(connection: sa.Connection, now: datetime) -> Feeds:
    polled = sources.c.active
    free = sa.or_(sources.c.lease_until.is_(None), sources.c.lease_until <= now)
    waits = sa.case((sa.and_(sources.c.due_at <= now, free), sources.c.due_at))
    sums = connection.execute(
        sa.select(
            sa.func.count().label("active"),
            _count(sources.c.failures > 0).label("failing"),
            _count(sa.and_(sources.c.failures > 0, sources.c.fault_kind == FaultKind.BLOCKED)).label("blocked"),
            _count(sources.c.trouble == Trouble.RETIRED).label("retired"),
            _count(sources.c.trouble == Trouble.FROZEN).label("frozen"),
            _count(sources.c.moved_to.is_not(None)).label("moved"),
            _count(sources.c.last_ok_at.is_(None)).label("unread"),
            sa.func.min(waits, type_=sources.c.due_at.type).label("oldest_due"),
        ).where(polled)
    )
    stalest = connection.execute(
        sa.select(sources.c.id, sources.c.last_ok_at, sources.c.last_new_at)
        .where(polled)
        .order_by(sources.c.last_ok_at.is_not(None), sources.c.last_ok_at, sources.c.id)
        .limit(MOST_FEEDS)
    )
    return Feeds(**sums.mappings().one(), stalest=[Feed(**row) for row in stalest.mappings()])
