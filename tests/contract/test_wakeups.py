"""What one process commits wakes another at once, on PostgreSQL; a listener that is lost comes back by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import psycopg
import pytest
import sqlalchemy as sa

from bot.store import audience, outbox, wakeup
from bot.store.engine import Database
from tests import samples
from tests.fakes.postgres import PostgresDatabase


class Woken:
    """Counts, and can be waited for."""

    def __init__(self) -> None:
        self.times = 0
        self.platforms: list[str | None] = []
        self._changed = asyncio.Event()

    def __call__(self, platform: str | None) -> None:
        self.times += 1
        self.platforms.append(platform)
        self._changed.set()

    async def until(self, times: int) -> None:
        async with asyncio.timeout(10):
            while self.times < times:
                self._changed.clear()
                await self._changed.wait()


@pytest.fixture
def shared(postgres: PostgresDatabase) -> str:
    return postgres.emptied()


@asynccontextmanager
async def listening(url: str, woken: Woken) -> AsyncIterator[Database]:
    """Another process that listens; it has once looked for what is due."""
    database = Database(url)
    task = asyncio.create_task(wakeup.listen(database, woken, first_pause=0.01))
    await woken.until(1)
    yield database
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await asyncio.to_thread(database.close)


def _enqueue(connection: sa.Connection) -> None:
    notice = samples.notice()
    outbox.enqueue(connection, notice, audience.save_decision(connection, notice))


async def test_a_committed_decision_wakes_and_one_that_is_rolled_back_does_not(shared: str) -> None:
    def breaks(connection: sa.Connection) -> None:
        _enqueue(connection)
        raise RuntimeError("in the middle of a decision")

    woken, other = Woken(), Database(shared)
    async with listening(shared, woken):
        with pytest.raises(RuntimeError):
            await other.write(breaks)
        await other.write(_enqueue)
        await woken.until(2)
        assert woken.platforms == [None, "slack"]
    await asyncio.to_thread(other.close)


async def test_a_listener_whose_connection_is_cut_listens_again_and_looks_for_what_it_missed(shared: str) -> None:
    cut = sa.text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND query LIKE 'LISTEN %'"
    )
    woken, other = Woken(), Database(shared)
    async with listening(shared, woken):
        await other.write(lambda connection: connection.execute(cut))
        await woken.until(2)  # it is back
        await other.write(_enqueue)
        await woken.until(3)
    await asyncio.to_thread(other.close)


async def test_a_server_that_is_away_is_asked_ever_more_rarely(shared: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def away() -> psycopg.AsyncConnection[object]:
        raise psycopg.OperationalError("connection refused")

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 7:
            raise asyncio.CancelledError

    database, woken = Database(shared), Woken()
    monkeypatch.setattr(database, "listening", away)
    monkeypatch.setattr(asyncio, "sleep", pause)
    with pytest.raises(asyncio.CancelledError):
        await wakeup.listen(database, woken)
    database.close()
    assert pauses == [1, 2, 4, 8, 16, 30, 30]
    assert woken.times == 0


async def test_on_sqlite_nobody_listens(tmp_path_factory: pytest.TempPathFactory) -> None:
    database, woken = Database(f"sqlite:///{tmp_path_factory.mktemp('empty') / 'new.db'}"), Woken()
    await wakeup.listen(database, woken)
    database.write_now(wakeup.announce, ["slack"])
    database.close()
    assert woken.times == 0
