"""Backups of a PostgreSQL database, by PostgreSQL's own programs: https://www.postgresql.org/docs/current/app-pgdump.html

They have to be as new as the server. Where they are missing, the exact command is said instead.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from bot.observe.redaction import redacted
from bot.store.backup import BackupError, publish, refuse_to_overwrite, unfinished

_DUMP = ("pg_dump", "--format=custom", "--no-owner", "--no-privileges")
_RESTORE = ("pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges")
_QUIETLY = ("--no-password",)  # it never asks: nobody may be there
_CONNECT_S = "10"
_SCHEMA = re.compile(r"COPY \S*alembic_version \(version_num\) FROM stdin;\n(\S+)\n")


def save(url: str, target: Path) -> str:
    """Dump the database to `target`, which must not be there; returns its schema. Raises BackupError.

    The dump is of one moment, while others read and write. Only a complete one gets the name.
    """
    refuse_to_overwrite(target)
    address, password = _address(url)
    _wanted("pg_dump", (*_DUMP, f"--file={target}", address))
    with unfinished(target) as copy:
        _run((*_DUMP, *_QUIETLY, "--lock-wait-timeout=30s", f"--file={copy}", f"--dbname={address}"), password)
        schema = schema_of(copy)
        publish(copy, target)
    return schema


def load(url: str, file: Path) -> None:
    """Fill the database, which must be empty, from a dump, in one transaction. Raises BackupError."""
    address, password = _address(url)
    _wanted("pg_restore", (*_RESTORE, f"--dbname={address}", str(file)), then="tradewire restore --loaded")
    _run((*_RESTORE, *_QUIETLY, f"--dbname={address}", str(file)), password)


def schema_of(file: Path) -> str:
    """The schema in a dump that can be read. Raises BackupError."""
    script = ("pg_restore", "--data-only", "--table=alembic_version", "--file=-", str(file))
    _wanted("pg_restore", script)
    found = _SCHEMA.search(_run(script))
    if not found:
        raise BackupError(f"{file}: is no backup of Tradewire: name a file that backup has made")
    return found[1]


def is_empty(connection: sa.Connection) -> bool:
    """Whether the database holds no table of anybody."""
    return not sa.inspect(connection).get_table_names()


def _address(url: str) -> tuple[str, str | None]:
    """For libpq, and the password apart: arguments of a command are seen by every user of the machine."""
    parsed = make_url(url)
    asked = parsed.query.get("password")
    password = parsed.password if isinstance(parsed.password, str) else asked if isinstance(asked, str) else None
    plain = parsed.set(drivername="postgresql").difference_update_query(["password"])
    return sa.URL.create(
        "postgresql", plain.username, None, plain.host, plain.port, plain.database, plain.query
    ).render_as_string(), password


def _wanted(program: str, command: Sequence[str], then: str = "") -> None:
    if shutil.which(program) is None:
        after = f"\nthen: {then}" if then else ""
        raise BackupError(
            f"{program} is not on this machine: install the client programs of PostgreSQL, or run where they are "
            f"(the password in PGPASSWORD or ~/.pgpass):\n{shlex.join(command)}{after}"
        )


def _run(command: Sequence[str], password: str | None = None) -> str:
    environment = {**os.environ, "PGCONNECT_TIMEOUT": _CONNECT_S}
    if password is not None:
        environment["PGPASSWORD"] = password
    ran = subprocess.run(  # noqa: S603 - our own words, no shell
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if ran.returncode:
        said = [line for line in redacted(ran.stderr).splitlines() if line.strip()][:3]
        raise BackupError(f"{command[0]} failed: {'; '.join(said) or f'exit code {ran.returncode}'}")
    return ran.stdout
