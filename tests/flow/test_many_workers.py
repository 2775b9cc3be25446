"""Two workers on one database: one stops and the other goes on, nothing is lost, repeated or out of order."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.assembly import Bot
from bot.deliver.card import Bulletin
from bot.model import Destination
from bot.store import breaker
from bot.store.bulletins import enqueue_bulletin
from bot.store.outbox import DOUBT
from bot.store.schema import destinations, sources
from tests.fakes.discord_payloads import GUILD_CHANNEL_ID
from tests.fakes.discord_service import SEND
from tests.fakes.slack_service import Slow
from tests.flow.desk import SLACK_CHANNEL, Desk

HERE = Destination("slack", SLACK_CHANNEL)
TITLES = ["First", "Second", "Third"]


@asynccontextmanager
async def serving(bot: Bot) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(bot.service.serve())
    yield task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def stopped(task: asyncio.Task[Any]) -> None:
    """As SIGTERM does it."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def put_in(bot: Bot, *titles: str, to: Destination = HERE) -> None:
    for title in titles:
        now = bot.clock.now()
        bot.database.write_now(enqueue_bulletin, to, Bulletin(title=title, lines=()), key=title, now=now)


def leased(bot: Bot) -> list[str]:
    def held(connection: sa.Connection) -> list[str]:
        rows = [sa.select(table.c.id).where(table.c.lease_owner.is_not(None)) for table in (sources, destinations)]
        return [row for each in rows for row in connection.execute(each).scalars()]

    return bot.database.read_now(held)


async def put_off(bot: Bot, by: timedelta) -> None:
    """Until what is next for Slack is due so much later."""
    async with asyncio.timeout(10):
        due = None
        while due != bot.clock.now() + by:
            await asyncio.sleep(0.01)
            due = await bot.database.read(breaker.next_due, ["slack"])


async def arrived(desk: Desk, *titles: str) -> None:
    messages = desk.slack.messages(SLACK_CHANNEL)
    await desk.slack.people.until(lambda: len(messages) >= len(titles), f"{len(titles)} messages")
    shown = desk.slack_titles
    assert len(shown) == len(titles)
    assert all(title in blocks for title, blocks in zip(titles, shown, strict=True))


@pytest.fixture(autouse=True)
def _nothing_to_poll(desk: Desk) -> None:
    desk.configure(sources='[[source]]\nid = "off"\nname = "Off"\nurl = "http://127.0.0.1:9/"\nenabled = false\n')


async def test_a_worker_that_stops_ends_what_is_under_way_and_leaves_the_rest_to_the_others(desk: Desk) -> None:
    release = asyncio.Event()
    desk.slack.fail("chat.postMessage", Slow(release))
    async with desk.bot() as one, desk.bot() as other:
        put_in(one, *TITLES)
        async with serving(one) as task:
            await arrived(desk, "First")  # and its answer is held back
            stopping = asyncio.create_task(stopped(task))
            await asyncio.sleep(0.05)
            release.set()
            await stopping
        await arrived(desk, "First")
        assert leased(one) == []
        async with serving(other):
            await arrived(desk, *TITLES)
    assert [method for method, _ in desk.slack.calls].count("chat.postMessage") == 3
    assert "conversations.history" not in [method for method, _ in desk.slack.calls], "no outcome was unknown"


async def test_a_run_that_is_stopped_ends_what_is_under_way_and_begins_nothing(desk: Desk) -> None:
    release = asyncio.Event()
    desk.slack.fail("chat.postMessage", Slow(release))
    async with desk.bot() as bot:
        put_in(bot, *TITLES)
        task = asyncio.create_task(bot.service.once())
        await arrived(desk, "First")  # and its answer is held back
        stopping = asyncio.create_task(stopped(task))
        await asyncio.sleep(0.05)
        release.set()
        await stopping
        await arrived(desk, "First")
        assert leased(bot) == []


async def test_what_does_not_end_in_time_is_looked_up_by_the_next_worker(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.service.STOP_PATIENCE_S", 0.05)
    never = asyncio.Event()
    desk.slack.fail("chat.postMessage", Slow(never))
    async with desk.bot() as one, desk.bot() as other:
        put_in(one, *TITLES)
        async with serving(one) as task:
            await arrived(desk, "First")
            await stopped(task)
        assert leased(one) == []
        desk.clock.advance(timedelta(minutes=1))
        async with serving(other):
            await put_off(other, DOUBT)
            desk.clock.advance(DOUBT)
            await arrived(desk, *TITLES)
    assert [method for method, _ in desk.slack.calls].count("conversations.history") == 1


async def test_a_claim_that_a_stop_cuts_off_is_given_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk.bot() as one:
        begun, go_on = threading.Event(), threading.Event()
        real = breaker.claim_due

        def slow(*args: object, **more: object) -> object:
            claimed = real(*args, **more)  # type: ignore[arg-type]  # what we were given
            if claimed:
                begun.set()
                go_on.wait(10)
            return claimed

        monkeypatch.setattr(breaker, "claim_due", slow)
        put_in(one, *TITLES)
        async with serving(one) as task:
            await asyncio.to_thread(begun.wait, 10)
            stopping = asyncio.create_task(stopped(task))
            await asyncio.sleep(0.05)
            go_on.set()
            await stopping
        assert leased(one) == []
        assert desk.slack_titles == []


async def test_a_worker_sends_by_rest_alone(desk: Desk) -> None:
    async with desk.bot() as worker, serving(worker):
        put_in(worker, "Discord", to=Destination("discord", str(GUILD_CHANNEL_ID)))
        put_in(worker, "Slack")
        await arrived(desk, "Slack")
        await asyncio.wait_for(desk.discord.called(SEND), 10)
    assert desk.discord.gateway.identified == 0
    assert "apps.connections.open" not in [method for method, _ in desk.slack.calls]


async def test_while_one_platform_answers_slowly_the_other_goes_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.service.DESTINATIONS_AT_ONCE", 1)
    release = asyncio.Event()
    desk.slack.fail("chat.postMessage", Slow(release))
    async with desk.bot() as worker, serving(worker):
        put_in(worker, "Slack")
        await arrived(desk, "Slack")
        put_in(worker, "Discord", to=Destination("discord", str(GUILD_CHANNEL_ID)))
        worker.service.senders.wake()
        await asyncio.wait_for(desk.discord.called(SEND), 10)
        release.set()


async def test_an_end_waits_for_the_database_without_stopping_the_event_loop(desk: Desk) -> None:
    gate = threading.Event()
    async with desk.bot() as bot:
        slow = asyncio.create_task(bot.database.write(lambda connection: gate.wait(10)))
        await asyncio.sleep(0.05)
        asyncio.get_running_loop().call_later(0.05, gate.set)  # runs only where the loop does
    assert await slow
