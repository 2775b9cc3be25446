"""Statements that go to the driver itself: what they give and refuse is what SQLAlchemy would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from bot.store.engine import Database
from bot.store.prepared import Prepared
from bot.store.schema import among, marks, places, sources

NOW = datetime(2025, 5, 7, 8, 30, 0, 123456, tzinfo=UTC)
_SOUGHT = sa.bindparam("sought", type_=sa.Text)
_ADD = Prepared(sa.insert(sources))
_ADD_MARK = Prepared(sa.insert(marks).returning(marks.c.id, marks.c.trade, marks.c.topics, marks.c.marked_at))
_FOUND = sa.select(sources).where(sources.c.id == _SOUGHT)


def source(name: str, *keys: str, due_at: datetime = NOW) -> dict[str, object]:
    return {"id": name, "active": True, "due_at": due_at, "listing": list(keys)}


def test_rows_are_what_sqlalchemy_gives(database: Database) -> None:
    def both(connection: sa.Connection) -> tuple[Any, Any]:
        _ADD.run(connection, source("wire", "a", 'b"c'))
        there = connection.execute(_FOUND, {"sought": "wire"}).one()
        return Prepared(_FOUND).row(connection, {"sought": "wire"}), there

    row, expected = database.write_now(both)
    assert tuple(row) == tuple(expected)
    assert (row.active, row.due_at, row.listing, row.failures) == (True, NOW, ["a", 'b"c'], 0)
    assert row._fields == tuple(expected._fields)


def test_what_an_insert_returns_goes_through_the_types_of_its_columns(database: Database) -> None:
    elsewhere = timezone(timedelta(hours=5))
    mark = {
        "destination": "console", "person": "slack:@U1", "item_key": "k", "relevant": True, "topics": ["trade"],
        "trade": 0.75, "market": 0.0, "urgent": 0.0, "labels": [], "model": "m",
        "marked_at": NOW.astimezone(elsewhere),
    }  # fmt: skip
    (row,) = database.write_now(_ADD_MARK.rows, mark)
    assert (row.trade, row.topics, row.marked_at) == (0.75, ["trade"], NOW)
    assert row.marked_at.tzinfo is UTC


def test_a_statement_sets_what_it_says_and_what_it_is_given(database: Database) -> None:
    rest = Prepared(sa.update(sources).where(among(sources.c.id, "ids")).values(active=False, lease_owner=None))
    database.write_now(_ADD.run_all, [source("a"), source("b"), source("c")])
    assert database.write_now(rest.run, {"ids": ["a", "c", "none"]}) == 2
    found = Prepared(sa.select(sources.c.id).where(sources.c.active.is_(False)).order_by(sources.c.id))
    assert [row.id for row in database.read_now(found.rows, {})] == ["a", "c"]
    assert database.read_now(Prepared(_FOUND).row, {"sought": "none"}) is None


def test_the_first_statement_of_a_transaction_is_taken_back_with_it(database: Database) -> None:
    with database.engine.connect() as connection:
        _ADD.run(connection, source("wire"))
        connection.rollback()
    assert database.read_now(Prepared(_FOUND).row, {"sought": "wire"}) is None


def test_what_the_driver_refuses_is_an_error_of_the_database(database: Database) -> None:
    unknown = sa.table("nowhere", sa.column("nothing"))
    with pytest.raises(DBAPIError, match="nowhere"):
        database.read_now(Prepared(sa.select(unknown.c.nothing)).rows, {})


def test_a_row_that_is_there_already_is_told_from_other_errors(database: Database) -> None:
    def twice(connection: sa.Connection) -> None:
        for _ in range(2):
            _ADD.run(connection, source("secret-wire"))

    with pytest.raises(IntegrityError) as raised:
        database.write_now(twice)
    assert "secret-wire" not in str(raised.value).partition("DETAIL")[0]
    assert database.read_now(Prepared(_FOUND).row, {"sought": "secret-wire"}) is None


def test_other_values_than_it_was_prepared_for_are_refused(database: Database) -> None:
    add = Prepared(sa.insert(sources))
    database.write_now(add.run, source("a"))
    with pytest.raises(ValueError, match="prepared for 4 values, given id, active, due_at: INSERT INTO sources"):
        database.write_now(add.run, {"id": "b", "active": True, "due_at": NOW})
    with pytest.raises(KeyError, match="listing"):
        database.write_now(add.run, {"id": "b", "active": True, "due_at": NOW, "etag": "e"})


def test_a_statement_that_is_finished_only_when_it_is_run_cannot_be_prepared(database: Database) -> None:
    with pytest.raises(ValueError, match="compiled before it is run"):
        database.read_now(Prepared(sa.select(places).where(places.c.destination.in_(["console"]))).rows, {})


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)  # nobody can cut SQLite off
def test_a_connection_that_breaks_is_given_up_and_why_it_broke_is_said(database: Database) -> None:
    asked, cut_off = Prepared(sa.select(sources.c.id)), sa.text("SELECT pg_terminate_backend(:pid, 5000)")

    def work(connection: sa.Connection) -> list[Any]:
        pid = connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
        assert database.read_now(lambda other: other.execute(cut_off, {"pid": pid}).scalar_one())
        return asked.rows(connection, {})

    for run in (database.read_now, database.write_now):
        with pytest.raises(OperationalError, match="due to administrator command") as raised:
            run(work)
        assert raised.value.connection_invalidated
        assert getattr(raised.value.orig, "sqlstate", None) == "57P01"
        assert database.read_now(asked.rows, {}) == []
