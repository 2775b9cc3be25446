"""Serves the feeds, each at an address of its own within 127.0.0.0/8: `python -m bench.pollers.server PORT COUNT`.

A process of its own, whose time nobody is charged for. It says when it is ready, and takes a line of JSON on standard
input for each phase; the answer is what it has served since the last.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
from collections import Counter
from hashlib import md5

from bench.pollers.documents import Feed

VERSIONS = (1, 2)


def address(number: int, port: int) -> str:
    """The URL of a feed: no two on one host, as on the web."""
    return f"http://127.{1 + number // 62_500}.{number // 250 % 250}.{1 + number % 250}:{port}/{number}"


class Server:
    """What is served now, and what was asked for."""

    def __init__(self, count: int) -> None:
        self.version, self.validators = 1, True
        self.served: Counter[str] = Counter()
        feeds = [Feed.of(number) for number in range(count)]
        self._packed = {
            (feed.number, version): gzip.compress(feed.document(version), 5) for feed in feeds for version in VERSIONS
        }

    def change(self, version: int, *, validators: bool) -> dict[str, int]:
        """Serve something else from now on; returns how often each status was answered until now."""
        self.version, self.validators = version, validators
        served, self.served = dict(self.served), Counter()
        return served

    def answer(self, request: str) -> bytes:
        line, *headers = request.split("\r\n")
        asked = dict(header.lower().split(": ", 1) for header in headers if ": " in header)
        body = self._packed[int(line.split()[1].strip("/")), self.version]
        tag = f'"{md5(body, usedforsecurity=False).hexdigest()}"'
        validators = f"ETag: {tag}\r\nLast-Modified: Mon, 03 Mar 2025 10:00:00 GMT\r\n" if self.validators else ""
        if self.validators and asked.get("if-none-match") == tag:
            self.served["304"] += 1
            return f"HTTP/1.1 304 Not Modified\r\n{validators}\r\n".encode()
        self.served["200"] += 1
        head = (
            f"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Encoding: gzip\r\n{validators}"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


class Connection(asyncio.Protocol):
    """Requests without a body, one after the other, as long as the client likes."""

    def __init__(self, server: Server) -> None:
        self._server, self._waiting = server, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        while b"\r\n\r\n" in self._waiting:
            request, _, self._waiting = self._waiting.partition(b"\r\n\r\n")
            if isinstance(self._transport, asyncio.WriteTransport):
                self._transport.write(self._server.answer(request.decode("latin-1")))


async def serve(port: int, count: int) -> None:
    server, loop = Server(count), asyncio.get_running_loop()
    await loop.create_server(lambda: Connection(server), "0.0.0.0", port, backlog=4096)
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        wanted = json.loads(line)
        print(json.dumps(server.change(wanted["version"], validators=wanted["validators"])), flush=True)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
