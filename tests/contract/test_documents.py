"""What is remembered of a source's document, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.model import Source, SourceId
from bot.store import feeds
from bot.store.engine import Database
from tests.samples import NOW

WIRE, PAPER = SourceId("wire"), SourceId("paper")
BYTES = 100_000  # for a document of 1,000 entries


@pytest.fixture
def database(database: Database) -> Database:
    sources = [Source(id=each, name=each, url=f"https://{each}.example/rss") for each in (WIRE, PAPER)]
    database.write_now(feeds.sync, sources, now=NOW)
    return database


def claimed(database: Database, owner: str, minutes: int = 0) -> dict[SourceId, str | None]:
    """Both sources leased to `owner`, with their memories."""
    now = NOW + timedelta(minutes=minutes)
    lease = timedelta(minutes=1)
    rows = database.write_now(feeds.claim_due, [WIRE, PAPER], owner=owner, now=now, lease=lease, limit=2)
    return {source_id: state.memory for source_id, state in rows}


def test_a_memory_comes_back_with_its_source(database: Database) -> None:
    assert claimed(database, "a") == {WIRE: None, PAPER: None}
    database.write_now(feeds.remember, WIRE, "é" * BYTES, owner="a")
    assert claimed(database, "b", 2) == {WIRE: "é" * BYTES, PAPER: None}


def test_a_memory_is_replaced_and_forgotten(database: Database) -> None:
    claimed(database, "a")
    for memory in ("first", "second", None, "third", None):
        database.write_now(feeds.remember, WIRE, memory, owner="a")
    database.write_now(feeds.remember, PAPER, "fourth", owner="a")
    assert claimed(database, "b", 2) == {WIRE: None, PAPER: "fourth"}


def test_who_lost_the_lease_remembers_nothing(database: Database) -> None:
    claimed(database, "a")
    database.write_now(feeds.remember, WIRE, "ours", owner="a")
    claimed(database, "b", 2)
    database.write_now(feeds.remember, WIRE, "late", owner="a")
    database.write_now(feeds.remember, PAPER, "late", owner="a")
    assert claimed(database, "c", 4) == {WIRE: "ours", PAPER: None}
