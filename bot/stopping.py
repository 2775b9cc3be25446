"""How a process comes to its end: on a signal, part by part."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

IMPATIENCE_S = 1.0  # a second Ctrl-C within it is the same one: some terminals and tools send two
Part = Callable[[], Awaitable[None]]
T = TypeVar("T")


class Stopped(Exception):
    """A signal came before the work was done."""


@contextmanager
def stop_on_signals() -> Iterator[asyncio.Event]:
    """An event that SIGINT and SIGTERM set. Wrap the clean-up in it too, so that nothing tears it.

    Whoever asks again a second later gets a hard end: nothing is lost by it, every step is durable by itself.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    first = 0.0

    def ask() -> None:
        nonlocal first
        if stop.is_set() and loop.time() - first > IMPATIENCE_S:
            os._exit(128 + signal.SIGINT)
        first = first or loop.time()
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ask)
    try:
        yield stop
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def until_stopped(parts: Sequence[Part], stop: asyncio.Event) -> None:
    """Run `parts` side by side until `stop` is set, then cancel them and wait for their clean end.

    A part may end by itself (a chat client that needs a person); one that fails stops the others and raises.
    """
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_coroutine(part)) for part in parts]
        await stop.wait()
        for task in tasks:
            task.cancel()


async def unless_stopped(work: Coroutine[Any, Any, T], stop: asyncio.Event) -> T:
    """What `work` comes to. Raises Stopped where `stop` is set before that, once the cancelled work has ended."""
    task, stopped = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
        task.cancel()  # does nothing to work that is done
        await asyncio.wait({task})
    if task.cancelled():
        raise Stopped
    return task.result()


async def _coroutine(part: Part) -> None:
    await part()
