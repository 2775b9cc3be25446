"""Sources that are added, paused and removed from chat while the bot runs: over both services, on both databases."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import discord
import pytest

from bot.assembly import Bot
from bot.commands.spec import Caller
from bot.model import Destination
from bot.store import added_sources, news
from bot.store.schema import items
from tests.contract.story_room import granted
from tests.fakes.web import item, rss
from tests.flow.desk import MARKET, SLACK_CHANNEL, TRADE, Desk
from tests.flow.test_chat import chatting, discord_answer, shown

TITLES = [
    "Brazil and Japan agree to cut tariffs on farm goods to 5%",
    "Nikkei plunges 6% as central bank raises interest rates by surprise",
]
LATER = item(
    "India raises tariffs on imported steel to 25%",
    guid="later-1",
    link="https://site.example/steel",
    description="The trade ministry in New Delhi announced the tariff on Tuesday.",
)

ADMIN = Caller(
    user=Destination("slack", "U0123", person=True),
    place=Destination("slack", SLACK_CHANNEL),
    may_administer=granted,
)


@pytest.fixture(autouse=True)
def _site(desk: Desk) -> None:
    """The configured feed is empty; a site has the news."""
    desk.web.serve("/feed", rss())
    desk.web.serve("/site", '<html><head><link rel="alternate" type="application/rss+xml" href="/news.xml"></html>')
    desk.web.serve("/news.xml", rss(TRADE, MARKET, title="The Site"))
    desk.slack.admins.add("U0123")


async def on_slack(desk: Desk, text: str) -> Any:
    asked = await desk.slack.people.command(text, channel=SLACK_CHANNEL)
    return await desk.slack.people.answer(asked)


async def press_on_slack(desk: Desk, answer: Any, label: str) -> str:
    buttons = [each for block in answer["blocks"] if block["type"] == "actions" for each in block["elements"]]
    (value,) = [button["value"] for button in buttons if button["text"]["text"] == label]
    pressed = await desk.slack.people.press(value, channel=SLACK_CHANNEL)
    return shown(await desk.slack.people.answer(pressed))


async def poll(bot: Bot, desk: Desk) -> None:
    """What the process does at its ticks, some minutes later."""
    desk.clock.advance(timedelta(minutes=10))
    assert await bot.service.once() == []


async def test_a_source_added_on_slack_is_polled_by_the_running_bot_and_alerts(desk: Desk) -> None:
    async with chatting(desk) as bot:
        assert desk.sent == []
        answer = await on_slack(desk, f"sources add {desk.web.url('/site')}")
        assert "Found “The Site”" in shown(answer)
        assert "Would have been flagged" in shown(answer)
        await poll(bot, desk)
        assert desk.sent == [], "nothing is saved yet"
        assert "Added “The Site” (the-site)" in await press_on_slack(desk, answer, "Add")
        await poll(bot, desk)
        assert len(desk.sent) == 2 * 3, "both stories came to all three places"
        assert all(title in "".join(desk.slack_titles) for title in TITLES)
        assert "The Site" in desk.slack_titles[0], "a feed's title is its outlet"
        assert "✓ the-site" in shown(await on_slack(desk, "sources"))
    desk.assert_payloads_are_valid()


async def test_on_discord_the_same_is_done_with_typed_options(desk: Desk) -> None:
    async with chatting(desk) as bot:
        given = {"action": "add", "source": desk.web.url("/news.xml"), "every": "15m", "authority": "wire"}
        asked = await desk.discord.slash("sources", given)
        assert "Nothing is saved yet" in await discord_answer(asked)
        (custom_id,) = re.findall(r'"(wire:sources:add #[0-9a-f]+)"', json.dumps(asked.original))
        assert asked.original is not None
        pressed = await desk.discord.press(custom_id, asked.original)
        assert "Added “The Site”" in await discord_answer(pressed)
        await poll(bot, desk)
        assert desk.discord_titles == TITLES
    desk.assert_payloads_are_valid()


async def test_who_only_manages_a_channel_changes_no_sources(desk: Desk) -> None:
    desk.slack.admins.clear()
    desk.slack.add_channel(SLACK_CHANNEL).creator = "U0123"
    desk.discord.rights = discord.Permissions(manage_channels=True).value
    async with chatting(desk):
        refused = [
            shown(await on_slack(desk, "sources pause wire")),
            await discord_answer(await desk.discord.slash("sources", {"action": "pause", "source": "wire"})),
        ]
        for answer, who in zip(refused, ("workspace's owners and administrators", "Manage Server"), strict=True):
            assert "for the administrators of Tradewire" in answer
            assert who in answer
            assert "managers" in answer
        desk.discord.rights = discord.Permissions(manage_guild=True).value
        asked = await desk.discord.slash("sources", {"action": "pause", "source": "wire"})
        assert "Paused" in await discord_answer(asked)


async def test_what_is_paused_or_removed_is_not_polled_and_its_items_stay(desk: Desk) -> None:
    async with chatting(desk) as bot:
        answer = await on_slack(desk, f"sources add {desk.web.url('/news.xml')}")
        await press_on_slack(desk, answer, "Add")
        await poll(bot, desk)
        told = len(desk.sent)
        await on_slack(desk, "sources pause the-site too noisy")
        desk.web.serve("/news.xml", rss(LATER, title="The Site"))
        await poll(bot, desk)
        assert len(desk.sent) == told
        assert "paused" in shown(await on_slack(desk, "sources the-site"))
        await on_slack(desk, "sources resume the-site")
        await poll(bot, desk)
        assert desk.sent[told:][0][1] == "India raises tariffs on imported steel to 25%"
        await on_slack(desk, "sources remove the-site")
        asked = len(desk.web.requests)
        await poll(bot, desk)
        assert [each.path for each in desk.web.requests[asked:]] == ["/feed"]
        count = await bot.database.read(lambda connection: len(connection.execute(items.select()).all()))
        assert count == 3
        assert await bot.database.read(news.counts, since=desk.clock.now() - timedelta(days=1)) == (3, 3)


async def test_a_second_process_polls_what_was_added_in_the_first(desk: Desk) -> None:
    async with desk.bot() as worker, chatting(desk) as chat:
        answer = await on_slack(desk, f"sources add {desk.web.url('/news.xml')}")
        await press_on_slack(desk, answer, "Add")
        await poll(worker, desk)
        assert desk.discord_titles == TITLES
        await poll(chat, desk)
        assert desk.discord_titles == TITLES, "told once, whoever polls"
        await on_slack(desk, "sources pause the-site")
        asked = len(desk.web.requests)
        await poll(worker, desk)
        assert [each.path for each in desk.web.requests[asked:]] == ["/feed"]


async def test_a_restart_keeps_sources_pauses_and_buttons(desk: Desk) -> None:
    async with desk.bot() as before:
        offer = await before.catalog.run_text(f"sources add {desk.web.url('/news.xml')}", ADMIN)
        await before.catalog.run_text("sources pause wire being mended", ADMIN)
    async with chatting(desk) as bot:
        pressed = await desk.slack.people.press(offer.actions[0].command, channel=SLACK_CHANNEL)
        assert "Added" in shown(await desk.slack.people.answer(pressed))
        changes = await bot.database.read(added_sources.changes)
        assert [each.source.id for each in changes.added] == ["the-site"]
    asked = len(desk.web.requests)
    desk.clock.advance(timedelta(minutes=10))
    await desk.once()
    assert [each.path for each in desk.web.requests[asked:]] == ["/news.xml"]
    assert desk.discord_titles == TITLES


async def test_a_source_that_comes_into_the_file_is_the_files_from_then_on(desk: Desk) -> None:
    async with desk.bot() as before:
        offer = await before.catalog.run_text(f"sources add {desk.web.url('/news.xml')}", ADMIN)
        assert "Added" in (await before.catalog.press(offer.actions[0].command, ADMIN)).title
    feed = desk.web.url("/news.xml")
    desk.configure(sources=f'[[source]]\nid = "site"\nname = "Ours"\nurl = "{feed}"\n')
    async with chatting(desk) as bot:
        asked = len(desk.web.requests)
        await poll(bot, desk)
        assert [each.path for each in desk.web.requests[asked:]] == ["/news.xml"]
        listed = shown(await on_slack(desk, "sources"))
        assert "Ours" in listed
        assert "the-site" not in listed
