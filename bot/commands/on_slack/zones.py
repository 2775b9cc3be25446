"""In which time zone a person on Slack sets their clock: asked when a command has to know, and remembered."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

ASK_WITHIN = 3.0  # seconds: a day that begins in the desk's zone is better than no answer
REMEMBER_FOR = 3_600.0  # seconds: so long after a flight the old zone may still be used
REMEMBERED = 4_096  # persons

log = structlog.get_logger()


class SlackZones:
    """`deadline` is in seconds; `now` is a clock that never goes back, in seconds."""

    def __init__(
        self, client: AsyncWebClient, *, deadline: float = ASK_WITHIN, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._deadline = deadline
        self._now = now
        self._known: OrderedDict[str, tuple[float, str | None]] = OrderedDict()

    async def zone(self, user: str) -> str | None:
        """The IANA name in their profile. None, and no exception, where Slack does not say; the next call asks again.

        https://docs.slack.dev/reference/objects/user-object
        """
        until, zone = self._known.get(user, (0.0, None))
        if self._now() < until:
            return zone
        try:
            async with asyncio.timeout(self._deadline):
                answer = await self._client.users_info(user=user)
            found = (answer.get("user") or {}).get("tz")
        except (SlackApiError, aiohttp.ClientError, OSError, TimeoutError, AttributeError, ValueError) as error:
            # The last two: the SDK trips over a body that is not a JSON object.
            log.info("slack.zone_unknown", problem=type(error).__name__)
            return None
        zone = found if isinstance(found, str) and found else None
        self._remember(user, zone)
        return zone

    def _remember(self, user: str, zone: str | None) -> None:
        self._known[user] = (self._now() + REMEMBER_FOR, zone)
        self._known.move_to_end(user)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
