"""Autocomplete on Discord: values for an option while somebody types.

Discord shows what comes within 3 s (https://docs.discord.com/developers/interactions/receiving-and-responding) and
forgets the rest, and asks again with every letter. So the work has a deadline of its own, and what fails or is late
is an empty list: the person can always type the value.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import discord
import structlog

from bot.commands.on_discord.offer import MAX_CHOICES
from bot.commands.spec import Caller, Catalog
from bot.deliver.discord.errors import NETWORK_ERRORS, describe
from bot.deliver.discord.markup import clean

SUGGEST_WITHIN = 2.0  # seconds for the work, which leaves one for the way
SEND_WITHIN = 3.0  # seconds for the answer; later nobody sees it
# https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-option-choice-structure
MAX_VALUE = 100

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Typing:
    """What stands in the option that somebody is typing in."""

    command: str
    option: str
    typed: str


def typing_of(data: Mapping[str, Any]) -> Typing | None:
    """The option in focus: `{"options": [{"name": "why", "options": [{"name": "item", "focused": true, …}]}]}`."""
    for command in data.get("options") or ():
        for option in command.get("options") or ():
            if option.get("focused"):
                return Typing(str(command["name"]), str(option["name"]), str(option.get("value", "")))
    return None


async def suggest(
    interaction: discord.Interaction, catalog: Catalog, typing: Typing, caller: Caller, *, within: float
) -> None:
    """Answer one autocomplete interaction; never raises for what the catalog or the network does."""
    values = await _values(catalog, typing, caller, within)
    choices = [discord.app_commands.Choice(name=value, value=value) for value in _fitting(values)]
    try:
        async with asyncio.timeout(SEND_WITHIN):
            await interaction.response.autocomplete(choices)
    except NETWORK_ERRORS as error:
        log.info("suggestions not shown", platform="discord", error=describe(error))


async def _values(catalog: Catalog, typing: Typing, caller: Caller, within: float) -> Sequence[str]:
    try:
        async with asyncio.timeout(within):
            return await catalog.suggest(typing.command, typing.option, typing.typed, caller)
    except TimeoutError:
        log.info("suggestions took too long", platform="discord", command=typing.command, seconds=within)
    except Exception:
        log.exception("suggestions failed", platform="discord", command=typing.command)
    return ()


def _fitting(values: Sequence[str]) -> list[str]:
    """What Discord takes as it is, each once: a value that is cut or cleaned would be another one."""
    taken = [value for value in values if 0 < len(value) <= MAX_VALUE and value.strip() and clean(value) == value]
    return list(dict.fromkeys(taken))[:MAX_CHOICES]
