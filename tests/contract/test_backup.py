"""Backups of a database that is in use, and the way back: what is refused, what is kept, what is settled."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from bot.cli import main
from bot.model import DeliveryState, ItemKey, StoryId
from bot.operations import restore
from bot.store import audience, backup, dumps, news, outbox
from bot.store.backup import BackupError
from bot.store.engine import Database
from bot.store.schema import deliveries, items
from tests import samples
from tests.fakes.backups import database_beside, use_postgres_programs
from tests.fakes.postgres import PostgresDatabase
from tests.samples import NOW

HOUR = timedelta(hours=1)


def add(database: Database, number: int) -> None:
    """One more item, told at one place."""

    def tell(connection: sa.Connection) -> None:
        story, key = StoryId(f"{number:012x}"), ItemKey(f"{number:016x}")
        news.add_story(connection, samples.story(id=story, key=f"story {number}", lead=key))
        news.add_item(connection, samples.item(key=key, title=f"Item {number}"), story, samples.verdict())
        notice = samples.notice(story_id=story, item_key=key)
        outbox.enqueue(connection, notice, audience.save_decision(connection, notice))

    database.write_now(tell)


def count(database: Database) -> int:
    asked = sa.select(sa.func.count()).select_from(items)
    return database.read_now(lambda connection: connection.execute(asked).scalar_one())


def states(database: Database) -> list[str]:
    asked = sa.select(deliveries.c.state).order_by(deliveries.c.seq)
    return database.read_now(lambda connection: list(connection.execute(asked).scalars()))


# --- SQLite ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path, sqlite_template: Path) -> Path:
    path = tmp_path / "t.db"
    shutil.copy(sqlite_template, path)
    return path


def _open(file: Path) -> Database:
    return Database(f"sqlite:///{file}")


@pytest.fixture
def bot(file: Path) -> Iterator[Database]:
    """The database as a process that works on it has it open."""
    opened = _open(file)
    add(opened, 1)
    yield opened
    opened.close()


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_backup_is_one_checked_file_for_its_owner_alone(bot: Database, tmp_path: Path) -> None:
    target = tmp_path / "out" / "b.db"
    target.parent.mkdir()
    schema = restore.save(bot, "", target)
    assert _names(target.parent) == {"b.db"}
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert backup.check(target) == schema
    with closing(_open(target)) as copy:
        assert count(copy) == 1


def test_a_backup_is_of_one_moment_though_others_write(bot: Database, tmp_path: Path) -> None:
    going, written = threading.Event(), threading.Event()

    def write() -> None:
        for number in range(2, 400):
            add(bot, number)
            written.set()
            if going.is_set():
                return

    writer = threading.Thread(target=write)
    writer.start()
    assert written.wait(10)
    for turn in range(3):
        restore.save(bot, "", tmp_path / f"{turn}.db")
    going.set()
    writer.join()
    for turn in range(3):
        with closing(_open(tmp_path / f"{turn}.db")) as copy:
            assert 2 <= count(copy) == len(states(copy)) <= count(bot)  # an item comes with its delivery, or not


def test_a_backup_overwrites_nothing_and_leaves_nothing_half_made(
    bot: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "b.db"
    target.write_text("precious")
    before = _names(tmp_path)
    with pytest.raises(BackupError, match="is there already"):
        restore.save(bot, "", target)
    with pytest.raises(BackupError, match="is the folder there"):
        restore.save(bot, "", tmp_path / "nowhere" / "b.db")

    def made_meanwhile(finished: Path, name: Path) -> None:
        name.write_text("of another program")
        real(finished, name)

    real = os.link
    monkeypatch.setattr(os, "link", made_meanwhile)
    with pytest.raises(BackupError, match="by another program"):
        restore.save(bot, "", tmp_path / "c.db")
    assert target.read_text() == "precious"
    assert (tmp_path / "c.db").read_text() == "of another program"
    assert _names(tmp_path) == before | {"c.db"}


def test_a_damaged_database_gives_no_backup(bot: Database, file: Path, tmp_path: Path) -> None:
    bot.close()
    content = bytearray(file.read_bytes())
    content[4096 * 3 : 4096 * 9] = b"\xff" * 4096 * 6
    file.write_bytes(content)
    with closing(_open(file)) as damaged, pytest.raises(BackupError, match=r"damaged|no database of Tradewire"):
        restore.save(damaged, "", tmp_path / "b.db")
    assert not (tmp_path / "b.db").exists()


def test_it_works_where_there_are_no_hard_links(
    bot: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    restore.save(bot, "", tmp_path / "b.db")
    assert backup.check(tmp_path / "b.db")


def _saved(bot: Database, folder: Path) -> Path:
    """A backup with one item, after which the bot has told a second."""
    target = folder / "b.db"
    restore.save(bot, "", target)
    add(bot, 2)
    return target


def _restore(file: Path, target: Path, **how: datetime | None) -> restore.Done:
    with closing(_open(file)) as database:
        return restore.restore(database, "", target, told_until=how.get("told_until", NOW + HOUR), now=NOW + HOUR)


def test_a_restore_puts_the_backup_in_place_and_keeps_what_was_there(
    bot: Database, file: Path, tmp_path: Path
) -> None:
    saved = _saved(bot, tmp_path)
    bot.close()
    done = _restore(file, saved)
    assert done.aside == tmp_path / "t.db.before-restore-20250507T090000Z"
    assert _names(tmp_path) == {"t.db", "b.db", done.aside.name}
    for path, items_there in ((file, 1), (saved, 1), (done.aside, 2)):
        with closing(_open(path)) as database:
            assert count(database) == items_there
    with closing(_open(file)) as database:
        assert states(database) == [DeliveryState.UNKNOWN]
        add(database, 3)
    assert done.settled.looked_up == 1


def test_a_restore_where_there_is_no_database_yet(bot: Database, tmp_path: Path) -> None:
    saved = _saved(bot, tmp_path)
    new = tmp_path / "new.db"
    assert _restore(new, saved).aside is None
    with closing(_open(new)) as database:
        assert count(database) == 1


def test_nothing_is_restored_while_a_process_has_the_database_open(bot: Database, file: Path, tmp_path: Path) -> None:
    saved = _saved(bot, tmp_path)
    before = _names(tmp_path)
    with pytest.raises(BackupError, match="stop every tradewire of this database first"):
        _restore(file, saved)
    assert _names(tmp_path) == before
    assert count(bot) == 2
    add(bot, 3)  # and it goes on


@pytest.mark.parametrize("damage", [b"no database at all", b"SQLite format 3\0" + b"\xff" * 5000])
def test_what_is_damaged_is_replaced_and_its_journal_is_not_applied_to_the_new_one(
    bot: Database, file: Path, tmp_path: Path, damage: bytes
) -> None:
    saved = _saved(bot, tmp_path)
    journal = file.with_name("t.db-wal").read_bytes()
    bot.close()
    file.write_bytes(damage)
    file.with_name("t.db-wal").write_bytes(journal)
    done = _restore(file, saved)
    assert done.aside is not None
    assert done.aside.read_bytes() == damage
    assert done.aside.with_name(done.aside.name + "-wal").read_bytes() == journal
    with closing(_open(file)) as database:
        assert count(database) == 1
    assert backup.check(file)


def test_a_newer_schema_and_files_that_are_no_backup_are_refused(bot: Database, file: Path, tmp_path: Path) -> None:
    saved = _saved(bot, tmp_path)
    bot.close()
    with closing(sqlite3.connect(saved)) as newer, newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
    empty, other, text = tmp_path / "empty.db", tmp_path / "other.db", tmp_path / "text"
    empty.touch()
    text.write_text("a letter")
    with closing(sqlite3.connect(other)) as connection, connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
    before = _names(tmp_path)
    with pytest.raises(BackupError, match="schema 9999, which this Tradewire does not know"):
        _restore(file, saved)
    for wrong in (empty, other, text):
        with pytest.raises(BackupError, match="is no database of Tradewire"):
            _restore(file, wrong)
    with pytest.raises(BackupError, match="is the database itself"):
        _restore(file, file)
    assert _names(tmp_path) == before
    with closing(_open(file)) as database:
        assert count(database) == 2


def test_a_restore_that_fails_half_way_changes_nothing(
    bot: Database, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = _saved(bot, tmp_path)
    bot.close()
    before = _names(tmp_path)

    def fails(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("bot.store.restoring.settle", fails)
        with pytest.raises(KeyboardInterrupt):
            _restore(file, saved)
    assert {name for name in _names(tmp_path) if not name.startswith("t.db-")} == before - {"t.db-wal", "t.db-shm"}
    with closing(_open(file)) as database:
        assert count(database) == 2


# --- the commands ---------------------------------------------------------------------------------------------------


@pytest.fixture
def tradewire(file: Path, tmp_path: Path) -> Callable[..., Result]:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "tradewire.toml").write_text(f'[database]\nurl = "sqlite:///{file}"\n')
    (folder / "sources.toml").write_text("")
    (folder / "routes.toml").write_text("")

    def run(*arguments: object) -> Result:
        result = CliRunner().invoke(main, [*map(str, arguments), "--config", str(folder)])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


def test_the_commands_say_what_they_did(bot: Database, tmp_path: Path, tradewire: Callable[..., Result]) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    saved = tradewire("backup", folder)
    assert saved.exit_code == 0, saved.output
    (made,) = folder.iterdir()
    assert f"saved to {made} and checked" in saved.stdout
    assert tradewire("backup", made).exit_code == 1
    refused = tradewire("restore", made)
    assert refused.exit_code == 1
    assert "stop every tradewire of this database first" in refused.stderr
    bot.close()
    restored = tradewire("restore", made, "--told-until", "2025-05-07T10:30+02:00")
    assert restored.exit_code == 0, restored.output
    assert "1 deliveries that waited are looked up before they are sent" in restored.stdout
    assert "published before 2025-05-07 08:30 UTC counts as told" in restored.stdout
    again = tradewire("restore", made, "--tell-missed")
    assert "what was sent since the backup may be sent again" in again.stdout
    settled = tradewire("restore", "--loaded")
    assert "settled" in settled.stdout


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ([], "Name the FILE"),
        (["FILE", "--loaded"], "Name the FILE"),
        (["FILE", "--tell-missed", "--told-until", "2025-05-07"], "leave --told-until away"),
        (["FILE", "--told-until", "yesterday"], "'yesterday' is no time: write 2025-05-06T14:05"),
        (["FILE", "--told-until", "2999-01-01"], "lies ahead"),
        (["nowhere.db"], "nowhere.db"),
    ],
)
def test_a_restore_that_cannot_be_meant_is_refused(
    bot: Database, tmp_path: Path, tradewire: Callable[..., Result], arguments: list[str], why: str
) -> None:
    saved = _saved(bot, tmp_path)
    bot.close()
    result = tradewire("restore", *(str(saved) if each == "FILE" else each for each in arguments))
    assert result.exit_code == 2
    assert why in result.stderr


# --- PostgreSQL -----------------------------------------------------------------------------------------------------


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    use_postgres_programs(monkeypatch)


@pytest.fixture
def empty_url(postgres: PostgresDatabase) -> Iterator[str]:
    with database_beside(postgres.emptied()) as url:
        yield url


@pytest.mark.usefixtures("programs")
def test_a_dump_is_restored_into_an_empty_database(
    postgres: PostgresDatabase, empty_url: str, tmp_path: Path
) -> None:
    url, target = postgres.emptied(), tmp_path / "b.dump"
    with closing(Database(url)) as bot:
        add(bot, 1)
        schema = restore.save(bot, url, target)
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        assert dumps.schema_of(target) == schema
        with pytest.raises(BackupError, match="is there already"):
            restore.save(bot, url, target)
        with pytest.raises(BackupError, match="holds tables, and a restore replaces none"):
            restore.restore(bot, url, target, told_until=None, now=NOW)
    with closing(Database(empty_url)) as other:
        text = tmp_path / "text"
        text.write_text("a letter")
        with pytest.raises(BackupError, match="pg_restore failed"):
            restore.restore(other, empty_url, text, told_until=None, now=NOW)
        done = restore.restore(other, empty_url, target, told_until=NOW + HOUR, now=NOW + HOUR)
        assert (count(other), states(other), done.settled.looked_up) == (1, [DeliveryState.UNKNOWN], 1)
        add(other, 2)
        with closing(Database(empty_url)) as second:
            second.check()
            with pytest.raises(BackupError, match="stop every tradewire"):
                restore.settle_loaded(other, told_until=None, now=NOW)
        assert restore.settle_loaded(other, told_until=None, now=NOW + 2 * HOUR).settled.looked_up == 2
    assert _names(tmp_path) == {"b.dump", "text"}


def test_without_the_programs_the_exact_command_is_said_and_no_password(
    postgres: PostgresDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    url = "postgresql://desk:hunter2@db.example:5433/news?sslmode=require&password=hunter3"
    for call, said in (
        (lambda: dumps.save(url, tmp_path / "b.dump"), "pg_dump --format=custom --no-owner --no-privileges --file="),
        (lambda: dumps.load(url, tmp_path / "b.dump"), "then: tradewire restore --loaded"),
    ):
        with pytest.raises(BackupError, match="PGPASSWORD") as raised:
            call()
        assert said in str(raised.value)
        assert "postgresql://desk@db.example:5433/news?sslmode=require" in str(raised.value)
        assert "hunter" not in str(raised.value)


@pytest.mark.usefixtures("programs")
def test_a_server_that_is_away_is_an_error_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="pg_dump failed") as raised:
        dumps.save("postgresql://desk:hunter2@127.0.0.1:1/news", tmp_path / "b.dump")
    assert "hunter2" not in str(raised.value)
    assert _names(tmp_path) == set()
