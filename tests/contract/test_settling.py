"""Polls that brought nothing, written together."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.intake.fetched import FetchState
from bot.model import Source, SourceId
from bot.steps.settling import Settling
from bot.store import feeds
from bot.store.engine import Database
from bot.store.feeds import Quiet
from bot.store.schema import sources

NOW = datetime(2025, 5, 7, 9, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


def quiet(name: str, owner: str = "me") -> Quiet:
    state = FetchState(etag=f'"{name}"', body_hash="h")
    return Quiet(source_id=SourceId(name), state=state, owner=owner, now=NOW, due_at=LATER)


@pytest.fixture
def polled(database: Database) -> list[SourceId]:
    """Sources whose polls are leased to "me"."""
    found = [Source(id=SourceId(name), name=name, url=f"https://{name}.example/") for name in ("one", "two", "three")]
    database.write_now(feeds.sync, found, now=NOW)
    ids = [source.id for source in found]
    database.write_now(feeds.claim_due, ids, owner="me", now=NOW, lease=timedelta(minutes=3), limit=9)
    return ids


async def test_cursors_are_kept_and_leases_end(database: Database, polled: list[SourceId]) -> None:
    settling = Settling(database)
    assert await asyncio.gather(*(settling.settle(quiet(name)) for name in polled)) == [True] * 3
    rows = database.read_now(lambda connection: connection.execute(sa.select(sources)).all())
    assert {(row.id, row.etag, row.due_at, row.lease_owner, row.failures) for row in rows} == {
        (name, f'"{name}"', LATER, None, 0) for name in polled
    }


async def test_those_that_end_meanwhile_share_a_transaction(
    database: Database, polled: list[SourceId], monkeypatch: pytest.MonkeyPatch
) -> None:
    together: list[int] = []
    loop, begun, go_on = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    settle = feeds.settle_quiet

    def counted(connection: sa.Connection, polls: list[Quiet]) -> set[SourceId]:
        together.append(len(polls))
        loop.call_soon_threadsafe(begun.set)
        go_on.wait(20)
        return settle(connection, polls)

    monkeypatch.setattr(feeds, "settle_quiet", counted)
    settling = Settling(database)
    first = asyncio.create_task(settling.settle(quiet("one")))
    await begun.wait()
    others = asyncio.gather(settling.settle(quiet("two")), settling.settle(quiet("three")))
    await asyncio.sleep(0)
    go_on.set()
    assert [await first, *await others] == [True] * 3
    assert together == [1, 2]


async def test_a_lost_lease_writes_nothing_and_the_others_are_kept(
    database: Database, polled: list[SourceId]
) -> None:
    settling = Settling(database)
    kept = await asyncio.gather(settling.settle(quiet("one", owner="slow")), settling.settle(quiet("two")))
    assert list(kept) == [False, True]
    row = database.read_now(
        lambda connection: connection.execute(sa.select(sources).where(sources.c.id == "one")).one()
    )
    assert (row.etag, row.lease_owner) == (None, "me")


async def test_each_hears_of_a_failure_and_the_next_goes_on(
    database: Database, polled: list[SourceId], monkeypatch: pytest.MonkeyPatch
) -> None:
    settling = Settling(database)
    with monkeypatch.context() as broken:
        broken.setattr(feeds, "settle_quiet", lambda *_: 1 / 0)
        outcomes = await asyncio.gather(
            settling.settle(quiet("one")), settling.settle(quiet("two")), return_exceptions=True
        )
    assert [type(outcome) for outcome in outcomes] == [ZeroDivisionError] * 2
    assert await settling.settle(quiet("one"))
