"""A Discord to test against over real sockets: REST v10 and the gateway on a loopback port.

    async with FakeDiscord() as service:
        use_endpoints(service.api_url, service.gateway.url)
        ...
        assert [message["content"] for message in service.messages[123]] == [...]
        assert service.violations == []

It keeps what Discord keeps (channels, messages, nonces for a while, commands, interactions) and answers with
Discord's codes. Every body is judged by `tests.judges.discord`; what Discord would refuse is refused with 50035 and
kept in `violations`. Trouble is planned with `fail`, one fault a request, in order. Rate limits are only those
planned.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import discord
from aiohttp import web

from tests.fakes import discord_payloads as payloads
from tests.fakes.discord_faults import Drop, Fault, Hold, Reject, cut, json_answer, rejection
from tests.fakes.discord_gateway import FakeGateway
from tests.fakes.discord_payloads import Json
from tests.fakes.discord_people import Interaction, People
from tests.fakes.discord_server import Server
from tests.judges.discord import judge, judge_files

__all__ = [
    "ANSWER", "CALLBACK", "EDIT", "HISTORY", "ME", "OPEN_DIRECT", "PUT_COMMANDS", "SEND", "SHOWN_COMMANDS", "TOKEN",
    "Call", "Drop", "FakeDiscord", "Fault", "Hold", "Interaction", "Reject",
]  # fmt: skip

TOKEN = "fake.discord.token"

SEND = ("POST", "/channels/{channel_id}/messages")
HISTORY = ("GET", "/channels/{channel_id}/messages")
EDIT = ("PATCH", "/channels/{channel_id}/messages/{message_id}")
OPEN_DIRECT = ("POST", "/users/@me/channels")
ME = ("GET", "/users/@me")
CALLBACK = ("POST", "/interactions/{interaction_id}/{interaction_token}/callback")
ANSWER = ("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/@original")
SHOWN_COMMANDS = ("GET", "/applications/{application_id}/commands")
PUT_COMMANDS = ("PUT", "/applications/{application_id}/commands")

_JUDGED_METHODS = {"POST", "PATCH", "PUT"}
_LOADING = 128
_DEFERRED_MESSAGE = 5

# Discord documents the limit on edits of messages older than an hour (30046), but not its figures: these are ours.
OLD_EDITS = 3
OLD_EDITS_AGAIN_IN = 40.0  # seconds


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request as it arrived."""

    method: str
    template: str
    path: dict[str, str]
    body: Json
    authorization: str | None
    files: dict[str, bytes] = field(default_factory=dict)  # by name


