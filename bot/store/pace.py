"""The rate at which one account may send, shared by all processes: its turns are given away in blocks, from a row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.store import outages
from bot.store.schema import paces

FARTHEST = timedelta(minutes=5)  # that turns are given away ahead; more, and a clock was set back


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One turn `every` so long; after a silence `burst` of them at once."""

    every: timedelta
    burst: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Turns for one process: the first may be used at `first`, each further one `every` later."""

    first: datetime
    closed_until: datetime | None = None  # the platform takes nothing before


def first_of(taken_until: datetime | None, rate: Rate, now: datetime) -> datetime:
    """When the next turn is, where all before `taken_until` are given away.

    This is the generic cell rate algorithm: a token bucket that needs one time only.
    https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
    """
    earliest = now - rate.every * (rate.burst - 1)
    if taken_until is None or taken_until > now + FARTHEST:
        return earliest
    return max(taken_until, earliest)


def take(connection: sa.Connection, platform: str, rate: Rate, turns: int, *, now: datetime) -> Block:
    """The next `turns` of the platform's account, for whoever asks."""
    known = sa.select(paces.c.taken_until).where(paces.c.platform == platform).with_for_update()
    taken_until = connection.execute(known).scalar_one_or_none()
    first = first_of(taken_until, rate, now)
    values = {"taken_until": first + rate.every * turns}
    if taken_until is None:  # two at once: the loser is run again
        connection.execute(sa.insert(paces).values(platform=platform, **values))
    else:
        connection.execute(sa.update(paces).where(paces.c.platform == platform).values(values))
    return Block(first=first, closed_until=_closed_until(connection, platform, now))


def _closed_until(connection: sa.Connection, platform: str, now: datetime) -> datetime | None:
    """The end of a pause that the platform asked any of us for."""
    pause = outages.down(connection, [platform]).get(platform)
    return pause.probe_at if pause and pause.passing and not pause.is_probed(now) else None
