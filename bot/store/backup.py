"""Copies of an SQLite database: made while processes work on it, checked, and put in its place.

https://www.sqlite.org/backup.html. PostgreSQL has its own programs for it: see dumps.py.
"""

from __future__ import annotations

import errno
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

ASIDE = ".before-restore-"
_BESIDE = ("-wal", "-shm", "-journal")  # https://www.sqlite.org/tempfiles.html
_BUSY_S = 2.0
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_IN_USE = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


class BackupError(Exception):
    """A backup that was not made or could not be restored: nothing has changed. The text names file and cure."""


def save(database: Path, target: Path) -> str:
    """Copy the database to `target`, which must not be there, as it is at one moment; returns its schema.

    Others read and write meanwhile. Only a copy that passed the check of SQLite gets the name. Raises BackupError.
    """
    refuse_to_overwrite(target)
    with unfinished(target) as copy:
        _copy(database, copy)
        schema = check(copy)
        publish(copy, target)
    return schema


def check(file: Path) -> str:
    """The schema of a database file that is whole. Raises BackupError."""
    try:
        with closing(_open(file, "ro")) as connection:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
            if found != ["ok"]:
                raise BackupError(f"{file}: is damaged ({'; '.join(found)}): take another backup")
            schema: str | None = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    except (sqlite3.Error, TypeError) as error:
        raise BackupError(
            f"{file}: is no database of Tradewire ({error}): name a file that backup has made"
        ) from None
    return schema or ""


def refuse_to_overwrite(target: Path) -> None:
    if target.exists():
        raise BackupError(f"{target}: is there already, and a backup replaces nothing: name a new file, or a folder")


@contextmanager
def unfinished(target: Path) -> Iterator[Path]:
    """A path beside `target` for what is to become it, readable by us alone; whatever is left there goes."""
    path = target.with_name(f".{target.name}.{secrets.token_hex(4)}.unfinished")
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield path
    except OSError as error:
        raise BackupError(
            f"{path.parent}: {error.strerror}: is the folder there, writable, and is there room?"
        ) from None
    finally:
        for left in (path, *_beside(path)):
            left.unlink(missing_ok=True)


def publish(finished: Path, target: Path) -> None:
    """Give a finished file its name, unless another has got it meanwhile, and make both last through a power cut."""
    _sync(finished)
    try:
        _link(finished, target)
    except FileExistsError:
        raise BackupError(f"{target}: was made by another program meanwhile; name a new file") from None
    _sync(target.parent)


@contextmanager
def alone(database: Path) -> Iterator[None]:
    """Nobody else has the database open, nor can open it until this ends. Raises BackupError where somebody has.

    SQLite leaves WAL mode only when no other connection is there, also no idle one; that is how we know.
    https://www.sqlite.org/wal.html#persistence_of_wal_mode. A file that is damaged or missing nobody works on.
    """
    if not database.exists():
        yield
        return
    with closing(_open(database, "rw")) as connection:
        try:
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF in _IN_USE:
                raise BackupError(
                    f"{database}: a process works on it: stop every tradewire of this database first"
                ) from None
            if error.sqlite_errorcode & 0xFF not in _DAMAGED:
                raise BackupError(f"{database}: cannot be opened ({error}); may this user write to it?") from None
        yield


@contextmanager
def replacing(database: Path, file: Path, now: datetime) -> Iterator[tuple[Path, Path | None]]:
    """A copy of `file` to be made ready in the block, which then takes the place of the database.

    Gives the copy and where the old one is kept aside, None where there is none. If the block fails nothing changes.
    """
    aside = _aside(database, now) if database.exists() else None
    with alone(database), unfinished(database) as copy:
        _copy(file, copy)
        yield copy, aside
        _swap(copy, database, aside)


def _aside(database: Path, now: datetime) -> Path:
    name = f"{database.name}{ASIDE}{now:%Y%m%dT%H%M%SZ}"
    names = (name, *(f"{name}-{number}" for number in range(2, 100)))
    free = (path for each in names if not (path := database.with_name(each)).exists())
    return next(free, database.with_name(name))


def _swap(new: Path, database: Path, aside: Path | None) -> None:
    with closing(_open(new, "rw")) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")  # all of it is in the one file then
    _sync(new)
    if aside is not None:
        for left in _beside(database):  # of a damaged database: SQLite would apply it to the new one
            if left.exists():
                left.rename(left.with_name(left.name.replace(database.name, aside.name, 1)))
        _link(database, aside)  # and no rename: at no moment may there be none, or a bot that starts begins a new one
    new.replace(database)
    _sync(database.parent)


def _link(file: Path, name: Path) -> None:
    """Give a file a further name, or on a file system without hard links another. Raises FileExistsError."""
    try:
        os.link(file, name)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if name.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(name)) from None
        file.rename(name)


def _copy(source: Path, target: Path) -> None:
    """All in one step: so it is of one moment, and no writer makes it begin again."""
    try:
        with closing(_open(source, "rw")) as original, closing(_open(target, "rw")) as copy:
            original.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
    except sqlite3.Error as error:
        raise BackupError(f"{source}: cannot be copied to {target.parent} ({error})") from None


def _open(file: Path, mode: str) -> sqlite3.Connection:
    address = f"file:{quote(str(file.absolute()))}?mode={mode}"
    return sqlite3.connect(address, uri=True, timeout=_BUSY_S, isolation_level=None)


def _beside(file: Path) -> list[Path]:
    return [file.with_name(file.name + suffix) for suffix in _BESIDE]


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
