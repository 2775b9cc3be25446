"""Worker processes for everything that reads strangers' bytes: feeds, web pages, mails.

A parser that loops, eats memory or crashes costs one process, which is killed and replaced, and one Fault.
`concurrent.futures` cannot kill a worker, and `multiprocessing` imports the program's main module again in each;
a plain child process with two pipes does neither, needs no threads, and ends by itself when its pipe closes.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar, cast

from bot.intake.faults import FetchFailed, failed
from bot.intake.fetched import FaultKind
from bot.intake.worker_process import HEADER, Answer, Setup, pack

T = TypeVar("T")

WORKERS = 2
TIME_LIMIT = 10.0  # seconds for one call
MEMORY_LIMIT = 2**30  # bytes of address space of one worker
START_LIMIT = 60.0  # seconds until a new worker must be ready: it imports the parsers, on a machine that may be busy
MAX_ANSWER = 128 * 2**20  # bytes of one pickled result
MOST_CALLS = 2_000  # of one worker: what the libraries leak in so many is little
MOST_RESIDENT = 256 * 2**20  # bytes that an idle worker may hold on to; one that has read pages has about 120 MiB
PRELOAD = ("feedparser",)  # imported while a worker starts, so that no call pays for it

# The child gets our import path as its arguments; -I keeps everything else of its surroundings out.
_CHILD = "import sys; sys.path[:] = sys.argv[1:]; from bot.intake.worker_process import main; main()"


class WorkerPool:
    """Use as an async context manager. Workers start when first needed and are used again.

    `limit` in seconds for one call, `memory` in bytes of address space for each worker; `preload` names modules that
    they import at the start. `on_end` hears of each worker that was ended by its call or died, and will be replaced;
    one that has done `calls` or holds on to MOST_RESIDENT is replaced too, which is no trouble.
    """

    def __init__(
        self,
        *,
        workers: int = WORKERS,
        limit: float = TIME_LIMIT,
        memory: int = MEMORY_LIMIT,
        preload: tuple[str, ...] = PRELOAD,
        calls: int = MOST_CALLS,
        on_end: Callable[[], None] = lambda: None,
    ) -> None:
        self._limit = limit
        self._calls = calls
        self._on_end = on_end
        self._free = asyncio.Semaphore(workers)
        self._setup = Setup(preload=preload, memory=memory)
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()
        self._closed = False

    async def __aenter__(self) -> WorkerPool:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends every worker; calls that are under way fail."""
        self._closed = True
        busy = [worker.kill() for worker in self._busy]
        await asyncio.gather(*busy, *(worker.stop() for worker in self._idle))
        self._idle.clear()

    async def run_to_end(self, function: Callable[..., T], *args: object, subject: str, limit: float) -> T:
        """As `run`. Who waits no longer does not end a call that has begun: that would cost the pool its worker."""
        begun = asyncio.Event()
        call = asyncio.ensure_future(self.run(function, *args, subject=subject, limit=limit, on_begin=begun.set))
        call.add_done_callback(_seen)
        try:
            return await asyncio.shield(call)
        except asyncio.CancelledError:
            if not begun.is_set():
                call.cancel()
            raise

    async def run(
        self,
        function: Callable[..., T],
        *args: object,
        subject: str,
        limit: float | None = None,
        on_begin: Callable[[], None] = lambda: None,
    ) -> T:
        """`function(*args)` in a worker; function, arguments and result must be picklable.

        `subject` names the input in messages; `limit` (seconds, else the pool's) does not count the wait for a free
        worker. Raises FetchFailed when the function raises anything, overruns its time or memory, or takes its
        process down.
        """
        async with self._free:
            on_begin()
            worker = await self._take(subject)
            self._busy.add(worker)
            try:
                answer = await worker.call(function, args, subject, limit or self._limit)
            except BaseException as error:  # overrun, crash or cancellation: its state is not known any more
                if isinstance(error, FetchFailed):
                    self._on_end()
                await asyncio.shield(worker.stop())
                raise
            finally:
                self._busy.discard(worker)
            if self._closed or worker.calls >= self._calls or answer.resident > MOST_RESIDENT:
                await worker.stop()
            else:
                self._idle.append(worker)
        if answer.done:
            return cast("T", answer.result)
        raise FetchFailed(answer.result)

    async def _take(self, subject: str) -> _Worker:
        if self._closed:
            raise failed(FaultKind.UNREADABLE, f"{subject}: not read, the program is ending")
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                return worker
            self._on_end()
            await worker.stop()
        return await _Worker.start(self._setup, subject)


def _seen(call: asyncio.Future[Any]) -> None:
    """Of a call that nobody waits for any more nobody asks for the error."""
    if not call.cancelled():
        call.exception()


class _Worker:
    """One child process, one call at a time."""

    def __init__(self, process: Process) -> None:
        self.calls = 0
        self._process = process
        self._requests = cast("asyncio.StreamWriter", process.stdin)
        self._answers = cast("asyncio.StreamReader", process.stdout)

    @classmethod
    async def start(cls, setup: Setup, subject: str) -> _Worker:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-W", "ignore", "-c", _CHILD, *sys.path,
            stdin=PIPE, stdout=PIPE, limit=2**20,
            process_group=0,  # out of reach of the terminal's Ctrl-C, also before the child can ignore it
        )  # fmt: skip
        worker = cls(process)
        try:
            async with asyncio.timeout(START_LIMIT):
                await worker._exchange(setup)
        except BaseException as error:
            await asyncio.shield(worker.stop())
            if isinstance(error, TimeoutError | EOFError | OSError):
                message = f"{subject}: not read, since no worker process starts; its own error output says why"
                raise failed(FaultKind.UNREADABLE, message) from error
            raise
        return worker

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def call(
        self, function: Callable[..., object], args: tuple[object, ...], subject: str, seconds: float
    ) -> Answer:
        self.calls += 1
        try:
            async with asyncio.timeout(seconds):
                return await self._exchange((function, args, subject, seconds))
        except TimeoutError:
            message = f"{subject}: reading it took longer than {seconds:g} s and was stopped"
            raise failed(FaultKind.TIMEOUT, message) from None
        except (EOFError, OSError) as error:
            message = f"{subject}: the process that read it crashed or ran out of memory"
            raise failed(FaultKind.UNREADABLE, message) from error

    async def kill(self) -> None:
        """End the process; whoever waits for its answer gets EOFError."""
        self._signal()
        await self._process.wait()

    async def stop(self) -> None:
        """End the process and let go of its pipes. Only while no call is waiting."""
        self._signal()
        await self._process.communicate()

    def _signal(self) -> None:
        # Not Process.kill(): before Python 3.13.1 it reaps a child that has just died, behind asyncio's back
        # (https://github.com/python/cpython/issues/127049).
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)

    async def _exchange(self, message: object) -> Answer:
        self._requests.write(pack(message))
        await self._requests.drain()
        (size,) = HEADER.unpack(await self._answers.readexactly(HEADER.size))
        if size > MAX_ANSWER:
            raise EOFError(f"an answer of {size} bytes")
        answer: Answer = pickle.loads(await self._answers.readexactly(size))  # noqa: S301  # from our child
        return answer
