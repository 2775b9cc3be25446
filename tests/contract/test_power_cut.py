"""What was committed is on the disk, but for what may be forgotten: not in other tests, see `keep_nothing`."""

from __future__ import annotations

import psycopg
import pytest
import sqlalchemy as sa

from bot.store.engine import Database
from tests.fakes.engines import keep_nothing

NORMAL, FULL = 1, 2  # https://www.sqlite.org/pragma.html#pragma_synchronous


def synchronous(connection: sa.Connection) -> int:
    return int(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_commit_on_sqlite_waits_for_the_disk(database: Database) -> None:
    """It takes FULL beside a log written ahead."""
    sa.event.remove(database.engine, "checkout", keep_nothing)
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert synchronous(connection) == FULL


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_on_sqlite_a_lazy_commit_does_not_and_those_after_it_do(database: Database) -> None:
    sa.event.remove(database.engine, "checkout", keep_nothing)
    writes = database.write, database.write_lazily, database.write_lazily, database.write
    assert [await write(synchronous) for write in writes] == [FULL, NORMAL, NORMAL, FULL]


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_on_postgresql_a_lazy_commit_does_not_and_those_after_it_do(database: Database) -> None:
    def commits(connection: sa.Connection) -> str:
        return str(connection.exec_driver_sql("SHOW synchronous_commit").scalar_one())

    @sa.event.listens_for(database.engine, "connect")
    def waits(connection: psycopg.Connection, _record: object) -> None:  # the server of the tests does not
        connection.execute("SET synchronous_commit = on")
        connection.commit()

    database.engine.dispose()
    writes = database.write, database.write_lazily, database.write
    assert [await write(commits) for write in writes] == ["on", "off", "on"]