class Trouble(Exception):
    """An error answer, by Discord's code."""

    def __init__(self, status: int, code: int, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.retry_after = status, code, retry_after


_Handler = Callable[[Call, web.Request], Awaitable[object]]


class FakeDiscord(People):
    def __init__(self, token: str = TOKEN) -> None:
        self.token = token
        self.api_url = ""
        self.gateway = FakeGateway(token)
        self.messages: dict[int, list[Json]] = {payloads.GUILD_CHANNEL_ID: []}  # by channel, oldest first
        self.refusals: dict[int, tuple[int, int, str]] = {}  # channel or person -> status, code, message
        self.commands: list[Json] = []
        self.max_upload = 10 * 1024 * 1024  # bytes of a message
        self.rights = discord.Permissions(administrator=True).value  # of the person, in every channel
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.interactions: dict[str, Interaction] = {}  # by token
        self.edits: Counter[str] = Counter()  # by message
        self.server = Server()
        self._old: set[str] = set()
        self._nonces: dict[str, str] = {}
        self._direct: dict[str, int] = {}
        self._faults: defaultdict[tuple[str, str], deque[Fault]] = defaultdict(deque)
        self._arrival = asyncio.Event()
        self._stopped = asyncio.Event()
        self._runner: web.AppRunner | None = None

    # --- what a test does ----------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(self._application(), shutdown_timeout=0.5, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.api_url = f"http://127.0.0.1:{port}/api/v10"
        self.gateway.url = f"ws://127.0.0.1:{port}/gateway/"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self.gateway.stopped.set()
        if self._runner is not None:
            await self._runner.cleanup()

    def fail(self, request: tuple[str, str], *faults: Fault) -> None:
        """The next requests of this kind meet these faults, one each."""
        self._faults[request].extend(faults)

    def count(self, request: tuple[str, str]) -> int:
        return len([call for call in self.calls if (call.method, call.template) == request])

    async def called(self, request: tuple[str, str], times: int = 1) -> None:
        """Wait until this kind of request has arrived so often; its fault, if one was planned, is used up then."""
        while self.count(request) < times:
            await self._arrival.wait()

    def forget_nonces(self) -> None:
        """Some minutes pass."""
        self._nonces.clear()

    def delete(self, channel_id: int, message_id: str) -> None:
        """A moderator deletes a message."""
        self.messages[channel_id] = [kept for kept in self.messages[channel_id] if kept["id"] != message_id]

    def grow_old(self, message_id: str) -> None:
        """An hour passes: the message can be edited `OLD_EDITS` times in all."""
        self._old.add(message_id)

    # --- the server ----------------------------------------------------------------------------------------

    def _application(self) -> web.Application:
        application = web.Application()
        handlers: dict[tuple[str, str], _Handler] = {
            ME: self._me,
            ("GET", "/oauth2/applications/@me"): self._my_application,
            SHOWN_COMMANDS: self._shown_commands,
            PUT_COMMANDS: self._put_commands,
            ("GET", "/channels/{channel_id}"): self._channel,
            ("GET", "/guilds/{guild_id}"): self._guild,
            ("GET", "/guilds/{guild_id}/members/{user_id}"): self._guild_member,
            ("GET", "/gateway/bot"): self._gateway_bot,
            SEND: self._send,
            HISTORY: self._history,
            EDIT: self._edit,
            OPEN_DIRECT: self._open_direct,
            CALLBACK: self._callback,
            ANSWER: self._edit_answer,
        }
        for (method, template), handler in handlers.items():
            application.router.add_route(method, f"/api/v10{template}", self._entry(template, handler))
        application.router.add_get("/gateway/", self.gateway.handle)
        return application

    def _entry(self, template: str, handler: _Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def enter(request: web.Request) -> web.StreamResponse:
            body, files = await _read(request)
            call = Call(
                method=request.method,
                template=template,
                path=dict(request.match_info),
                body=body,
                authorization=request.headers.get("Authorization"),
                files=files,
            )
            self.calls.append(call)
            self._arrival.set()
            self._arrival.clear()
            planned = self._faults[request.method, template]
            fault = planned.popleft() if planned else None
            if isinstance(fault, Hold) and not await self._held(fault):
                return cut(request)
            if isinstance(fault, Reject):
                return rejection(fault)
            if fault == Drop(stored=False):
                return cut(request)
            response = await self._respond(call, request, handler)
            return cut(request) if fault == Drop(stored=True) else response

        return enter

    async def _held(self, hold: Hold) -> bool:
        """False where the service stopped meanwhile."""
        waits = [asyncio.create_task(event.wait()) for event in (hold.until, self._stopped)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        return hold.until.is_set()

    async def _respond(self, call: Call, request: web.Request, handler: _Handler) -> web.Response:
        try:
            self._check_token(call)
            self._check_body(call)
            answer = await handler(call, request)
        except Trouble as trouble:
            return rejection(
                Reject(
                    status=trouble.status,
                    code=trouble.code,
                    message=str(trouble),
                    retry_after=trouble.retry_after,
                )
            )
        return web.Response(status=204) if answer is None else json_answer(answer)

    def _check_token(self, call: Call) -> None:
        by_own_token = call.template.startswith(("/interactions", "/webhooks"))
        if not by_own_token and call.authorization != f"Bot {self.token}":
            raise Trouble(401, 0, "401: Unauthorized")

    def _check_body(self, call: Call) -> None:
        if call.method not in _JUDGED_METHODS:
            return
        if found := [*judge(call.template, call.method, call.body), *judge_files(call.body, call.files)]:
            self.violations.extend(found)
            raise Trouble(400, 50035, "Invalid Form Body")
        if sum(map(len, call.files.values())) > self.max_upload:
            raise Trouble(413, 40005, "Request entity too large")

    # --- account, channels, messages -----------------------------------------------------------------------

    async def _me(self, call: Call, request: web.Request) -> object:
        return payloads.BOT_USER

    async def _my_application(self, call: Call, request: web.Request) -> object:
        return payloads.application() | self.server.application

    async def _shown_commands(self, call: Call, request: web.Request) -> object:
        return self.commands

    async def _put_commands(self, call: Call, request: web.Request) -> object:
        commands: list[Json] = await request.json()
        self.commands = [payloads.command_as_shown(command) for command in commands]
        return self.commands

    async def _channel(self, call: Call, request: web.Request) -> object:
        channel_id = self._open_channel(call)
        found = payloads.channel(channel_id, direct=channel_id in self._direct.values())
        return found | self.server.channels.get(channel_id, {})

    async def _guild(self, call: Call, request: web.Request) -> object:
        return self.server.guild()

    async def _guild_member(self, call: Call, request: web.Request) -> object:
        return self.server.member()

    async def _gateway_bot(self, call: Call, request: web.Request) -> object:
        return self.server.gateway(self.gateway.url)

    def _open_channel(self, call: Call) -> int:
        channel_id = int(call.path["channel_id"])
        if refusal := self.refusals.get(channel_id):
            raise Trouble(*refusal)
        if channel_id not in self.messages:
            raise Trouble(404, 10003, "Unknown Channel")
        return channel_id

    async def _send(self, call: Call, request: web.Request) -> object:
        channel_id = self._open_channel(call)
        nonce = str(call.body.get("nonce", ""))
        if call.body.get("enforce_nonce") and nonce in self._nonces:
            return {**self._message(channel_id, self._nonces[nonce]), "nonce": nonce}
        self._check_reference(channel_id, call.body.get("message_reference"))
        message = payloads.message(channel_id, call.body)
        self.messages[channel_id].append(message)
        if nonce:
            self._nonces[nonce] = message["id"]
        return {**message, "nonce": nonce}  # only this answer has it: history does not

    def _check_reference(self, channel_id: int, reference: Json | None) -> None:
        known = {message["id"] for message in self.messages[channel_id]}
        if reference and reference.get("fail_if_not_exists", True) and reference["message_id"] not in known:
            raise Trouble(400, 50035, "Unknown message")

    async def _edit(self, call: Call, request: web.Request) -> object:
        message = self._message(self._open_channel(call), call.path["message_id"])
        if message["author"]["id"] != payloads.BOT_USER["id"]:
            raise Trouble(403, 50005, "Cannot edit a message authored by another user")
        if message["id"] in self._old and self.edits[message["id"]] >= OLD_EDITS:
            why = "Maximum number of edits to messages older than 1 hour reached. Try again later."
            raise Trouble(429, 30046, why, OLD_EDITS_AGAIN_IN)
        self.edits[message["id"]] += 1
        edited = payloads.message(int(message["channel_id"]), {**message, **call.body}, message_id=message["id"])
        message.update(edited, edited_timestamp="2025-05-06T20:16:00+00:00")
        return message

    def _message(self, channel_id: int, message_id: str) -> Json:
        for message in self.messages[channel_id]:
            if message["id"] == message_id:
                return message
        raise Trouble(404, 10008, "Unknown Message")

    async def _history(self, call: Call, request: web.Request) -> object:
        limit = int(request.query.get("limit", 50))
        return list(reversed(self.messages[self._open_channel(call)]))[:limit]

    async def _open_direct(self, call: Call, request: web.Request) -> object:
        person = str(call.body["recipient_id"])
        channel_id = self._direct.setdefault(person, 10_000 + len(self._direct))
        self.messages.setdefault(channel_id, [])
        if refusal := self.refusals.get(int(person)):  # it shows when something is sent
            self.refusals[channel_id] = refusal
        return payloads.channel(channel_id, direct=True)

    # --- interactions --------------------------------------------------------------------------------------

    def _interaction(self, token: str) -> Interaction:
        if token not in self.interactions:
            raise Trouble(404, 10062, "Unknown interaction")
        return self.interactions[token]

    async def _callback(self, call: Call, request: web.Request) -> object:
        interaction = self._interaction(call.path["interaction_token"])
        if interaction.callback is not None:
            raise Trouble(400, 40060, "Interaction has already been acknowledged.")
        interaction.callback = call.body
        if call.body["type"] == _DEFERRED_MESSAGE:
            flags = (call.body.get("data") or {}).get("flags", 0) | _LOADING
            channel_id = int(interaction.event["channel_id"])
            interaction.original = payloads.message(channel_id, {}, flags=flags)
        interaction.acknowledged.set()
        if request.query.get("with_response", "").lower() not in {"1", "true"}:
            return None
        return payloads.acknowledgement(interaction.event, shown=interaction.original)

    async def _edit_answer(self, call: Call, request: web.Request) -> object:
        interaction = self._interaction(call.path["webhook_token"])
        if interaction.original is None:
            raise Trouble(404, 10008, "Unknown Message")
        original = interaction.original
        interaction.original = payloads.message(
            int(original["channel_id"]), call.body, message_id=original["id"], flags=original["flags"] & ~_LOADING
        )
        interaction.files = call.files
        interaction.answered.set()
        return interaction.original


async def _read(request: web.Request) -> tuple[Json, dict[str, bytes]]:
    """The JSON of a request and the files beside it: https://docs.discord.com/developers/reference#uploading-files"""
    if not request.body_exists:  # it may have been read already
        return {}, {}
    if request.content_type != "multipart/form-data":
        return await request.json(), {}
    form = await request.post()
    files = {part.filename: part.file.read() for part in form.values() if isinstance(part, web.FileField)}
    return json.loads(str(form["payload_json"])), files
