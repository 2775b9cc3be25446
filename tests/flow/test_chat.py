"""The four commands and the Why button on both services, answered by the real catalog on a real database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.assembly import Bot
from bot.commands.on_discord.chat import DiscordChat
from bot.commands.on_slack.chat import SlackChat
from bot.supervise import supervise
from tests.fakes.discord_payloads import GUILD_CHANNEL_ID
from tests.fakes.discord_service import Interaction
from tests.flow.desk import SLACK_CHANNEL, Desk

OPTIONS = {
    "latest": ("topic", "since", "page"),
    "search": ("query", "since", "page"),
    "why": ("item",),
    "story": ("story", "start"),
    "follow": ("story",),
    "unfollow": ("story",),
    "mute": ("kind", "value", "for", "reason"),
    "unmute": ("kind", "value"),
    "irrelevant": ("item", "topic"),
    "relevant": ("item", "topic"),
    "undo": ("item",),
    "help": ("command",),
}
Ask = Callable[[Desk, str], Awaitable[str]]

COMMANDS = {
    "latest": ("Brazil and Japan agree", "Nikkei plunges"),
    "latest trade 24h": ("Brazil and Japan agree",),
    "why": ("speaks for", "first by route desk"),
    "status": ("Last 24 h", "3 items", "6 sent"),
    "help": ("/wire latest", "/wire why", "/wire status"),
    "help latest": ("Example: /wire latest ", "trade", "7d"),
    "lates": ("Did you mean /wire latest?",),
    "latest tade": ("Did you mean trade?",),
    "latest trade soon": ("a time is a number",),
    "latest trade 24h 2": ("There is no page 2",),
    "latest trade 24h two": ("“two” is no page.",),
    "search brazil": ("1. ", "Brazil", "Example Wire", "story "),
    "search tarif*": ("“tarif*”", "tariffs"),
    "search zebra": ("Nothing stored matches “zebra”.",),
    "search topic:trad": ("did you mean trade?", "▸trad◂", "topic:trade"),
    "search": ("“query” is missing", "/wire search <query>"),
    "help query": ("tarif*", "rate>10 tier>=urgent"),
    "help lates": ("Did you mean latest?",),
    "why nonsense": ("No item",),
}


@asynccontextmanager
async def chatting(desk: Desk) -> AsyncIterator[Bot]:
    """A bot that has told its alerts and is connected to both services."""
    async with desk.bot() as bot:
        await bot.service.once()
        slack = SlackChat(
            catalog=bot.catalog,
            bot_token=desk.slack.bot_token,
            app_token=desk.slack.app_token,
            api_url=desk.slack.api_url,
            report=bot.parts.reporter("slack"),
        )
        discord = DiscordChat(desk.discord.token, bot.catalog, report=bot.parts.reporter("discord"))
        running = [asyncio.create_task(chat.run()) for chat in (slack, discord)]
        try:
            await desk.slack.people.connected()
            await asyncio.wait_for(desk.discord.gateway.ready.wait(), 10)
            yield bot
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)


async def ask_slack(desk: Desk, text: str) -> str:
    asked = await desk.slack.people.command(text, channel=SLACK_CHANNEL)
    return shown(await desk.slack.people.answer(asked))


async def ask_discord(desk: Desk, text: str) -> str:
    name, _, rest = text.partition(" ")
    options = dict(zip(OPTIONS.get(name, ()), rest.split(), strict=False))
    return await discord_answer(await desk.discord.slash(name, options))


async def discord_answer(asked: Interaction) -> str:
    await asyncio.wait_for(asked.answered.wait(), 10)
    return shown(asked.original)


def shown(answer: object) -> str:
    """All the text of a message, without the escapes of its platform."""
    return json.dumps(answer, ensure_ascii=False).replace("\\\\", "").replace("&gt;", ">")


@pytest.mark.parametrize("ask", [ask_slack, ask_discord])
async def test_every_command_and_every_mistake_is_answered(desk: Desk, ask: Ask) -> None:
    async with chatting(desk):
        for text, expected in COMMANDS.items():
            answer = await ask(desk, text)
            for part in expected:
                assert part in answer, f"/wire {text}: {part!r} is missing"
    desk.assert_payloads_are_valid()


async def test_the_button_of_a_card_explains_it_also_after_a_restart(desk: Desk) -> None:
    await desk.once()
    async with chatting(desk):
        message = desk.slack.messages(SLACK_CHANNEL)[0]
        (buttons,) = [block["elements"] for block in message.blocks if block["type"] == "actions"]
        (value,) = [button["value"] for button in buttons if button["text"]["text"] == "Why"]
        pressed = await desk.slack.people.press(value, channel=SLACK_CHANNEL)
        assert "speaks for trade" in shown(await desk.slack.people.answer(pressed))

        card = desk.discord.messages[GUILD_CHANNEL_ID][0]
        (row,) = card["components"]
        (custom_id,) = [button["custom_id"] for button in row["components"] if button["label"] == "Why"]
        assert "speaks for trade" in await discord_answer(await desk.discord.press(custom_id, card))
    desk.assert_payloads_are_valid()


async def test_the_acknowledgement_does_not_wait_for_the_store(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async with chatting(desk) as bot:
        release = asyncio.Event()
        read = bot.database.read

        async def slow(*args: Any, **kwargs: Any) -> Any:
            await release.wait()
            return await read(*args, **kwargs)

        monkeypatch.setattr(bot.database, "read", slow)
        on_slack = await desk.slack.people.command("status", channel=SLACK_CHANNEL)
        on_discord = await desk.discord.slash("status")
        await desk.slack.people.acknowledged(on_slack)
        await asyncio.wait_for(on_discord.acknowledged.wait(), 10)
        assert not on_slack.answers
        assert not on_discord.answered.is_set()
        release.set()
        assert "Last 24 h" in shown(await desk.slack.people.answer(on_slack))
        assert "Last 24 h" in await discord_answer(on_discord)


async def test_status_tells_what_fails_with_its_cure(desk: Desk) -> None:
    desk.web.serve("/feed", "<!doctype html><html><body>moved</body></html>")
    async with chatting(desk):
        for ask in (ask_slack, ask_discord):
            answer = await ask(desk, "status")
            assert "is a web page, not a feed; look on that page" in answer
            assert "1 failing" in answer
            assert "connected" in answer


async def test_one_chat_client_that_dies_takes_nothing_else_down(desk: Desk) -> None:
    """The real supervision: a broken gateway kills the Discord client, which is started again."""
    async with desk.bot() as bot:
        chat = DiscordChat(desk.discord.token, bot.catalog, report=bot.parts.reporter("discord"))
        supervised = asyncio.create_task(supervise("discord", chat.run, bot.parts, first_pause=0))
        try:
            await asyncio.wait_for(desk.discord.gateway.ready.wait(), 10)
            await desk.discord.gateway.utter("<html>")
            async with asyncio.timeout(10):
                await desk.discord.gateway.again.wait()
            assert await bot.service.once() == []
            assert "Last 24 h" in await ask_discord(desk, "status")
        finally:
            supervised.cancel()
            await asyncio.gather(supervised, return_exceptions=True)
    assert len(desk.discord_titles) == 2
