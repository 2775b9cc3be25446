"""Acknowledging an interaction on Discord, and answering the caller: text, buttons, menus, pictures and files."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from typing import Any

import aiohttp
import discord
import structlog

from bot.deliver.card import File, Reply, Run
from bot.deliver.discord.embeds import attached, reply_payload
from bot.deliver.discord.errors import NETWORK_ERRORS, describe

log = structlog.get_logger()

ACK_DEADLINE = 3.0  # seconds: https://docs.discord.com/developers/interactions/receiving-and-responding
ANSWER_DEADLINE = 30.0  # seconds for sending the answer, rate limits included

_ALREADY_ACKNOWLEDGED = 40060
_BUTTON = 2  # a component type
_TRY_AGAIN_LATER = 429


async def acknowledge(interaction: discord.Interaction) -> bool:
    """Say "thinking" within Discord's three seconds; False where the person has been told that we do not answer.

    One repetition after a dropped connection. If the first try had arrived after all, Discord says so.
    """
    try:
        async with asyncio.timeout(ACK_DEADLINE):
            try:
                await interaction.response.defer(ephemeral=True, thinking=True)
            except aiohttp.ClientError:
                await _acknowledge_again(interaction)
    except NETWORK_ERRORS as error:
        if getattr(error, "code", None) == _ALREADY_ACKNOWLEDGED:
            log.debug("another process answers", platform="discord")
            return False
        log.warning("interaction not acknowledged", platform="discord", error=describe(error))
        return False
    return True


async def _acknowledge_again(interaction: discord.Interaction) -> None:
    try:
        await interaction.response.defer(ephemeral=True, thinking=True)
    except discord.HTTPException as error:
        if error.code != _ALREADY_ACKNOWLEDGED:
            raise


async def answer(interaction: discord.Interaction, reply: Reply) -> None:
    """Replace "thinking", which only the caller sees, by the reply."""
    try:
        async with asyncio.timeout(ANSWER_DEADLINE):
            await _with_files_or_without(interaction, reply)
    except NETWORK_ERRORS as error:
        log.warning("command not answered", platform="discord", error=describe(error))


async def _with_files_or_without(interaction: discord.Interaction, reply: Reply) -> None:
    """Where Discord refuses what is attached (too large, or no right to Attach Files), the text still goes."""
    try:
        await _edit(interaction, reply)
    except discord.HTTPException as error:
        refused = 400 <= error.status < 500 and error.status != _TRY_AGAIN_LATER
        if not refused or not attached(reply):
            raise
        log.warning("attachment refused", platform="discord", error=describe(error))
        await _edit(interaction, without_files(reply))


async def _edit(interaction: discord.Interaction, reply: Reply) -> None:
    await interaction.edit_original_response(**_message(reply), attachments=_files(reply))


def without_files(reply: Reply) -> Reply:
    """What a picture shows, in words, and that a file is missing."""
    said = []
    if reply.picture and reply.picture.alt:
        said.append((Run(text=reply.picture.alt),))
    if reply.file:
        said.append((Run(text=f"The file {reply.file.name} could not be sent here: may I attach files?"),))
    return replace(reply, picture=None, file=None, lines=(*said, *reply.lines))


def _files(reply: Reply) -> list[discord.File]:
    return [_file(file) for file in attached(reply)]


def _file(file: File) -> discord.File:
    return discord.File(io.BytesIO(file.content), filename=file.name, description=file.alt or None)


def _message(reply: Reply) -> dict[str, Any]:
    """The rendered reply for discord.py's webhook client, which keeps the interaction's token out of its logs."""
    payload = reply_payload(reply)
    message: dict[str, Any] = {
        "embeds": [discord.Embed.from_dict(embed) for embed in payload["embeds"]],
        "allowed_mentions": discord.AllowedMentions.none(),
    }
    if payload["components"]:
        message["view"] = _view(payload["components"])
    return message


def _view(rows: list[dict[str, Any]]) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for number, row in enumerate(rows):
        for part in row["components"]:
            view.add_item(_button(part, number) if part["type"] == _BUTTON else _select(part, number))
    view.stop()  # only drawn: presses come to on_interaction, and discord.py need not remember the view
    return view


def _button(part: dict[str, Any], row: int) -> discord.ui.Button[discord.ui.View]:
    style = discord.ButtonStyle(part["style"])
    return discord.ui.Button(style=style, label=part["label"], custom_id=part["custom_id"], row=row)


def _select(part: dict[str, Any], row: int) -> discord.ui.Select[discord.ui.View]:
    options = [discord.SelectOption(label=option["label"], value=option["value"]) for option in part["options"]]
    return discord.ui.Select(custom_id=part["custom_id"], placeholder=part["placeholder"], options=options, row=row)
