"""Mutes by place, one of a kind and value at each."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.model import Destination
from bot.routing.mutes import Mute, MuteKind
from bot.store.prepared import Prepared
from bot.store.schema import among, items, mutes, sources, stories

MOST_OUTLETS = 2_000  # of the last days; nobody reads a longer list of what could be muted
_IN_FORCE = Prepared(
    sa.select(mutes)
    .where(
        among(mutes.c.destination, "places"),
        sa.or_(mutes.c.expires_at.is_(None), mutes.c.expires_at > sa.bindparam("now")),
    )
    .order_by(mutes.c.id)
)


def save(connection: sa.Connection, mute: Mute) -> None:
    """Keep a mute in place of an earlier one of the same thing here."""
    lift(connection, mute.place, mute.kind, mute.value)
    connection.execute(
        sa.insert(mutes).values(
            destination=str(mute.place),
            kind=mute.kind,
            value=mute.value,
            author=str(mute.author),
            author_name=mute.author_name,
            reason=mute.reason,
            made_at=mute.made_at,
            expires_at=mute.expires_at,
        )
    )


def lift(connection: sa.Connection, place: Destination, kind: MuteKind, value: str) -> bool:
    """End the mute of that kind and value at that place; False where there is none."""
    lifted = connection.execute(
        sa.delete(mutes).where(mutes.c.destination == str(place), mutes.c.kind == kind, mutes.c.value == value)
    )
    return lifted.rowcount > 0


def in_force(connection: sa.Connection, places: Collection[Destination], *, now: datetime) -> list[Mute]:
    """The mutes of these places that have not run out at `now`, oldest first."""
    if not places:
        return []
    return [_mute(row) for row in _IN_FORCE.rows(connection, {"places": places, "now": now})]


def forget_ended(connection: sa.Connection, *, now: datetime, closed_before: datetime) -> int:
    """Delete mutes that have run out, and those of stories without a report since `closed_before`."""
    closed = sa.select(stories.c.id).where(stories.c.updated_at < closed_before)
    ended = sa.or_(mutes.c.expires_at <= now, sa.and_(mutes.c.kind == MuteKind.STORY, mutes.c.value.in_(closed)))
    return connection.execute(sa.delete(mutes).where(ended)).rowcount


def sources_and_outlets(connection: sa.Connection, *, since: datetime) -> list[str]:
    """What a source's mute may name: the ids of the configured sources, then the outlets read since then."""
    ids = connection.execute(sa.select(sources.c.id).where(sources.c.active).order_by(sources.c.id)).scalars()
    outlets = connection.execute(
        sa.select(items.c.outlet)
        .where(items.c.seen_at >= since, items.c.outlet != "")
        .distinct()
        .order_by(items.c.outlet)
        .limit(MOST_OUTLETS)
    ).scalars()
    return list(dict.fromkeys([*ids, *outlets]))


def _mute(row: Any) -> Mute:
    return Mute(
        place=Destination.parse(row.destination),
        kind=MuteKind(row.kind),
        value=row.value,
        author=Destination.parse(row.author),
        author_name=row.author_name,
        reason=row.reason,
        made_at=row.made_at,
        expires_at=row.expires_at,
    )
