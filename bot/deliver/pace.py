"""No faster than the platforms allow one account, whatever the number of processes.

A message waits for its turn before it is begun, so that nothing counts as under way meanwhile. On PostgreSQL a
process takes turns in blocks of up to a fifth of a second from a row that all share; on SQLite, which is for one
process, it counts for itself. What a platform still refuses with 429 is tried again as it says: this makes that rare.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.deliver.ports import PlatformPaused
from bot.model import Destination
from bot.store import pace
from bot.store.engine import Database
from bot.store.pace import FARTHEST, Block, Rate, first_of

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
# "several hundred messages per minute per workspace": https://docs.slack.dev/apis/web-api/rate-limits
SLACK_PER_MINUTE = 300
# A bot has 50 requests: https://docs.discord.com/developers/topics/rate-limits#global-rate-limit. A fifth is left for
# looking messages up, logins, and what discord.py repeats. What is asked once for each channel or person takes turns
# too: a worker that has just started asks it for all of them.
DISCORD_PER_SECOND = 40
# In a Slack channel one a second, with short bursts above. Of Discord's channels discord.py keeps the rate, which
# every answer says.
PLACE = {"slack": Rate(every=SECOND, burst=3)}
BLOCK = SECOND / 5  # what a process takes at once, at most
KEPT = SECOND  # turns that nobody used in time are not saved up
MOST_PLACES = 10_000  # whose last turns are remembered


def account_rates(*, slack_per_minute: int, discord_per_second: int) -> dict[str, Rate]:
    """By platform; one without a rate is not in it. After a silence a sixth of Slack's minute may go at once."""
    rates = {}
    if slack_per_minute:
        rates["slack"] = Rate(every=MINUTE / slack_per_minute, burst=max(1, slack_per_minute // 6))
    if discord_per_second:
        rates["discord"] = Rate(every=SECOND / discord_per_second, burst=max(1, discord_per_second // 5))
    return rates


USUAL = account_rates(slack_per_minute=SLACK_PER_MINUTE, discord_per_second=DISCORD_PER_SECOND)


class Paused(Exception):
    """The platform takes nothing `until` then."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"until {until.isoformat()}")
        self.until = until


@dataclass(slots=True)
class _Account:
    """Turns of one account that this process has taken and not used."""

    rate: Rate
    turns: deque[datetime] = field(default_factory=deque)
    taken_at: datetime | None = None
    waiting: int = 0  # for a turn: no more are taken than are wanted
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def drop_stale(self, now: datetime) -> None:
        if self.turns and self.taken_at and not self.taken_at <= now <= max(self.turns[-1], self.taken_at) + KEPT:
            self.turns.clear()


class Pace:
    """Gives out turns to send. One for a process."""

    def __init__(self, database: Database, clock: Clock, rates: Mapping[str, Rate] = USUAL) -> None:
        self._database = database
        self._clock = clock
        self._accounts = {platform: _Account(rate) for platform, rate in rates.items()}
        self._taken: dict[str, datetime] = {}  # up to when turns are taken: of accounts that are not shared
        self._places: dict[Destination, datetime] = {}

    async def turn(self, destination: Destination) -> datetime | None:
        """Wait for the next turn there; returns it, for `unused`. Raises Paused."""
        account = self._accounts.get(destination.platform)
        if account is None:
            return None
        if rate := PLACE.get(destination.platform):
            await self._until(self._turn_of_place(destination, rate))
        return await self._turn_of_account(destination.platform, account)

    async def aside(self, platform: str) -> None:
        """Wait for a turn for a request that is no message. Raises PlatformPaused."""
        account = self._accounts.get(platform)
        if account is None:
            return
        try:
            await self._turn_of_account(platform, account)
        except Paused as wait:
            raise PlatformPaused(f"{platform}: {wait}", max(wait.until - self._clock.now(), timedelta(0))) from wait

    async def _turn_of_account(self, platform: str, account: _Account) -> datetime:
        account.waiting += 1
        try:
            async with account.lock:
                account.drop_stale(self._clock.now())
                if not account.turns:
                    await self._refill(platform, account)
                turn = account.turns.popleft()
        finally:
            account.waiting -= 1
        await self._until(turn)
        return turn

    def unused(self, destination: Destination, turn: datetime | None) -> None:
        """There was nothing to send: the next may have it."""
        if turn is not None:
            self._accounts[destination.platform].turns.appendleft(turn)
        if destination in self._places:
            self._places[destination] -= PLACE[destination.platform].every

    async def _refill(self, platform: str, account: _Account) -> None:
        count, now = min(account.waiting, max(1, BLOCK // account.rate.every)), self._clock.now()
        block = await self._block(platform, account.rate, count, now)
        if block.closed_until is not None:
            raise Paused(block.closed_until)
        account.taken_at = now
        account.turns.extend(block.first + account.rate.every * number for number in range(count))

    async def _block(self, platform: str, rate: Rate, count: int, now: datetime) -> Block:
        if not self._database.is_sqlite:
            return await self._database.write_lazily(pace.take, platform, rate, count, now=now)
        first = first_of(self._taken.get(platform), rate, now)
        self._taken[platform] = first + rate.every * count
        return Block(first=first)

    def _turn_of_place(self, destination: Destination, rate: Rate) -> datetime:
        """Of one place only the holder of its lease sends, so nobody else need know."""
        now = self._clock.now()
        if len(self._places) >= MOST_PLACES:
            self._places = {place: until for place, until in self._places.items() if until > now - rate.every}
        turn = first_of(self._places.get(destination), rate, now)
        self._places[destination] = turn + rate.every
        return turn

    async def _until(self, turn: datetime) -> None:
        wait = turn - self._clock.now()
        if timedelta(0) < wait <= FARTHEST:  # more, and the clock was set back since the turn was given
            await self._clock.sleep(wait.total_seconds())
