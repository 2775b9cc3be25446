"""Holding a Socket Mode connection open.

The SDK speaks the protocol. When to connect, when a socket counts as deaf and what to do then is decided here, in
one place: left alone, the SDK retries for ever with a link that Slack lets it use once, and says nothing readable.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.deliver.slack.client import DEADLINE, make_client
from bot.observe import Report, unheard

MAX_PAUSE = 300.0  # seconds between two tries
CLOSE_WITHIN = 1.0  # seconds for the other side's farewell
LOOKS = 10  # at the socket, in one ping interval
MISSES = 3  # looks in a row that find no live socket; one or two may fall into the SDK's own change of sockets

# The SDK's messages about sockets hold the one-time link; what they report is logged here, without it.
_SOCKET_LOGGER = logging.getLogger("bot.commands.on_slack.socket.sdk")
_SOCKET_LOGGER.setLevel(logging.CRITICAL)

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
    app: AsyncApp, app_token: str, *, ping_interval: float, pause: float, report: Report = unheard
) -> None:
    """Keep one live Socket Mode connection for `app` until cancelled; every failure is logged and tried again.

    `ping_interval` and `pause` (before the first retry, doubled up to MAX_PAUSE) are seconds.
    """
    failures = 0
    while True:
        handler = AsyncSocketModeHandler(app, app_token, logger=_SOCKET_LOGGER, ping_interval=ping_interval)
        try:
            await _connect(handler, app_token)
            failures = 0
            log.info("slack.socket_connected")
            report(True, "connected by Socket Mode")
            await _until_deaf(handler)
            log.warning("slack.socket_lost", next="connecting again")
            report(False, "the connection was lost; connecting again")
        except Exception as error:  # noqa: BLE001 - a chat client that fails never takes the bot down
            failures += 1
            report(False, f"not connected: {_logged(error)}; trying again")
        finally:
            await _close(handler)
        if failures:
            await asyncio.sleep(min(MAX_PAUSE, pause * 2.0 ** min(failures - 1, 20)))


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


async def _connect(handler: AsyncSocketModeHandler, app_token: str) -> None:
    client = handler.client
    client.auto_reconnect_enabled = client.default_auto_reconnect_enabled = False
    async with asyncio.timeout(DEADLINE):
        answer = await client.web_client.apps_connections_open(app_token=app_token)
        client.wss_uri = answer["url"]
        await handler.connect_async()  # type: ignore[no-untyped-call]  # the SDK leaves it bare


async def _until_deaf(handler: AsyncSocketModeHandler) -> None:
    """Returns when the socket is closed, or has left our pings unanswered for four intervals."""
    misses = 0
    while misses < MISSES:
        await asyncio.sleep(handler.client.ping_interval / LOOKS)
        misses = 0 if await handler.client.is_connected() else misses + 1


async def _close(handler: AsyncSocketModeHandler) -> None:
    for _ in range(
        2
    ):  # a farewell that does not come in time leaves the socket shut, and the rest to the second call
        with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
            async with asyncio.timeout(CLOSE_WITHIN):
                await handler.close_async()  # type: ignore[no-untyped-call]  # as above
                return


def _logged(error: Exception) -> str:
    """Log one line for a person and give it back; a failure that nobody foresaw keeps its traceback in the log."""
    match error:
        case SlackApiError(response=AsyncSlackResponse(data={"error": str()})):
            code, cure = _refusal(error)
            log.error("slack.socket_refused", problem=code, cure=cure)
            return f"{code}: {cure}"
        case SlackApiError() | aiohttp.ClientError() | OSError() | TimeoutError():
            log.warning("slack.socket_unreachable", problem=type(error).__name__)
        case _:
            log.error("slack.socket_failed", exc_info=error)
    return type(error).__name__


def _refusal(error: SlackApiError) -> tuple[str, str]:
    """Slack's word for it, empty where it has none, and the cure."""
    data = error.response.data if isinstance(error.response, AsyncSlackResponse) else None
    code = str(data.get("error") or "") if isinstance(data, dict) else ""
    return code, _CURES.get(code, "see the app's settings")
