"""Every example that help shows works when it is copied, on a bot that has read and told some news."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from bot.assembly import Bot
from bot.commands.spec import Caller, Permission
from bot.deliver.card import Reply, plain
from bot.model import Destination
from tests.fakes.discord_payloads import GUILD_CHANNEL_ID
from tests.flow.desk import SLACK_CHANNEL, Desk

EXAMPLE = "Example: "
Run = Callable[[Desk, Bot, str], Awaitable[Reply]]


async def _granted() -> Permission:
    return Permission(granted=True)


CALLER = Caller(
    user=Destination("slack", "UANN", person=True),
    place=Destination("slack", SLACK_CHANNEL),
    name="Ann",
    may_manage=_granted,
    may_administer=_granted,
)


ON_DISCORD = replace(
    CALLER, user=Destination("discord", "4711", person=True), place=Destination("discord", str(GUILD_CHANNEL_ID))
)


async def _examples(bot: Bot, name: str, caller: Caller = CALLER) -> list[str]:
    lines = plain((await bot.catalog.run_text(f"help {name}", caller)).lines).splitlines()
    return [line.removeprefix(EXAMPLE) for line in lines if line.startswith(EXAMPLE)]


async def _run(desk: Desk, bot: Bot, example: str) -> Reply:
    """As it stands, but for sites on the internet."""
    return await bot.catalog.run_text(_at_hand(desk, example).removeprefix("/wire "), CALLER)


async def _run_on_discord(desk: Desk, bot: Bot, example: str) -> Reply:
    """As Discord reads what is pasted: the name, then options, each with its name and a colon before it."""
    name, _, rest = _at_hand(desk, example).removeprefix("/wire ").partition(" ")
    names = "|".join(option.name for option in bot.catalog.by_name[name].options)
    parts = re.split(rf"(?:^| )({names}):", rest) if rest else [""]
    assert not parts[0], f"{example}: what stands before the first option is lost"
    return await bot.catalog.run(name, dict(zip(parts[1::2], parts[2::2], strict=True)), ON_DISCORD)


def _at_hand(desk: Desk, example: str) -> str:
    for site in ("https://www.example.org/news", "example.org/feed"):
        example = example.replace(site, desk.web.url("/feed"))
    return example


@pytest.mark.parametrize(("caller", "run"), [(CALLER, _run), (ON_DISCORD, _run_on_discord)], ids=["slack", "discord"])
async def test_every_example_of_every_command_works_when_it_is_copied(
    desk: Desk, mistakes: list[str], caller: Caller, run: Run
) -> None:
    wrong: dict[str, list[str]] = {}
    async with desk.bot() as bot:
        await bot.service.once()
        for command in bot.catalog.commands:
            copied = await _examples(bot, command.name, caller)
            assert copied, f"/wire help {command.name} shows no example"
            for example in copied:
                reply = await run(desk, bot, example)
                if mistakes or reply.title.startswith("No item") or not example.startswith(f"/wire {command.name}"):
                    wrong[example] = [*mistakes, reply.title]
                mistakes.clear()
    assert wrong == {}
