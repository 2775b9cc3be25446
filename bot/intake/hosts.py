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


def lane_of(source: Source) -> str:
    """What is polled one after the other: the feeds of one host. A folder is in nobody's way."""
    return host_of(source.url or "") or source.id


@dataclass(slots=True)
class _Lane:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0  # who holds it and who waits for it
    free_at: float = 0.0  # by the loop's clock


class Hosts:
    """`spacing` passes between the end of one request and the next poll of that host; an `exempt` host, by its name
    or address, is asked again at once, though never twice at the same time."""

    def __init__(self, spacing: timedelta = SPACING, exempt: Callable[[str], bool] = lambda host: False) -> None:
        self._spacing = spacing.total_seconds()
        self._exempt = exempt
        self._lanes: dict[str, _Lane] = {}

    @asynccontextmanager
    async def turn(self, host: str, *, spaced: bool = True) -> AsyncIterator[None]:
        """Wait for the host to be free, and have it to oneself. Without `spaced`, for what belongs to the request
        before (a redirect, the links of a page that somebody asked for), there is no pause."""
        lane = self._lanes.setdefault(host, _Lane())
        lane.users += 1
        loop = asyncio.get_running_loop()
        try:
            async with lane.lock:
                if spaced and not self._exempt(host) and (pause := lane.free_at - loop.time()) > 0:
                    await asyncio.sleep(pause)
                try:
                    yield
                finally:
                    lane.free_at = loop.time() + self._spacing
        finally:
            lane.users -= 1
            if len(self._lanes) > MOST_REMEMBERED:
                self._forget(loop.time())

    def _forget(self, now: float) -> None:
        self._lanes = {host: lane for host, lane in self._lanes.items() if lane.users or lane.free_at > now}
