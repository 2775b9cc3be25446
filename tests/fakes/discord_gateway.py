"""The gateway of the fake Discord: a WebSocket with zlib-stream, heartbeats, IDENTIFY, READY, RESUME with replay.

https://docs.discord.com/developers/events/gateway
"""

from __future__ import annotations

import asyncio
import json
import zlib
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from tests.fakes import discord_payloads as payloads
from tests.fakes.discord_payloads import Json

_DISPATCH, _HEARTBEAT, _IDENTIFY, _RESUME, _RECONNECT, _INVALID, _HELLO, _ACK = 0, 1, 2, 6, 7, 9, 10, 11
_AUTHENTICATION_FAILED = 4004


@dataclass
class _Session:
    """What one IDENTIFY began: everything sent in it, so that a RESUME gets what it missed."""

    events: list[Json] = field(default_factory=list)


class FakeGateway:
    """One client at a time. `dispatch` works while nobody is connected: the next RESUME replays it."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.url = ""  # set when the server listens
        self.identified = 0
        self.resumed = 0
        self.stopped = asyncio.Event()  # set when the server stops
        self.deaf = False  # true: never answers a close
        self.again = asyncio.Event()  # set when a client is ready that is not the first
        self.ready = asyncio.Event()  # set after READY or RESUMED, cleared when the socket goes
        self.channel_ids = [payloads.GUILD_CHANNEL_ID]
        self._sessions: dict[str, _Session] = {}
        self._session: _Session | None = None
        self._socket: _Socket | None = None

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        raw = web.WebSocketResponse(autoclose=not self.deaf)
        await raw.prepare(request)
        socket = _Socket(raw, request, compress=request.query.get("compress") == "zlib-stream")
        await socket.send({"op": _HELLO, "d": {"heartbeat_interval": 41_250}})
        try:
            async for received in raw:
                if received.type is WSMsgType.TEXT:
                    await self._receive(socket, json.loads(received.data))
        finally:
            if self._socket is socket:
                self._socket = None
                self.ready.clear()
        if self.deaf:
            await self.stopped.wait()
        return raw

    async def _receive(self, socket: _Socket, received: Json) -> None:
        match received["op"]:
            case 1:
                await socket.send({"op": _ACK})
            case 2:
                await self._identify(socket, received["d"])
            case 6:
                await self._resume(socket, received["d"])

    async def _identify(self, socket: _Socket, data: Json) -> None:
        if data["token"] != self.token:
            await socket.raw.close(code=_AUTHENTICATION_FAILED, message=b"Authentication failed.")
            return
        self.identified += 1
        session_id = f"session-{self.identified}"
        self._session = self._sessions[session_id] = _Session()
        self._socket = socket
        await self.dispatch(
            "READY",
            {
                "v": 10,
                "user": payloads.BOT_USER,
                "session_id": session_id,
                "resume_gateway_url": self.url,
                "guilds": [{"id": str(payloads.GUILD_ID), "unavailable": True}],
                "application": {"id": str(payloads.APPLICATION_ID), "flags": 0},
            },
        )
        await self.dispatch("GUILD_CREATE", payloads.guild(self.channel_ids))
        self.ready.set()
        if self.identified > 1:
            self.again.set()

    async def _resume(self, socket: _Socket, data: Json) -> None:
        session = self._sessions.get(data["session_id"])
        if session is None:
            await socket.send({"op": _INVALID, "d": False})
            return
        self.resumed += 1
        self._session, self._socket = session, socket
        for event in list(session.events[data["seq"] or 0 :]):
            await socket.send(event)
        await self.dispatch("RESUMED", {})
        self.ready.set()

    async def dispatch(self, event: str, data: Json) -> None:
        """Send an event, also a malformed one, to the client or to the RESUME after its return."""
        assert self._session is not None, "nobody has identified yet"
        numbered = {"op": _DISPATCH, "t": event, "s": len(self._session.events) + 1, "d": data}
        self._session.events.append(numbered)
        if self._socket is not None:
            await self._socket.send(numbered)

    async def drop(self) -> None:
        """Cut the connection as a lost network does: no close frame."""
        assert self._socket is not None, "nobody is connected"
        socket, self._socket = self._socket, None
        self.ready.clear()
        socket.abort()

    async def ask_to_reconnect(self) -> None:
        """Opcode 7, as Discord sends it before it restarts a gateway node."""
        assert self._socket is not None, "nobody is connected"
        self.ready.clear()
        await self._socket.send({"op": _RECONNECT, "d": None})

    async def invalidate(self) -> None:
        """Forget every session: a RESUME is answered with Invalid Session."""
        self._sessions.clear()
        await self.drop()


class _Socket:
    def __init__(self, raw: web.WebSocketResponse, request: web.Request, *, compress: bool) -> None:
        self.raw = raw
        self._request = request
        self._zlib = zlib.compressobj() if compress else None

    async def send(self, payload: Json) -> None:
        text = json.dumps(payload)
        if self._zlib is None:
            await self.raw.send_str(text)
        else:
            await self.raw.send_bytes(self._zlib.compress(text.encode()) + self._zlib.flush(zlib.Z_SYNC_FLUSH))

    def abort(self) -> None:
        if isinstance(transport := self._request.transport, asyncio.Transport):
            transport.abort()
