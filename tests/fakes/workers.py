"""Worker processes that all bots of a test run share.

Starting one costs a tenth of a second of work, and hundreds of tests start a bot. The pool is the real one; it lives
in a thread of its own, since each test has its own event loop and a process belongs to the loop that started it.
What a pool does with its workers is tested in `test_intake_workers`, with pools of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from types import TracebackType
from typing import TypeVar

from bot.intake.workers import WorkerPool

T = TypeVar("T")


@contextmanager
def shared_workers() -> Iterator[type[WorkerPool]]:
    """What stands in for WorkerPool: however many are opened, the same processes serve them."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="shared-workers")
    thread.start()
    shared = WorkerPool()

    class Lent(WorkerPool):
        """Its owner's limit of time, and nothing after it is closed."""

        async def __aexit__(
            self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
        ) -> None:
            self._closed = True

        async def run(
            self,
            function: Callable[..., T],
            *args: object,
            subject: str,
            limit: float | None = None,
            on_begin: Callable[[], None] = lambda: None,
        ) -> T:
            assert not self._closed, f"{subject} is read by a bot that has ended"
            on_begin()
            call = shared.run(function, *args, subject=subject, limit=limit or self._limit)
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(call, loop))

    try:
        yield Lent
    finally:
        asyncio.run_coroutine_threadsafe(shared.__aexit__(None, None, None), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
