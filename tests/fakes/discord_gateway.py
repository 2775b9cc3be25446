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
INTERVAL_MS = 41_250  # between heartbeats, as Discord asks for them
NEVER_MS = 3_600_000  # for clients that are left: their heartbeats come from a thread, which nobody stops


@dataclass
class _Session:
    """What one IDENTIFY began: everything sent in it, so that a RESUME gets what it missed."""

    shard: int = 0
    events: list[Json] = field(default_factory=list)


class FakeGateway:
    """One client at a time, of each shard. `dispatch` works while nobody is connected: the next RESUME replays it."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.url = ""  # set when the server listens
        self.identified = 0
        self.resumed = 0
        self.stopped = asyncio.Event()  # set when the server stops
        self.deaf = False  # true: never answers a close
        self.interval_ms = INTERVAL_MS
        self.zombie = False  # true: takes everything and says nothing, no acknowledgement of a heartbeat either
        self.forgetful = False  # true: each session is invalid as soon as it is begun
        self.refuses: int | None = None  # the code with which it closes instead of beginning a session
        self.again = asyncio.Event()  # set when a client is ready that is not the first
        self.tried = asyncio.Event()  # set at each IDENTIFY
        self.ready = asyncio.Event()  # set after READY or RESUMED, cleared when the socket goes
        self.channel_ids = [payloads.GUILD_CHANNEL_ID]
        self.shards: list[list[int]] = []  # [shard, of how many] of each IDENTIFY that named one
        self._sessions: dict[str, _Session] = {}
        self._newest: dict[int, _Session] = {}  # by shard; one that is not sharded is shard 0
        self._sockets: dict[int, _Socket] = {}
        self._left: list[_Socket] = []  # that another client of the same shard took the place of

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        raw = web.WebSocketResponse(autoclose=not self.deaf)
        await raw.prepare(request)
        socket = _Socket(raw, request, compress=request.query.get("compress") == "zlib-stream")
        await socket.send({"op": _HELLO, "d": {"heartbeat_interval": self.interval_ms}})
        try:
            async for received in raw:
                if received.type is WSMsgType.TEXT:
                    await self._receive(socket, json.loads(received.data))
        finally:
            for shard in [shard for shard, known in self._sockets.items() if known is socket]:
                del self._sockets[shard]
                self.ready.clear()
        if self.deaf:
            await self.stopped.wait()
        return raw

    async def _receive(self, socket: _Socket, received: Json) -> None:
        if self.zombie:
            return
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
        self.tried.set()
        if self.refuses is not None:
            await socket.raw.close(code=self.refuses)
            return
        if self.forgetful:
            await socket.send({"op": _INVALID, "d": False})
            return
        session_id = f"session-{self.identified}"
        shard, count = data.get("shard") or (0, 1)
        self._newest[shard] = self._sessions[session_id] = _Session(shard)
        if shard in self._sockets:
            self._left.append(self._sockets[shard])
        self._sockets[shard] = socket
        if "shard" in data:
            self.shards.append(data["shard"])
        has_guild = (payloads.GUILD_ID >> 22) % count == shard
        await self.dispatch(
            "READY",
            {
                "v": 10,
                "user": payloads.BOT_USER,
                "session_id": session_id,
                "resume_gateway_url": self.url,
                "guilds": [{"id": str(payloads.GUILD_ID), "unavailable": True}] if has_guild else [],
                "application": {"id": str(payloads.APPLICATION_ID), "flags": 0},
                **({"shard": data["shard"]} if "shard" in data else {}),
            },
            shard=shard,
        )
        if has_guild:
            await self.dispatch("GUILD_CREATE", payloads.guild(self.channel_ids), shard=shard)
        self.ready.set()
        if self.identified > 1:
            self.again.set()

    async def _resume(self, socket: _Socket, data: Json) -> None:
        session = self._sessions.get(data["session_id"])
        if session is None:
            await socket.send({"op": _INVALID, "d": False})
            return
        self.resumed += 1
        self._newest[session.shard], self._sockets[session.shard] = session, socket
        for event in list(session.events[data["seq"] or 0 :]):
            await socket.send(event)
        await self.dispatch("RESUMED", {}, shard=session.shard)
        self.ready.set()

    async def dispatch(self, event: str, data: Json, *, shard: int = 0) -> None:
        """Send an event, also a malformed one, to the client or to the RESUME after its return."""
        assert shard in self._newest, "nobody has identified yet"
        session = self._newest[shard]
        numbered = {"op": _DISPATCH, "t": event, "s": len(session.events) + 1, "d": data}
        session.events.append(numbered)
        if shard in self._sockets:
            await self._sockets[shard].send(numbered)

    async def dispatch_to_all(self, event: str, data: Json) -> None:
        """Every client that is connected with the token gets it, as those of two processes do."""
        for socket in self._left:
            await socket.send({"op": _DISPATCH, "t": event, "s": None, "d": data})
        await self.dispatch(event, data)

    async def drop(self, shard: int = 0) -> None:
        """Cut the connection as a lost network does: no close frame."""
        assert shard in self._sockets, "nobody is connected"
        self.ready.clear()
        self._sockets.pop(shard).abort()

    async def ask_to_reconnect(self) -> None:
        """Opcode 7, as Discord sends it before it restarts a gateway node."""
        assert self._sockets, "nobody is connected"
        self.ready.clear()
        await self._sockets[0].send({"op": _RECONNECT, "d": None})

    async def close(self, code: int) -> None:
        """Close the connection with one of Discord's codes; the session can be resumed."""
        self.ready.clear()
        await self._sockets.pop(0).raw.close(code=code)

    async def utter(self, text: str) -> None:
        """Send something that is not what Discord sends."""
        await self._sockets[0].send_text(text)

    async def say(self, payload: Json) -> None:
        """Send something that is no event, outside of the count."""
        await self._sockets[0].send(payload)

    async def repeat(self, event: str, data: Json) -> None:
        """Deliver an event again under its old number, as a replay does."""
        (numbered,) = [each for each in self._newest[0].events if each["t"] == event and each["d"] == data]
        await self._sockets[0].send(numbered)

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
        await self.send_text(json.dumps(payload))

    async def send_text(self, text: str) -> None:
        if self._zlib is None:
            await self.raw.send_str(text)
        else:
            await self.raw.send_bytes(self._zlib.compress(text.encode()) + self._zlib.flush(zlib.Z_SYNC_FLUSH))

    def abort(self) -> None:
        if isinstance(transport := self._request.transport, asyncio.Transport):
            transport.abort()
