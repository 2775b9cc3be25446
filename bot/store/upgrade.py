"""Bring the schema to this program's version, once, however many processes start together."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

from bot.store.engine import Database, DatabaseError

_POSTGRES_LOCK = 7_236_551  # any constant: the advisory lock that only upgraders take


def upgrade(database: Database) -> tuple[str | None, str]:
    """Run the missing migrations; returns the revisions before and after.

    Raises DatabaseError where the database was written by a newer Tradewire than this one.
    """
    scripts = _scripts()
    head = scripts.get_current_head() or ""

    def look(connection: sa.Connection) -> str | None:
        return MigrationContext.configure(connection).get_current_revision()

    def run(connection: sa.Connection) -> str | None:
        if not database.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_POSTGRES_LOCK)))
        current = look(connection)
        if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
            raise DatabaseError(
                f"database {database.name} is at schema {current}, which this Tradewire does not know: "
                "run the newer Tradewire that upgraded it"
            )
        if current != head:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        return current

    database.check()
    current = database.read_now(look)
    if current == head:
        return current, head  # nobody who writes is disturbed
    try:
        return database.write_now(run), head
    except DBAPIError as error:
        why = str(error.orig).strip().partition("\n")[0]
        raise DatabaseError(
            f"database {database.name} cannot be brought to schema {head} ({why}): "
            "may this user create tables, and is no other program holding it?"
        ) from None


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config


@cache
def _scripts() -> ScriptDirectory:
    """The migrations of this program, read once."""
    return ScriptDirectory.from_config(_config())
