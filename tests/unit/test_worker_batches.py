"""Short jobs are claimed ahead, as many as begin soon, so that claims do not cost as much as the work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from bot.worker import MOST_AHEAD, Worker

PARALLEL = 4


class Queue:
    """Jobs by number, each a lane of its own; `wanted` is what each claim asked for."""

    def __init__(self, count: int) -> None:
        self.left = list(range(count))
        self.wanted: list[int] = []
        self.running: set[int] = set()
        self.done: list[int] = []
        self.most_at_once = 0
        self.turns = asyncio.Semaphore(0)  # one to end each job
        self.hold, self.hold_from = False, 0  # from which claim on jobs wait for their turns

    async def claim(self, limit: int) -> list[int]:
        self.wanted.append(limit)
        self.hold = self.hold or len(self.wanted) == self.hold_from
        taken, self.left = self.left[:limit], self.left[limit:]
        return taken

    async def run(self, job: int) -> None:
        self.running.add(job)
        self.most_at_once = max(self.most_at_once, len(self.running))
        await (self.turns.acquire() if self.hold else asyncio.sleep(0))
        self.running.discard(job)
        self.done.append(job)

    def worker(self) -> Worker[int]:
        return Worker("polls", claim=self.claim, run=self.run, parallel=PARALLEL, lane=str, in_batches=True)


async def pause() -> None:
    """Let the worker get as far as it can."""
    for _ in range(30):
        await asyncio.sleep(0)


async def until(is_so: Callable[[], bool]) -> None:
    for _ in range(2_000):
        if is_so():
            return
        await asyncio.sleep(0)
    raise AssertionError("the worker does not get there")


async def test_short_jobs_are_claimed_ahead_and_no_more_run_at_once() -> None:
    queue = Queue(200)
    assert await queue.worker().run_due() == 200
    assert queue.done == list(range(200))
    assert queue.most_at_once == PARALLEL
    assert max(queue.wanted) == PARALLEL + MOST_AHEAD
    assert len(queue.wanted) < 200 / PARALLEL / 2


async def test_what_is_claimed_ahead_is_busy() -> None:
    queue = Queue(100)
    polls = queue.worker()
    running = asyncio.create_task(polls.run_due())
    await until(lambda: len(queue.done) >= 3 * PARALLEL)
    assert polls.busy >= {str(job) for job in range(100) if job not in {*queue.left, *queue.done}}
    await running


async def test_slow_jobs_are_not_claimed_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    queue = Queue(20)
    queue.hold = True
    polls = queue.worker()
    running = asyncio.create_task(polls.run_due())
    await pause()
    loop = asyncio.get_running_loop()
    real, late = loop.time, 0.0
    monkeypatch.setattr(loop, "time", lambda: real() + late)
    for _ in range(20):
        late += 2.0  # seconds that each takes
        queue.turns.release()
        await pause()
        assert len(queue.running) <= PARALLEL
    assert await running == 20
    assert set(queue.wanted) <= set(range(1, PARALLEL + 1))


async def test_who_ends_asks_for_no_claim_where_the_last_one_found_all_that_was_due() -> None:
    queue = Queue(2)
    polls = queue.worker()
    serving = asyncio.create_task(polls.serve())
    await pause()
    assert queue.done == [0, 1]
    assert len(queue.wanted) == 1
    queue.left = [2]
    polls.wake()
    await pause()
    assert queue.done == [0, 1, 2]
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


async def test_who_ends_asks_for_a_claim_where_there_may_be_more() -> None:
    queue = Queue(30)
    serving = asyncio.create_task(queue.worker().serve())
    await until(lambda: len(queue.done) == 30)
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


async def test_on_a_stop_nothing_that_was_claimed_ahead_is_begun() -> None:
    queue = Queue(100)
    polls = queue.worker()
    queue.hold_from = 2
    running = asyncio.create_task(polls.run_due())
    await until(lambda: len(queue.running) == PARALLEL < len(polls.busy))
    done, begun = len(queue.done), set(queue.running)
    running.cancel()
    stopping = asyncio.create_task(polls.drain(20))
    await pause()
    for _ in range(PARALLEL):
        queue.turns.release()
    await asyncio.gather(running, stopping, return_exceptions=True)
    assert set(queue.done[done:]) == begun
    assert polls.busy == frozenset()


async def test_slow_jobs_that_end_at_nearly_one_moment_are_no_quick_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    queue = Queue(200)
    queue.hold = True
    polls = queue.worker()
    serving = asyncio.create_task(polls.serve())
    await pause()
    loop = asyncio.get_running_loop()
    real, late = loop.time, 0.0
    monkeypatch.setattr(loop, "time", lambda: real() + late)
    for _ in range(10):
        late += 2.0  # seconds that each takes
        for _ in range(2):
            queue.turns.release()
            await pause()
            late += 0.001
    assert max(queue.wanted) <= PARALLEL + 2, "others could poll them at once, and here they would wait long"
    serving.cancel()
    await polls.drain(0)
    await asyncio.gather(serving, return_exceptions=True)
