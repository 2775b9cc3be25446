"""Commands that are being done, so that a stop lets them answer."""

from __future__ import annotations

import asyncio

DRAIN_WITHIN = 1.0  # seconds that they get


class Working:
    """The tasks of one chat client that do something for somebody."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def join(self) -> None:
        """The task that runs now belongs to them, until it ends."""
        if task := asyncio.current_task():
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def drain(self) -> None:
        """Wait for them, though not for long: what is late is cancelled."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=DRAIN_WITHIN)
            for task in late:
                task.cancel()
