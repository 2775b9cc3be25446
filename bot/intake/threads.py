"""Blocking calls that may hang for long, kept off the event loop and off the way out of the program."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def in_daemon_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of `function`, run in a thread of its own.

    Unlike `asyncio.to_thread`, a call that hangs (a dead name server, a network folder that is gone) takes no
    place from other work, and neither `asyncio.run` nor the interpreter waits for it at the end.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def settle(result: Callable[[], None]) -> None:
        if not answer.done():  # done: whoever asked was cancelled meanwhile
            result()

    def report(result: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, result)

    def work() -> None:
        try:
            value = function(*args, **kwargs)
        except Exception as error:  # noqa: BLE001  # handed to whoever awaits
            failure = error
            report(lambda: answer.set_exception(failure))
        else:
            report(lambda: answer.set_result(value))

    threading.Thread(target=work, name=f"blocking-{getattr(function, '__name__', 'call')}", daemon=True).start()
    return await answer
