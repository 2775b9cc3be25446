"""From a backup to a state to go on from: checked, brought to our schema and settled before anybody works on it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from bot.store import backup, dumps, restoring
from bot.store.backup import BackupError
from bot.store.engine import APPLICATION, Database
from bot.store.restoring import Settled
from bot.store.upgrade import knows, upgrade

SESSION_LOOKS, SESSION_PAUSE_S = 10, 0.05  # for connections of a process that was just stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """`aside` is where the database that was there is kept; None: there was none, or it is still where it was."""

    settled: Settled
    aside: Path | None = None


def file_of(database: Database) -> Path:
    """Of an SQLite database."""
    return Path(database.engine.url.database or "")


def save(database: Database, url: str, target: Path) -> str:
    """Back the database up to `target` while processes work on it; returns its schema. Raises BackupError."""
    if database.is_sqlite:
        return backup.save(file_of(database), target)
    return dumps.save(url, target)


def restore(database: Database, url: str, file: Path, *, told_until: datetime | None, now: datetime) -> Done:
    """Put a backup in the place of the database; see `restoring.settle` for `told_until`. Raises BackupError."""
    if database.is_sqlite:
        return _restore_file(file_of(database), file, told_until=told_until, now=now)
    database.check()
    if not database.read_now(dumps.is_empty):
        raise BackupError(
            f"database {database.name} holds tables, and a restore replaces none: make an empty one beside it "
            "(createdb), name that one in TRADEWIRE_DATABASE_URL, and restore again"
        )
    _refuse_newer(str(file), dumps.schema_of(file))
    dumps.load(url, file)
    return Done(settled=_settle(database, told_until=told_until, now=now))


def settle_loaded(database: Database, *, told_until: datetime | None, now: datetime) -> Done:
    """As `restore`, of a database into which something else has put an earlier state. Raises BackupError."""
    if database.is_sqlite:
        with backup.alone(file_of(database)):
            pass
        _refuse_newer(database.name, backup.check(file_of(database)))
    else:
        database.check()
        _refuse_newer(database.name, database.read_now(_schema_of, database.name))
        if not _are_over(database):
            raise BackupError(
                f"database {database.name}: a process works on it: stop every tradewire of this database first"
            )
    return Done(settled=_settle(database, told_until=told_until, now=now))


def _restore_file(current: Path, file: Path, *, told_until: datetime | None, now: datetime) -> Done:
    if current.exists() and current.samefile(file):
        raise BackupError(f"{file}: is the database itself; name a backup")
    _refuse_newer(str(file), backup.check(file))
    with backup.replacing(current, file, now) as (copy, aside):
        database = Database(f"sqlite:///{copy}")
        try:
            settled = _settle(database, told_until=told_until, now=now)
        finally:
            database.close()
    return Done(settled=settled, aside=aside)


def _settle(database: Database, *, told_until: datetime | None, now: datetime) -> Settled:
    upgrade(database)
    return database.write_now(restoring.settle, told_until=told_until, now=now)


def _refuse_newer(name: str, schema: str) -> None:
    if not knows(schema):
        raise BackupError(
            f"{name}: is of schema {schema}, which this Tradewire does not know: restore it with the newer one "
            "that wrote it"
        )


def _schema_of(connection: sa.Connection, name: str) -> str:
    if not sa.inspect(connection).has_table("alembic_version"):
        raise BackupError(f"database {name}: is no database of Tradewire: restore a backup into it first")
    return str(connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one())


def _are_over(database: Database) -> bool:
    """Whether nobody is connected. Of a process that has just ended the server knows a moment longer."""
    for _ in range(SESSION_LOOKS):
        if not database.read_now(_sessions):
            return True
        time.sleep(SESSION_PAUSE_S)
    return not database.read_now(_sessions)


def _sessions(connection: sa.Connection) -> int:
    """How many connections other programs of ours have to this PostgreSQL database."""
    asked = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND application_name = :name"
    )
    count: int = connection.execute(asked, {"name": APPLICATION}).scalar_one()
    return count
