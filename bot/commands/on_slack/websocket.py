"""One Socket Mode connection, from its hello until another takes its place.

https://docs.slack.dev/apis/events-api/using-socket-mode/

A socket can be dead while TCP says that it lives, so we listen for two things: whether our pings are answered, and
whether Slack goes on pinging us. A quiet workspace is no sign: on an idle day nobody types a command.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Self

import aiohttp
import structlog
from aiohttp import WSMsgType

MAX_MESSAGE = 1024 * 1024  # bytes; a payload with a whole message in it stays far below
CLOSE_WITHIN = 1.0  # seconds for the other side's farewell, and for acknowledgements on their way
SILENT_PINGS = 3  # ping intervals without a single frame, and the socket is deaf
SLACK_PINGS = 6  # ping intervals without a ping of Slack's, once it has pinged; it pings several times a minute

DEAF = "it is silent: our pings are not answered"
UNPINGED = "Slack has stopped pinging it"
LOST = "the connection was lost"
OLD = "it is old"

# What Slack says of a socket that it is about to close, beside "warning" and "refresh_requested".
TOO_MANY = "too_many_websockets"
_REASONS = {
    TOO_MANY: "Slack has ten sockets of this app already: let fewer chat processes run",
    "link_disabled": "Socket Mode was switched off in the app's settings: switch it on",
}

log = structlog.get_logger()

Envelope = dict[str, Any]
Dispatch = Callable[[Envelope], Awaitable[Mapping[str, Any] | None]]  # what acknowledges it; None: it is not ours


class Socket:
    """Reads one WebSocket and acknowledges what comes. `leaving` is set once another should take its place."""

    def __init__(
        self, connection: aiohttp.ClientWebSocketResponse, dispatch: Dispatch, *, ping_interval: float
    ) -> None:
        self.leaving = asyncio.Event()
        self.why = ""  # it is left, for a person
        self.reason = ""  # what Slack gave as one
        self._connection = connection
        self._dispatch = dispatch
        self._ping_interval = ping_interval
        self._answering: set[asyncio.Task[None]] = set()
        self._reader = asyncio.create_task(self._serve())

    @classmethod
    async def open(
        cls,
        session: aiohttp.ClientSession,
        link: str,
        dispatch: Dispatch,
        *,
        ping_interval: float,
        proxy: str | None = None,
    ) -> Self:
        """Connect to `link`, which is good once. Raises aiohttp.ClientError, OSError where Slack sends no hello."""
        connection = await session.ws_connect(
            link,
            autoping=False,
            max_msg_size=MAX_MESSAGE,
            proxy=proxy,
            timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_WITHIN),
        )
        try:
            await _greeted(connection)
        except BaseException:
            await connection.close()
            raise
        return cls(connection, dispatch, ping_interval=ping_interval)

    @property
    def serves(self) -> bool:
        """Whether commands still come by it."""
        return not self._reader.done()

    async def until_leaving(self, most: float) -> None:
        """Wait until another should take its place: for a reason of its own, or after `most` seconds."""
        try:
            async with asyncio.timeout(most):
                await self.leaving.wait()
        except TimeoutError:
            self._leave(OLD)

    async def until_silent(self) -> None:
        """Wait until nothing comes by it any more."""
        await asyncio.wait([self._reader])

    async def close(self) -> None:
        """Say farewell, once what was heard is acknowledged; never longer than twice CLOSE_WITHIN."""
        if self._answering:
            await asyncio.wait(self._answering, timeout=CLOSE_WITHIN)
        with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
            async with asyncio.timeout(CLOSE_WITHIN):
                await self._connection.close()  # while it is still read: else the farewell is not waited for
        for task in (self._reader, *self._answering):
            task.cancel()
        await asyncio.wait([self._reader])

    # --- inside ---------------------------------------------------------------------------------------------

    def _leave(self, why: str) -> None:
        self.why = self.why or why
        self.leaving.set()

    async def _serve(self) -> None:
        beat = asyncio.create_task(self._beat())
        try:
            self._leave(await self._read())
        except (aiohttp.ClientError, OSError):
            self._leave(LOST)
        except Exception:
            log.exception("slack.socket_failed")
            self._leave(LOST)
        finally:
            beat.cancel()

    async def _beat(self) -> None:
        with contextlib.suppress(aiohttp.ClientError, OSError):  # the reader sees that too
            while True:
                await asyncio.sleep(self._ping_interval)
                await self._connection.ping()

    async def _read(self) -> str:
        """Take what comes; returns why nothing comes any more."""
        clock = asyncio.get_running_loop().time
        pinged: float | None = None
        while True:
            try:
                received = await self._connection.receive(timeout=self._ping_interval * SILENT_PINGS)
            except TimeoutError:
                return DEAF
            match received.type:
                case WSMsgType.TEXT:
                    self._take(received.data)
                case WSMsgType.PING:
                    pinged = clock()
                    await self._connection.pong(received.data)
                case WSMsgType.CLOSE | WSMsgType.CLOSING | WSMsgType.CLOSED | WSMsgType.ERROR:
                    return LOST
            if pinged is not None and clock() - pinged > self._ping_interval * SLACK_PINGS:
                return UNPINGED

    def _take(self, text: str) -> None:
        match _parsed(text):
            case {"type": "disconnect", **more}:
                self.reason = str(more.get("reason"))[:40]
                self._leave(_why(self.reason))
            case {"envelope_id": str(), "payload": dict()} as envelope:
                task = asyncio.create_task(self._answer(envelope))
                self._answering.add(task)
                task.add_done_callback(self._answering.discard)
            case _:
                log.warning("slack.message_ignored", characters=len(text), why="it is no envelope")

    async def _answer(self, envelope: Envelope) -> None:
        try:
            said = await self._dispatch(envelope)
        except Exception:
            log.exception("slack.envelope_failed")
            return
        if said is None:
            log.warning("slack.envelope_not_ours", kind=str(envelope.get("type"))[:40])
            return
        try:
            await self._connection.send_json({"envelope_id": envelope["envelope_id"], **said})
        except (aiohttp.ClientError, OSError):
            log.info("slack.acknowledgement_lost", next="Slack may send it again; it is not done again")


async def _greeted(connection: aiohttp.ClientWebSocketResponse) -> None:
    """The first message is Slack's hello. The caller has the deadline."""
    while True:
        received = await connection.receive()
        match received.type:
            case WSMsgType.TEXT:
                break
            case WSMsgType.PING:
                await connection.pong(received.data)
            case WSMsgType.PONG:
                pass
            case _:
                raise ConnectionError("the socket was closed before its hello")
    match _parsed(received.data):
        case {"type": "hello"}:
            return
        case {"type": "disconnect", **more}:
            raise ConnectionError(_why(str(more.get("reason"))[:40]))
    raise ConnectionError("what answers does not say hello as Slack does")


def _why(reason: str) -> str:
    return _REASONS.get(reason, f"Slack asks for another ({reason})")


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
