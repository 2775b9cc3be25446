"""The statements of every message cost the same however much was sent before: the databases take the index of it."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.model import Destination, Notice, Source, SourceId, StoryId
from bot.store import audience, breaker, feeds, messages, outbox
from bot.store.engine import Database
from bot.store.schema import deliveries, destinations
from tests import samples
from tests.samples import NOW

PLACES = [Destination("slack", f"C{number:02d}") for number in range(40)]
SENT = 60  # of each place, long ago
LEASE = timedelta(minutes=1)
Asked = list[tuple[str, Any]]


@pytest.fixture
def asked(database: Database) -> Asked:
    """Every statement, with its values; much was sent, and something waits at one place."""
    database.write_now(_sent_before)
    database.write_now(_decide, samples.story().id)
    database.write_now(lambda connection: connection.exec_driver_sql("ANALYZE"))
    seen: Asked = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_more: object) -> None:
        seen.append((statement, values))

    for engine in {database.engine, database._reading}:
        sa.event.listen(engine, "before_cursor_execute", note)
    return seen


def _sent_before(connection: sa.Connection) -> None:
    rows = [
        {
            "id": secrets.token_hex(12),
            "destination": str(place),
            "state": "sent",
            "not_before": NOW,
            "created_at": NOW,
            "bulletin_key": f"{number}",
        }
        for number in range(SENT)
        for place in PLACES
    ]
    connection.execute(sa.insert(deliveries), rows)


def _decide(connection: sa.Connection, story_id: StoryId) -> None:
    notices: list[Notice] = [samples.notice(destination=place, story_id=story_id) for place in PLACES]
    numbers = audience.save_decisions(connection, notices)
    outbox.enqueue_all(connection, list(zip(notices, numbers, strict=True)))


def _plan(database: Database, asked: Asked, begins: str) -> str:
    """Of the first statement that begins so."""
    statement, values = next(each for each in asked if each[0].startswith(begins))

    def explain(connection: sa.Connection) -> str:
        if database.is_sqlite:
            return _lines(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values))
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # of so few rows it would rather read all
        return _lines(connection.exec_driver_sql(f"EXPLAIN {statement}", values))

    return database.read_now(explain)


def _lines(rows: sa.CursorResult[Any]) -> str:
    return "\n".join(str(row[-1]) for row in rows)


def test_what_is_next_at_a_place_is_looked_for_among_what_waits(database: Database, asked: Asked) -> None:
    _lease(database)
    asked.clear()
    assert database.write_now(outbox.begin_next, PLACES[7], owner="us", now=NOW, lease=LEASE) is not None
    plan = _plan(database, asked, "SELECT deliveries.id")
    assert "ix_deliveries_waiting" in plan
    assert "pk_deliveries" not in plan
    assert "SCAN deliveries" not in plan


def test_what_stands_of_a_story_at_a_place_is_found_however_many_others_were_told(
    database: Database, asked: Asked
) -> None:
    database.read_now(messages.standing, PLACES[7], samples.story().id)
    assert "ix_decisions_story_id_destination" in _plan(database, asked, "SELECT deliveries.id")


def test_who_knows_of_a_story_is_found_by_it(database: Database, asked: Asked) -> None:
    database.read_now(audience.everybody_told, samples.story().id)
    assert "ix_told_story_id" in _plan(database, asked, "SELECT told.destination")


def test_of_many_destinations_that_are_due_the_first_are_taken_in_the_order_of_the_index(
    database: Database, asked: Asked
) -> None:
    database.write_now(breaker.claim_due, ["slack"], owner="us", now=NOW, lease=LEASE, limit=2)
    plan = _plan(database, asked, "WITH due AS")
    assert "ix_destinations_due" in plan
    assert "Sort" not in plan.partition("ix_destinations_due")[0]
    assert "TEMP B-TREE" not in plan


def _lease(database: Database) -> None:
    def give(connection: sa.Connection, until: datetime) -> None:
        connection.execute(sa.update(destinations).values(lease_owner="us", lease_until=until))

    database.write_now(give, NOW + LEASE)


def test_a_claim_begins_with_what_is_due(database: Database, asked: Asked) -> None:
    """However many sources there are: most are not due."""
    found = [Source(id=SourceId(f"s{number}"), name="", url=f"https://{number}.example/") for number in range(500)]
    database.write_now(feeds.sync, found, now=NOW + timedelta(hours=1))
    database.write_now(lambda connection: connection.exec_driver_sql("ANALYZE"))
    asked.clear()
    ours = [source.id for source in found]
    assert not database.write_now(feeds.claim_due, ours, owner="us", now=NOW, lease=LEASE, limit=9)
    assert "ix_sources_due" in _plan(database, asked, "WITH due")
