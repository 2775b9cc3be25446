"""Claim what is due, run it, let it commit; on a stop, take nothing new and let what runs end.

The same loop serves sources and destinations. A tick (schedule.py) or new work wakes it; the truth of what is due
is in the rows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Generic, TypeVar

import structlog

log = structlog.get_logger()

Job = TypeVar("Job")

FALLBACK_TICK_S = 5.0
CLAIM_PAUSE_S = 5.0  # after a claim that failed: the database is away, and asking faster does not bring it back


class Worker(Generic[Job]):
    """Runs up to `parallel` jobs at once; `claim(n)` leases at most n that are due."""

    def __init__(
        self,
        name: str,
        *,
        claim: Callable[[int], Awaitable[list[Job]]],
        run: Callable[[Job], Awaitable[None]],
        parallel: int,
    ) -> None:
        self.name = name
        self._claim = claim
        self._run = run
        self._parallel = parallel
        self._wake = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Look for due work now."""
        self._wake.set()

    async def serve(self) -> None:
        """Work until cancelled. Jobs that run then go on; `drain` waits for them."""
        while True:
            self._wake.clear()
            try:
                await self._claim_and_start()
            except Exception as error:
                log.exception("claim_failed", worker=self.name, error=str(error))
                await asyncio.sleep(CLAIM_PAUSE_S)
            with suppress(TimeoutError):  # the scheduler goes by the wall clock, which may be set back
                # Not `asyncio.wait_for`: before Python 3.12 it loses a cancellation that comes just after the event.
                # https://github.com/python/cpython/issues/86296
                async with asyncio.timeout(FALLBACK_TICK_S):
                    await self._wake.wait()

    async def run_due(self) -> int:
        """Do all that is due now and all that becomes due by it; returns how many jobs ran."""
        total = 0
        while started := await self._claim_and_start():
            total += started
            await asyncio.gather(*self._running)
        return total

    async def drain(self, patience: float) -> None:
        """Wait `patience` seconds for the jobs that run, then cancel the rest: their leases expire by themselves."""
        if not self._running:
            return
        _, late = await asyncio.wait(self._running, timeout=patience)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _claim_and_start(self) -> int:
        room = self._parallel - len(self._running)
        jobs = await self._claim(room) if room > 0 else []
        for job in jobs:
            task = asyncio.create_task(self._guarded(job), name=f"{self.name}:{job}")
            self._running.add(task)
            task.add_done_callback(self._ended)
        return len(jobs)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self.wake()

    async def _guarded(self, job: Job) -> None:
        """One bad job never stops the others."""
        try:
            await self._run(job)
        except Exception as error:
            log.exception("job_failed", worker=self.name, job=str(job), error=str(error))
