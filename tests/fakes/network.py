"""The network between the bot and everybody else. It can be cut: connections are refused, or nothing comes back."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_CHUNK = 2**16


@dataclass
class _Line:
    """To one server; it keeps its port on our side."""

    port: int
    ours: int
    server: asyncio.Server | None = None


@dataclass
class Network:
    """Relays TCP on loopback."""

    _swallows: bool = False
    _lines: dict[int, _Line] = field(default_factory=dict)
    _open: set[asyncio.Transport | asyncio.WriteTransport] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.refuse()

    async def through(self, url: str) -> str:
        """The address under which `url` is reached by this network."""
        port = urlsplit(url).port
        assert port is not None
        if port not in self._lines:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self._lines[port] = _Line(port, free.getsockname()[1])
            await self._listen(self._lines[port])
        return url.replace(f":{port}", f":{self._lines[port].ours}", 1)

    async def refuse(self) -> None:
        """Nobody is there: connections break off, and none is made."""
        for line in self._lines.values():
            if line.server is not None:
                line.server.close()
                line.server = None
        await self._hang_up()

    async def swallow(self) -> None:
        """Connections are made, and whatever is said on them is lost, also on those that are open."""
        self._swallows = True

    async def mend(self) -> None:
        self._swallows = False
        await self._hang_up()
        for line in self._lines.values():
            if line.server is None:
                await self._listen(line)

    async def _listen(self, line: _Line) -> None:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._open.add(writer.transport)
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", line.port)
            self._open.add(there_writer.transport)
            for source, target in ((reader, there_writer), (there_reader, writer)):
                task = asyncio.create_task(self._pump(source, target))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

        line.server = await asyncio.start_server(connected, "127.0.0.1", line.ours)

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while said := await source.read(_CHUNK):
                if not self._swallows:
                    target.write(said)
                    await target.drain()
        except ConnectionError:
            pass
        finally:
            target.close()

    async def _hang_up(self) -> None:
        for transport in self._open:
            transport.abort()
        self._open.clear()
        await asyncio.gather(*self._tasks, return_exceptions=True)
