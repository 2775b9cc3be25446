"""`check` on the database: what it is, whether it can be written, and each failure with its cure."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.checks import storage
from bot.store.engine import Database
from bot.store.schema import compatibility
from tests.contract.board_site import sqlite_only


def test_a_database_that_is_well_is_told_with_its_version_schema_and_size(database_url: str) -> None:
    found = storage.database(database_url)
    assert found.ok
    on_sqlite = database_url.startswith("sqlite")
    for said in (
        "SQLite 3." if on_sqlite else "PostgreSQL 1",
        ", schema 00",
        "MiB",
        *(("journal wal, synchronous ", "GiB free") if on_sqlite else ()),
    ):
        assert said in found.detail
    assert "password" not in found.detail


def test_a_look_leaves_nothing_behind(database: Database, database_url: str) -> None:
    before = sa.inspect(database.engine).get_table_names()
    assert storage.database(database_url).ok
    assert sa.inspect(database.engine).get_table_names() == before


def test_an_empty_database_will_be_made_by_the_first_run(tmp_path: Path) -> None:
    found = storage.database(f"sqlite:///{tmp_path}/new.db")
    assert found.ok
    assert "empty: the first run makes schema 00" in found.detail


def test_a_database_of_a_newer_program_is_refused(database: Database, database_url: str) -> None:
    def become_newer(connection: sa.Connection) -> None:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(sa.update(compatibility).values(oldest="9999"))

    database.write_now(become_newer)
    found = storage.database(database_url)
    assert not found.ok
    assert "schema 9999" in found.detail
    assert "run the newer Tradewire" in found.detail


@sqlite_only
def test_a_file_that_cannot_be_written_is_named_with_the_cure(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Database, work: object) -> None:
        raise sa.exc.OperationalError("CREATE", {}, Exception("attempt to write a readonly database"))

    monkeypatch.setattr(Database, "write_now", refuse)
    found = storage.database(database_url)
    assert not found.ok
    assert "cannot be written (attempt to write a readonly database): may this user write" in found.detail


@sqlite_only
def test_a_disk_that_is_nearly_full_is_told(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**12, 10**12, 90 * 2**20))
    found = storage.database(database_url)
    assert not found.ok
    assert "has 90 MiB free, and a full one stops everything: make room until there are 512 MiB" in found.detail


def test_an_absent_server_is_named_without_its_password() -> None:
    found = storage.database("postgresql://nobody:hunter2@127.0.0.1:1/none")
    assert not found.ok
    assert "cannot be reached" in found.detail
    assert "hunter2" not in found.detail


@sqlite_only
def test_a_file_that_is_no_database_is_told(tmp_path: Path, database_url: str) -> None:
    (tmp_path / "not.db").write_text("this is no database, but a text of a person " * 30)
    found = storage.database(f"sqlite:///{tmp_path}/not.db")
    assert not found.ok
    assert "file is not a database" in found.detail
