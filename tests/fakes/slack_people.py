"""The people of the fake Slack: they type `/wire` and press buttons, over Socket Mode or signed HTTP.

    asked = await slack.people.command("latest trade")            # to the connected socket
    await slack.people.acknowledged(asked)                        # fails where no acknowledgement comes
    answer = await slack.people.answer(asked)                     # what the response URL was sent
    status, body = await slack.people.command_by_http(url, "status")

Every answer is judged. `redeliver`, `disconnect`, `drop`, `cut`, `utter` and `deaf` are what happens to sockets in
the wild; what is asked goes to the newest one.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import WSMsgType, web

if TYPE_CHECKING:
    from tests.fakes.slack_service import SlackService

Json = dict[str, Any]

PATIENCE = 20.0  # seconds a test waits for something that should happen at once
MAX_ANSWERS = (
    5  # of one response URL: https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
)


@dataclass
class Asked:
    """One invocation by a person, and what came back."""

    id: str
    payload: Json
    acks: int = 0
    said: Json = field(default_factory=dict)  # what the newest acknowledgement carried
    answers: list[Json] = field(default_factory=list)
    tries: int = 0  # at its response URL
    on_said: Callable[[Json], None] | None = None


class People:
    """See the module."""

    def __init__(self, service: SlackService) -> None:
        self._service = service
        self._numbers = itertools.count(1)
        self._asked: dict[str, Asked] = {}
        self._links: set[str] = set()
        self._sockets: list[web.WebSocketResponse] = []
        self._changed = asyncio.Event()
        self.deaf = False  # sockets answer no ping while this is set
        self.greetings = 0  # sockets that were opened so far
        self.dead_links = 0  # of the next links that are given out, so many let nobody in
        self.hello: Json | None = {"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0001"}}
        self.urls_expired = False  # half an hour has passed
        self.picky = 0  # answers with blocks that are refused before one is taken

    @property
    def live(self) -> int:
        """Sockets that are open."""
        return len(self._sockets)

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/link/{ticket}", self._socket)
        app.router.add_post("/response/{id}", self._response_url)

    def new_link(self) -> str:
        """A WebSocket address that can be used once."""
        ticket = f"ticket-{next(self._numbers)}"
        self._links.add(ticket)
        return f"{self._service.base_url.replace('http', 'ws', 1)}/link/{ticket}"

    # --- what they do ---------------------------------------------------------------------------------------

    async def command(self, text: str, *, user: str = "U0123", channel: str = "C0123") -> Asked:
        return await self._ask(self._slash(text, user, channel))

    async def press(self, value: str, *, user: str = "U0123", channel: str = "C0123") -> Asked:
        return await self._ask(self._block_actions(value, user, channel))

    async def choose(self, value: str, *, user: str = "U0123", channel: str = "C0123") -> Asked:
        """Choose from a select menu of a message."""
        return await self._ask(self._block_actions(value, user, channel, chosen=True))

    async def shortcut(self, name: str, message: Json, *, user: str = "U0123", channel: str = "C0123") -> Asked:
        """Take a shortcut from the menu of a message."""
        payload = {
            **self._common(user),
            "type": "message_action",
            "callback_id": name,
            "user": {"id": user, "name": "somebody"},
            "channel": {"id": channel, "name": "desk"},
            "message_ts": message["ts"],
            "message": message,
        }
        return await self._ask(payload)

    async def open_home(self, user: str = "U0123", *, tab: str = "home") -> Asked:
        number = next(self._numbers)
        event = {"type": "app_home_opened", "user": user, "channel": f"D{user[1:]}", "tab": tab, "event_ts": "1.1"}
        payload = {"type": "event_callback", "team_id": "T0001", "event_id": f"Ev{number}", "event": event}
        return await self.interact(payload)

    def invent(self) -> Asked:
        """An invocation that the app was not told of, with its response URL."""
        return self._remember(self._slash("", "U0123", "C0123"))

    async def interact(self, payload: Json, *, on_said: Callable[[Json], None] | None = None) -> Asked:
        """An interaction that has no response URL: a view's, an event. `on_said` gets what acknowledges it."""
        asked = Asked(f"envelope-{next(self._numbers)}", payload, on_said=on_said)
        self._asked[asked.id] = asked
        await self._send(self._envelope(asked))
        return asked

    async def redeliver(self, asked: Asked) -> None:
        """The same envelope again, as Slack sends it when it believes that the first was lost."""
        await self._send({**self._envelope(asked), "retry_attempt": 1, "retry_reason": "timeout"})

    async def send_by_oldest(self, asked: Asked) -> None:
        """Its envelope goes to the oldest socket that is still open: while there are two, Slack uses both."""
        await self._sockets[0].send_json(self._envelope(asked))

    async def command_by_http(
        self, url: str, text: str, *, secret: str | None = None, stamp: str | None = None
    ) -> tuple[int, Asked]:
        """POST to the app's request URL, signed; `secret` and `stamp` make a signature that is wrong or old."""
        asked = self._remember(self._slash(text, "U0123", "C0123"))
        return await self.post(url, urlencode(asked.payload), secret=secret, stamp=stamp), asked

    async def again_by_http(self, url: str, asked: Asked, retry: int) -> int:
        """The same request again, as Slack sends it when it had no answer in time; its headers say so."""
        more = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"}
        return await self.post(url, urlencode(asked.payload), more=more)

    async def press_by_http(self, url: str, value: str) -> tuple[int, Asked]:
        asked = self._remember(self._block_actions(value, "U0123", "C0123"))
        return await self.post(url, urlencode({"payload": json.dumps(asked.payload)})), asked

    async def post(
        self,
        url: str,
        body: str | bytes,
        *,
        secret: str | None = None,
        stamp: str | None = None,
        more: dict[str, str] | None = None,
    ) -> int:
        stamp = stamp or str(int(time.time()))
        key = (secret or self._service.signing_secret).encode()
        body = body.encode() if isinstance(body, str) else body
        signature = "v0=" + hmac.new(key, b"v0:%s:%s" % (stamp.encode(), body), hashlib.sha256).hexdigest()
        headers = {
            **(more or {}),
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": signature,
        }
        async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as response:
            await response.read()
            return response.status

    # --- what they see --------------------------------------------------------------------------------------

    async def acknowledged(self, asked: Asked, times: int = 1) -> None:
        await self.until(lambda: asked.acks >= times, f"{times} acknowledgements of {asked.id}")

    async def answer(self, asked: Asked) -> Json:
        await self.until(lambda: bool(asked.answers), f"an answer to {asked.id}")
        return asked.answers[-1]

    async def connected(self, greetings: int = 1) -> None:
        """Wait until the app has opened its socket number `greetings`, and it is live."""
        await self.until(lambda: self.greetings >= greetings and bool(self._sockets), f"{greetings} sockets")

    def note(self) -> None:
        """Something happened that somebody may be waiting for."""
        self._changed.set()

    async def until(self, happened: Callable[[], bool], what: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while not happened():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"never came: {what}") from None

    # --- what happens to sockets ----------------------------------------------------------------------------

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Slack asks the app to change to a new socket, as it does every few hours, and goes on with this one."""
        await self._send({"type": "disconnect", "reason": reason, "debug_info": {"host": "fake"}})

    async def ping(self) -> None:
        await self.connected()
        await self._sockets[-1].ping(b"fake")

    async def utter(self, text: str) -> None:
        """Send something that is not what Slack sends."""
        await self.connected()
        await self._sockets[-1].send_str(text)

    async def cut(self, asked: Asked) -> None:
        """The connection ends in the middle of an envelope."""
        await self.connected()
        payload = json.dumps(self._envelope(asked)).encode()
        request = self._sockets[-1]._req
        assert request is not None
        assert isinstance(request.transport, asyncio.Transport)
        request.transport.write(b"\x81\x7e" + len(payload).to_bytes(2, "big") + payload[: len(payload) // 2])
        request.transport.close()

    def drop(self) -> None:
        """The connection breaks without a farewell."""
        for socket in self._sockets:
            transport = socket._req.transport if socket._req else None
            if transport is not None:
                transport.abort()

    async def hang_up(self) -> None:
        for socket in list(self._sockets):
            await socket.close()

    # --- inside ---------------------------------------------------------------------------------------------

    async def _ask(self, payload: Json) -> Asked:
        asked = self._remember(payload)
        await self._send(self._envelope(asked))
        return asked

    def _remember(self, payload: Json) -> Asked:
        asked = Asked(payload["response_url"].rpartition("/")[2], payload)
        self._asked[asked.id] = asked
        return asked

    def _envelope(self, asked: Asked) -> Json:
        kinds = {None: "slash_commands", "event_callback": "events_api"}
        kind = kinds.get(asked.payload.get("type"), "interactive")
        return {"type": kind, "envelope_id": asked.id, "accepts_response_payload": True, "payload": asked.payload}

    async def _send(self, envelope: Json) -> None:
        await self.connected()
        await self._sockets[-1].send_json(envelope)

    def _slash(self, text: str, user: str, channel: str) -> Json:
        return {
            **self._common(user),
            "command": "/wire",
            "text": text,
            "user_id": user,
            "user_name": "somebody",
            "channel_id": channel,
            "channel_name": "directmessage" if channel.startswith("D") else "desk",
        }

    def _block_actions(self, value: str, user: str, channel: str, *, chosen: bool = False) -> Json:
        text = {"type": "plain_text", "text": "Why"}
        common = {"action_id": "wire:0", "block_id": "b1", "action_ts": "1.1"}
        button = {"type": "button", "value": value, "text": text, **common}
        menu = {"type": "static_select", "selected_option": {"text": text, "value": value}, **common}
        action = menu if chosen else button
        return {
            **self._common(user),
            "type": "block_actions",
            "user": {"id": user, "team_id": "T0001"},
            "channel": {"id": channel, "name": "desk"},
            "container": {"type": "message", "message_ts": "1.1", "channel_id": channel},
            "actions": [action],
        }

    def _common(self, user: str) -> Json:
        number = next(self._numbers)
        return {
            "team_id": "T0001",
            "api_app_id": "A0001",
            "trigger_id": self._service.views.trigger(user),
            "response_url": f"{self._service.base_url}/response/{number}",
        }

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        ticket = request.match_info["ticket"]
        if self.dead_links:
            self.dead_links -= 1
            self._links.discard(ticket)
        if ticket not in self._links:
            raise web.HTTPForbidden(text="this link was used")
        self._links.remove(ticket)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        if self.hello is not None:
            await socket.send_json(self.hello)
        self._sockets.append(socket)
        self.greetings += 1
        self._changed.set()
        try:
            async for message in socket:
                if message.type is WSMsgType.PING and not self.deaf:
                    await socket.pong(message.data)
                elif message.type is WSMsgType.TEXT:
                    self._acknowledge(json.loads(message.data))
        finally:
            self._sockets.remove(socket)
            self._changed.set()
        return socket

    def _acknowledge(self, envelope: Json) -> None:
        asked = self._asked[envelope["envelope_id"]]
        asked.acks += 1
        asked.said = envelope.get("payload") or {}
        if asked.on_said and asked.acks == 1:
            asked.on_said(asked.said)
        self.note()

    async def _response_url(self, request: web.Request) -> web.Response:
        asked = self._asked.get(request.match_info["id"])
        if asked is None or self.urls_expired:
            return web.Response(status=404, text="expired_url")
        if len(asked.answers) == MAX_ANSWERS:
            return web.Response(status=404, text="used_url")
        answer = await request.json()
        asked.tries += 1
        if self._service.files.problem(answer.get("blocks") or []):  # as Slack words it, with this status
            return web.Response(status=404, text='{"ok":false,"error":"invalid_blocks"}')
        if self._service.judged("response_url", answer):
            return web.Response(status=400, text="invalid_blocks")
        if self.picky and "blocks" in answer:
            self.picky -= 1
            return web.Response(status=400, text="invalid_blocks")
        asked.answers.append(answer)
        self._changed.set()
        return web.Response(text="ok")
