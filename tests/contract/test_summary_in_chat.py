"""`/wire summary` typed on both platforms, over real sockets: stories, picture, and pages after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.commands.on_discord.chat import DiscordChat
from bot.deliver.discord.session import use_endpoints
from bot.store.engine import Database
from tests.contract.summary_room import SummaryRoom, summary_room
from tests.fakes.clock import FakeClock
from tests.fakes.discord_people import Interaction
from tests.fakes.discord_service import TOKEN, FakeDiscord
from tests.fakes.discord_waiting import stop_waiting
from tests.fakes.slack_desk import chat_of, running
from tests.fakes.slack_service import SlackService
from tests.summary_stories import party, story

STORIES = [story(number, party("CN"), title=f"Number {number} <!here> @everyone") for number in range(25)]
PNG = b"\x89PNG"


@pytest.fixture
def room(database: Database, clock: FakeClock) -> SummaryRoom:
    return summary_room(database, clock, STORIES)


@pytest.fixture
async def discord(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeDiscord]:
    stop_waiting(monkeypatch)
    async with FakeDiscord() as fake:
        use_endpoints(fake.api_url, fake.gateway.url)
        yield fake
        use_endpoints()
    assert fake.violations == []


@asynccontextmanager
async def on_discord(service: FakeDiscord, room: SummaryRoom) -> AsyncIterator[None]:
    task = asyncio.create_task(DiscordChat(TOKEN, room.catalog).run())
    await asyncio.wait_for(service.gateway.ready.wait(), 10)
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def text_of(interaction: Interaction) -> str:
    await asyncio.wait_for(interaction.answered.wait(), 10)
    assert interaction.original is not None
    embeds = interaction.original["embeds"]
    return "\n".join(embed.get(part, "") for embed in embeds for part in ("title", "description"))


def button(interaction: Interaction, label: str) -> str:
    assert interaction.original is not None
    parts = [part for row in interaction.original["components"] for part in row["components"]]
    return next(str(part["custom_id"]) for part in parts if part.get("label") == label)


async def test_on_discord_with_its_picture_and_pages(discord: FakeDiscord, room: SummaryRoom) -> None:
    async with on_discord(discord, room):
        first = await discord.slash("summary", {"period": "week", "about": "China"})
        text = await text_of(first)
    assert text.startswith("Summary of the last 7 days: China (page 1 of 3)")
    assert next(line for line in text.splitlines() if "Number" in line).startswith("1\\. [Number")
    assert "@everyone" not in text
    (content,) = first.files.values()
    assert content.startswith(PNG)
    discord.gateway.ready.clear()
    async with on_discord(discord, room):
        assert first.original is not None
        second = await text_of(await discord.press(button(first, "Next"), first.original))
        chosen = await text_of(await discord.choose(f"story:{STORIES[0].id}", first.original))
    assert "(page 2 of 3)" in second
    assert chosen.startswith("Number 0")


async def test_on_slack_with_its_picture_and_pages(slack: SlackService, room: SummaryRoom) -> None:
    async with running(chat_of(slack, room)):
        asked = await slack.people.command("summary week China")
        await slack.people.acknowledged(asked)
        first = await slack.people.answer(asked)
    assert first["text"].startswith("Summary of the last 7 days: China (page 1 of 3)")
    assert "<!here>" not in first["text"]
    (file,) = slack.files.by_id.values()
    assert file.content is not None
    assert file.content.startswith(PNG)
    assert "Stories by day" in file.alt
    (following,) = [
        element["value"]
        for block in first["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
        if element.get("text", {}).get("text") == "Next"
    ]
    async with running(chat_of(slack, room)):
        second = await slack.people.answer(await slack.people.press(following))
    assert "(page 2 of 3)" in second["text"]
