"""Keep a chat client running: what dies is started again, with a growing pause, and takes nothing else down."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.deliver.ports import Closed
from bot.observe import Parts

log = structlog.get_logger()

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
STEADY_S = 120.0  # one that ran this long starts with the first pause again


async def supervise(
    name: str, run: Callable[[], Awaitable[None]], parts: Parts, first_pause: float = FIRST_PAUSE_S
) -> None:
    """Run until cancelled, or until `run` raises Closed: starting again does not help before a person acts."""
    pause = first_pause
    loop = asyncio.get_running_loop()
    while True:
        started = loop.time()
        parts.set(name, ok=False, detail="connecting")
        try:
            await run()
            why = "ended by itself"
        except Closed as error:
            parts.set(name, ok=False, detail=str(error))
            log.warning("chat_stopped", part=name, why=str(error))
            return
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            why = "cancelled from inside"  # an SDK that cancels itself does not end the supervision
        except Exception as error:  # noqa: BLE001 - whatever kills a chat client, the program goes on
            why = f"{type(error).__name__}: {error}"
        pause = first_pause if loop.time() - started > STEADY_S else pause
        parts.set(name, ok=False, detail=f"{why}; starting again")
        log.warning("chat_restarts", part=name, why=why, seconds=pause)
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_S)
