"""What written summaries have cost on each day (of UTC): counted here, since many processes may ask for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from bot.store.schema import written_use


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCap:
    """What a day may cost at most."""

    requests: int
    tokens: int


def reserve(connection: sa.Connection, day: date, tokens: int, cap: DayCap) -> bool:
    """Take one request of up to `tokens` from what is left of the day; False, and nothing taken, where it is more.

    Two processes that begin a day at once run into each other's row: `Database.write` then runs this again.
    """
    left = written_use.c.requests < cap.requests, written_use.c.tokens + tokens <= cap.tokens
    taking = {"requests": written_use.c.requests + 1, "tokens": written_use.c.tokens + tokens}
    today = written_use.c.day == day.isoformat()
    if connection.execute(sa.update(written_use).where(today, *left).values(**taking)).rowcount:
        return True
    begun = connection.execute(sa.select(written_use.c.day).where(today)).scalar_one_or_none()
    if begun is not None or cap.requests < 1 or tokens > cap.tokens:
        return False
    connection.execute(sa.insert(written_use).values(day=day.isoformat(), requests=1, tokens=tokens))
    return True


def settle(connection: sa.Connection, day: date, *, reserved: int, used: int) -> None:
    """Put what a request did cost in the place of what was reserved for it."""
    change = {"tokens": written_use.c.tokens + (used - reserved)}
    connection.execute(sa.update(written_use).where(written_use.c.day == day.isoformat()).values(**change))


def forget(connection: sa.Connection, *, before: date) -> int:
    """Delete the days before; returns how many."""
    return connection.execute(sa.delete(written_use).where(written_use.c.day < before.isoformat())).rowcount
