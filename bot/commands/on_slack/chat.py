"""The catalog on Slack: `/wire` and the buttons, by Socket Mode or by signed HTTP.

Slack wants an acknowledgement within 3 s (https://docs.slack.dev/interactivity/handling-user-interaction), so every
listener acknowledges before it does anything else, and nothing on the way there touches the network or the store.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.signature import SignatureVerifier

from bot.commands.on_slack.answers import PICTURE_PAUSE, Answers
from bot.commands.on_slack.calls import ANSWER_WITHIN, Calls, name_of
from bot.commands.on_slack.files import SlackFiles
from bot.commands.on_slack.forms import CHECK_WITHIN, SlackForms
from bot.commands.on_slack.home import SlackHome
from bot.commands.on_slack.rights import SlackRights
from bot.commands.on_slack.shortcut import WHY_SHORTCUT, why_of
from bot.commands.on_slack.socket import MAX_AGE, hold_socket
from bot.commands.on_slack.zones import SlackZones
from bot.commands.once import Take, alone
from bot.commands.spec import Catalog
from bot.deliver.slack.blocks import ACTION_PREFIX
from bot.deliver.slack.client import SLACK_API, make_client
from bot.deliver.slack.views import CHECKS, FORM
from bot.observe.health import Report, unheard

COMMAND = "/wire"
MAX_BODY = 256 * 1024  # bytes of one request; Slack's own interaction payloads stay far below
READ_WITHIN = 5.0  # seconds for its body

# Slack escapes these three in what people type: https://docs.slack.dev/messaging/formatting-message-text#escaping
_UNESCAPE = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_QUOTES = str.maketrans("“”„", '"""')  # phones and Macs type these where people mean "

# Below ERROR bolt warns of the tokens that it finds in the environment and does not need.
_BOLT_LOGGER = logging.getLogger("bot.commands.on_slack.chat.bolt")
_BOLT_LOGGER.setLevel(logging.ERROR)

log = structlog.get_logger()


