"""One request to a host at a time, and a pause before the next poll: what a publisher's server can expect of a guest.

Known to this process alone: two workers may ask one host at the same moment, each with its own feed of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from bot.model import Source

SPACING = timedelta(seconds=1)
MOST_REMEMBERED = 2_000  # hosts that were asked lately; beyond it those whose pause is over are forgotten


def host_of(url: str) -> str:
    """In lower case; empty where the address cannot be read. Ports and schemes of a host are one server to us."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


@dataclass(slots=True)
class _Lane:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0  # who holds it and who waits for it
    free_at: float = 0.0  # by the loop's clock


class Hosts:
    """`spacing` passes between the end of one request and the next poll of that host. Nothing of this is for an
    `exempt` host, by its name or address: the owner's own servers."""

    def __init__(self, spacing: timedelta = SPACING, exempt: Callable[[str], bool] = lambda host: False) -> None:
        self.spacing = spacing.total_seconds()
        self._exempt = exempt
        self._lanes: dict[str, _Lane] = {}

    def lane_of(self, source: Source, moved_to: str | None = None) -> str:
        """What is polled one after the other: the feeds of one host. A folder is in nobody's way."""
        host = host_of(moved_to or source.url or "")
        return source.id if not host or self._exempt(host) else host

    @asynccontextmanager
    async def turn(self, host: str, *, spaced: bool = True, within: float | None = None) -> AsyncIterator[None]:
        """Wait for the host to be free, and have it to oneself. Without `spaced`, for what belongs to the request
        before (a redirect, the links of a page that somebody asked for), there is no pause. Raises TimeoutError
        after `within` seconds."""
        if self._exempt(host):
            yield
            return
        lane = self._lanes.setdefault(host, _Lane())
        lane.users += 1
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(within):
                await lane.lock.acquire()
            try:
                if spaced and (pause := lane.free_at - loop.time()) > 0:
                    await asyncio.sleep(pause)
                yield
            finally:
                lane.free_at = loop.time() + self.spacing
                lane.lock.release()
        finally:
            lane.users -= 1
            if len(self._lanes) > MOST_REMEMBERED:
                self._forget(loop.time())

    def _forget(self, now: float) -> None:
        self._lanes = {host: lane for host, lane in self._lanes.items() if lane.users or lane.free_at > now}
