"""Asking the same of a bot on Slack and on Discord, through both platforms' own sockets."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Mapping

import pytest

from bot.commands.spec import Caller, Catalog
from bot.deliver.card import Reply, plain
from tests.fakes.discord_service import Interaction
from tests.flow.desk import SLACK_CHANNEL, Desk
from tests.flow.test_chat import shown

SLACK_PERSON = "U0123"  # who types at Slack

# What the catalog was asked with which options, and its neutral reply.
Seen = list[tuple[str, dict[str, str], Reply]]

# What names the platform, the place, the person or who manages there, and numbers that grow with every invocation.
_OWN = re.compile(
    r"Here that is [^.]*\.|(?:slack|discord)(?::@?\w+)?|[0-9a-f]{6,}|\d+|<[@#][^>]*>|\b(?:somebody|ann)\b",
    re.IGNORECASE,
)


def noted(monkeypatch: pytest.MonkeyPatch) -> Seen:
    """From now on, everything that a platform asks of the catalog."""
    asked: Seen = []
    run = Catalog.run

    async def noting(self: Catalog, name: str, arguments: Mapping[str, str], caller: Caller) -> Reply:
        reply = await run(self, name, arguments, caller)
        asked.append((name, dict(arguments), reply))
        return reply

    monkeypatch.setattr(Catalog, "run", noting)
    return asked


def let_manage(desk: Desk, *, manages: bool) -> None:
    """Whether the person who types manages the channel and the workspace, on either platform."""
    if manages:
        desk.slack.admins.add(SLACK_PERSON)
    else:
        desk.discord.rights = 0


async def on_slack(desk: Desk, text: str) -> str:
    """What the person sees. Slack escapes what is typed: https://docs.slack.dev/interactivity/implementing-slash-commands"""
    asked = await desk.slack.people.command(html.escape(text, quote=False), channel=SLACK_CHANNEL)
    return shown(await desk.slack.people.answer(asked))


async def on_discord(desk: Desk, name: str, arguments: dict[str, str], files: dict[str, str] | None = None) -> str:
    """`files` are attached: the address by the name of the option."""
    return await _original(await desk.discord.slash(name, arguments, files=files))


async def _original(interaction: Interaction) -> str:
    await asyncio.wait_for(interaction.answered.wait(), 10)
    return shown(interaction.original)


def text_of(reply: Reply) -> str:
    return f"{reply.title}\n{plain(reply.lines)}"


def neutral(reply: Reply, catalog: Catalog) -> str:
    """The reply without what differs between two platforms that are asked one after the other, nor the names of
    options in the commands that it shows: each platform has its own way to write them.
    """
    names = {option.name for command in catalog.commands for option in command.options}
    option = re.compile(rf"(?<= )(?:(?:{'|'.join(sorted(names))})[:= ])+")
    texts = [reply.title, *(run.text for line in reply.lines for run in line)]
    return _OWN.sub("…", " ".join(option.sub("", text) if "/wire " in text else text for text in texts))


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]{3,}", text.lower()))