class SlackChat:
    """Runs the catalog for one Slack workspace.

    `app_token` opens Socket Mode (`run`), `signing_secret` serves HTTP (`handle_http`); either is enough. Nothing
    here needs the network before `run`. `answer_within`, `check_within` (what is sent in a form), `picture_pause`
    (before a picture is tried again), `ping_interval` and `max_age` (of a socket) and `retry_pause` (before the first
    retry of a failed connection) are seconds. `take` asks whether another process does an invocation already.
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
        check_within: float = CHECK_WITHIN,
        picture_pause: float = PICTURE_PAUSE,
        ping_interval: float = 10.0,
        retry_pause: float = 1.0,
        max_age: float = MAX_AGE,
        report: Report = unheard,
        take: Take = alone,
    ) -> None:
        self._app_token = app_token
        self._verifier = SignatureVerifier(signing_secret) if signing_secret else None
        self._ping_interval = ping_interval
        self._retry_pause = retry_pause
        self._max_age = max_age
        self._report = report
        client = make_client(bot_token, api_url)
        self._calls = Calls(catalog, SlackRights(client), SlackZones(client), answer_within=answer_within, take=take)
        self._answers = Answers(client, SlackFiles(client), pause=picture_pause)
        self._home = SlackHome(client, self._calls)
        self._forms = SlackForms(
            client, self._calls, self._answers, changed=self._home.publish, check_within=check_within
        )
        self._app = _bolt_app(bot_token, signing_secret, api_url)
        self._listen()

    def _listen(self) -> None:
        self._app.command(COMMAND)(self._on_command)
        self._app.action(re.compile(f"^{re.escape(ACTION_PREFIX)}"))(self._on_press)
        self._app.action(re.compile(f"^{re.escape(CHECKS)}"))(self._forms.on_check)
        self._app.view(FORM)(self._forms.on_submit)
        self._app.shortcut(WHY_SHORTCUT)(self._on_why)
        self._app.event("app_home_opened")(self._on_home)

    async def run(self) -> None:
        """Hold a Socket Mode connection until cancelled. Bad tokens and lost sockets are logged and tried again."""
        if self._app_token is None:
            raise ValueError("Socket Mode needs SLACK_APP_TOKEN (xapp-…, Basic Information, App-Level Tokens)")
        try:
            await hold_socket(
                self._app,
                self._app_token,
                ping_interval=self._ping_interval,
                pause=self._retry_pause,
                report=self._report,
                max_age=self._max_age,
            )
        finally:
            await self.drain()

    async def drain(self) -> None:
        """Let commands answer that were begun, though not for long. They need no socket for it."""
        await self._calls.working.drain()

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
        try:
            bolt_request = AsyncBoltRequest(
                body=body.decode("utf-8"), query=request.query_string, headers=dict(request.headers)
            )
            return await to_aiohttp_response(await self._app.async_dispatch(bolt_request))
        except Exception:
            log.exception("slack.request_failed")
            return _refusal(400, "this is not what Slack sends")

    # --- listeners: bolt passes arguments by their names ------------------------------------------------------

    async def _on_command(self, ack: AsyncAck, command: dict[str, Any]) -> None:
        await ack()
        if self._calls.is_repeat(command):
            return
        text, channel = _typed(command.get("text") or ""), command.get("channel_id")
        form = self._calls.catalog.form(text)
        if form and await self._forms.open_form(command.get("trigger_id"), form, channel):
            return
        caller = self._calls.caller(command["user_id"], command.get("user_name"), channel)
        asker = self._answers.asker(command["user_id"], channel, command["response_url"])
        work = partial(self._calls.catalog.run_text, text, caller)
        if reply := await self._calls.reply_once(name_of(command), work, text):
            await self._answers.answer(asker, reply)

    async def _on_press(self, ack: AsyncAck, body: dict[str, Any], action: dict[str, Any]) -> None:
        """A button, or what was chosen from a menu: in a message, in a modal or on App Home."""
        await ack()
        if self._calls.is_repeat(body):
            return
        value = action.get("value") or (action.get("selected_option") or {}).get("value") or ""
        match (body.get("view") or {}).get("type"):
            case "modal":
                await self._forms.on_press(body, value)
            case "home":
                await self._press_at_home(body, value)
            case _:
                await self._press_in_message(body, value)

    async def _press_in_message(self, body: dict[str, Any], value: str) -> None:
        channel = (body.get("channel") or {}).get("id")
        form = self._calls.catalog.form(value)
        if form and await self._forms.open_form(body.get("trigger_id"), form, channel):
            return
        await self._answer_press(body, value)

    async def _answer_press(self, body: dict[str, Any], value: str) -> None:
        user, channel = body["user"], (body.get("channel") or {}).get("id")
        caller = self._calls.caller(user["id"], _name(user), channel)
        asker = self._answers.asker(user["id"], channel, body.get("response_url"))
        work = partial(self._calls.catalog.press, value, caller)
        if reply := await self._calls.reply_once(name_of(body), work, value):
            await self._answers.answer(asker, reply)

    async def _press_at_home(self, body: dict[str, Any], value: str) -> None:
        user = body["user"]
        form = self._calls.catalog.form(value)
        if form and await self._forms.open_form(body.get("trigger_id"), form, None):
            return
        work = partial(self._calls.catalog.press, value, self._calls.caller(user["id"], _name(user), None))
        await self._forms.run_in_modal(body, work, value)

    async def _on_why(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """The shortcut on a message."""
        await ack()
        if not self._calls.is_repeat(body):
            await self._answer_press(body, why_of(body))

    async def _on_home(self, event: dict[str, Any], body: dict[str, Any]) -> None:
        await self._home.on_open(event, body)


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


def _name(user: Mapping[str, Any]) -> str | None:
    return user.get("name") or user.get("username")


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
