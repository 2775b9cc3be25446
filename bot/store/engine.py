"""The database: SQLite by default, PostgreSQL by URL, driven from threads so that the event loop never waits on SQL.

Repositories (`news`, `audience`, `outbox`, `leases`) are plain functions of a `Connection`; `Database.read` and
`Database.write` run them in one transaction each. On SQLite there is one writing thread, and every write begins
IMMEDIATE, so writers queue instead of failing half way; on PostgreSQL conflicts are retried.

SQLite forgets what pages a connection holds as soon as another one has written. So one connection does all writing
and keeps the news of the day in memory; what reads has little, since it reads anew after every write.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, OperationalError

from bot.operations.cures import cure_of

if TYPE_CHECKING:
    import psycopg

P = ParamSpec("P")
T = TypeVar("T")
Work = Callable[Concatenate[sa.Connection, P], T]

CONFLICT_RETRIES = 5
WRITER_CACHE_KIB = 8 * 1024  # of pages: from 32 MiB to this a first load reads a seventh more, to 4 MiB twice as much
READER_CACHE_KIB = 2 * 1024
BUSY_TIMEOUT_MS = 10_000  # how long another process may hold SQLite's write lock
CONNECT_TIMEOUT_S = 5
POSTGRES_WRITERS = 4
WAL_TRIES = 50
FULL_TEXT = "fts5"  # the part of SQLite that search needs: https://www.sqlite.org/fts5.html
APPLICATION = "tradewire"  # what pg_stat_activity shows of our connections
# A server that stops answering must not hold our threads, and so a stop of the program, for ever.
# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
_POSTGRES_DEADLINES = {
    "options": "-c statement_timeout=60s -c lock_timeout=15s -c idle_in_transaction_session_timeout=60s",
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # ms
    "fallback_application_name": APPLICATION,
}
READERS = 4
LAZILY = "lazily"  # an execution option of transactions
_WAITS, _FULL = "waits_for_disk", 2  # of a connection to SQLite; the number of FULL
HIDE_VALUES = True  # in errors, which stand in logs and in `/wire sources`: passwords in addresses, queries
_CONFLICT_STATES = {"40001", "40P01"}  # serialization failure, deadlock


class DatabaseError(Exception):
    """The database cannot be used; the text names it (without password) and the cure."""


class Database:
    """One engine and its threads. Close with `close()`."""

    def __init__(self, url: str, on_trouble: Callable[[str], None] = lambda cure: None) -> None:
        """`url` as SQLAlchemy writes it; `postgresql://` means psycopg 3. Raises DatabaseError on a wrong one.

        `on_trouble` hears, in a thread, of each transaction that failed for a reason that a person can mend.
        """
        self._url = _parse(url)
        self.name = self._url.set(query={}).render_as_string(hide_password=True)  # a query may hold a password too
        self.is_sqlite = self._url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.engine = _sqlite_engine(self._url, "IMMEDIATE", connections=1, cache_kib=WRITER_CACHE_KIB)
            self._reading = _sqlite_engine(self._url, "DEFERRED", connections=READERS, cache_kib=READER_CACHE_KIB)
        else:
            self.engine = self._reading = _postgres_engine(self._url)
        self._lazily = self.engine.execution_options(**{LAZILY: True})
        self._writers = ThreadPoolExecutor(1 if self.is_sqlite else POSTGRES_WRITERS, "db-write")
        self._readers = ThreadPoolExecutor(READERS, "db-read")
        self._on_trouble = on_trouble

    async def read(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._run(self._readers, lambda: self.read_now(work, *args, **kwargs))

    async def write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` in one transaction; it may run again after a conflict, so it must have no other effect."""
        return await self._run(self._writers, lambda: self.write_now(work, *args, **kwargs))

    async def write_lazily(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `write`, and the disk is not waited for: a power cut, or a crash of PostgreSQL, may take it back.

        For what is only true while we live, as leases, and what is found out again, as that nothing is new. Whatever
        `write` stores later takes it along to the disk.
        """
        return await self._run(self._writers, lambda: self.write_lazily_now(work, *args, **kwargs))

    def read_now(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with self._trouble_told(), self._reading.connect() as connection:
            return work(connection, *args, **kwargs)

    def write_now(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with self._trouble_told():
            return self._written(self.engine, work, *args, **kwargs)

    def write_lazily_now(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with self._trouble_told():
            return self._written(self._lazily, work, *args, **kwargs)

    @staticmethod
    def _written(engine: sa.Engine, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        for remaining in reversed(range(CONFLICT_RETRIES)):
            try:
                with engine.begin() as connection:
                    return work(connection, *args, **kwargs)
            except DBAPIError as error:
                if not remaining or not is_conflict(error):
                    raise
        raise AssertionError("unreachable")

    @contextmanager
    def _trouble_told(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            if cure := cure_of(error):
                self._on_trouble(cure)
            raise

    def check(self) -> None:
        """Raise DatabaseError, with the cure, where no connection can be made."""
        try:
            self.read_now(lambda connection: connection.execute(sa.text("SELECT 1")).scalar_one())
        except (OperationalError, DBAPIError) as error:
            cure = (
                "is its folder there and writable?"
                if self.is_sqlite
                else "is the server up, and are host, user and password in TRADEWIRE_DATABASE_URL right?"
            )
            raise DatabaseError(f"database {self.name} cannot be reached ({_first_line(error)}): {cure}") from None
        if self.is_sqlite and not self.read_now(_has_module, FULL_TEXT):
            raise DatabaseError(
                f"database {self.name} cannot be searched: this Python's SQLite {sqlite3.sqlite_version} was built "
                f"without {FULL_TEXT}; use the Python of python.org or of your system, or PostgreSQL"
            )

    async def listening(self) -> psycopg.AsyncConnection[Any]:
        """A connection of its own for LISTEN, on PostgreSQL only. The event loop waits on its socket, not on SQL."""
        import psycopg

        _, options = self.engine.dialect.create_connect_args(self._url)
        return await psycopg.AsyncConnection.connect(
            **{"connect_timeout": CONNECT_TIMEOUT_S, **_POSTGRES_DEADLINES, **options}, autocommit=True
        )

    def close(self) -> None:
        """Let running transactions end, then close every connection. Blocks: not for the event loop."""
        self._writers.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        self._reading.dispose()
        self.engine.dispose()

    @staticmethod
    async def _run(pool: ThreadPoolExecutor, call: Callable[[], T]) -> T:
        # Shielded: a cancelled waiter (shutdown) must not leave a half-known transaction behind.
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(pool, call))


def _has_module(connection: sa.Connection, name: str) -> bool:
    """Whether this SQLite has a module: https://www.sqlite.org/pragma.html#pragma_module_list"""
    asked = sa.text("SELECT 1 FROM pragma_module_list WHERE name = :name")
    return connection.execute(asked, {"name": name}).first() is not None


def _parse(url: str) -> sa.URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise DatabaseError(
            "the database URL is not one: write sqlite:///file.db or postgresql://host/name"
        ) from None
    if parsed.drivername in {"postgresql", "postgres"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in {"sqlite", "postgresql+psycopg"}:
        raise DatabaseError(f"database {parsed.drivername} is not supported: use sqlite:/// or postgresql://")
    if parsed.drivername == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise DatabaseError("a database in memory forgets what was told: write sqlite:///file.db")
    return parsed


def _sqlite_engine(
    url: sa.URL, begin: Literal["DEFERRED", "IMMEDIATE"], *, connections: int, cache_kib: int
) -> sa.Engine:
    """Keeps at most so many connections open, each with so many KiB of pages; more are closed after their use."""
    engine = sa.create_engine(
        url,
        pool_size=connections,
        pool_use_lifo=True,  # one reader at a time: one connection
        hide_parameters=HIDE_VALUES,
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False},
    )

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        _use_wal(connection)
        connection.execute("PRAGMA synchronous=FULL")  # a receipt that was committed survives a power cut
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA cache_size=-{cache_kib}")

    @sa.event.listens_for(engine, "begin")
    def say_begin(connection: sa.Connection) -> None:
        _wait_for_disk(connection, not connection.get_execution_options().get(LAZILY, False))
        connection.exec_driver_sql(f"BEGIN {begin}")

    return engine


def _wait_for_disk(connection: sa.Connection, waits: bool) -> None:
    """Whether commits do. Where FULL is not what was set, nothing does.

    With NORMAL a log written ahead is whole after a power cut too, and may lack its last transactions.
    https://www.sqlite.org/pragma.html#pragma_synchronous
    """
    driver = connection.connection.driver_connection
    if driver is None or waits is connection.info.get(_WAITS, True):
        return
    if waits or driver.execute("PRAGMA synchronous").fetchone() == (_FULL,):
        driver.execute(f"PRAGMA synchronous={'FULL' if waits else 'NORMAL'}")
        connection.info[_WAITS] = waits


def _use_wal(connection: sqlite3.Connection) -> None:
    """The mode stays in the file. Changing it does not wait for other writers, so processes that start together
    on a new file try a few times."""
    for remaining in reversed(range(WAL_TRIES)):
        try:
            if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
                connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if not remaining:
                raise
            time.sleep(0.1)
        else:
            return


def _postgres_engine(url: sa.URL) -> sa.Engine:
    engine = sa.create_engine(
        url,
        pool_size=POSTGRES_WRITERS + READERS,
        pool_pre_ping=True,
        hide_parameters=HIDE_VALUES,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_S, **_POSTGRES_DEADLINES},
    )

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        if connection.get_execution_options().get(LAZILY):
            connection.exec_driver_sql("SET LOCAL synchronous_commit = off")

    return engine


def is_conflict(error: DBAPIError) -> bool:
    """Whether the same transaction may succeed when it is tried again."""
    return isinstance(error, IntegrityError) or getattr(error.orig, "sqlstate", None) in _CONFLICT_STATES


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().partition("\n")[0]
