"""A brake long before Discord bans the address of this machine for requests that it refuses.

10,000 answers of 401, 403 or 429 within ten minutes, from one address, and its proxy takes nothing any more from
there: https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans
Each process counts its own, also those that discord.py repeats by itself. One that brakes pauses the platform for
all of them, so nine processes behind one address stay below the limit whatever they do.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import aiohttp

from bot.deliver.discord.session import MAX_RATE_LIMIT_WAIT, BadToken
from bot.deliver.ports import PlatformClosed, PlatformPaused
from bot.retry_after import retry_after

MOST_INVALID = 1_000  # a tenth of what is allowed
WINDOW = timedelta(minutes=10)
LONGEST_PAUSE = timedelta(hours=1)
HUSH = 60.0  # seconds: less than until a closed platform is tried again

_INVALID = {401, 403, 429}


class Brake:
    """Hears of every answer. `now` is a clock that never goes back, in seconds.

    It is also on for a moment after a token was refused: what was begun for other destinations need not ask again.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._invalid: deque[float] = deque(maxlen=MOST_INVALID)
        self._braked_until = 0.0
        self._paused_until = 0.0
        self._token_refused = -HUSH

    def hear(self, status: int, headers: Mapping[str, str]) -> None:
        """One answer of Discord, by its status and headers."""
        now = self._now()
        scope = headers.get("X-RateLimit-Scope", "")
        if status == 429 and (scope == "global" or headers.get("X-RateLimit-Global") == "true"):
            wait = retry_after(headers.get("Retry-After"), datetime.now(UTC), most=LONGEST_PAUSE)
            if wait and wait.total_seconds() > MAX_RATE_LIMIT_WAIT:  # a shorter one discord.py waits out itself
                self._paused_until = now + wait.total_seconds()
        if status == 401:
            self._token_refused = now
        if status in _INVALID and scope != "shared":  # that one is not counted
            self._invalid.append(now)
            if len(self._invalid) == MOST_INVALID and now - self._invalid[0] < WINDOW.total_seconds():
                self._invalid.clear()
                self._braked_until = now + WINDOW.total_seconds()

    def check(self) -> None:
        """Raises PlatformClosed while the brake is on, PlatformPaused during a global rate limit."""
        if self._now() - self._token_refused < HUSH:
            raise BadToken
        left = self._braked_until - self._now()
        if left > 0:
            raise PlatformClosed(
                f"Discord refused {MOST_INVALID:,} requests within ten minutes (10,000 ban this machine's address), "
                "so nothing is sent for a while: /wire status and the log say what it refuses; mend that or take it "
                "out of routes.toml",
                timedelta(seconds=left),
            )
        left = self._paused_until - self._now()
        if left > 0:
            raise PlatformPaused(f"Discord's global rate limit lasts {left:.0f} s", timedelta(seconds=left))

    def listen_to(self, trace: aiohttp.TraceConfig) -> aiohttp.TraceConfig:
        """Have every answer of a session heard."""

        async def answered(session: object, context: object, answer: aiohttp.TraceRequestEndParams) -> None:
            self.hear(answer.response.status, answer.response.headers)

        trace.on_request_end.append(answered)
        return trace
