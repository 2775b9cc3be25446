"""What places prefer, one row each, and when their next digest is due.

`digest_slot` is the truth of what was sent: the local time of the last slot that was served. `digest_due` only says
when to look. A place whose plan has changed has no slot, and is looked at at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa
import structlog

from bot.model import Destination, Tier
from bot.routing.digests import DigestPlan
from bot.routing.preferences import Preferences
from bot.routing.quiet import QuietHours
from bot.store.prepared import Prepared
from bot.store.schema import among, places

log = structlog.get_logger()

T = TypeVar("T")

_PREFERENCES = Prepared(sa.select(places).where(among(places.c.destination, "wanted")))

CHANGES_LOCK = 0x706C_6163_6573  # of PostgreSQL's advisory locks; any number that nothing else here uses


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A place at which something about its digest is due. `served`: up to when digests were sent; None: not yet."""

    preferences: Preferences
    served: datetime | None


def preferences(connection: sa.Connection, wanted: Collection[Destination]) -> dict[Destination, Preferences]:
    """What these places prefer; one that prefers nothing is not in the answer."""
    if not wanted:
        return {}
    found = (_preferences(row) for row in _PREFERENCES.rows(connection, {"wanted": wanted}))
    return {each.place: each for each in found}


def to_change(connection: sa.Connection, place: Destination) -> Preferences:
    """What a place prefers, for a transaction that changes it: until that ends, nobody else changes any preferences.

    A place that never preferred anything has no row that could be locked. SQLite has one writer anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(CHANGES_LOCK)))
    return preferences(connection, [place]).get(place) or Preferences(place=place)


def save(connection: sa.Connection, own: Preferences, *, now: datetime) -> None:
    """Keep what a place prefers in place of what it preferred, as `to_change` gave it.

    A new plan of digests counts from `now` on.
    """
    place = places.c.destination == str(own.place)
    row = connection.execute(sa.select(places).where(place).with_for_update()).one_or_none()
    values = {
        "zone": own.zone,
        "lang": list(own.lang) or None,
        "tier": own.tier,
        "thresholds": dict(own.thresholds) or None,
        "quiet": str(own.quiet) if own.quiet else None,
        "loud": own.loud,
        "digest": str(own.digest) if own.digest else None,
        "cap": own.cap,
        "hourly": own.hourly,
        "changed_at": now,
    }
    if row is None or (row.digest, row.zone) != (values["digest"], values["zone"]):
        values |= {"digest_slot": None, "digest_due": now}
    elif own.digest and row.quiet != values["quiet"]:  # which may have put off the next one
        values |= {"digest_due": now}
    if row is None:
        connection.execute(sa.insert(places).values(destination=str(own.place), **values))
    else:
        connection.execute(sa.update(places).where(place).values(**values))


def forget(connection: sa.Connection, place: Destination) -> bool:
    """Delete what a place prefers; False where it preferred nothing."""
    return connection.execute(sa.delete(places).where(places.c.destination == str(place))).rowcount > 0


def is_due(connection: sa.Connection, *, now: datetime) -> bool:
    return connection.execute(sa.select(places.c.destination).where(places.c.digest_due <= now)).first() is not None


def next_due(connection: sa.Connection, *, now: datetime) -> Due | None:
    """A place that is due and that no other process has just now; it stays locked until the transaction ends."""
    row = connection.execute(
        sa.select(places)
        .where(places.c.digest_due <= now)
        .order_by(places.c.digest_due)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if row is None:
        return None
    served = None if row.digest_slot is None else datetime.fromisoformat(row.digest_slot)
    return Due(preferences=_preferences(row), served=served)


def serve(
    connection: sa.Connection, place: Destination, *, slot: datetime | None, due: datetime | None, zone: ZoneInfo
) -> None:
    """All up to `slot` is served, as far as one is given, and the next look is at `due`."""
    values: dict[str, Any] = {"digest_due": due}
    if slot is not None:
        values["digest_slot"] = slot.astimezone(zone).isoformat()
    connection.execute(sa.update(places).where(places.c.destination == str(place)).values(**values))


def expect(connection: sa.Connection, wanted: Collection[Destination], at: datetime, *, now: datetime) -> None:
    """Have the digests of places that plan none looked at by then; a look that comes sooner stays.

    A place that never preferred anything has its row from then on.
    """
    named = among(places.c.destination, map(str, wanted))
    later = sa.or_(places.c.digest_due.is_(None), places.c.digest_due > at)
    connection.execute(sa.update(places).where(named, later).values(digest_due=at))
    known = set(connection.execute(sa.select(places.c.destination).where(named)).scalars())
    if missing := sorted({str(place) for place in wanted} - known):
        new = {"digest_slot": now.isoformat(), "digest_due": at, "changed_at": now}
        connection.execute(sa.insert(places), [{"destination": place, **new} for place in missing])


def due_at(connection: sa.Connection, place: Destination) -> datetime | None:
    """When the digest of a place is looked at next; None: it is not."""
    due: datetime | None = connection.execute(
        sa.select(places.c.digest_due).where(places.c.destination == str(place))
    ).scalar_one_or_none()
    return due


def _preferences(row: Any) -> Preferences:
    zone = _read(row, "zone", ZoneInfo)
    return Preferences(
        place=Destination.parse(row.destination),
        zone=zone.key if zone else None,
        lang=tuple(row.lang or ()),
        tier=_read(row, "tier", Tier),
        thresholds=row.thresholds or {},
        quiet=_read(row, "quiet", QuietHours.parse),
        loud=_read(row, "loud", Tier),
        digest=_read(row, "digest", DigestPlan.parse),
        cap=row.cap,
        hourly=row.hourly,
    )


def _read(row: Any, column: str, parse: Callable[[str], T]) -> T | None:
    """What another version of this program or of the zones stored, and this one cannot read, counts as not said."""
    text = getattr(row, column)
    try:
        return parse(text) if text else None
    except (ValueError, ZoneInfoNotFoundError) as error:
        log.warning("preference_unreadable", destination=row.destination, preference=column, why=str(error))
        return None
