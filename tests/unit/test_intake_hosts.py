"""Whose turn it is to ask a host."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.intake import hosts
from bot.intake.hosts import Hosts, host_of
from bot.model import Source, SourceId

FOREVER = 3_600.0


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What was waited for between two requests; nobody really waits."""
    asked: list[float] = []

    async def sleep(seconds: float) -> None:
        asked.append(seconds)

    monkeypatch.setattr("bot.intake.hosts.asyncio.sleep", sleep)
    return asked


def spaced(seconds: float = FOREVER) -> Hosts:
    return Hosts(timedelta(seconds=seconds), exempt=lambda host: host == "10.0.0.1")


async def test_a_host_is_asked_by_one_at_a_time_and_in_order() -> None:
    lanes, order, at_once = Hosts(timedelta(0)), [], set()

    async def ask(number: int) -> None:
        async with lanes.turn("wire.example"):
            at_once.add(number)
            assert at_once == {number}
            await asyncio.sleep(0)
            order.append(number)
            at_once.clear()

    await asyncio.gather(*map(ask, range(5)))
    assert order == [0, 1, 2, 3, 4]


async def test_a_slow_host_holds_up_no_other(pauses: list[float]) -> None:
    lanes = spaced()
    async with lanes.turn("slow.example"), lanes.turn("wire.example"):
        pass
    assert pauses == []


async def test_a_host_is_left_in_peace_between_two_polls(pauses: list[float]) -> None:
    lanes = spaced()
    for _ in range(2):
        async with lanes.turn("wire.example"):
            pass
    (pause,) = pauses
    assert 0 < pause <= FOREVER


async def test_what_belongs_to_the_request_before_needs_no_pause(pauses: list[float]) -> None:
    lanes = spaced()
    async with lanes.turn("wire.example"):
        pass
    async with lanes.turn("wire.example", spaced=False):
        pass
    assert pauses == []


async def test_an_exempt_host_is_asked_again_at_once(pauses: list[float]) -> None:
    lanes = spaced()
    for _ in range(2):
        async with lanes.turn("10.0.0.1"):
            pass
    assert pauses == []


async def test_whoever_is_cancelled_in_the_queue_leaves_it_whole() -> None:
    lanes = Hosts(timedelta(0))
    async with lanes.turn("wire.example"):
        waiting = asyncio.create_task(_ask(lanes))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    await _ask(lanes)


async def _ask(lanes: Hosts) -> None:
    async with lanes.turn("wire.example"):
        pass


async def test_hosts_whose_pause_is_over_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "MOST_REMEMBERED", 10)
    lanes = Hosts(timedelta(0))
    async with lanes.turn("busy.example"):
        for number in range(100):
            async with lanes.turn(f"{number}.example"):
                pass
        assert len(lanes._lanes) <= 11
        assert "busy.example" in lanes._lanes


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://user:word@WIRE.example:8443/feed", "wire.example"),
        ("http://[2001:db8::1]/feed", "2001:db8::1"),
        ("http://[::1", ""),
        ("", ""),
    ],
)
def test_the_host_of_an_address(url: str, host: str) -> None:
    assert host_of(url) == host


async def test_the_owners_own_servers_are_asked_side_by_side() -> None:
    lanes = spaced()
    async with lanes.turn("10.0.0.1"), lanes.turn("10.0.0.1"):
        pass


def test_feeds_of_one_host_are_one_lane_wherever_they_moved_and_the_owners_own_are_not() -> None:
    lanes = spaced()
    feed = Source(id=SourceId("s"), name="s", url="https://wire.example/a")
    assert lanes.lane_of(feed) == "wire.example"
    assert lanes.lane_of(feed, "https://big.example/b") == "big.example"
    assert lanes.lane_of(replace(feed, url="http://10.0.0.1:8000/a")) == "s"
    assert lanes.lane_of(replace(feed, url=None, path="articles")) == "s"
