"""Sources that brought much at once, and the items of which nobody was told until somebody decides."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.model import ItemKey, Reason, SourceId
from bot.routing.floods import HELD_FOR, Flood, FloodKind, Usual
from bot.store.prepared import Prepared
from bot.store.schema import among, decisions, flood_items, floods, items, sources

USUAL_OF = timedelta(days=30)  # what a source did so long says what is usual for it
LEAST_HOURS = 24.0  # a few items of one morning say nothing of the rate of an hour


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """When a source was first read, last read, and last brought anything."""

    first: datetime
    last: datetime
    news: datetime


_READ = Prepared(
    sa.select(sources.c.read_at, sources.c.last_ok_at, sources.c.last_new_at).where(
        sources.c.id == sa.bindparam("source")
    )
)
_GOING_ON = Prepared(
    sa.select(floods)
    .where(
        floods.c.source_id == sa.bindparam("source"),
        sa.or_(
            floods.c.began_at > sa.bindparam("since"),
            sa.and_(floods.c.kind == FloodKind.OLD, floods.c.ended_at.is_(None)),
        ),
    )
    .order_by(floods.c.id)
)


def read(connection: sa.Connection, source_id: SourceId) -> Read | None:
    """None before its first poll is done."""
    row = _READ.row(connection, {"source": source_id})
    if row is None or row.read_at is None or row.last_ok_at is None:
        return None
    return Read(first=row.read_at, last=row.last_ok_at, news=row.last_new_at or row.read_at)


def usual(connection: sa.Connection, source_id: SourceId, *, since_first: datetime, now: datetime) -> Usual:
    """By what its polls brought since the first, and by the dates of all its items of these weeks."""
    since = now - USUAL_OF
    later = sa.case((items.c.seen_at > since_first, items.c.seen_at))
    dated = sa.case((items.c.published_at > since, items.c.published_at))
    row = connection.execute(
        sa.select(
            sa.func.count(later).label("brought"),
            sa.func.count(sa.distinct(later)).label("polls"),
            sa.func.count(dated).label("dated"),
            sa.func.min(dated, type_=items.c.published_at.type).label("first"),
        ).where(items.c.source_id == source_id, items.c.seen_at > since)
    ).one()
    hours = max((now - row.first) / timedelta(hours=1), LEAST_HOURS) if row.first else LEAST_HOURS
    return Usual(of_poll=row.brought / row.polls if row.polls else 1.0, of_hour=row.dated / hours)


def going_on(connection: sa.Connection, source_id: SourceId, *, last_read: datetime) -> list[Flood]:
    """Those on which nobody has decided, and those of a poll that was cut short."""
    return [_flood(row) for row in _GOING_ON.rows(connection, {"source": source_id, "since": last_read})]


def add(connection: sa.Connection, source_id: SourceId, flood: Flood) -> int:
    """Keep a flood; returns its number."""
    number: int = connection.execute(
        sa.insert(floods)
        .values(
            source_id=source_id,
            kind=flood.kind,
            began_at=flood.began_at,
            older_than=flood.older_than,
            detail=flood.detail,
        )
        .returning(floods.c.id)
    ).scalar_one()
    return number


def hold(connection: sa.Connection, flood: int, key: ItemKey) -> None:
    """An item of which nobody is told until somebody decides."""
    connection.execute(sa.insert(flood_items).values(item_key=key, flood_id=flood))


def held(connection: sa.Connection) -> Mapping[SourceId, int]:
    """How many items are held back, by source."""
    rows = connection.execute(
        sa.select(floods.c.source_id, sa.func.count().label("n"))
        .join(flood_items, flood_items.c.flood_id == floods.c.id)
        .group_by(floods.c.source_id)
    )
    return {SourceId(row.source_id): row.n for row in rows}


def held_of(connection: sa.Connection, source_id: SourceId, *, limit: int) -> list[ItemKey]:
    """The oldest items that are held back of a source; whoever decides on them at the same time waits."""
    rows = connection.execute(
        sa.select(flood_items.c.item_key)
        .join(floods, floods.c.id == flood_items.c.flood_id)
        .join(items, items.c.key == flood_items.c.item_key)
        .where(floods.c.source_id == source_id)
        .order_by(sa.func.coalesce(items.c.published_at, items.c.seen_at), items.c.key)
        .limit(limit)
        .with_for_update(of=flood_items)
    )
    return [ItemKey(key) for key in rows.scalars()]


def let_go(connection: sa.Connection, keys: Collection[ItemKey]) -> None:
    """They are held back no longer."""
    connection.execute(sa.delete(flood_items).where(among(flood_items.c.item_key, keys)))


def end(connection: sa.Connection, source_id: SourceId, how: str, *, now: datetime) -> None:
    """Somebody has decided."""
    mine = sa.and_(floods.c.source_id == source_id, floods.c.ended_at.is_(None), floods.c.kind == FloodKind.OLD)
    connection.execute(sa.update(floods).where(mine).values(ended_at=now, ended_by=how))


def drop(connection: sa.Connection, source_id: SourceId, how: str, *, now: datetime) -> int:
    """Tell nobody of what is held back of a source; returns how many items. `how` is kept with each decision."""
    dropped = _drop(connection, floods.c.source_id == source_id, how, now)
    end(connection, source_id, how, now=now)
    return dropped


def drop_overdue(connection: sa.Connection, *, now: datetime) -> int:
    """Drop what nobody has decided on for so long; returns how many items."""
    how = f"dropped: nobody released it within {HELD_FOR.days} days"
    overdue = floods.c.began_at < now - HELD_FOR
    dropped = _drop(connection, overdue, how, now)
    ended = sa.and_(overdue, floods.c.ended_at.is_(None), floods.c.kind == FloodKind.OLD)
    connection.execute(sa.update(floods).where(ended).values(ended_at=now, ended_by=how))
    return dropped


def forget(connection: sa.Connection, *, before: datetime) -> int:
    """Delete the floods that began before then and hold nothing back; returns how many."""
    holding = sa.exists().where(flood_items.c.flood_id == floods.c.id)
    return connection.execute(sa.delete(floods).where(floods.c.began_at < before, ~holding)).rowcount


def _drop(connection: sa.Connection, which: sa.ColumnElement[bool], how: str, now: datetime) -> int:
    of_these = sa.select(floods.c.id).where(which)
    keys = connection.execute(
        sa.delete(flood_items).where(flood_items.c.flood_id.in_(of_these)).returning(flood_items.c.item_key)
    ).scalars()
    dropped = list(keys)
    if dropped:
        _say_why(connection, dropped, how, now)
    return len(dropped)


def _say_why(connection: sa.Connection, keys: Sequence[str], how: str, now: datetime) -> None:
    """A decision for every place that would have been told: `why` shows it after the one that held them back."""
    was = decisions.c
    kept = ("item_key", "story_id", "destination", "route", "reason", "tier", "new_facts", "version")
    braked = sa.select(*(was[name] for name in kept), sa.literal(how), sa.literal(now, was.decided_at.type)).where(
        among(was.item_key, keys), was.reason == Reason.FLOOD_BRAKE
    )
    connection.execute(sa.insert(decisions).from_select([*kept, "detail", "decided_at"], braked))


def _flood(row: Any) -> Flood:
    return Flood(
        kind=FloodKind(row.kind),
        began_at=row.began_at,
        detail=row.detail,
        older_than=row.older_than,
        number=row.id,
    )
