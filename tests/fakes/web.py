"""A web server on loopback that does what each test wants of it, good or hostile, over real sockets.

async with FakeWeb() as web:
    web.serve("/feed", rss(item("Tariffs fall")), headers={"ETag": '"1"'})
    web.url("/feed")        # http://127.0.0.1:…/feed
    web.requests            # what was asked, in order
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from xml.sax.saxutils import escape

_REASONS = {200: "OK", 301: "Moved", 302: "Found", 304: "Not Modified", 403: "Forbidden", 404: "Not Found"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]


Behaviour = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]


class FakeWeb:
    """Use as an async context manager. Every path answers 404 until a test says otherwise."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.requests: list[Asked] = []
        self.port = 0
        self._host = host
        self._behaviours: dict[str, Behaviour] = {}
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> FakeWeb:
        self._server = await asyncio.start_server(self._connected, self._host, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def url(self, path: str, *, host: str = "", user: str = "") -> str:
        return f"http://{f'{user}@' if user else ''}{host or self._host}:{self.port}{path}"

    def on(self, path: str, behaviour: Behaviour) -> None:
        """`behaviour` writes whatever it likes to the connection of each request for `path`."""
        self._behaviours[path] = behaviour

    def serve(
        self,
        path: str,
        body: bytes | str = b"",
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        packed: bool = False,
    ) -> None:
        """A well-behaved answer; 304 where the request names the ETag or date in `headers`. `packed` sends gzip."""
        given = dict(headers or {})
        payload = body.encode() if isinstance(body, str) else body
        if packed:
            payload, given["Content-Encoding"] = gzip.compress(payload), "gzip"

        async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
            if _knows(asked, given):
                await send(writer, 304, given)
            else:
                await send(writer, status, given, payload)

        self.on(path, behave)

    def redirect(self, path: str, to: str, *, status: int = 302) -> None:
        self.serve(path, status=status, headers={"Location": to})

    def endless(self, path: str, piece: bytes = b"<item><title>again</title></item>" * 2_000) -> None:
        """A body that never ends, as fast as the client reads it."""

        async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
            writer.write(head(200, {"Content-Type": "application/rss+xml"}))
            while True:
                writer.write(piece)
                await writer.drain()

        self.on(path, behave)

    def drip(self, path: str, *, pause: float = 0.01) -> None:
        """One byte at a time, for ever."""

        async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
            writer.write(head(200, {}))
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(pause)

        self.on(path, behave)

    def silent(self, path: str) -> None:
        """Takes the request and never answers."""

        async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
            await asyncio.Event().wait()

        self.on(path, behave)

    def raw(self, path: str, answer: bytes) -> None:
        """These bytes and nothing else, then the connection closes."""

        async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
            writer.write(answer)
            await writer.drain()

        self.on(path, behave)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            asked = await _read(reader)
            self.requests.append(asked)
            await self._behaviours.get(asked.path.partition("?")[0], _not_found)(asked, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client had enough, or the test is over
        finally:
            self._connections.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


def head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Whatever')}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


async def send(writer: asyncio.StreamWriter, status: int, headers: Mapping[str, str], body: bytes = b"") -> None:
    length = {} if status == 304 else {"Content-Length": str(len(body))}
    writer.write(head(status, {**length, **headers}) + body)
    await writer.drain()


def item(title: str, **elements: str) -> str:
    """One RSS item: item("Tariffs fall", link="https://…", pubDate="…")."""
    inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in elements.items())
    return f"<item><title>{escape(title)}</title>{inner}</item>"


def rss(*items: str, **channel: str) -> str:
    """An RSS 2.0 document."""
    inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in channel.items())
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>{inner}{"".join(items)}</channel></rss>'
    )


def _knows(asked: Asked, headers: Mapping[str, str]) -> bool:
    return any(
        name in headers and asked.headers.get(condition) == headers[name]
        for name, condition in (("ETag", "if-none-match"), ("Last-Modified", "if-modified-since"))
    )


async def _not_found(asked: Asked, writer: asyncio.StreamWriter) -> None:
    await send(writer, 404, {}, b"nothing here")


async def _read(reader: asyncio.StreamReader) -> Asked:
    request, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
    method, path, _ = request.split(" ", 2)
    headers = dict(line.split(": ", 1) for line in lines)
    return Asked(method=method, path=path, headers={name.lower(): value for name, value in headers.items()})
