"""That the clock was set back is noticed within a second, and what goes by the clock on the wall does not wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.schedule import put_forward, ticking, watch_clock
from tests.fakes.clock import FakeClock

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _looks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.schedule.TICK_S", 0)


async def _looks(times: int = 5) -> None:
    for _ in range(times):
        await asyncio.sleep(0)


async def _watched(clock: FakeClock, on_set_back: Callable[[], Awaitable[None]], *jumps: timedelta) -> list[str]:
    """The events that were logged while the clock was set so."""
    with capture_logs() as lines:
        watch = asyncio.create_task(watch_clock(clock, on_set_back))
        await _looks()
        for jump in jumps:
            clock.advance(jump)
            await _looks()
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch
    return [line["event"] for line in lines]


async def test_each_time_that_it_is_set_back_is_noticed_once(clock: FakeClock) -> None:
    seen: list[datetime] = []

    async def on_set_back() -> None:
        seen.append(clock.now())

    start = clock.now()
    logged = await _watched(clock, on_set_back, HOUR, -2 * HOUR, HOUR, -HOUR / 60)
    assert seen == [start - HOUR, start - HOUR / 60]
    assert logged == ["clock_set_back"] * 2


async def test_what_fails_is_tried_until_it_succeeds_and_said_once(clock: FakeClock) -> None:
    tries = 0

    async def on_set_back() -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise OSError("the database is away")

    logged = await _watched(clock, on_set_back, -HOUR)
    assert tries == 3
    assert logged == ["clock_not_put_right", "clock_set_back", "clock_not_put_right_over"]


async def test_ticks_do_not_wait_for_the_time_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.schedule.TICK_S", 1)
    ran = {name: asyncio.Event() for name in ("wake", "prune", "digests", "operators")}

    def noting(name: str) -> Callable[[], Awaitable[None]]:
        async def note() -> None:
            ran[name].set()

        return note

    scheduler = ticking(ran["wake"].set, noting("prune"), noting("digests"), noting("operators"))
    scheduler.start(paused=True)
    for job in scheduler.get_jobs():
        job.modify(next_run_time=datetime.now(UTC) + HOUR)
    scheduler.resume()
    put_forward(scheduler)
    async with asyncio.timeout(10):
        await asyncio.gather(*(each.wait() for each in ran.values()))
    scheduler.shutdown(wait=False)
