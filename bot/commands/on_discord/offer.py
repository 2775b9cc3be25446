"""What Discord is asked to show: one `/wire` with a subcommand for each command, and "Why this alert?" on messages.

The definition is made from the catalog and sent only where it is not what Discord shows already.
"""

from __future__ import annotations

import asyncio
from typing import Any

import discord
import structlog

from bot.commands.spec import MAX_INPUT, Catalog, Command, Option
from bot.deliver.discord.errors import NETWORK_ERRORS, describe
from bot.deliver.discord.markup import shorten

log = structlog.get_logger()

SYNC_DEADLINE = 15.0  # seconds

GROUP = "wire"
GROUP_HELP = "Trade-policy and market alerts: what came, why, and what you want to hear."
WHY = "Why this alert?"  # in the menu of every message, under Apps
# https://docs.discord.com/developers/interactions/application-commands#application-command-object
MAX_DESCRIPTION = 100
MAX_CHOICES = 25

_CHAT_INPUT, _MESSAGE = 1, 3  # command types
_SUBCOMMAND, _STRING, _ATTACHMENT = 1, 3, 11  # option types
_IN_SERVERS, _IN_DIRECT_MESSAGES = 0, 1  # contexts
_TO_SERVERS = 0  # integration type: installed to a server, not to a person's account

_DEFINING = {
    "name", "description", "type", "contexts", "integration_types", "options", "required", "max_length", "choices",
    "value", "autocomplete",
}  # fmt: skip


async def offer_commands(client: discord.Client, catalog: Catalog) -> None:
    """Make Discord show the commands of `catalog`, if it does not yet (creations are limited to 200 a day).

    A failure is logged and changes nothing else: what Discord showed before still works.
    """
    wanted = [wire_command(catalog)]
    if "why" in catalog.by_name:
        wanted.append(why_command())
    application_id = client.application_id or 0
    try:
        async with asyncio.timeout(SYNC_DEADLINE):
            shown = await client.http.get_global_commands(application_id)
            if _compared(shown) == _compared(wanted):
                return
            await client.http.bulk_upsert_global_commands(application_id, wanted)
    except NETWORK_ERRORS as error:
        log.warning("commands not offered", platform="discord", error=describe(error))
    else:
        log.info("commands offered", platform="discord", commands=len(catalog.commands))


def wire_command(catalog: Catalog) -> dict[str, Any]:
    """The definition of `/wire`: https://docs.discord.com/developers/interactions/application-commands."""
    return {
        **_command(GROUP, _CHAT_INPUT),
        "description": GROUP_HELP,
        "options": [_subcommand_definition(command) for command in catalog.commands],
    }


def why_command() -> dict[str, Any]:
    """The entry in the menu of a message."""
    return _command(WHY, _MESSAGE)


def _command(name: str, kind: int) -> dict[str, Any]:
    return {
        "name": name,
        "type": kind,
        "contexts": [_IN_SERVERS, _IN_DIRECT_MESSAGES],
        "integration_types": [_TO_SERVERS],
    }


def _subcommand_definition(command: Command) -> dict[str, Any]:
    options = sorted(command.options, key=lambda option: not option.required)  # Discord wants the required ones first
    return {
        "type": _SUBCOMMAND,
        "name": command.name,
        "description": shorten(command.help, MAX_DESCRIPTION),
        "options": [_option_definition(option) for option in options],
    }


def _option_definition(option: Option) -> dict[str, Any]:
    if option.file:
        about = shorten(option.help, MAX_DESCRIPTION)
        return {"type": _ATTACHMENT, "name": option.name, "description": about, "required": option.required}
    definition = {
        "type": _STRING,
        "name": option.name,
        "description": shorten(option.help, MAX_DESCRIPTION),
        "required": option.required,
        "max_length": MAX_INPUT,
    }
    if option.suggest or len(option.choices) > MAX_CHOICES:  # more choices than Discord lists are suggested instead
        definition["autocomplete"] = True
    elif option.choices:
        definition["choices"] = [{"name": choice, "value": choice} for choice in option.choices]
    return definition


def _compared(definitions: list[Any]) -> list[Any]:
    """In one order: Discord's own is not documented."""
    ordered = sorted(definitions, key=lambda command: (command["type"], command["name"]))
    return [_essence(command) for command in ordered]


def _essence(node: Any) -> Any:
    """A definition without what Discord adds (ids, versions, defaults it spells out), to compare two of them."""
    if isinstance(node, dict):
        return {key: _essence(value) for key, value in node.items() if key in _DEFINING and value}
    return [_essence(value) for value in node] if isinstance(node, list) else node
