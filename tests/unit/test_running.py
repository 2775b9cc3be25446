"""The small machinery around the pipeline: workers, supervision, ticks, owners, poll pacing."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bot import supervise as supervise_module
from bot.deliver.ports import Closed
from bot.observe.health import Parts
from bot.owner import is_dead, this_process
from bot.schedule import ticking
from bot.supervise import supervise
from bot.worker import Worker
from tests.fakes.discord_waiting import stop_waiting


class Queue:
    """Jobs to claim, and a record of what ran."""

    def __init__(self, *jobs: str) -> None:
        self.jobs = list(jobs)
        self.ran: list[str] = []
        self.most_at_once = 0
        self._now = 0
        self._changed = asyncio.Event()

    async def claim(self, room: int) -> list[str]:
        taken, self.jobs = self.jobs[:room], self.jobs[room:]
        return taken

    async def run(self, job: str) -> None:
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        await asyncio.sleep(0)
        self._now -= 1
        if job == "bad":
            raise RuntimeError("this job is bad")
        self.ran.append(job)
        self._changed.set()

    async def has_run(self, count: int) -> None:
        while len(self.ran) < count:
            self._changed.clear()
            await self._changed.wait()


def _worker(queue: Queue, parallel: int = 2) -> Worker[str]:
    return Worker("test", claim=queue.claim, run=queue.run, parallel=parallel)


async def test_a_worker_does_all_that_is_due_and_one_bad_job_stops_nothing() -> None:
    queue = Queue("a", "bad", "b", "c")
    assert await _worker(queue).run_due() == 4
    assert sorted(queue.ran) == ["a", "b", "c"]
    assert queue.most_at_once == 2


async def test_a_serving_worker_looks_again_when_woken_and_when_a_job_ends() -> None:
    queue = Queue("a", "b", "c")
    worker = _worker(queue, parallel=1)
    serving = asyncio.create_task(worker.serve())
    await queue.has_run(3)
    queue.jobs = ["d"]
    worker.wake()
    await queue.has_run(4)
    serving.cancel()


async def test_a_worker_is_heard_of_after_each_round_but_one_that_failed() -> None:
    queue, beats, claims = Queue(), 0, 0
    claimed = asyncio.Event()

    def beat() -> None:
        nonlocal beats
        beats += 1

    async def claim(room: int) -> list[str]:
        nonlocal claims
        claims += 1
        claimed.set()
        if claims == 2:
            raise OSError("the database is away")
        return []

    worker = Worker("test", claim=claim, run=queue.run, parallel=1, on_round=beat)
    serving = asyncio.create_task(worker.serve())
    for _ in range(2):
        await claimed.wait()
        await _turn(20)
        claimed.clear()
        worker.wake()
    await _turn(20)
    assert (claims, beats) == (2, 1), "it pauses after a failure"
    serving.cancel()


@pytest.mark.parametrize("turns", range(8))
async def test_a_stop_is_never_lost_however_soon_it_comes_after_a_wake(turns: int) -> None:
    worker = _worker(Queue())
    serving = asyncio.create_task(worker.serve())
    await _turn(20)
    worker.wake()
    await _turn(turns)
    serving.cancel()
    await _turn(20)
    assert serving.cancelled()


async def _turn(times: int) -> None:
    """Let the event loop go round."""
    for _ in range(times):
        await asyncio.sleep(0)


async def test_draining_waits_for_what_runs_and_cancels_what_is_late() -> None:
    gate, cancelled = asyncio.Event(), asyncio.Event()

    async def run(job: str) -> None:
        try:
            await gate.wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    queue = Queue("slow")
    worker = Worker("test", claim=queue.claim, run=run, parallel=1)
    serving = asyncio.create_task(worker.serve())
    await _turn(9)
    serving.cancel()
    await worker.drain(patience=0)
    assert cancelled.is_set()


class Chat:
    """A part that ends so often, each time by the next of these, and then stays up."""

    def __init__(self, *ends: BaseException | None) -> None:
        self.ends = list(ends)
        self.parts = Parts()
        self.details: list[str] = []  # what was known of it at each start
        self.up = asyncio.Event()

    async def run(self) -> None:
        (part,) = self.parts
        self.details.append(part.detail)
        if not self.ends:
            self.up.set()
            await asyncio.Event().wait()
        if end := self.ends.pop(0):
            raise end


@asynccontextmanager
async def supervised(chat: Chat) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(supervise("chat", chat.run, chat.parts, first_pause=0, closed_pause=0))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_whatever_ends_a_part_it_is_started_again_and_it_stands_there_why() -> None:
    deep, gone = RecursionError("deep"), ConnectionError("gone")
    chat = Chat(gone, asyncio.CancelledError(), None, deep, MemoryError(), Closed("x"))
    async with supervised(chat):
        await asyncio.wait_for(chat.up.wait(), 10)
    assert chat.details == [
        "connecting",
        "ConnectionError: gone; starting again",
        "cancelled from inside; starting again",
        "ended by itself; starting again",
        "RecursionError: deep; starting again",
        "MemoryError: ; starting again",
        "x",
    ]


async def test_what_a_person_has_to_mend_is_tried_rarely_and_the_cure_stands_there_until_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept = stop_waiting(monkeypatch, [supervise_module])
    cure = "DISCORD_TOKEN is not accepted: make a new one"
    chat = Chat(Closed(cure), Closed(cure))
    async with supervised_at_its_own_pace(chat):
        await asyncio.wait_for(chat.up.wait(), 10)
    assert slept == [900.0, 900.0]
    assert chat.details[1:] == [cure, cure]


async def test_the_pauses_between_starts_grow_to_five_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    slept = stop_waiting(monkeypatch, [supervise_module])
    chat = Chat(*[OSError("no route")] * 12)
    async with supervised_at_its_own_pace(chat):
        await asyncio.wait_for(chat.up.wait(), 10)
    wholes = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert all(whole / 2 <= pause <= whole for pause, whole in zip(slept, wholes, strict=True))


@asynccontextmanager
async def supervised_at_its_own_pace(chat: Chat) -> AsyncIterator[None]:
    task = asyncio.create_task(supervise("chat", chat.run, chat.parts))
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_ticks_wake_the_workers() -> None:
    async def nothing() -> None: ...

    woken = asyncio.Event()
    scheduler = ticking(woken.set, nothing, nothing, nothing)
    scheduler.start()
    jobs = {job.id: job for job in scheduler.get_jobs()}
    assert jobs["wake"].misfire_grace_time is None
    assert jobs["wake"].coalesce
    jobs["wake"].modify(next_run_time=jobs["wake"].next_run_time - timedelta(seconds=60))  # a late tick still comes
    await asyncio.wait_for(woken.wait(), 10)
    scheduler.shutdown(wait=False)


def test_processes_that_are_gone_are_known() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    mine = this_process()
    machine = mine.split(":")[0]
    assert is_dead(f"{machine}:{ended.pid}:aa:claim")
    assert is_dead(f"{machine}:{os.getpid()}:from-before-us:claim")
    assert not is_dead(f"{mine}:claim")
    assert not is_dead(f"{machine}:{os.getppid()}:aa:claim")
    assert not is_dead("another-machine:1:aa:claim")
    assert not is_dead("nonsense")


async def test_what_an_outage_cut_off_is_given_back_before_anything_is_claimed_once_it_is_over() -> None:
    queue, happened, away = Queue("cut off"), list[str](), True

    async def claim(room: int) -> list[str]:
        happened.append("claim")
        return await queue.claim(room)

    async def run(job: str) -> None:
        if away:
            raise OSError("the database is away")
        await queue.run(job)

    async def release(job: str) -> None:
        happened.append(f"release {job}")
        if away:
            raise OSError("the database is away")
        queue.jobs.append(job)  # anybody may claim it

    worker = Worker("test", claim=claim, run=run, parallel=2, release=release)
    for _ in range(2):
        with pytest.raises(OSError, match="away"):
            await worker.run_due()
    away = False
    assert await worker.run_due() == 1
    assert queue.ran == ["cut off"]
    assert happened[:5] == ["claim", *["release cut off"] * 3, "claim"]
    assert set(happened[5:]) <= {"claim"}
