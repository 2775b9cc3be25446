"""What a program does once for its database, and tests would do hundreds of times."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
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
        known = first.setdefault(engine.name, engine)
        if known.dialect.server_version_info:  # it has connected and knows its server
            engine.dialect, engine._compiled_cache = known.dialect, known._compiled_cache
        else:
            first[engine.name] = engine
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sa, "create_engine", create_engine)
        yield


def upgrade_by_copy(template: Callable[[], Path]) -> Callable[[Database], tuple[str | None, str]]:
    """As `upgrade`, but an empty SQLite file becomes a copy of the migrated one instead of running each migration."""

    def copied(database: Database) -> tuple[str | None, str]:
        if database.is_sqlite and not database.read_now(_holds_tables):
            with closing(sqlite3.connect(template())) as source, database.engine.connect() as connection:
                source.backup(connection.connection.driver_connection)
        return upgrade(database)

    return copied


def _holds_tables(connection: sa.Connection) -> bool:
    return bool(connection.scalar(sa.text("SELECT EXISTS (SELECT 1 FROM sqlite_master)")))
