"""Keep a chat client running: what dies is started again, with a growing pause, and takes nothing else down."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.backoff import Backoff
from bot.deliver.ports import Closed
from bot.observe.health import Parts

log = structlog.get_logger()

FIRST_PAUSE_S = 1.0
# Discord lets a bot begin 1,000 sessions a day, and takes its token away after that: these are at most 600 of them.
# https://docs.discord.com/developers/events/gateway#session-start-limit
LONGEST_PAUSE_S = 300.0
STEADY_S = 120.0  # one that ran this long starts with the first pause again
CLOSED_PAUSE_S = 900.0  # a person has to act first, who need not start the program again for it


async def supervise(
    name: str,
    run: Callable[[], Awaitable[None]],
    parts: Parts,
    *,
    first_pause: float = FIRST_PAUSE_S,
    closed_pause: float = CLOSED_PAUSE_S,
) -> None:
    """Run until cancelled. Whatever ends `run`, `parts` says why, with the cure where `run` raised Closed.

    `first_pause` is before the first new start and doubles up to LONGEST_PAUSE_S; `closed_pause` is after Closed.
    """
    backoff = Backoff(first_pause, max(first_pause, LONGEST_PAUSE_S))
    loop = asyncio.get_running_loop()
    parts.set(name, ok=False, detail="connecting")
    while True:
        started = loop.time()
        why, closed = await _end_of(run)
        if loop.time() - started > STEADY_S:
            backoff.reset()
        pause = closed_pause if closed else backoff.pause()
        parts.set(name, ok=False, detail=why if closed else f"{why}; starting again")
        log.warning("chat_stopped" if closed else "chat_restarts", part=name, why=why, seconds=round(pause, 1))
        await asyncio.sleep(pause)  # until it reports itself connected, `parts` goes on saying why it is not


async def _end_of(run: Callable[[], Awaitable[None]]) -> tuple[str, bool]:
    """Why it ended, and whether a person has to act before it goes on. Raises only where we are to end ourselves."""
    try:
        await run()
    except Closed as error:
        return str(error), True
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        return "cancelled from inside", False  # an SDK that cancels itself does not end the supervision
    except Exception as error:  # noqa: BLE001 - whatever kills a chat client, the program goes on
        return f"{type(error).__name__}: {error}", False
    return "ended by itself", False
