"""One schema, several programs: who migrates, and who may run on what another program has migrated."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from structlog.testing import capture_logs

from bot.store import upgrade as upgrading
from bot.store.engine import Database, DatabaseError
from bot.store.schema import compatibility
from bot.store.upgrade import upgrade

NEWER = "9000"


def _becomes_newer(database: Database, oldest: str | None = None) -> None:
    """A newer program migrates; `oldest` where it took something away."""

    def migrate(connection: sa.Connection) -> None:
        connection.execute(sa.text(f"UPDATE alembic_version SET version_num = '{NEWER}'"))
        connection.execute(sa.text("CREATE TABLE of_the_newer_program (id integer)"))
        if oldest:
            connection.execute(sa.update(compatibility).values(oldest=oldest))

    database.write_now(migrate)


def test_an_older_program_runs_on_a_schema_that_was_only_expanded_and_leaves_it_alone(database: Database) -> None:
    _becomes_newer(database)
    with capture_logs() as logs:
        assert upgrade(database) == (NEWER, NEWER)
    assert [entry["event"] for entry in logs] == ["schema_is_newer"]
    assert database.read_now(lambda connection: sa.inspect(connection).has_table("of_the_newer_program"))


def test_an_older_program_is_refused_where_something_was_taken_away(database: Database) -> None:
    _becomes_newer(database, oldest="8999")
    with pytest.raises(DatabaseError, match=r"schema 9000.*knows schema 8999.*run the newer Tradewire"):
        upgrade(database)


def test_a_schema_that_says_nothing_of_older_programs_is_refused(database: Database) -> None:
    _becomes_newer(database)
    database.write_now(lambda connection: compatibility.drop(connection))
    with pytest.raises(DatabaseError, match=r"schema 9000.*knows schema 9000"):
        upgrade(database)


def test_processes_that_start_together_migrate_once(
    database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/new.db" if database_url.startswith("sqlite") else database_url
    _empty(url)
    migrated: list[object] = []
    together, run = Barrier(3), command.upgrade

    def counted(config: Config, to: str) -> None:
        migrated.append(config)
        run(config, to)

    monkeypatch.setattr(command, "upgrade", counted)

    def start() -> tuple[str | None, str]:
        database = Database(url)
        together.wait()
        try:
            return upgrade(database)
        finally:
            database.close()

    with ThreadPoolExecutor(3) as processes:
        ended = [process.result() for process in [processes.submit(start) for _ in range(3)]]
    head = max(upgrading._known())
    assert {after for _, after in ended} == {head}
    assert len(migrated) == 1


def _empty(url: str) -> None:
    if url.startswith("sqlite"):
        return
    database = Database(url)
    database.write_now(
        lambda connection: connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    )
    database.close()


def test_the_files_of_the_migrations_are_in_the_order_in_which_they_run() -> None:
    """Where nothing is to migrate, their names alone say what this program knows."""
    scripts = ScriptDirectory(str(upgrading.MIGRATIONS))
    assert {script.revision for script in scripts.walk_revisions()} == upgrading._known()
    assert scripts.get_current_head() == max(upgrading._known())


def test_every_migration_only_adds_or_says_so() -> None:
    """A column or a table that is dropped on the way up is a contraction, which sets `compatibility.oldest`."""
    takes_away = ("drop_column", "drop_table", "rename")
    for script in ScriptDirectory(str(upgrading.MIGRATIONS)).walk_revisions():
        if script.revision <= "0019":
            continue  # nobody could run on a newer schema before
        text = Path(script.path).read_text().partition("def downgrade")[0]
        if any(word in text for word in takes_away):
            assert "compatibility" in text, f"{script.path} takes something away and does not say so"
