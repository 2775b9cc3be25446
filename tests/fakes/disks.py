"""The disk under a database, which can be full: writes fail as the database itself says it, amid a statement.

On SQLite a trigger asks for more pages than `PRAGMA max_page_count` leaves: SQLITE_FULL from SQLite itself. On
PostgreSQL a trigger raises what the server does where a file cannot be extended: 53100.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from bot.store.engine import Database

_ROOM = 100  # pages beyond those that are there, for what is no part of the test
_TOO_MUCH = 4096 * _ROOM * 2  # bytes

_ON_POSTGRES = """
    CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$
"""


class Disk:
    """Of a database that stays open for as long as the disk is used."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._triggers: list[tuple[str, str]] = []

    def fill(self, **when: str) -> None:
        """No room for rows of these tables, where the new row is as said in SQL; "TRUE": for none."""
        for table, condition in when.items():
            for event in ("INSERT", "UPDATE"):
                self._fill(table, event, condition)

    def _fill(self, table: str, event: str, condition: str) -> None:
        name = f"full_{event.lower()}_{table}"
        act = (
            f"BEGIN INSERT INTO ballast VALUES (zeroblob({_TOO_MUCH})); END"
            if self._database.is_sqlite
            else "EXECUTE FUNCTION disk_is_full()"
        )
        _run(self._database, f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW WHEN ({condition}) {act}")
        self._triggers.append((name, table))

    def make_room(self) -> None:
        for name, table in self._triggers:
            _run(self._database, f"DROP TRIGGER {name}{'' if self._database.is_sqlite else f' ON {table}'}")
        self._triggers.clear()


@contextmanager
def disk_of(database: Database) -> Iterator[Disk]:
    """It has room at first, and at the end."""
    if database.is_sqlite:
        asked = database.read_now(lambda connection: connection.exec_driver_sql("PRAGMA page_count").scalar_one())
        limit = f"PRAGMA max_page_count = {int(asked) + _ROOM}"
        sa.event.listen(database.engine, "begin", lambda begun: begun.exec_driver_sql(limit))
        _run(database, "CREATE TABLE ballast (filling BLOB)")
    else:
        _run(database, _ON_POSTGRES)
    disk = Disk(database)
    yield disk
    disk.make_room()
    _run(database, "DROP TABLE ballast" if database.is_sqlite else "DROP FUNCTION disk_is_full")


def _run(database: Database, statement: str) -> None:
    database.write_now(lambda connection: connection.exec_driver_sql(statement).close())
