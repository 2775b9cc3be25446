"""What a chat client reports of itself, to wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

PATIENCE_S = 20.0


class Heard:
    """All that was said, one after the other."""

    def __init__(self) -> None:
        self.said: list[tuple[bool, str]] = []
        self._news = asyncio.Event()

    def __call__(self, ok: bool, detail: str) -> None:
        self.said.append((ok, detail))
        self._news.set()

    async def until(self, ok: bool, detail: str) -> None:
        """Wait until this is the newest that was said."""
        await self._until(lambda: self.said[-1:] == [(ok, detail)])

    async def times(self, number: int, ok: bool, detail: str) -> None:
        """Wait until this was said so many times."""
        await self._until(lambda: self.said.count((ok, detail)) >= number)

    async def _until(self, happened: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not happened():
                self._news.clear()
                await self._news.wait()
