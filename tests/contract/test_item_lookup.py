"""What people type to name an item: it is found by an index, however much is stored."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from bot.model import ItemKey, StoryId
from bot.store import news
from bot.store.engine import Database
from tests import samples
from tests.samples import NOW

OLD, NEW = ItemKey("abcdef0123456789"), ItemKey("abcdef0fffffffff")
STORY = StoryId("0123456789ab")
LIKE_A_KEY = StoryId(OLD[:12])
LINK = "https://news.example/old?id=1"


@pytest.fixture
def stored(database: Database) -> Database:
    def fill(connection: sa.Connection) -> None:
        news.add_story(connection, samples.story(id=STORY, lead=OLD))
        news.add_story(connection, samples.story(id=LIKE_A_KEY, key="other", lead=NEW))
        news.add_item(connection, samples.item(key=OLD, url=LINK), STORY, samples.verdict())
        later = samples.item(key=NEW, url="https://news.example/new", seen_at=NOW.replace(hour=9))
        news.add_item(connection, later, STORY, samples.verdict())

    database.write_now(fill)
    return database


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (OLD, OLD),
        ("abcdef01", OLD),
        ("ABCDEF01", OLD),
        ("abcdef0f", NEW),
        ("abcdef", NEW),  # the newest of those that begin so
        ("abcde", None),
        ("a", None),
        ("abcdee", None),
        ("abcdef0123456789a", None),
        (LINK, OLD),
        (f"{LINK}&utm_source=chat", OLD),
        ("https://news.example/", None),
        ("https://news.example/ol", None),
        (STORY, OLD),
        (LIKE_A_KEY, NEW),  # a story's whole id means the story
        (STORY[:8], None),
        ("%", None),
        ("______", None),
        ("abcdef%", None),
    ],
)
def test_six_characters_of_a_key_a_whole_link_or_a_story_name_an_item(
    stored: Database, wanted: str, found: ItemKey | None
) -> None:
    assert stored.read_now(news.find_item, wanted) == found


@pytest.mark.parametrize("wanted", ["abcdee", "https://news.example/other", "0123456789ac"])
def test_no_look_up_reads_every_item(stored: Database, wanted: str) -> None:
    def plans(connection: sa.Connection) -> list[str]:
        statements: list[tuple[str, Any]] = []

        def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
            if statement.startswith("SELECT"):
                statements.append((statement, parameters))

        sa.event.listen(connection, "before_cursor_execute", note)
        assert news.find_item(connection, wanted) is None
        sa.event.remove(connection, "before_cursor_execute", note)
        postgres = connection.dialect.name == "postgresql"
        if postgres:  # three rows are read faster than an index; what matters is whether an index can serve
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN" if postgres else "EXPLAIN QUERY PLAN"
        return [
            "\n".join(str(row) for row in connection.exec_driver_sql(f"{explain} {statement}", parameters))
            for statement, parameters in statements
        ]

    found = stored.read_now(plans)
    assert found
    for plan in found:
        assert "Index Cond: " in plan or "SEARCH items " in plan
        assert "ix_items_seen_at" not in plan
