"""The catalog on Slack: `/wire` and the buttons, by Socket Mode or by signed HTTP.

Slack wants an acknowledgement within 3 s (https://docs.slack.dev/interactivity/handling-user-interaction), so every
listener acknowledges before it does anything else, and nothing on the way there touches the network or the store.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import OrderedDict
from collections.abc import Awaitable, Mapping
from functools import partial
from typing import Any

import aiohttp
import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.signature import SignatureVerifier
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.commands.on_slack_rights import SlackRights
from bot.commands.on_slack_socket import hold_socket
from bot.commands.spec import Caller, Catalog
from bot.deliver.card import Reply, Run
from bot.deliver.slack.blocks import ACTION_PREFIX, Payload, reply_payload
from bot.deliver.slack.client import DEADLINE, SDK_LOGGER, SLACK_API, make_client
from bot.model import Destination
from bot.observe import Report, unheard

COMMAND = "/wire"
ANSWER_WITHIN = 25.0  # seconds for a command; a response_url lives for 30 minutes, a person's patience does not
MAX_BODY = 256 * 1024  # bytes of one request; Slack's own interaction payloads stay far below
READ_WITHIN = 5.0  # seconds for its body
REMEMBERED = 1_024  # invocations kept to notice one that is delivered twice

# Slack escapes these three in what people type: https://docs.slack.dev/messaging/formatting-message-text#escaping
_UNESCAPE = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_QUOTES = str.maketrans("“”„", '"""')  # phones and Macs type these where people mean "

# Below ERROR bolt warns of the tokens that it finds in the environment and does not need.
_BOLT_LOGGER = logging.getLogger("bot.commands.on_slack.bolt")
_BOLT_LOGGER.setLevel(logging.ERROR)

log = structlog.get_logger()


class SlackChat:
    """Runs the catalog for one Slack workspace.

    `app_token` opens Socket Mode (`run`), `signing_secret` serves HTTP (`handle_http`); either is enough. Nothing
    here needs the network before `run`. `ping_interval` and `retry_pause` are seconds: between two pings of the
    socket, and before the first retry of a failed connection.
    """

    def __init__(
        self,
        *,
        catalog: Catalog,
        bot_token: str,
        app_token: str | None = None,
        signing_secret: str | None = None,
        api_url: str = SLACK_API,
        answer_within: float = ANSWER_WITHIN,
        ping_interval: float = 10.0,
        retry_pause: float = 1.0,
        report: Report = unheard,
    ) -> None:
        self._catalog = catalog
        self._app_token = app_token
        self._verifier = SignatureVerifier(signing_secret) if signing_secret else None
        self._answer_within = answer_within
        self._ping_interval = ping_interval
        self._retry_pause = retry_pause
        self._report = report
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._rights = SlackRights(make_client(bot_token, api_url))
        self._app = _bolt_app(bot_token, signing_secret, api_url)
        self._app.command(COMMAND)(self._on_command)
        self._app.action(re.compile(f"^{re.escape(ACTION_PREFIX)}"))(self._on_press)

    async def run(self) -> None:
        """Hold a Socket Mode connection until cancelled. Bad tokens and lost sockets are logged and tried again."""
        if self._app_token is None:
            raise ValueError("Socket Mode needs SLACK_APP_TOKEN (xapp-…, Basic Information, App-Level Tokens)")
        await hold_socket(
            self._app,
            self._app_token,
            ping_interval=self._ping_interval,
            pause=self._retry_pause,
            report=self._report,
        )

    async def handle_http(self, request: web.Request) -> web.Response:
        """Answer one POST from Slack: /slack/events of the web server."""
        if self._verifier is None:
            return _refusal(503, "Slack over HTTP is off here: set SLACK_SIGNING_SECRET")
        body = await _read(request)
        if body is None:
            return _refusal(413, f"a request has at most {MAX_BODY} bytes and arrives within {READ_WITHIN:g} s")
        if not _is_genuine(self._verifier, request.headers, body):
            log.warning("slack.http_refused", cure="SLACK_SIGNING_SECRET must be the one under Basic Information")
            return _refusal(401, "the signature is not Slack's")
        bolt_request = AsyncBoltRequest(
            body=body.decode("utf-8"), query=request.query_string, headers=dict(request.headers)
        )
        return await to_aiohttp_response(await self._app.async_dispatch(bolt_request))

    # --- listeners: bolt passes arguments by their names ------------------------------------------------------

    async def _on_command(self, ack: AsyncAck, command: dict[str, Any]) -> None:
        await ack()
        if self._is_repeat(command):
            return
        text = _typed(command.get("text") or "")
        caller = self._caller(command["user_id"], command.get("user_name"), command.get("channel_id"))
        reply = await self._reply(self._catalog.run_text(text, caller), text)
        await _respond(command["response_url"], reply, private=reply.private)

    async def _on_press(self, ack: AsyncAck, body: dict[str, Any], action: dict[str, Any]) -> None:
        await ack()
        if self._is_repeat(body):
            return
        value = action.get("value") or ""
        user, channel = body["user"], body.get("channel") or {}
        caller = self._caller(user["id"], user.get("name") or user.get("username"), channel.get("id"))
        reply = await self._reply(self._catalog.press(value, caller), value)
        await _respond(body["response_url"], reply, private=True)

    def _caller(self, user_id: str, name: str | None, channel_id: str | None) -> Caller:
        """Who asks and where; in direct messages (D…) and on App Home (no channel) the place is the person."""
        user = Destination("slack", user_id, person=True)
        if not channel_id or channel_id.startswith("D"):
            return Caller(user=user, place=user, name=name or "")
        return Caller(
            user=user,
            place=Destination("slack", channel_id),
            name=name or "",
            may_manage=partial(self._rights.may_manage, user_id, channel_id),
        )

    def _is_repeat(self, body: Mapping[str, Any]) -> bool:
        """True where Slack delivered this invocation before; its trigger id is the same on every delivery."""
        trigger = body.get("trigger_id")
        if not trigger:
            return False
        if trigger in self._seen:
            return True
        self._seen[trigger] = None
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return False

    async def _reply(self, work: Awaitable[Reply], asked: str) -> Reply:
        """The catalog's answer, or an apology that says what to do; a command never ends the connection."""
        try:
            async with asyncio.timeout(self._answer_within):
                return await work
        except TimeoutError:
            log.warning("slack.command_timed_out", asked=asked[:100], seconds=self._answer_within)
            return _apology(f"This took longer than {self._answer_within:g} s and was stopped.")
        except Exception:
            log.exception("slack.command_failed", asked=asked[:100])
            return _apology("Something went wrong with this command; it is in the log.")


