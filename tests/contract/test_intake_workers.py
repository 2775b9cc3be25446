"""Worker processes: whatever one call does, the next one is served."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.intake.faults import FetchFailed
from bot.intake.fetched import Fault, FaultKind
from bot.intake.workers import WorkerPool
from tests.fakes import jobs


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    async with WorkerPool(preload=()) as opened:
        yield opened


async def fault_of(pool: WorkerPool, job: Callable[..., Any], *args: object, limit: float = 10.0) -> Fault:
    with pytest.raises(FetchFailed) as caught:
        await pool.run(job, *args, subject="the cake feed", limit=limit)
    assert "the cake feed" in caught.value.fault.message or caught.value.fault.kind is FaultKind.NOT_A_FEED
    return caught.value.fault


def running(pid: int) -> bool:
    """Whether a process is there and not merely waiting to be reaped."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def gone_within(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while running(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not running(pid)


async def test_a_worker_runs_the_function_elsewhere_and_is_used_again(pool: WorkerPool) -> None:
    first = await pool.run(jobs.process_id, subject="x")
    second = await pool.run(jobs.process_id, subject="x")
    assert first == second != os.getpid()


async def test_large_arguments_and_results_cross_the_pipes(pool: WorkerPool) -> None:
    body = os.urandom(5 * 2**20)
    assert await pool.run(bytes, body, subject="x") == body


async def test_calls_run_side_by_side_up_to_the_number_of_workers() -> None:
    async with WorkerPool(workers=2, preload=()) as pool:
        pids = await asyncio.gather(*(pool.run(jobs.process_id, subject="x") for _ in range(6)))
    assert len(set(pids)) == 2


async def test_what_a_function_prints_does_not_garble_its_answer(pool: WorkerPool) -> None:
    assert await pool.run(jobs.chatter, subject="x") == "said"


async def test_an_exception_becomes_a_fault_that_names_the_subject(pool: WorkerPool) -> None:
    fault = await fault_of(pool, jobs.complain, "odd\nbytes")
    assert fault == Fault(
        kind=FaultKind.UNREADABLE, message="the cake feed: it cannot be read (ValueError: odd bytes)"
    )


async def test_a_fault_that_the_function_raises_comes_through_as_it_is(pool: WorkerPool) -> None:
    assert await fault_of(pool, jobs.refuse) == Fault(kind=FaultKind.NOT_A_FEED, message="this is a cake")


@pytest.mark.parametrize(
    ("job", "kind"),
    [
        (jobs.spin, FaultKind.TIMEOUT),
        (jobs.crash, FaultKind.UNREADABLE),
        (jobs.eat_memory, FaultKind.TOO_LARGE),
        (jobs.eat_memory_slowly, FaultKind.TOO_LARGE),
        (jobs.recurse, FaultKind.UNREADABLE),
    ],
)
async def test_a_bad_job_costs_itself_only(job: Callable[[], Any], kind: FaultKind) -> None:
    async with WorkerPool(workers=1, preload=(), memory=512 * 2**20) as pool:
        fault = await fault_of(pool, job, limit=0.3 if job is jobs.spin else 20.0)
        assert fault.kind is kind
        assert await pool.run(abs, -1, subject="the next one") == 1


async def test_a_worker_that_died_while_idle_is_replaced(pool: WorkerPool) -> None:
    pid = await pool.run(jobs.process_id, subject="x")
    os.kill(pid, signal.SIGKILL)
    while True:  # the event loop has to hear of it; until then a call may fail, but only with a fault
        await asyncio.sleep(0.01)
        with contextlib.suppress(FetchFailed):
            replaced = await pool.run(jobs.process_id, subject="x")
            break
    assert replaced != pid


async def test_a_worker_that_has_done_its_calls_is_replaced_without_complaint() -> None:
    ended: list[str] = []
    async with WorkerPool(workers=1, preload=(), calls=2, on_end=lambda: ended.append("ended")) as pool:
        pids = [await pool.run(jobs.process_id, subject="x") for _ in range(5)]
    assert pids[0] == pids[1] != pids[2] == pids[3] != pids[4]
    assert ended == []


async def test_a_worker_that_holds_on_to_memory_is_replaced(pool: WorkerPool) -> None:
    first = await pool.run(jobs.hoard, subject="x")
    assert not running(first)
    assert await pool.run(jobs.process_id, subject="x") != first


async def test_ctrl_c_does_not_reach_a_worker(pool: WorkerPool) -> None:
    pid = await pool.run(jobs.process_id, subject="x")
    assert os.getpgid(pid) != os.getpgid(0)
    os.kill(pid, signal.SIGINT)
    assert await pool.run(jobs.process_id, subject="x") == pid


async def test_a_cancelled_call_takes_its_worker_along(pool: WorkerPool) -> None:
    pid = await pool.run(jobs.process_id, subject="x")
    call = asyncio.create_task(pool.run(jobs.nap, 60.0, subject="x", limit=90.0))
    await asyncio.sleep(0.05)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert not running(pid)
    assert await pool.run(abs, -1, subject="the next one") == 1


async def test_closing_ends_idle_and_busy_workers_and_takes_no_more_calls() -> None:
    async with WorkerPool(workers=2, preload=()) as pool:
        pids = await asyncio.gather(*(pool.run(jobs.process_id, subject="x") for _ in range(2)))
        call = asyncio.create_task(fault_of(pool, jobs.nap, 60.0, limit=90.0))
        await asyncio.sleep(0.05)
    assert not any(running(pid) for pid in pids)
    assert (await call).kind is FaultKind.UNREADABLE
    assert "ending" in (await fault_of(pool, abs, -1)).message


_PARENT = """
import asyncio, os, signal, sys
from bot.intake.workers import WorkerPool
from tests.fakes import jobs

async def main():
    pool = WorkerPool(preload=())
    pid = await pool.run(jobs.process_id, subject="x")
    print(pid, flush=True)
    if sys.argv[1] == "busy":
        asyncio.get_running_loop().create_task(pool.run(jobs.spin, subject="x", limit=0.5))
        await asyncio.sleep(0.2)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


@pytest.mark.parametrize("state", ["idle", "busy"])
def test_a_worker_ends_when_its_parent_is_killed(state: str) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    parent = subprocess.run(
        [sys.executable, "-c", _PARENT, state], env=environment, capture_output=True, text=True, check=False
    )
    assert parent.returncode == -signal.SIGKILL, parent.stderr
    assert gone_within(int(parent.stdout), seconds=20)


async def test_who_gives_up_in_the_queue_leaves_it_and_who_gives_up_later_costs_no_worker() -> None:
    async with WorkerPool(preload=(), workers=1) as pool:
        worker = await pool.run(jobs.process_id, subject="feed")
        calls = [asyncio.create_task(pool.run_to_end(jobs.nap, 0.2, subject="page", limit=20.0)) for _ in range(200)]
        await asyncio.sleep(0.05)  # the first has begun
        for call in calls:
            call.cancel()
        assert await pool.run(jobs.process_id, subject="feed") == worker
