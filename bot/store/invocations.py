"""Which commands and presses have been taken up, by whatever process: a platform may deliver one twice."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.store.schema import invocations

# The last of Slack's retries comes after five minutes: https://docs.slack.dev/apis/events-api/#retries
KEPT_FOR = timedelta(hours=1)


def take(connection: sa.Connection, name: str, *, now: datetime) -> bool:
    """True for the first who asks for `name`. Two at once: the loser's transaction is run again, and finds it."""
    if connection.execute(sa.select(invocations.c.id).where(invocations.c.id == name)).first() is not None:
        return False
    connection.execute(sa.insert(invocations).values(id=name, taken_at=now))
    return True


def forget(connection: sa.Connection, *, now: datetime) -> int:
    """Delete what cannot be delivered again any more; returns how many there were."""
    old = sa.delete(invocations).where(invocations.c.taken_at < now - KEPT_FOR)
    return connection.execute(old).rowcount
