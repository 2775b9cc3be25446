"""The database, looked at before it is needed: version, schema, whether it can be written, the room on its disk."""

from __future__ import annotations

import shutil
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from bot.checks.found import Check
from bot.operations.cures import cure_of
from bot.sources.sourcing import AddedSource
from bot.store import added_sources as chat_sources
from bot.store import condition
from bot.store.engine import Database, DatabaseError
from bot.store.upgrade import revisions

LEAST_FREE = 512 * 2**20  # bytes: an hour's growth and what SQLite writes ahead, with room to react
OLDEST = {"sqlite": (3, 35), "postgresql": (14,)}  # RETURNING; the oldest that PostgreSQL's makers still mend
WHAT = "database"


class _Undone(Exception):
    """Ends a transaction whose effect nobody wants."""


def database(url: str) -> Check:
    """The first thing that is wrong, or all that was found right in one line."""
    opened: Database | None = None
    try:
        opened = Database(url)
        opened.check()
        return _looked_at(opened)
    except DatabaseError as error:
        return Check(False, WHAT, str(error))
    except SQLAlchemyError as error:
        why = str(error).partition("\n")[0]
        return Check(False, WHAT, f"{opened.name if opened else WHAT} cannot be read ({why}); is it Tradewire's own?")
    finally:
        if opened is not None:
            opened.close()


def added_sources(url: str) -> tuple[AddedSource, ...]:
    """Those that were added from chat; none where the database cannot be read, which `database` says."""
    opened: Database | None = None
    try:
        opened = Database(url)
        return tuple(opened.read_now(chat_sources.changes).added)
    except (DatabaseError, SQLAlchemyError):
        return ()
    finally:
        if opened is not None:
            opened.close()


def _looked_at(opened: Database) -> Check:
    dialect = opened.engine.dialect
    version = tuple(dialect.server_version_info or ())
    shown = f"{'SQLite' if opened.is_sqlite else 'PostgreSQL'} {'.'.join(map(str, version))}"
    oldest = OLDEST[dialect.name]
    if version < oldest:
        needed = ".".join(map(str, oldest))
        return Check(False, WHAT, f"{opened.name}: {shown} is too old; {needed} or newer is needed")
    if problem := _not_writable(opened) or _disk_is_full(opened):
        return Check(False, WHAT, f"{opened.name}: {problem}")
    size = opened.read_now(condition.size) / 2**20
    parts = [opened.name, shown, _schema(opened), *_sqlite_modes(opened), f"{size:,.1f} MiB", *_room(opened)]
    return Check(True, WHAT, ", ".join(parts))


def _schema(opened: Database) -> str:
    """Raises DatabaseError where a newer Tradewire wrote it."""
    current, head = revisions(opened)
    if current is None:
        return f"empty: the first run makes schema {head}"
    return f"schema {current}" if current == head else f"schema {current}, which the next run brings to {head}"


def _not_writable(opened: Database) -> str:
    """Makes a table, which migrations have to, and takes it back."""

    def write(connection: sa.Connection) -> None:
        connection.execute(sa.text("CREATE TABLE tradewire_check (a INTEGER)"))
        raise _Undone

    try:
        opened.write_now(write)
    except _Undone:
        return ""
    except SQLAlchemyError as error:
        why = str(getattr(error, "orig", error)).strip().partition("\n")[0]
        cure = cure_of(error) or (
            "may this user write the file and its folder, and does no other program hold it?"
            if opened.is_sqlite
            else "grant the user CREATE on the schema (GRANT CREATE ON SCHEMA public), and see that it is no replica"
        )
        return f"cannot be written ({why}): {cure}"
    return ""


def _disk_is_full(opened: Database) -> str:
    free = _free(opened)
    if free is None or free >= LEAST_FREE:
        return ""
    return (
        f"its disk has {free / 2**20:,.0f} MiB free, and a full one stops everything: make room until there are "
        f"{LEAST_FREE / 2**20:,.0f} MiB, or shorten [retention] in tradewire.toml"
    )


def _free(opened: Database) -> int | None:
    """Bytes on the disk of an SQLite file; a server's disk is not to be seen from here."""
    if not opened.is_sqlite:
        return None
    return shutil.disk_usage(Path(opened.engine.url.database or "").absolute().parent).free


def _room(opened: Database) -> list[str]:
    free = _free(opened)
    return [] if free is None else [f"{free / 2**30:,.1f} GiB free"]


def _sqlite_modes(opened: Database) -> list[str]:
    """How it writes. That a commit survives a power cut needs synchronous=FULL (2) beside the log written ahead."""
    if not opened.is_sqlite:
        return []

    def pragmas(connection: sa.Connection) -> list[str]:
        journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
        synchronous = int(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())
        return [f"journal {journal}", "synchronous " + {0: "OFF", 1: "NORMAL", 2: "FULL", 3: "EXTRA"}[synchronous]]

    return opened.read_now(pragmas)
