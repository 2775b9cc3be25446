"""How people and machines see what hubs push, and what they are told where no hub gets through."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from aiohttp import ClientSession, encode_basic_auth
from lxml import html

from bot.app import Role, run_bot
from bot.assembly import Bot
from bot.checks import offline
from bot.commands.sources_state import standings
from bot.commands.views.sources import one
from bot.deliver.card import plain
from bot.store.schema import hub_subscriptions
from tests.flow.desk import NEITHER, TRADE, Desk
from tests.flow.push_room import TOKEN, PushRoom, push_room, work

MINUTE = timedelta(minutes=1)


@pytest_asyncio.fixture
async def room(desk: Desk) -> AsyncIterator[PushRoom]:
    async with push_room(desk) as opened:
        opened.show(NEITHER)
        yield opened


async def in_chat(bot: Bot) -> str:
    (found,) = await bot.database.read(standings, bot.settings.sources, now=bot.clock.now())
    return " ".join(plain(one(found).lines).split())


async def page(room: PushRoom, path: str) -> str:
    headers = {"Authorization": encode_basic_auth("any", TOKEN)}
    url = f"http://127.0.0.1:{room.port}{path}"
    async with ClientSession(headers=headers) as session, session.get(url) as answer:
        assert answer.status == 200
        text = await answer.text()
    if path == "/metrics":
        return text
    document: html.HtmlElement = html.fromstring(text)
    return " ".join(document.text_content().split())


async def test_a_source_that_is_pushed_says_by_whom_and_until_when(room: PushRoom) -> None:
    async with room.bot() as bot:
        await bot.service.pollers.run_due()
        assert f"not pushed by {room.hub.url}: asked for" in await in_chat(bot)
        await work(bot)
        await room.hub.until(lambda: room.hub.subscribed)
        assert f"pushed by {room.hub.url}, lease until" in await in_chat(bot)
        await room.publish(TRADE)
        await work(bot)
        assert f"pushed by {room.hub.url}, last delivery" in await in_chat(bot)
        shown = await page(room, "/sources")
        counted = await page(room, "/metrics")
    assert f"pushed by {room.hub.url}, lease until 2025-05-08 08:00 UTC, last delivery" in shown
    assert 'tradewire_hub_subscriptions{state="live"} 1.0' in counted
    assert 'tradewire_hub_deliveries_total{outcome="accepted"} 1.0' in counted


async def test_a_hub_that_fails_is_named_with_the_reason_and_its_address_holds_no_secret(room: PushRoom) -> None:
    room.hub.status = 500
    room.show(NEITHER, hub=f"{room.hub.url}?key=hidden")
    async with room.bot() as bot:
        for _ in range(2):
            await work(bot)
            room.desk.clock.advance(10 * MINUTE)
        said, shown, counted = await in_chat(bot), await page(room, "/sources"), await page(room, "/metrics")
    for each in (said, shown):
        assert f"not pushed by {room.hub.url}?…: the hub refuses (HTTP 500)" in each
        assert "hidden" not in each
    assert 'tradewire_hub_subscriptions{state="failing"} 1.0' in counted


async def test_where_no_hub_gets_through_the_operators_hear_of_it_once(room: PushRoom) -> None:
    public = f'"http://127.0.0.1:{room.port}"\n[operations]\ntell = ["slack:C0123"]'
    room.configure(public_url=public)
    room.hub.verifies = False
    async with room.bot() as bot:
        for _ in range(12):
            await work(bot)
            room.desk.clock.advance(timedelta(hours=2))
    told = [each for each in room.desk.slack_titles if "cannot reach this bot" in each]
    assert len(told) == 1
    assert "public_url" in told[0]
    assert "/websub/…" in told[0]


async def test_one_hub_that_does_not_confirm_is_no_matter_for_the_operators(room: PushRoom) -> None:
    public = f'"http://127.0.0.1:{room.port}"\n[operations]\ntell = ["slack:C0123"]'
    room.configure(public_url=public)
    async with room.bot() as bot:
        await work(bot)
        await room.hub.until(lambda: room.hub.subscribed)
        room.hub.verifies = False
        for _ in range(12):
            await work(bot)
            room.desk.clock.advance(timedelta(hours=12))
    assert room.alerts == 0


async def test_an_hour_of_upkeep_forgets_what_nobody_reads_and_keeps_subscriptions(room: PushRoom) -> None:
    async with room.bot() as bot:
        await work(bot)
        await room.hub.until(lambda: room.hub.subscribed)
        await room.publish(TRADE)
        room.desk.clock.advance(timedelta(hours=2))
        await bot.service.prune()
        await work(bot)
        assert room.alerts == 0
        rows = await bot.database.read(lambda connection: connection.execute(hub_subscriptions.select()).all())
    assert len(rows) == 1


async def test_the_program_as_it_runs_subscribes_receives_and_tells(
    room: PushRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its own web page, its own clock and its own ticks; the next poll is five minutes away."""
    monkeypatch.setattr("bot.app.keep_what_is_loaded", lambda: None)
    room.configure(port=str(room.port), probes='"off"')
    running = asyncio.create_task(run_bot(room.desk.settings(), Role.ALL))
    await room.hub.until(lambda: room.hub.subscribed)
    said = await room.publish(TRADE)
    await room.desk.slack.people.until(lambda: room.alerts == 1, "the alert")
    os.kill(os.getpid(), signal.SIGTERM)
    await running
    assert said.status == 202
    assert "Brazil and Japan" in room.desk.slack_titles[0]


@pytest.mark.parametrize(
    ("web", "said"),
    [
        ({}, "hubs of feeds deliver to http://127.0.0.1:"),
        ({"public_url": ""}, "off: for hubs of feeds to deliver, set public_url under [web]"),
        ({"public_url": '"http://desk.example"'}, "must be an https address"),
        ({"push": "false"}, "off, by push under [web]"),
    ],
)
async def test_check_says_whether_hubs_can_deliver(room: PushRoom, web: dict[str, str], said: str) -> None:
    room.configure(**web)
    settings = room.desk.settings()
    checks = await asyncio.to_thread(lambda: list(offline(settings)))
    (found,) = [check for check in checks if check.what == "push"]
    assert found.ok, "polling does without"
    assert said in found.detail
