"""Every example that help shows works when it is copied, on a bot that has read and told some news."""

from __future__ import annotations

from typing import Any

import pytest

from bot.assembly import Bot
from bot.commands.spec import Caller, Mistake, Permission
from bot.deliver.card import Reply, plain
from bot.model import Destination
from tests.flow.desk import SLACK_CHANNEL, Desk

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

EXAMPLE = "Example: "


async def _granted() -> Permission:
    return Permission(granted=True)


CALLER = Caller(
    user=Destination("slack", "UANN", person=True),
    place=Destination("slack", SLACK_CHANNEL),
    name="Ann",
    may_manage=_granted,
    may_administer=_granted,
)


async def _examples(bot: Bot, name: str) -> list[str]:
    lines = plain((await bot.catalog.run_text(f"help {name}", CALLER)).lines).splitlines()
    return [line.removeprefix(EXAMPLE) for line in lines if line.startswith(EXAMPLE)]


async def _run(desk: Desk, bot: Bot, example: str) -> Reply:
    """As it stands, but for sites on the internet."""
    for site in ("https://www.example.org/news", "example.org/feed"):
        example = example.replace(site, desk.web.url("/feed"))
    return await bot.catalog.run_text(example.removeprefix("/wire "), CALLER)


def _noting(init: Any, made: list[str], self: Mistake, *args: Any, **kwargs: Any) -> None:
    init(self, *args, **kwargs)
    made.append(self.reply.title)


async def test_every_example_of_every_command_works_when_it_is_copied(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong: dict[str, list[str]] = {}
    made: list[str] = []
    init = Mistake.__init__
    monkeypatch.setattr(Mistake, "__init__", lambda *args, **kwargs: _noting(init, made, *args, **kwargs))
    async with desk.bot() as bot:
        await bot.service.once()
        for command in bot.catalog.commands:
            copied = await _examples(bot, command.name)
            assert copied, f"/wire help {command.name} shows no example"
            for example in copied:
                reply = await _run(desk, bot, example)
                if made or reply.title.startswith("No item") or not example.startswith(f"/wire {command.name}"):
                    wrong[example] = [*made, reply.title]
                made.clear()
    assert wrong == {}
