"""How long a connection is kept for the next feed of its host."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import timedelta
from ipaddress import ip_network

import pytest
from aiohttp import web

from bot.intake.addresses import AddressGuard
from bot.intake.hosts import Hosts
from bot.intake.http import KEPT_S, GuardedClient

SPACING_S = 3.0


class Host:
    """A server that keeps connections open; `callers` has the port that each request came from."""

    def __init__(self) -> None:
        self.callers: list[int] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        assert request.transport is not None
        self.callers.append(request.transport.get_extra_info("peername")[1])
        return web.Response(text="hello")


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    found, application = Host(), web.Application()
    application.router.add_get("/feed", found.answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/feed"
    yield found
    await runner.cleanup()


@pytest.mark.parametrize(("later", "connections"), [(SPACING_S, 1), (SPACING_S + 2 * KEPT_S, 2)])
async def test_a_connection_outlives_the_pause_of_its_host_and_hardly_more(
    host: Host, monkeypatch: pytest.MonkeyPatch, later: float, connections: int
) -> None:
    guard = AddressGuard((ip_network("127.0.0.1/32"),))
    hosts = Hosts(timedelta(seconds=SPACING_S), exempt=guard.is_own)
    async with GuardedClient(guard=guard, hosts=hosts) as client:
        await client.get(host.url)
        monkeypatch.setattr("aiohttp.connector.monotonic", lambda: time.monotonic() + later)
        await client.get(host.url)
    assert len(set(host.callers)) == connections
