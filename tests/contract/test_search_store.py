"""Search over the archive: order, bounds, what people try to break it with, and a database filled before it."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.routing.query import parse
from bot.store import searchable
from bot.store.deadline import Overdue, time_limit
from bot.store.engine import Database, DatabaseError
from bot.store.search import Cut, find
from bot.store.upgrade import upgrade
from tests import samples
from tests.contract.archive import amend, by_index, by_reading, delete, fade, forget_index, key_of, store, titles
from tests.samples import NOW

HOUR = timedelta(hours=1)
SQLITE_ONLY = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def fill(database: Database, *headlines: str, **item: Any) -> None:
    def each(connection: sa.Connection) -> None:
        for number, title in enumerate(headlines):
            at = NOW + number * HOUR
            store(connection, number, title=title, seen_at=at, published_at=at, **item)

    database.write_now(each)


def test_what_came_last_is_found_first_and_only_as_much_as_was_asked_for(database: Database) -> None:
    fill(database, *(f"Tariff number {number}" for number in range(7)))
    found = database.read_now(find, parse("tariff"), limit=3)
    assert [hit.item.title for hit in found.hits] == [f"Tariff number {number}" for number in (6, 5, 4)]
    assert found.cut is None
    assert titles(database, "tariff", since=NOW + 5 * HOUR) == ["Tariff number 6", "Tariff number 5"]


def test_more_items_than_are_read_at_once_are_all_found(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.store.search._PORTIONS", (2, 3))
    fill(database, *(f"Tariff {number}" for number in range(11)))
    for query in ("tariff", "source:wire", "-nothing", "lang:en"):
        assert titles(database, query) == [f"Tariff {number}" for number in reversed(range(11))]
    assert titles(database, "tariff", since=NOW + 8 * HOUR) == ["Tariff 10", "Tariff 9", "Tariff 8"]


def test_a_changed_text_is_found_by_its_new_words_alone(database: Database) -> None:
    fill(database, "Ministers raise the tariff", summary="on steel", body="and on 关税")
    database.write_now(amend, 0, title="Ministers drop the plan", summary="on copper", body="")
    assert [titles(database, query) for query in ("tariff", "steel", "关税")] == [[], [], []]
    assert titles(database, "copper drop") == ["Ministers drop the plan"]


def test_what_retention_empties_is_found_by_its_headline(database: Database) -> None:
    fill(database, "Ministers raise the tariff", summary="on steel", body="for a year")
    database.write_now(fade, NOW + HOUR)
    assert titles(database, "tariff outlet:example source:wire") == ["Ministers raise the tariff"]
    assert titles(database, "steel OR year") == []


def test_what_is_deleted_is_not_found(database: Database) -> None:
    fill(database, "Ministers raise the tariff", "Ministers drop the tariff")
    database.write_now(delete, 1)
    assert titles(database, "tariff") == ["Ministers raise the tariff"]
    assert titles(database, "-nothing") == ["Ministers raise the tariff"]


# --- bounds -----------------------------------------------------------------------------------------------


def test_a_search_that_reads_no_further_says_how_far_it_looked(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.search._PORTIONS", (2, 2))
    fill(database, "Steel", *["Copper"] * 7)
    found = database.read_now(find, parse("title:steel -copper"), limit=5)
    assert ([hit.item.title for hit in found.hits], found.cut) == (["Steel"], None), "the index knows the word"
    found = database.read_now(find, parse("-copper"), limit=5, most_read=4)
    assert (found.hits, found.cut, found.back_to) == ([], Cut.BOUNDS, NOW + 4 * HOUR)
    found = database.read_now(find, parse("-copper"), limit=5, most_read=8)
    assert (len(found.hits), found.cut) == (1, None), "it came to the end"


def test_a_search_whose_time_is_up_says_so_and_the_connection_goes_on(database: Database) -> None:
    fill(database, "Steel", "Copper")
    found = database.read_now(find, parse("steel"), limit=5, longest_s=-1.0)
    assert found.cut is Cut.BOUNDS
    assert titles(database, "steel") == ["Steel"]


def test_a_statement_that_takes_too_long_ends_in_time(database: Database) -> None:
    endless = sa.text(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000) SELECT count(*) FROM n"
    )

    def run(connection: sa.Connection) -> int:
        with pytest.raises(Overdue), time_limit(connection, 0.05):
            connection.execute(endless)
        return int(connection.execute(sa.text("SELECT 41 + 1")).scalar_one())

    began = time.monotonic()
    assert database.read_now(run) == 42
    assert time.monotonic() - began < 10


def test_another_mistake_within_the_time_is_not_taken_for_lateness(database: Database) -> None:
    def run(connection: sa.Connection) -> None:
        with time_limit(connection, 10):
            connection.execute(sa.text("SELECT nothing FROM nowhere"))

    with pytest.raises(sa.exc.DBAPIError, match="nowhere"):
        database.read_now(run)


# --- what people type -------------------------------------------------------------------------------------

HOSTILE = (
    '"tariff" NEAR "steel"', "terms:tariff", '"a\'b"', "'; DROP TABLE items; --", '"tariff*"', "t\0ariff", "\0",
    "tariff\\", "tariff:*", "tariff & steel", "^tariff", "{terms}", "%", "_", "NEAR(tariff steel, 2)",
    "x" * 900, " ".join(["a"] * 64), "(" * 20 + "tariff" + ")" * 20, " OR ".join(f"w{n}*" for n in range(60)),
    '"' + " ".join("ab" for _ in range(300)) + '"', "关" * 300, "§wire", "¶wire", '"§wire"', "source:'x'",
    'source:"a & b"',
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_query_reaches_the_index_as_anything_but_terms(database: Database, text: str) -> None:
    fill(database, "A tariff", 'NEAR "steel" terms', text.replace("\0", "")[:500])
    try:
        query = parse(text)
    except ValueError:
        return

    def both(connection: sa.Connection) -> None:
        assert by_index(connection, query) == by_reading(connection, query)

    database.read_now(both)
    assert titles(database, "tariff")


def test_texts_as_long_as_they_may_be_are_stored_and_found(database: Database) -> None:
    different = "".join(chr(0x4E00 + number % 20_900) for number in range(0, 1_000_000, 37))  # few neighbours twice
    words = " ".join(f"{number:06d}" for number in range(14_000))
    fill(database, "Long", body=(different + words)[:100_000])
    assert titles(database, "000123 title:long") == ["Long"]
    assert titles(database, different[500:503]) == ["Long"]


# --- what was stored before -------------------------------------------------------------------------------


def catch_up(database: Database) -> int:
    """All portions, one after the other; returns how many there were."""
    portions, before = 0, database.write_now(searchable.catch_up, None)
    while before is not None:
        portions, before = portions + 1, database.write_now(searchable.catch_up, before)
    return portions


def test_what_was_stored_before_there_was_an_index_is_found_when_it_has_caught_up(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searchable, "PORTION", 4)
    fill(database, *(f"Old tariff {number}" for number in range(10)))
    database.write_now(forget_index)
    database.write_now(store, 50, title="New tariff", seen_at=NOW + 50 * HOUR, published_at=None)
    found = database.read_now(find, parse("tariff"), limit=50)
    assert ([hit.item.title for hit in found.hits], found.cut) == (["New tariff"], Cut.INDEX)
    before = database.write_now(searchable.catch_up, None)
    assert titles(database, "tariff") == ["New tariff", *(f"Old tariff {number}" for number in (9, 8, 7, 6))]
    database.write_now(store, 51, title="Newest tariff", seen_at=NOW + 51 * HOUR, published_at=None)
    while before is not None:
        before = database.write_now(searchable.catch_up, before)
    expected = ["Newest tariff", "New tariff", *(f"Old tariff {number}" for number in reversed(range(10)))]
    assert titles(database, "tariff") == expected
    found = database.read_now(find, parse("tariff"), limit=50)
    assert found.cut is None
    assert catch_up(database) == 0


def test_what_changes_or_goes_before_it_is_indexed_is_found_as_it_is_then(database: Database) -> None:
    fill(database, "First tariff", "Second tariff", "Third tariff")
    database.write_now(forget_index)
    database.write_now(amend, 0, title="First quota")
    database.write_now(delete, 1)
    assert catch_up(database) == 1
    assert (titles(database, "tariff"), titles(database, "quota")) == (["Third tariff"], ["First quota"])


def test_a_database_that_was_filled_before_the_migration_keeps_its_items_and_lets_them_be_found(
    database: Database,
) -> None:
    fill(database, "Ministers raise the tariff")

    def back_to_what_it_was(connection: sa.Connection) -> None:
        if database.is_sqlite:
            connection.execute(sa.text("DROP TABLE search_index"))
        connection.execute(sa.text("DROP TABLE searchable"))

    database.write_now(back_to_what_it_was)
    database.write_now(rerun_migration)
    assert titles(database, "-nothing") == []
    assert catch_up(database) == 1
    assert titles(database, "tariff") == ["Ministers raise the tariff"]
    database.write_now(amend, 0, title="Ministers drop the quota")
    assert titles(database, "quota") == ["Ministers drop the quota"]


def rerun_migration(connection: sa.Connection) -> None:
    """Revision 0015 alone, on a database that holds items."""
    from importlib import import_module  # a module's name that begins with a digit

    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext

    with Operations.context(MigrationContext.configure(connection)):
        import_module("bot.store.migrations.versions.0015_search").upgrade()


@SQLITE_ONLY
def test_an_sqlite_without_full_text_is_refused_with_the_cure(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.engine.FULL_TEXT", "fts9")
    with pytest.raises(DatabaseError, match="built without fts9; use the Python"):
        upgrade(database)


@SQLITE_ONLY
def test_the_index_of_sqlite_agrees_with_its_table(database: Database) -> None:
    fill(database, "Ministers raise the tariff", "Second", "Third 关税", summary="on steel")
    database.write_now(amend, 0, title="Ministers drop the plan 0.7")
    database.write_now(delete, 1)
    database.write_now(fade, NOW + HOUR)
    check = sa.text("INSERT INTO search_index(search_index, rank) VALUES ('integrity-check', 1)")
    database.write_now(lambda connection: connection.execute(check))  # raises where it does not
    assert samples.item().key != key_of(0)
