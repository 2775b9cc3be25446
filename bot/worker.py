"""Claim what is due, run it, let it commit; on a stop, take nothing new and let what runs end.

The same loop serves sources and destinations. A tick (schedule.py) or new work wakes it; the truth of what is due
is in the rows.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Generic, TypeVar, cast

import structlog

from bot.observe.complaint import Complaint, first_line, is_outage

log = structlog.get_logger()

Job = TypeVar("Job")

FALLBACK_TICK_S = 5.0
AHEAD_S = 0.25  # what is claimed ahead would begin within about so long: others might do it meanwhile
MOST_AHEAD = 64  # jobs: a claim is one short transaction
CLAIM_PAUSE_S = 5.0  # after a claim that failed: the database is away, and asking faster does not bring it back


async def _holds_nothing(job: object) -> None:
    """Of a job without a lease."""


class Worker(Generic[Job]):
    """Runs up to `parallel` jobs at once; `claim(n)` leases at most n that are due.

    Those of one claim that have the same `lane` run one after the other, as one: a claim of `busy` lanes is to be
    avoided by whoever makes it, or two would run side by side after all.

    `in_batches` is for jobs so short that their claims would cost as much. More are claimed than there is room for:
    as many as begin within AHEAD_S, going by how fast those before them ended. And who ends asks for no claim where
    the last one found less than it would have taken: what is due since then is for the next tick.

    `release` gives back what a job holds that an outage cut off: it is asked when claims work again, so that nobody
    has to wait for leases to end by time. `on_round` hears of every round of `serve` that went well: every few
    seconds at least, while the database answers.
    """

    def __init__(
        self,
        name: str,
        *,
        claim: Callable[[int], Awaitable[list[Job]]],
        run: Callable[[Job], Awaitable[None]],
        parallel: int,
        release: Callable[[Job], Awaitable[None]] = _holds_nothing,
        on_round: Callable[[], None] = lambda: None,
        lane: Callable[[Job], str] | None = None,
        in_batches: bool = False,
    ) -> None:
        self.name = name
        self._in_batches = in_batches
        self._lane = lane
        self._release = release
        self._cut_off: list[Job] = []
        self._on_round = on_round
        self._claim = claim
        self._run = run
        self._parallel = parallel
        self._wake = asyncio.Event()
        self._stopping = False
        self._claiming: asyncio.Future[list[Job]] | None = None
        self._running: dict[asyncio.Task[None], str] = {}
        self._ahead: deque[tuple[str, list[Job]]] = deque()  # claimed lanes for which there is no room yet
        self._is_more = True  # due, for all that the last claim told
        self._done, self._lately = 0, 0.0  # jobs since the last claim; about those of AHEAD_S up to it
        self._counted_at = 0.0  # by the loop's clock

    @property
    def busy(self) -> frozenset[str]:
        """The lanes in which a job runs or waits for its turn."""
        return frozenset(self._running.values()) | {lane for lane, _ in self._ahead}

    def wake(self) -> None:
        """Look for due work now."""
        self._wake.set()

    async def serve(self) -> None:
        """Work until cancelled. Jobs that run then go on; `drain` waits for them."""
        self._stopping = False
        complaint = Complaint("claim_failed", worker=self.name)
        while True:
            self._wake.clear()
            try:
                await self._claim_and_start()
                self._on_round()
            except Exception as error:  # noqa: BLE001 - it is said, and tried again
                complaint.raised(error)
                await asyncio.sleep(CLAIM_PAUSE_S)
            else:
                complaint.over()
            with suppress(TimeoutError):  # the scheduler goes by the wall clock, which may be set back
                # Not `asyncio.wait_for`: before Python 3.12 it loses a cancellation that comes just after the event.
                # https://github.com/python/cpython/issues/86296
                async with asyncio.timeout(FALLBACK_TICK_S):
                    await self._wake.wait()

    async def run_due(self) -> int:
        """Do all that is due now and all that becomes due by it; returns how many jobs ran."""
        self._stopping = False
        total = 0
        begun: set[asyncio.Task[None]] = set()
        while (started := await self._claim_and_start()) or begun or self._running:
            total += started
            begun |= self._running.keys()
            if not started:  # one that hangs holds up nobody: whoever ends makes room
                ended, begun = await asyncio.wait(begun, return_when=asyncio.FIRST_COMPLETED)
                for task in ended:
                    task.result()  # what no guard holds, as the end of the program, comes through
        return total

    async def settled(self) -> None:
        """Wait for the end of the jobs that run now."""
        if self._running:
            await asyncio.wait(list(self._running))

    async def drain(self, patience: float) -> None:
        """Wait `patience` seconds for the jobs that run, then cancel the rest.

        What has been leased and not begun is not begun any more: the leases are to be released after this.
        """
        self._stopping = True
        self._ahead.clear()
        busy: set[asyncio.Future[Any]] = {*self._running, *([self._claiming] if self._claiming else [])}
        if not busy:
            return
        _, late = await asyncio.wait(busy, timeout=patience)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _claim_and_start(self) -> int:
        room = self._parallel - len(self._running)
        jobs = await self._claimed(room + self._beyond()) if room > 0 and not self._ahead else []
        self._ahead.extend(self._by_lane(jobs).items())
        while self._ahead and len(self._running) < self._parallel:
            lane, together = self._ahead.popleft()
            task = asyncio.create_task(self._work_off(lane, together), name=f"{self.name}:{lane}")
            self._running[task] = lane
            task.add_done_callback(self._ended)
        return len(jobs)

    def _beyond(self) -> int:
        """How many jobs more than there is room for are claimed now."""
        if not self._in_batches:
            return 0
        now = asyncio.get_running_loop().time()
        took, self._counted_at, done, self._done = now - self._counted_at, now, self._done, 0
        # Two slow ones that end within a millisecond are no sign of quick ones: the time before counts as well.
        self._lately = self._lately * math.exp(-took / AHEAD_S) + done * AHEAD_S / max(took, AHEAD_S)
        return min(int(self._lately), MOST_AHEAD)

    def _by_lane(self, jobs: Sequence[Job]) -> dict[str, list[Job]]:
        lanes: dict[str, list[Job]] = {}
        for number, job in enumerate(jobs):
            lanes.setdefault(self._lane(job) if self._lane else f"{job} {number}", []).append(job)
        return lanes

    async def _claimed(self, room: int) -> list[Job]:
        """In a task of its own: a stop ends the waiting for it, but the leases it takes are taken all the same."""
        self._claiming = asyncio.ensure_future(self._release_and_claim(room))
        self._claiming.add_done_callback(_seen)
        jobs = await asyncio.shield(self._claiming)
        self._is_more = len(jobs) >= room or not self._in_batches
        return jobs

    async def _release_and_claim(self, room: int) -> list[Job]:
        while self._cut_off:
            await self._release(self._cut_off[-1])
            self._cut_off.pop()
        return await self._claim(room)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        if self._is_more:
            self.wake()

    async def _work_off(self, lane: str, jobs: Sequence[Job]) -> None:
        """One lane after the other, as long as some are waiting."""
        task = cast("asyncio.Task[None]", asyncio.current_task())
        await self._in_turn(jobs)
        while self._ahead and not self._stopping:
            self._running[task], jobs = self._ahead.popleft()
            await self._in_turn(jobs)

    async def _in_turn(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            if not self._stopping:
                await self._guarded(job)
                self._done += 1

    async def _guarded(self, job: Job) -> None:
        """One bad job never stops the others."""
        try:
            await self._run(job)
        except Exception as error:
            if is_outage(error):
                self._cut_off.append(job)
                log.warning("job_failed", worker=self.name, job=str(job), why=first_line(error))
            else:
                log.exception("job_failed", worker=self.name, job=str(job), error=str(error))


class Workers(Generic[Job]):
    """Several workers as one, each with jobs of its own kind: where one kind waits, the others go on."""

    def __init__(self, workers: Mapping[str, Worker[Job]]) -> None:
        self._workers = workers  # by kind

    def wake(self, kind: str | None = None) -> None:
        """Those of one kind, or all. A kind that is not ours wakes nobody."""
        for name, worker in self._workers.items():
            if kind in {None, name}:
                worker.wake()

    async def serve(self) -> None:
        async with asyncio.TaskGroup() as group:
            for worker in self._workers.values():
                group.create_task(worker.serve())

    async def run_due(self) -> int:
        total = 0
        while ran := sum(await asyncio.gather(*(worker.run_due() for worker in self._workers.values()))):
            total += ran
        return total

    async def settled(self) -> None:
        await asyncio.gather(*(worker.settled() for worker in self._workers.values()))

    async def drain(self, patience: float) -> None:
        await asyncio.gather(*(worker.drain(patience) for worker in self._workers.values()))


def _seen(claim: asyncio.Future[Any]) -> None:
    """Of a claim that failed after a stop nobody asks for the error."""
    if not claim.cancelled():
        claim.exception()
