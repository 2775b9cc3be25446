"""What takes no messages at present: the circuit breaker, in rows, so that every process heeds it and a restart
keeps it.

A place is a destination, or a platform as a whole under its name. While it is down it is tried rarely, and what
waits for it is kept. The operators hear of it once, and once when it is over (`reporting.py`); a pause that passes by
itself is told to nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.store.schema import among, outages

PLATFORMS = ("slack", "discord")  # that can be down as a whole
FIRST_PROBE = timedelta(minutes=5)  # after it went down; then the longer it lasts, the rarer
RAREST_PROBE = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """One place that is down, or was and the operators have yet to hear that it is over."""

    place: str
    why: str
    since: datetime
    probe_at: datetime
    passing: bool = False
    told_at: datetime | None = None
    over_at: datetime | None = None

    @property
    def is_platform(self) -> bool:
        return self.place in PLATFORMS

    def is_probed(self, now: datetime) -> bool:
        """Whether it is time to try; also where the clock was set back, so that nobody waits for the old time."""
        return self.probe_at <= now or self.probe_at > now + RAREST_PROBE


def close(
    connection: sa.Connection,
    place: str,
    why: str,
    *,
    now: datetime,
    wait: timedelta | None = None,
    passing: bool = False,
) -> datetime:
    """Note that a place is down; returns when it is tried again: after `wait`, else after as long as it has lasted.

    One that came back a moment ago, and nobody has heard so, is down since the first time.
    """
    known = _locked(connection, place)
    since = known.since if known and not known.passing else now
    probe_at = now + min(wait or max(now - since, FIRST_PROBE), RAREST_PROBE)
    values = {"why": why, "since": since, "probe_at": probe_at, "over_at": None}
    if known is None:
        connection.execute(sa.insert(outages).values(place=place, passing=passing, **values))
    else:
        still_passing = known.passing and passing
        connection.execute(sa.update(outages).where(outages.c.place == place).values(passing=still_passing, **values))
    return probe_at


def end(connection: sa.Connection, places: Collection[str], *, now: datetime) -> None:
    """These take messages again. Kept until the operators hear so, where they heard that it was down."""
    down = sa.and_(among(outages.c.place, places), outages.c.over_at.is_(None))
    connection.execute(sa.delete(outages).where(down, outages.c.told_at.is_(None)))
    connection.execute(sa.update(outages).where(down).values(over_at=now))


def down(connection: sa.Connection, places: Collection[str], *, lock: bool = False) -> dict[str, Outage]:
    """Those of `places` that are down; `lock`: nobody changes what is known of them until the transaction ends."""
    rows = sa.select(outages).where(among(outages.c.place, places), outages.c.over_at.is_(None))
    rows = rows.order_by(outages.c.place)
    return {row.place: _outage(row) for row in connection.execute(rows.with_for_update() if lock else rows)}


def current(connection: sa.Connection) -> list[Outage]:
    """All that is down, longest first."""
    rows = connection.execute(sa.select(outages).where(outages.c.over_at.is_(None)).order_by(outages.c.since))
    return [_outage(row) for row in rows]


def delay_probe(connection: sa.Connection, outage: Outage, *, now: datetime) -> None:
    """One process tries now; the others wait for what it finds."""
    wait = min(max(now - outage.since, FIRST_PROBE), RAREST_PROBE)
    connection.execute(sa.update(outages).where(outages.c.place == outage.place).values(probe_at=now + wait))


def probe_now(connection: sa.Connection, platforms: Collection[str], *, now: datetime) -> None:
    """Try the platforms as soon as something waits there: a process that starts may have been given a new token."""
    closed = sa.and_(among(outages.c.place, platforms), outages.c.passing.is_(False))
    connection.execute(sa.update(outages).where(closed).values(probe_at=now))


def unreported(connection: sa.Connection) -> list[Outage]:
    """What the operators have yet to hear, in its order; locked, so that no two processes tell it."""
    began = sa.and_(outages.c.told_at.is_(None), outages.c.passing.is_(False))
    rows = sa.select(outages).where(sa.or_(began, outages.c.over_at.is_not(None))).order_by(outages.c.place)
    found = [_outage(row) for row in connection.execute(rows.with_for_update())]
    return sorted(found, key=lambda outage: outage.since)


def last_told(connection: sa.Connection) -> datetime | None:
    """When the operators last heard that something went down which still is."""
    told: datetime | None = connection.execute(
        sa.select(sa.func.max(outages.c.told_at, type_=outages.c.told_at.type))
    ).scalar_one()
    return told


def reported(connection: sa.Connection, told: Sequence[Outage], *, now: datetime) -> None:
    """The operators heard of these; what is over is forgotten."""
    over = [outage.place for outage in told if outage.over_at is not None]
    began = [outage.place for outage in told if outage.over_at is None]
    connection.execute(sa.delete(outages).where(among(outages.c.place, over)))
    connection.execute(sa.update(outages).where(among(outages.c.place, began)).values(told_at=now))


def forget_untried(connection: sa.Connection, *, before: datetime) -> int:
    """Delete what nobody has tried since then: nothing waits there any more; returns how many there were."""
    return connection.execute(sa.delete(outages).where(outages.c.probe_at < before)).rowcount


def forget_passed(connection: sa.Connection, places: Collection[str]) -> None:
    """The pause of these is over."""
    passing = sa.and_(among(outages.c.place, places), outages.c.passing.is_(True))
    connection.execute(sa.delete(outages).where(passing))


def _locked(connection: sa.Connection, place: str) -> Outage | None:
    row = connection.execute(sa.select(outages).where(outages.c.place == place).with_for_update()).one_or_none()
    return None if row is None else _outage(row)


def _outage(row: Any) -> Outage:
    return Outage(
        place=row.place,
        why=row.why,
        since=row.since,
        probe_at=row.probe_at,
        passing=row.passing,
        told_at=row.told_at,
        over_at=row.over_at,
    )
