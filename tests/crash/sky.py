"""What happens to requests on their way: the weather, and the moments at which kills are aimed.

The platforms of `platforms.py` pass every request through here. The weather is drawn by seed: which request meets
which trouble depends on the order in which they come, and that on the machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from aiohttp import web

Act = Callable[[], Awaitable[web.StreamResponse]]

LATE_S = 5.0  # after a kill the request that was under way is acted on so much later at most: less than outbox.DOUBT
LOST = 0.3  # share of those that are never acted on
SLOW_S = 2.0
TOO_SLOW_S = 11.0  # longer than the program waits; by then the platform has acted


class Trouble(StrEnum):
    RATE_LIMITED = "429"
    SERVER_ERROR = "5xx"  # nothing was done
    SERVER_ERROR_DONE = "5xx after it acted"
    DROPPED = "dropped before it acted"
    DROPPED_DONE = "dropped after it acted"
    SLOW = "slow to act"
    SLOW_ANSWER = "slow to answer"
    NO_ANSWER = "no answer in time"

    @property
    def done(self) -> bool:
        return self not in {Trouble.RATE_LIMITED, Trouble.SERVER_ERROR, Trouble.DROPPED}


class Does(StrEnum):
    """What a request is for."""

    POST = "post"
    EDIT = "edit"
    OTHER = "other"


# Shares of the requests that post or edit.
SHARES = {
    Trouble.RATE_LIMITED: 0.03,
    Trouble.SERVER_ERROR: 0.02,
    Trouble.DROPPED: 0.02,
    Trouble.SLOW: 0.04,
    Trouble.SERVER_ERROR_DONE: 0.02,
    Trouble.DROPPED_DONE: 0.02,
    Trouble.SLOW_ANSWER: 0.04,
    Trouble.NO_ANSWER: 0.001,
}
_OF_OTHERS = 0.2


class Moment(StrEnum):
    """Of a request that posts or edits, or of a feed that is read."""

    RECEIVED = "received, not acted on"
    DONE = "acted on, not answered"
    ANSWERED = "answered"
    READ = "a feed was read"


@dataclass(slots=True)
class Trap:
    """Springs at the `left`-th `moment` from now."""

    moment: Moment
    left: int
    spring: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Reply:
    """How a platform says that something failed."""

    rate_limited: Callable[[], web.Response]
    server_error: Callable[[], web.Response]


class Sky:
    """`mild`: edits meet nothing but 429s, for after any other trouble they wait half a minute."""

    def __init__(self, seed: int, *, mild: bool = False) -> None:
        self._chance = random.Random(f"sky {seed}")
        self._mild = mild
        self.weather = 1.0  # how much of the usual trouble there is
        self.met: Counter[Trouble] = Counter()
        self.under_way = 0  # requests that post or edit and have not been answered
        self.last_arrival = 0.0  # of any request, by time.monotonic
        self.last_told = 0.0  # of one that posts or edits
        self._trap: Trap | None = None
        self._arrival = asyncio.Event()

    def set_trap(self, trap: Trap | None) -> None:
        self._trap = trap

    def reached(self, moment: Moment) -> bool:
        """Whether this sprang the trap."""
        trap = self._trap
        if trap is None or trap.moment is not moment:
            return False
        trap.left -= 1
        if trap.left > 0:
            return False
        self._trap = None
        trap.spring()
        return True

    def draw(self, weight: Callable[[Trouble], float]) -> Trouble | None:
        """What a request meets; `weight` is what share of the usual it gets of each trouble."""
        roll = self._chance.random()
        for trouble, share in SHARES.items():
            roll -= share * self.weather * weight(trouble)
            if roll < 0:
                self.met[trouble] += 1
                return trouble
        return None

    def arrived(self, *, tells: bool = False) -> None:
        self.last_arrival = time.monotonic()
        if tells:
            self.last_told = self.last_arrival
        self._arrival.set()

    async def until(self, happened: Callable[[], bool], patience: float) -> bool:
        """Whether requests came within `patience` seconds by which this happened."""
        try:
            async with asyncio.timeout(patience):
                while not happened():
                    self._arrival.clear()
                    await self._arrival.wait()
        except TimeoutError:
            return False
        return True

    def of_others(self, trouble: Trouble) -> float:
        return 0.0 if trouble.done or trouble is Trouble.SLOW else _OF_OTHERS

    def _of_edits(self, trouble: Trouble) -> float:
        return float(not self._mild or trouble is Trouble.RATE_LIMITED)

    async def through(self, request: web.Request, act: Act, reply: Reply, does: Does) -> web.StreamResponse:
        """Answer `request` with what `act` gives, as weather and kills allow."""
        self.arrived(tells=does is not Does.OTHER)
        weights = {Does.POST: lambda trouble: 1.0, Does.EDIT: self._of_edits, Does.OTHER: self.of_others}
        trouble = self.draw(weights[does])
        if does is Does.OTHER:
            return await act() if trouble is None else self._refuse(request, reply, trouble)
        await request.read()  # from here on the sender may die
        self.under_way += 1
        try:
            return await self._told(request, act, reply, trouble)
        finally:
            self.under_way -= 1

    async def _told(
        self, request: web.Request, act: Act, reply: Reply, trouble: Trouble | None
    ) -> web.StreamResponse:
        if self.reached(Moment.RECEIVED):
            if self._chance.random() < LOST:
                return cut(request)
            await asyncio.sleep(self._chance.uniform(0, LATE_S))
        if trouble and not trouble.done:
            return self._refuse(request, reply, trouble)
        if trouble is Trouble.SLOW:
            await asyncio.sleep(self._chance.uniform(0, SLOW_S))
        response = await act()
        self.reached(Moment.DONE)
        if trouble in {Trouble.SLOW_ANSWER, Trouble.NO_ANSWER}:
            await asyncio.sleep(TOO_SLOW_S if trouble is Trouble.NO_ANSWER else self._chance.uniform(0, SLOW_S))
        if trouble in {Trouble.SERVER_ERROR_DONE, Trouble.DROPPED_DONE}:
            return self._refuse(request, reply, trouble)
        with contextlib.suppress(ConnectionError):  # who asked is dead
            await response.prepare(request)
            await response.write_eof()
        self.reached(Moment.ANSWERED)
        return response

    def _refuse(self, request: web.Request, reply: Reply, trouble: Trouble) -> web.StreamResponse:
        if trouble is Trouble.RATE_LIMITED:
            return reply.rate_limited()
        return cut(request) if trouble in {Trouble.DROPPED, Trouble.DROPPED_DONE} else reply.server_error()


def cut(request: web.Request) -> web.Response:
    if isinstance(transport := request.transport, asyncio.Transport):
        transport.abort()
    return web.Response()
