"""Work that one process commits wakes the senders of all, on PostgreSQL; elsewhere the tick of each second does.

A notification is a hint, never the truth: what is due stands in rows, and every process looks each second. So one
that is lost costs that second and nothing else. https://www.postgresql.org/docs/current/sql-notify.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection

import sqlalchemy as sa

from bot.observe.complaint import Complaint
from bot.store.engine import Database

CHANNEL = "tradewire_due"  # of this database only
FIRST_PAUSE_S = 1.0  # before the next try to listen; the tick goes on meanwhile
LONGEST_PAUSE_S = 30.0


def announce(connection: sa.Connection, platforms: Collection[str]) -> None:
    """Wake every process's senders to these platforms when this transaction commits; said twice, it is once."""
    if connection.dialect.name == "postgresql":
        for platform in platforms:
            connection.execute(sa.select(sa.func.pg_notify(CHANNEL, platform)))


async def listen(
    database: Database, wake: Callable[[str | None], None], *, first_pause: float = FIRST_PAUSE_S
) -> None:
    """Call `wake` with each platform that is announced, until cancelled, through lost connections; None: all of them.

    On SQLite return at once.

    A connection pooler in transaction mode takes LISTEN and delivers nothing: the tick alone is left then.
    """
    if database.is_sqlite:
        return
    import psycopg  # eight megabytes that a process on SQLite does not need

    pause, complaint = first_pause, Complaint("wakeups_lost", meanwhile="looking every second")
    while True:
        try:
            async with await database.listening() as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                complaint.over()
                pause = first_pause
                wake(None)  # what was announced while nobody listened
                async for notice in connection.notifies():
                    wake(notice.payload)
        except psycopg.OperationalError as error:  # the server is away
            complaint.raised(ConnectionError(str(error)))
        except (psycopg.Error, OSError) as error:
            complaint.raised(error)
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_S)
