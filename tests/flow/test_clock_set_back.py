"""The clock of a machine is set back an hour while the bot runs: polls, alerts and digests go on within seconds."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.model import Item
from bot.pipeline import clean
from bot.store import feeds
from tests.fakes.discord_service import SEND
from tests.fakes.web import rss
from tests.flow.desk import MARKET, TRADE, Desk, serving

HOUR = timedelta(hours=1)


async def told(desk: Desk, count: int) -> None:
    async with asyncio.timeout(30):
        await desk.slack.people.until(lambda: len(desk.slack_titles) >= count, f"{count} alerts")
        await desk.discord.called(SEND, count)


async def said(lines: Sequence[Mapping[str, Any]]) -> None:
    """Until the log tells of it: that comes once all is put right, and an alert may come sooner."""
    async with asyncio.timeout(30):
        while True:
            if any(line["event"] == "clock_set_back" for line in lines):
                return
            await asyncio.sleep(0.005)


async def test_a_running_bot_polls_and_tells_on_by_the_clock_as_it_is(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.schedule.TICK_S", 0.05)
    desk.web.serve("/feed", rss(TRADE))
    with capture_logs() as lines:
        async with desk.bot() as bot, serving(bot):
            await told(desk, 1)
            desk.web.serve("/feed", rss(MARKET, TRADE))
            desk.clock.advance(-HOUR)
            await told(desk, 2)
            await said(lines)
            (health,) = await bot.database.read(feeds.health)
            assert health.last_ok_at is not None
            assert health.last_ok_at <= desk.clock.now()
    assert [line["seconds"] for line in lines if line["event"] == "clock_set_back"] == [HOUR.total_seconds()]
    desk.clock.advance(2 * HOUR)
    assert desk.wrong_in_the_books() == []


async def test_a_poll_that_was_under_way_does_not_wait_for_the_old_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.schedule.TICK_S", 0.05)
    begun, go_on = threading.Event(), threading.Event()

    def slow(*args: Any) -> list[Item]:
        begun.set()
        assert go_on.wait(20)
        return clean(*args)

    desk.web.serve("/feed", rss(TRADE))
    async with desk.bot() as bot:
        put_right = bot.service._put_right

        async def and_go_on() -> None:
            await put_right()
            desk.web.serve("/feed", rss(MARKET, TRADE))
            go_on.set()

        monkeypatch.setattr("bot.pipeline.clean", slow)
        monkeypatch.setattr(bot.service, "_put_right", and_go_on)
        async with serving(bot):
            assert await asyncio.to_thread(begun.wait, 20)
            desk.clock.advance(-HOUR)
            await told(desk, 2)


async def test_a_bot_that_starts_with_an_earlier_clock_does_not_wait_for_the_old_time(desk: Desk) -> None:
    desk.web.serve("/feed", rss(TRADE))
    await desk.once()
    desk.web.serve("/feed", rss(MARKET, TRADE))
    desk.clock.advance(-HOUR)
    await desk.once()
    assert [len(shown) for shown in (desk.slack_titles, desk.discord_titles)] == [2, 2]
    asked = len(desk.web.requests)
    await desk.once()
    assert len(desk.web.requests) == asked, "once"


async def test_a_day_forward_and_back_tells_nothing_twice(desk: Desk) -> None:
    await desk.once()
    for jump in (timedelta(days=1), -timedelta(days=1)):
        desk.clock.advance(jump)
        await desk.once()
    assert [len(shown) for shown in (desk.slack_titles, desk.discord_titles)] == [2, 2]
    desk.assert_payloads_are_valid()
