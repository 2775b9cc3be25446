"""Jobs of one lane run one after the other, and hold up no other lane."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from bot.worker import Worker


class Job(NamedTuple):
    host: str
    number: int


def worker(jobs: list[Job], run: Callable[[Job], Awaitable[None]], parallel: int = 4) -> Worker[Job]:
    """Claims the jobs of lanes that are free, as the service does."""

    async def claim(room: int) -> list[Job]:
        free = [job for job in jobs if job.host not in polls.busy][:room]
        for job in free:
            jobs.remove(job)
        return free

    polls = Worker("polls", claim=claim, run=run, parallel=parallel, lane=lambda job: job.host)
    return polls


async def test_jobs_of_one_lane_run_in_turn() -> None:
    order: list[int] = []
    running: set[Job] = set()

    async def run(job: Job) -> None:
        running.add(job)
        assert running == {job}
        await asyncio.sleep(0)
        order.append(job.number)
        running.clear()

    await worker([Job("a", number) for number in range(10)], run).run_due()
    assert order == list(range(10))


async def test_a_lane_that_hangs_leaves_room_for_the_others() -> None:
    answered, hang = asyncio.Event(), asyncio.Event()

    async def run(job: Job) -> None:
        if job.host == "slow":
            await hang.wait()
        else:
            answered.set()

    polls = worker([*(Job("slow", number) for number in range(20)), Job("wire", 1)], run, parallel=2)
    serving = asyncio.create_task(polls.serve())
    polls.wake()
    async with asyncio.timeout(20):
        while not answered.is_set():
            polls.wake()
            await asyncio.sleep(0)
    assert "slow" in polls.busy
    serving.cancel()
    hang.set()
    await asyncio.gather(serving, return_exceptions=True)
    await polls.drain(20)


async def test_a_job_that_fails_does_not_stop_those_behind_it() -> None:
    ran: list[int] = []

    async def run(job: Job) -> None:
        if job.number == 0:
            raise ValueError("odd")
        ran.append(job.number)

    await worker([Job("a", 0), Job("a", 1)], run).run_due()
    assert ran == [1]


async def test_on_a_stop_nothing_more_of_a_lane_is_begun() -> None:
    begun: list[int] = []
    first, go_on = asyncio.Event(), asyncio.Event()

    async def run(job: Job) -> None:
        begun.append(job.number)
        first.set()
        await go_on.wait()

    polls = worker([Job("wire", number) for number in range(4)], run)
    serving = asyncio.create_task(polls.serve())
    await first.wait()
    serving.cancel()
    stopping = asyncio.create_task(polls.drain(20))
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(serving, stopping, return_exceptions=True)
    assert begun == [0]
