"""Feeds of one host are polled one after the other, and hold up no other host."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.service import LONGEST_TURN
from tests.fakes.names import lead
from tests.fakes.web import Asked, FakeWeb, rss, send
from tests.flow.desk import MARKET, NEITHER, TRADE, Desk

FEEDS = {"/a": TRADE, "/b": MARKET, "/c": NEITHER}


@pytest.fixture(autouse=True)
def _hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    lead(monkeypatch, one="127.0.0.1", slow="127.0.0.2")


def sources(web: FakeWeb, paths: list[str], host: str = "one.example") -> str:
    return "".join(f'[[source]]\nid = "{path[1:]}"\nurl = "{web.url(path, host=host)}"\n' for path in paths)


async def test_a_host_is_never_asked_for_two_feeds_at_once(desk: Desk) -> None:
    under_way: set[str] = set()

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        under_way.add(asked.path)
        assert len(under_way) == 1
        await asyncio.sleep(0.01)  # long enough for another request, were there one
        under_way.remove(asked.path)
        await send(writer, 200, {}, rss(FEEDS[asked.path]).encode())

    for path in FEEDS:
        desk.web.on(path, answer)
    desk.configure(sources=sources(desk.web, list(FEEDS)), main='host_spacing = "0s"\n')
    await desk.once()
    assert sorted(asked.path for asked in desk.web.requests) == ["/a", "/b", "/c"]
    assert len(desk.discord_titles) == 2


async def test_what_waited_too_long_for_its_turn_is_claimed_anew(desk: Desk) -> None:
    async def slowly(asked: Asked, writer: asyncio.StreamWriter) -> None:
        desk.clock.advance(LONGEST_TURN + timedelta(seconds=1))
        await send(writer, 200, {}, rss(FEEDS[asked.path]).encode())

    for path in FEEDS:
        desk.web.on(path, slowly)
    desk.configure(sources=sources(desk.web, list(FEEDS)), main='host_spacing = "0s"\n')
    await desk.once()
    assert sorted(asked.path for asked in desk.web.requests) == ["/a", "/b", "/c"], "each once, and none forgotten"
    assert desk.wrong_in_the_books() == []


async def test_a_host_that_hangs_holds_up_no_other(desk: Desk) -> None:
    """Even where there is room for two hosts only, and the one that hangs has twenty feeds that are due."""
    async with FakeWeb("127.0.0.2") as slow:
        paths = [f"/slow-{number:02}" for number in range(20)]
        for path in paths:
            slow.silent(path)
        desk.configure(
            sources=sources(slow, paths, "slow.example") + sources(desk.web, ["/a"]),
            main='deadline = "60s"\nparallel = 2\nhost_spacing = "0s"\n',
        )
        asked_the_other = asyncio.Event()

        async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
            asked_the_other.set()
            await send(writer, 200, {}, rss(TRADE).encode())

        desk.web.on("/a", answer)
        async with desk.bot() as bot:
            polling = asyncio.create_task(bot.service.pollers.run_due())
            async with asyncio.timeout(20):
                await asked_the_other.wait()
            assert len(slow.requests) <= 1
            polling.cancel()
            await asyncio.gather(polling, return_exceptions=True)
            await bot.service.pollers.drain(0)


async def test_feeds_of_the_owners_own_server_do_not_wait_for_one_that_hangs(desk: Desk) -> None:
    asked_the_other = asyncio.Event()

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        asked_the_other.set()
        await send(writer, 200, {}, rss(TRADE).encode())

    desk.web.silent("/hangs")
    desk.web.on("/a", answer)
    desk.configure(sources=sources(desk.web, ["/hangs", "/a"], ""), main='deadline = "60s"\n')
    async with desk.bot() as bot:
        polling = asyncio.create_task(bot.service.pollers.run_due())
        async with asyncio.timeout(20):
            await asked_the_other.wait()
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)
        await bot.service.pollers.drain(0)
