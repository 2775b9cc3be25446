"""Holding a Socket Mode connection open: when to connect, when to change over, and how long to wait between tries.

Slack replaces its sockets every few hours and says so before; the next one is opened while the last still serves,
so no command falls between the two. `websocket.Socket` finds out that it is deaf; one whose pings are answered and
which delivers nothing all the same cannot be told from a quiet workspace, so none grows older than an hour.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import aiohttp
import structlog
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.backoff import Backoff
from bot.commands.on_slack.websocket import TOO_MANY, Envelope, Socket
from bot.deliver.slack.client import DEADLINE, make_client
from bot.observe.health import Report, unheard
from bot.retry_after import retry_after

MAX_PAUSE = 300.0  # seconds between two tries
MAX_WAIT = timedelta(minutes=10)  # a longer Retry-After is asked about again after this
UNSAID_WAIT = timedelta(seconds=30)  # after a 429 that does not say how long; one call a minute is allowed
MAX_AGE = 3600.0  # seconds that one socket is used; apps.connections.open may be called once a minute
STEADY = 60.0  # seconds; a socket that did not live so long counts as a failure, so that none are opened in a row
OVERLAP = 5.0  # seconds that the last socket still serves beside the next

CONNECTED = "connected by Socket Mode"

_CURES = {
    "invalid_auth": "copy SLACK_APP_TOKEN (xapp-…) again from Basic Information, App-Level Tokens",
    "not_allowed_token_type": "SLACK_APP_TOKEN is the one that starts with xapp-, not the bot token",
    "missing_scope": "give the app-level token the scope connections:write",
    "token_revoked": "make a new app-level token and set SLACK_APP_TOKEN to it",
    "account_inactive": "reinstall the app in the workspace",
    "socket_mode_disabled": "switch Socket Mode on in the app's settings",
}

log = structlog.get_logger()


async def hold_socket(
    app: AsyncApp,
    app_token: str,
    *,
    ping_interval: float,
    pause: float,
    report: Report = unheard,
    max_age: float = MAX_AGE,
) -> None:
    """Keep one live Socket Mode connection for `app` until cancelled; every failure is logged and tried again.

    `ping_interval`, `pause` (before the first retry, doubled up to MAX_PAUSE) and `max_age` are seconds. A socket
    that is silent for three ping intervals, or that Slack has not pinged for six of them, is replaced.
    """
    async with aiohttp.ClientSession() as session:
        holder = _Holder(app, app_token, session, ping_interval, Backoff(pause, max(pause, MAX_PAUSE)), report)
        try:
            await holder.run(max_age)
        finally:
            await holder.close()


async def try_socket(app_token: str, api_url: str) -> str | None:
    """Ask Slack for a socket that is not opened: why it gives none, with the cure; None where it gives one."""
    try:
        async with asyncio.timeout(DEADLINE):
            await make_client(None, api_url).apps_connections_open(app_token=app_token)
    except SlackApiError as error:
        code, cure = _refusal(error)
        return f"Slack gives no socket ({code or 'no reason given'}): {cure}"
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:  # the last: a body that is no JSON
        return f"no answer from Slack ({type(error).__name__}); check SLACK_API_URL and the network of this machine"
    return None


class _Holder:
    """The socket in use, and the ones before it that still serve for some seconds."""

    def __init__(
        self,
        app: AsyncApp,
        app_token: str,
        session: aiohttp.ClientSession,
        ping_interval: float,
        backoff: Backoff,
        report: Report,
    ) -> None:
        self._app = app
        self._app_token = app_token
        self._session = session
        self._ping_interval = ping_interval
        self._backoff = backoff
        self._report = report
        self._socket: Socket | None = None
        self._beside: set[asyncio.Task[None]] = set()

    async def run(self, max_age: float) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            socket = await self._opened()
            self._use(socket)
            opened = clock()
            await socket.until_leaving(max_age)
            if clock() - opened < min(STEADY, max_age) or socket.reason == TOO_MANY:
                await asyncio.sleep(self._backoff.pause())
            else:
                self._backoff.reset()

    async def close(self) -> None:
        for task in self._beside:
            task.cancel()
        await asyncio.gather(*self._beside, return_exceptions=True)
        if self._socket is not None:
            await self._socket.close()

    # --- one socket after the other -------------------------------------------------------------------------

    def _use(self, socket: Socket) -> None:
        last, self._socket = self._socket, socket
        log.info("slack.socket_connected")
        self._report(True, CONNECTED)
        self._spawn(self._say_when_lost(socket))
        if last is not None:
            self._spawn(_let_go(last))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def _say_when_lost(self, socket: Socket) -> None:
        await socket.until_silent()
        if socket is self._socket:
            log.warning("slack.socket_lost", why=socket.why, next="connecting again")
            self._report(False, f"{socket.why}; connecting again")

    async def _opened(self) -> Socket:
        while True:
            try:
                return await self._open()
            except Exception as error:  # noqa: BLE001 - a chat client that fails never takes the bot down
                why = _logged(error)
                if self._socket is None or not self._socket.serves:
                    self._report(False, f"not connected: {why}; trying again")
                await asyncio.sleep(max(self._backoff.pause(), _asked_to_wait(error)))

    async def _open(self) -> Socket:
        client = self._app.client
        async with asyncio.timeout(DEADLINE):
            answer = await client.apps_connections_open(app_token=self._app_token)
            return await Socket.open(
                self._session,
                answer["url"],
                self._dispatch,
                ping_interval=self._ping_interval,
                proxy=client.proxy,
            )

    async def _dispatch(self, envelope: Envelope) -> Mapping[str, Any] | None:
        request = AsyncBoltRequest(mode="socket_mode", body=envelope["payload"])
        response = await self._app.async_dispatch(request)
        if response.status != HTTPStatus.OK:
            return None
        return {"payload": json.loads(response.body)} if response.body else {}


async def _let_go(last: Socket) -> None:
    """What was on its way to it still comes."""
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(OVERLAP):
                await last.until_silent()
    finally:
        await last.close()


# --- what went wrong --------------------------------------------------------------------------------------


def _logged(error: Exception) -> str:
    """Log one line for a person and give it back; a failure that nobody foresaw keeps its traceback in the log."""
    match error:
        case SlackApiError() if seconds := _asked_to_wait(error):
            log.warning("slack.socket_rate_limited", seconds=seconds)
            return f"Slack asks us to wait {seconds:.0f} s"
        case SlackApiError(response=AsyncSlackResponse(data={"error": str()})):
            code, cure = _refusal(error)
            log.error("slack.socket_refused", problem=code, cure=cure)
            return f"{code}: {cure}"
        case SlackApiError() | aiohttp.ClientError() | OSError() | TimeoutError():
            log.warning("slack.socket_unreachable", problem=type(error).__name__)
        case _:
            log.error("slack.socket_failed", exc_info=error)
    return type(error).__name__


def _asked_to_wait(error: Exception) -> float:
    """Seconds that a 429 asks for; 0 where it is none."""
    if not isinstance(error, SlackApiError) or not isinstance(error.response, AsyncSlackResponse):
        return 0.0
    if error.response.status_code != HTTPStatus.TOO_MANY_REQUESTS:
        return 0.0
    said = {name.lower(): value for name, value in error.response.headers.items()}.get("retry-after")
    return (retry_after(said, datetime.now(UTC), most=MAX_WAIT) or UNSAID_WAIT).total_seconds()


def _refusal(error: SlackApiError) -> tuple[str, str]:
    """Slack's word for it, empty where it has none, and the cure."""
    data = error.response.data if isinstance(error.response, AsyncSlackResponse) else None
    code = str(data.get("error") or "") if isinstance(data, dict) else ""
    return code, _CURES.get(code, "see the app's settings")
