"""The hostile cases over raw sockets, each at a loopback address of its own, and an inside that nobody may reach."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import Iterable, Iterator
from types import TracebackType

import pytest

from tests.fakes.hostile.case import Case, Visit, document
from tests.fakes.hostile.redirects import BOTH, INWARD
from tests.fakes.web import Asked

NETWORK = "127.1.0.0/16"  # what a bot is allowed; everything else of this machine is inside
INSIDE = ("127.0.0.1", "127.9.9.9", "::1")


def hosts_of(names: Iterable[str]) -> dict[str, str]:
    """An address in NETWORK for each case."""
    return {name: f"127.1.{number // 250}.{1 + number % 250}" for number, name in enumerate(names)}


class HostileWeb:
    """Use as an async context manager. `inside` has every connection to an address outside NETWORK."""

    def __init__(self, cases: Iterable[Case]) -> None:
        self.port = 0
        self.inside: list[str] = []
        self.asked: Counter[str] = Counter()  # requests by case
        self._cases = {case.name: case for case in cases}
        self.hosts = hosts_of(self._cases)
        self._connections: set[asyncio.Task[None]] = set()
        self._servers: list[asyncio.Server] = []

    async def __aenter__(self) -> HostileWeb:
        first = await asyncio.start_server(self._connected, INSIDE[0], 0)
        self.port = first.sockets[0].getsockname()[1]
        self._servers.append(first)
        for host in (*INSIDE[1:], *self.hosts.values()):
            with contextlib.suppress(OSError):  # a machine without IPv6
                self._servers.append(await asyncio.start_server(self._connected, host, self.port))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.close()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def url(self, case: Case) -> str:
        return f"http://{self.hosts[case.name]}:{self.port}/{case.name}"

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            host = writer.get_extra_info("sockname")[0]
            if not host.startswith("127.1."):
                self.inside.append(host)
                return
            asked = await _read(reader)
            name = asked.path.lstrip("/").partition("?")[0].partition("/")[0]
            self.asked[name] += 1
            visit = Visit(case=name, asked=asked, writer=writer, host=host, port=self.port, number=self.asked[name])
            if name in self._cases:
                await self._cases[name].answer(visit)
            else:
                await document(status=404)(visit)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client had enough, or the test is over
        finally:
            self._connections.discard(task)
            writer.transport.abort() if task.cancelling() else writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def _read(reader: asyncio.StreamReader) -> Asked:
    request, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
    method, path, _ = request.split(" ", 2)
    headers = dict(line.split(": ", 1) for line in lines)
    return Asked(method=method, path=path, headers={name.lower(): value for name, value in headers.items()})


@contextlib.contextmanager
def fake_names(outside: str) -> Iterator[None]:
    """A name server in the attacker's hands: `*.test` leads inward, to two places or nowhere.
    `outside` is an address that may be asked."""
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *args: int) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        if host.rpartition(".")[2] not in {"test", "example"}:
            return real(host, port, *args)  # type: ignore[return-value] # of the same shape
        answers = {
            INWARD: ["127.0.0.1"],
            BOTH: ["127.0.0.1", outside],
        }
        if host not in answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (ip, port)) for ip in answers[host]]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", look_up)
        yield
