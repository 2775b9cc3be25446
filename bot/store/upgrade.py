"""Bring the schema to this program's version, once, however many processes start together.

A migration expands: it adds what the older programs that still run do not miss. So the processes of one database are
replaced one after the other, and in between an older program runs on the newer schema. Where a migration has to take
something away it sets `compatibility.oldest` to its own revision: older programs are refused from then on. See
docs/decisions/0010-expand-then-contract.md.

Alembic is loaded only where there is something to migrate: most starts find the schema as it should be.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError

from bot.store.engine import Database, DatabaseError
from bot.store.schema import compatibility

if TYPE_CHECKING:
    from alembic.config import Config

log = structlog.get_logger()

MIGRATIONS = Path(__file__).parent / "migrations"
_VERSION = sa.table("alembic_version", sa.column("version_num"))  # Alembic's own
_POSTGRES_LOCK = 7_236_551  # any constant: the advisory lock that only upgraders take
_AS_LONG_AS_IT_TAKES = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0"  # of another upgrader, and ours
_NOT_BEHIND_A_READER = "SET LOCAL lock_timeout = '15s'"  # all others would queue behind us


def upgrade(database: Database) -> tuple[str | None, str]:
    """Run the missing migrations; returns the revisions before and after.

    A schema that is newer than this program is left as it is. Raises DatabaseError where this program may no longer
    run on it.
    """
    head = max(_known())
    database.check()
    current = database.read_now(_usable, database.name)
    if current is None or (current != head and current in _known()):  # else nobody who writes is disturbed
        current = _upgraded(database, head)
    if current is None or current in _known():
        return current, head
    log.info("schema_is_newer", schema=current, ours=head, why="another process is of a newer Tradewire")
    return current, current


def revisions(database: Database) -> tuple[str | None, str]:
    """The revision of the database, None of an empty one, and this program's. Raises DatabaseError as `upgrade`."""
    return database.read_now(_usable, database.name), max(_known())


def _upgraded(database: Database, head: str) -> str | None:
    try:
        return database.write_now(_migrate, database.name, head)
    except DBAPIError as error:
        why = str(error.orig).strip().partition("\n")[0]
        raise DatabaseError(
            f"database {database.name} cannot be brought to schema {head} ({why}): "
            "may this user create tables, and is no other program holding it?"
        ) from None


def _migrate(connection: sa.Connection, name: str, head: str) -> str | None:
    """Returns the revision before. Looks again under the lock: another process may have been faster."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_AS_LONG_AS_IT_TAKES)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_POSTGRES_LOCK)))
        connection.exec_driver_sql(_NOT_BEHIND_A_READER)
    current = _usable(connection, name)
    if current is None or (current != head and current in _known()):
        from alembic import command

        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return current


def _usable(connection: sa.Connection, name: str) -> str | None:
    """The revision of the schema, None of an empty database. Raises DatabaseError where we may not run on it."""
    current = _revision(connection)
    if current is None or current in _known():
        return current
    oldest = _oldest(connection)
    if oldest not in _known():
        raise DatabaseError(
            f"database {name} is at schema {current}, on which only a Tradewire that knows schema "
            f"{oldest or current} may run; this one knows them up to {max(_known())}: run the newer Tradewire that "
            "upgraded it"
        )
    return current


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table(_VERSION.name):
        return None
    return connection.execute(sa.select(_VERSION.c.version_num)).scalar_one_or_none()


def _oldest(connection: sa.Connection) -> str | None:
    """What the newer program that upgraded the schema says of it."""
    if not sa.inspect(connection).has_table(compatibility.name):
        return None
    return connection.execute(sa.select(compatibility.c.oldest)).scalar_one_or_none()


def knows(schema: str) -> bool:
    """Whether it is one of this program's."""
    return schema in _known()


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


@cache
def _known() -> frozenset[str]:
    """The schemas of this program: each migration's file begins with its number."""
    return frozenset(path.name.partition("_")[0] for path in MIGRATIONS.glob("versions/[0-9]*.py"))
