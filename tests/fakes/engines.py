"""What a program does once for its database, and tests would do hundreds of times."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.store.engine import Database
from bot.store.upgrade import upgrade


@contextmanager
def shared_statements() -> Iterator[None]:
    """Of each kind of database, every new engine gets the dialect and the statements of the first that connected.

    What SQLAlchemy compiled it keeps by engine and dialect: to compile every statement again for each database would
    be a third of the work of a test.
    """
    create = sa.create_engine
    first: dict[str, sa.Engine] = {}

    def create_engine(url: str | sa.URL, **options: Any) -> sa.Engine:
        engine = create(url, **options)
        if engine.name == "sqlite":
            sa.event.listen(engine, "checkout", keep_nothing)
        known = first.setdefault(engine.name, engine)
        if known.dialect.server_version_info:  # it has connected and knows its server
            engine.dialect.initialize = lambda connection: None  # type: ignore[method-assign]  # need not ask again
            engine.dialect, engine._compiled_cache = known.dialect, known._compiled_cache
        else:
            first[engine.name] = engine
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sa, "create_engine", create_engine)
        yield


def keep_nothing(connection: sqlite3.Connection, record: sa.pool.ConnectionPoolEntry, _proxy: object) -> None:
    """No test cuts the power, and to wait for the disk is most of the time of a commit. Once for each connection."""
    if not record.info.setdefault("keeps_nothing"):
        connection.execute("PRAGMA synchronous=OFF")
        record.info["keeps_nothing"] = True


def migrated(path: Path) -> Path:
    """An empty SQLite file of the newest schema, made at `path`."""
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    database.close()
    return path


def upgrade_by_copy(template: Callable[[], Path]) -> Callable[[Database], tuple[str | None, str]]:
    """As `upgrade`, but a new SQLite file is a copy of the migrated one instead of running each migration."""

    def copied(database: Database) -> tuple[str | None, str]:
        path = Path(database.engine.url.database or "")
        if database.is_sqlite and path.parent.is_dir() and not path.exists():
            shutil.copy(template(), path)
        return upgrade(database)

    return copied
