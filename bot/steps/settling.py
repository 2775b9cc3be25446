"""Polls that brought nothing, settled together: most are such, and a transaction costs more than what it writes.

Those that end within GATHER_S, or while one transaction runs, are settled by the next.
"""

from __future__ import annotations

import asyncio

from bot.store import feeds
from bot.store.engine import Database
from bot.store.feeds import Quiet

GATHER_S = 0.005  # of no news: nobody waits for it


class Settling:
    """Of one process; on its event loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[Quiet, asyncio.Future[bool]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def settle(self, quiet: Quiet) -> bool:
        """False, with nothing written, where the lease was lost. Raises what the transaction raises."""
        settled: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((quiet, settled))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        return await settled

    async def _write(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(GATHER_S)
                together, self._waiting = self._waiting, []
                await self._write_together(together)
        finally:
            self._writing = None

    async def _write_together(self, together: list[tuple[Quiet, asyncio.Future[bool]]]) -> None:
        try:
            kept = await self._database.write_lazily(feeds.settle_quiet, [quiet for quiet, _ in together])
        except Exception as error:  # noqa: BLE001 - each of those who wait hears of it
            outcomes: list[bool | Exception] = [error] * len(together)
        else:
            outcomes = [quiet.source_id in kept for quiet, _ in together]
        for (_, settled), outcome in zip(together, outcomes, strict=True):
            if settled.done():  # nobody waits any more
                continue
            if isinstance(outcome, Exception):
                settled.set_exception(outcome)
            else:
                settled.set_result(outcome)
