"""The Slack Web API client, with retries only where a second call cannot post twice."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.http_retry.interval_calculator import RetryIntervalCalculator
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState
from slack_sdk.web.async_client import AsyncWebClient

from bot.observe.metrics import NO_ANSWER, Count, uncounted
from bot.retry_after import retry_after

SLACK_API = "https://slack.com/api/"
DEADLINE = 10.0  # seconds for one call, its retries included

# What a call, and the reading of its answer, can raise; from AttributeError on where the SDK, or we, trip over a body
# that is not the documented one: a captive portal's, a proxy's.
CALL_ERRORS = (
    SlackApiError,
    aiohttp.ClientError,
    OSError,
    TimeoutError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)

# Calls that leave nothing behind, or the same thing twice.
_REPEATABLE = {
    "auth.test", "conversations.history", "conversations.info", "conversations.open", "conversations.replies",
    "users.info",
}  # fmt: skip

# At DEBUG, and at NOTSET too, the SDK writes whole requests; from WARNING on it holds its peace.
SDK_LOGGER = logging.getLogger("bot.deliver.slack.sdk")
SDK_LOGGER.setLevel(logging.WARNING)


def make_client(
    token: str | None,
    api_url: str = SLACK_API,
    *,
    deadline: float = DEADLINE,
    pause: float = 0.5,
    count: Count = uncounted,
) -> AsyncWebClient:
    """A client for `api_url`, the base of the Web API, such as https://slack.com/api/.

    `token` is the bot's; None where each call brings its own.
    Every call opens its own connection: a pooled one that Slack has just closed would turn a post that never left
    into one of unknown outcome. `pause` is the wait before a repeatable call is tried again, in seconds. `count`
    hears of the status of every answer, and "none" where none came.
    """
    return AsyncWebClient(
        token=token,
        base_url=api_url,
        timeout=max(1, round(deadline)),
        logger=SDK_LOGGER,
        retry_handlers=[_Counted(count), _RateLimited(), _ServerError(interval_calculator=_Pause(pause))],
    )


class _Counted(AsyncRetryHandler):
    """Retries nothing: the SDK shows every answer, and every failure, to those who might."""

    def __init__(self, count: Count) -> None:
        super().__init__()
        self._count = count

    async def can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        self._count(NO_ANSWER if response is None else str(response.status_code))
        return False


class _Pause(RetryIntervalCalculator):
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def calculate_sleep_duration(self, current_attempt: int) -> float:
        return self._seconds


class _Repeatable(AsyncRetryHandler):
    """Mixed in before one of the SDK's handlers: leaves calls that post to the outbox, which knows what was sent."""

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        method = request.url.partition("?")[0].rpartition("/")[2]
        if method not in _REPEATABLE:
            return False
        return await super()._can_retry_async(state=state, request=request, response=response, error=error)


class _RateLimited(_Repeatable, AsyncRateLimitErrorRetryHandler):
    """Waits as long as Slack says, once; the caller's deadline bounds it.

    The SDK's own wait is not used: over a fraction or a date in Retry-After it breaks.
    """

    async def prepare_for_next_attempt_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> None:
        headers = {name.lower(): values for name, values in (response.headers if response else {}).items()}
        said = next(iter(headers.get("retry-after", ())), None)
        asked = retry_after(said, datetime.now(UTC), most=timedelta(seconds=DEADLINE))
        await asyncio.sleep((asked or timedelta(seconds=1)).total_seconds())
        state.next_attempt_requested = True
        state.increment_current_attempt()


class _ServerError(_Repeatable, AsyncServerErrorRetryHandler):
    """One more try after a 500 or 503."""