# --- the app ----------------------------------------------------------------------------------------------


def _bolt_app(bot_token: str, signing_secret: str | None, api_url: str) -> AsyncApp:
    """A bolt app that asks Slack nothing: given `token=`, bolt calls auth.test before the first acknowledgement."""

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=bot_token)

    return AsyncApp(
        name="tradewire",
        logger=_BOLT_LOGGER,
        client=make_client(None, api_url),
        authorize=authorize,
        signing_secret=signing_secret or "",
    )


# --- from Slack -------------------------------------------------------------------------------------------


def _typed(text: str) -> str:
    for escaped, character in _UNESCAPE:
        text = text.replace(escaped, character)
    return text.translate(_QUOTES)


async def _read(request: web.Request) -> bytes | None:
    """The body, or None where it is too large or too slow."""
    body = bytearray()
    try:
        async with asyncio.timeout(READ_WITHIN):
            async for chunk in request.content.iter_chunked(64 * 1024):
                body += chunk
                if len(body) > MAX_BODY:
                    return None
    except TimeoutError:
        return None
    return bytes(body)


def _is_genuine(verifier: SignatureVerifier, headers: Mapping[str, str], body: bytes) -> bool:
    """https://docs.slack.dev/authentication/verifying-requests-from-slack"""
    try:
        return verifier.is_valid_request(body, headers)
    except (ValueError, TypeError):  # a time that is no number, a signature or body that is no text
        return False


def _refusal(status: int, why: str) -> web.Response:
    return web.json_response({"error": why}, status=status)


# --- to Slack ---------------------------------------------------------------------------------------------


def _apology(what: str) -> Reply:
    return Reply(title=what, lines=((Run(text="Try again in a minute; /wire status shows what is not well."),),))


async def _respond(response_url: str, reply: Reply, *, private: bool) -> None:
    """Answer through the response URL: https://docs.slack.dev/interactivity/handling-user-interaction#message_responses"""
    payload = reply_payload(reply)
    status, problem = await _post_answer(response_url, payload, private=private)
    if status == 400:  # our blocks are not accepted: the answer still goes, as text
        log.warning("slack.blocks_refused", problem=problem)
        status, problem = await _post_answer(response_url, {"text": payload["text"]}, private=private)
    if status != 200:
        log.warning("slack.answer_lost", status=status, problem=problem)


async def _post_answer(response_url: str, payload: Payload, *, private: bool) -> tuple[int, str]:
    """Slack's status and the first words of its body; status 0 where there was no answer."""
    client = AsyncWebhookClient(
        response_url, timeout=round(DEADLINE), logger=SDK_LOGGER, retry_handlers=[AsyncRateLimitErrorRetryHandler()]
    )
    body = {
        **payload,
        "response_type": "ephemeral" if private else "in_channel",
        "replace_original": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }
    try:
        async with asyncio.timeout(DEADLINE):
            response = await client.send_dict(body)
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        return 0, type(error).__name__
    return response.status_code, response.body[:200]
