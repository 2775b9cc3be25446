"""What is wrong with a database is told with what to do about it, by the codes of SQLite and of PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from bot.checks import storage
from bot.observe.complaint import is_outage
from bot.operations.cures import cure_of
from bot.store.deadline import Overdue, time_limit
from bot.store.engine import Database
from tests.contract.board_site import sqlite_only
from tests.fakes.disks import disk_of

postgres_only = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


@contextmanager
def raised() -> Iterator[list[str | None]]:
    """The cure of the error that ends the block."""
    cures: list[str | None] = []
    with pytest.raises(SQLAlchemyError) as caught:
        yield cures
    cures.append(cure_of(caught.value))
    assert is_outage(caught.value), "it is said in one line"


def test_a_full_disk(database: Database) -> None:
    with disk_of(database) as disk:
        disk.fill(sources="TRUE")
        with raised() as cures:
            database.write_now(_insert)
        assert "full: make room there; nothing is lost" in str(cures[0])
        disk.make_room()
        database.write_now(_insert)


def test_each_failed_transaction_is_heard_of_and_a_bug_is_none(database_url: str) -> None:
    heard: list[str] = []
    database = Database(database_url, on_trouble=heard.append)
    with pytest.raises(SQLAlchemyError):
        database.write_now(_insert, "nowhere")
    assert heard == []
    with disk_of(database) as disk:
        disk.fill(sources="TRUE")
        for _ in range(2):
            with pytest.raises(SQLAlchemyError):
                database.write_now(_insert)
    assert len(heard) == 2
    database.close()


@sqlite_only
def test_a_file_that_may_only_be_read(database: Database) -> None:
    sa.event.listen(database.engine, "begin", lambda begun: begun.exec_driver_sql("PRAGMA query_only = ON"))
    with raised() as cures:
        database.write_now(_insert)
    assert "may not be written" in str(cures[0])


@sqlite_only
def test_a_file_that_another_program_holds(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.engine.BUSY_TIMEOUT_MS", 10)
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as other:
        other.execute("BEGIN EXCLUSIVE")
        late = Database(database_url)
        with raised() as cures:
            late.write_now(_insert)
        late.close()
    assert "another program holds" in str(cures[0])


def test_a_file_whose_folder_is_gone(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/gone/tradewire.db")
    with raised() as cures:
        database.write_now(_insert)
    assert "are its folder and its disk there?" in str(cures[0])


def test_a_server_that_is_not_there_and_no_word_of_who_would_connect() -> None:
    database = Database("postgresql://nobody:hunter2@127.0.0.1:1/none")
    with raised() as cures:
        database.write_now(_insert)
    assert "cannot be reached: start it" in str(cures[0])
    assert "hunter2" not in str(cures[0])


@postgres_only
def test_a_server_that_ends_our_connection(database: Database) -> None:
    with raised() as cures:
        database.write_now(_run, "SELECT pg_terminate_backend(pg_backend_pid())")
    assert "cannot be reached" in str(cures[0])
    database.write_now(_insert)


@postgres_only
def test_a_replica(database: Database) -> None:
    def write(connection: sa.Connection) -> None:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        _insert(connection)

    with raised() as cures:
        database.write_now(write)
    assert "must name the primary" in str(cures[0])


@postgres_only
def test_a_statement_that_we_ended_ourselves_is_nobodys_trouble(database: Database) -> None:
    with pytest.raises(SQLAlchemyError) as caught:
        database.read_now(_run, "SET LOCAL statement_timeout = 1; SELECT pg_sleep(9)")
    assert cure_of(caught.value) is None
    with pytest.raises(Overdue):
        database.read_now(_overdue)


def test_check_says_the_same(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL

    def refuse(self: Database, work: object) -> None:
        raise sa.exc.OperationalError("CREATE", {}, full)

    monkeypatch.setattr(Database, "write_now", refuse)
    found = storage.database(database_url)
    assert not found.ok
    assert "cannot be written (database or disk is full): the disk of the database is full: make room" in found.detail


def _insert(connection: sa.Connection, table: str = "sources") -> None:
    connection.exec_driver_sql(f"INSERT INTO {table} (id, active, failures) VALUES ('new', '1', 0)")


def _run(connection: sa.Connection, statement: str) -> None:
    connection.exec_driver_sql(statement)


def _overdue(connection: sa.Connection) -> None:
    with time_limit(connection, 0.001):
        connection.exec_driver_sql("SELECT pg_sleep(9)")
