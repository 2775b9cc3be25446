"""The processes of the program, each in a group of its own, started and killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).resolve().parents[2]


class Running(Protocol):
    """A process of the program."""

    pid: int

    async def wait(self) -> object:
        """Until it has ended and nobody can take it for alive."""
        ...


class Starter(Protocol):
    """A way to start `tradewire` with arguments, an environment and a file for what it prints."""

    async def __call__(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> Running: ...


async def from_scratch(arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> Process:
    """`python -m bot`, as anybody starts it."""
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", *arguments,
            cwd=ROOT, env={**os.environ, **environment}, stdin=DEVNULL, stdout=output, stderr=output,
            start_new_session=True,
        )  # fmt: skip


class _Forked:
    """A process that `warm` forked and reaps."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    async def wait(self) -> None:
        while True:
            try:
                os.kill(self.pid, 0)
            except ProcessLookupError:
                return
            await asyncio.sleep(0.005)


@asynccontextmanager
async def forked() -> AsyncIterator[Starter]:
    """A starter that forks the program from a process that has imported it: a start costs a fifth."""
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.crash.warm", cwd=ROOT, stdin=PIPE, stdout=PIPE
    )
    calls, answers = parent.stdin, parent.stdout
    assert calls is not None
    assert answers is not None
    one_at_a_time = asyncio.Lock()

    async def start(arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> Running:
        async with one_at_a_time:
            wish = {"arguments": list(arguments), "environment": dict(environment), "log": str(log)}
            calls.write(json.dumps(wish).encode() + b"\n")
            await calls.drain()
            return _Forked(int(await answers.readline()))

    try:
        yield start
    finally:
        calls.close()
        await parent.wait()


class Fleet:
    """`workers` processes: the first listens to chats too. `starts` counts."""

    def __init__(
        self, start: Starter, workers: int, config: Path, environment: Mapping[str, str], logs: Path
    ) -> None:
        self._start = start
        self._config = config
        self._environment = environment
        self._logs = logs
        self._running: dict[int, Running] = {}
        self.numbers = range(workers)
        self.starts = 0
        self.ended: list[str] = []  # processes that were not there any more when they were to be killed

    async def start(self, number: int) -> None:
        role = "worker" if number else "all"
        log = self._logs / f"process-{number}.log"
        arguments = ["run", "--config", str(self._config), "--role", role]
        self._running[number] = await self._start(arguments, self._environment, log)
        self.starts += 1

    def kill(self, numbers: Sequence[int]) -> None:
        """SIGKILL, at once; `bury` has to follow."""
        for number in numbers:
            try:
                os.killpg(self._running[number].pid, signal.SIGKILL)
            except ProcessLookupError:
                self.ended.append(f"process {number} ended by itself; its log says why")

    async def bury(self, numbers: Sequence[int]) -> None:
        await asyncio.gather(*(self._running.pop(number).wait() for number in numbers))

    async def stop(self) -> None:
        """Kill what runs."""
        numbers = list(self._running)
        self.kill(numbers)
        await self.bury(numbers)
