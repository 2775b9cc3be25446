"""The catalog on Discord: one `/wire` command with a subcommand for each, and the buttons under the cards.

The definition that Discord shows is made from the catalog, and what comes back is given to the catalog as it is,
without the Python function per command that discord.py's command tree wants. So a person whose client still shows
yesterday's commands gets the catalog's help, and a button is a command that no restart can kill: its custom_id is
all there is to know.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import aiohttp
import discord
import structlog

from bot.commands.spec import MAX_INPUT, Caller, Catalog, Command, Option, Permission
from bot.deliver.card import Reply, Run
from bot.deliver.discord.embeds import BUTTON_PREFIX, reply_payload
from bot.deliver.discord.errors import NETWORK_ERRORS
from bot.deliver.discord.markup import shorten
from bot.deliver.discord.session import build_client, close, connect, log_in
from bot.model import Destination
from bot.observe import Report, unheard

log = structlog.get_logger()

ACK_DEADLINE = 3.0  # seconds: https://docs.discord.com/developers/interactions/receiving-and-responding
WORK_DEADLINE = 25.0  # seconds for a command; its answer may come up to 15 minutes after the acknowledgement
ANSWER_DEADLINE = 30.0  # seconds for sending the answer, rate limits included
SYNC_DEADLINE = 15.0  # seconds
DRAIN_DEADLINE = 1.0  # seconds that commands get to answer when the client goes

GROUP = "wire"
GROUP_HELP = "Trade-policy and market alerts: what came, why, and what you want to hear."
# https://docs.discord.com/developers/interactions/application-commands#application-command-object
MAX_DESCRIPTION = 100
MAX_CHOICES = 25

WHO_MANAGES = "Here that is whoever has Manage Channels, Manage Server or Administrator."

_CHAT_INPUT, _SUBCOMMAND, _STRING = 1, 1, 3  # a command type and two option types
_IN_SERVERS, _IN_DIRECT_MESSAGES = 0, 1  # contexts
_TO_SERVERS = 0  # integration type: installed to a server, not to a person's account
_ALREADY_ACKNOWLEDGED = 40060

_DEFINING = {
    "name", "description", "type", "contexts", "integration_types", "options", "required", "max_length", "choices",
    "value",
}  # fmt: skip

Call = Callable[[], Awaitable[Reply]]


class DiscordChat:
    """Answers commands and buttons. A crash ends `run`, and the next `run` starts with a new client."""

    def __init__(
        self, token: str, catalog: Catalog, *, work_deadline: float = WORK_DEADLINE, report: Report = unheard
    ) -> None:
        self._token = token
        self._catalog = catalog
        self._work_deadline = work_deadline
        self._report = report
        self._working: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Answer until cancelled.

        Raises BadToken, and whatever broke the client: dropped connections do not, a malformed event does.
        """
        client = self.client()
        try:
            await log_in(client, self._token)
            await connect(client)
        finally:
            await self._drain()
            await close(client)

    async def _drain(self) -> None:
        """Let commands answer before the connection goes, though not for long."""
        if self._working:
            _, late = await asyncio.wait(self._working, timeout=DRAIN_DEADLINE)
            for task in late:
                task.cancel()

    def client(self) -> discord.Client:
        """A new client that is not logged in. It offers the commands as it logs in."""
        client = build_client()

        @client.event
        async def setup_hook() -> None:
            await offer_commands(client, self._catalog)

        @client.event
        async def on_ready() -> None:
            self._report(True, f"connected as {client.user}")

        @client.event
        async def on_resumed() -> None:
            self._report(True, f"connected as {client.user}")

        @client.event
        async def on_disconnect() -> None:
            self._report(False, "the connection was lost; connecting again")

        @client.event
        async def on_interaction(interaction: discord.Interaction) -> None:
            await self._on_interaction(interaction)

        return client

    async def _on_interaction(self, interaction: discord.Interaction) -> None:
        call = self._call(interaction)
        if call is None:
            return
        task = asyncio.create_task(self._serve(interaction, call))
        self._working.add(task)
        task.add_done_callback(self._working.discard)
        await task

    async def _serve(self, interaction: discord.Interaction, call: Call) -> None:
        if await _acknowledge(interaction):
            await _answer(interaction, await self._work(call))

    def _call(self, interaction: discord.Interaction) -> Call | None:
        """What was asked for; None where it is not for us."""
        data: Mapping[str, Any] = interaction.data or {}
        caller = _caller(interaction)
        if interaction.type is discord.InteractionType.application_command and data.get("name") == GROUP:
            name, arguments = _subcommand(data)
            return lambda: self._catalog.run(name, arguments, caller)
        custom_id = str(data.get("custom_id", ""))
        if interaction.type is discord.InteractionType.component and custom_id.startswith(BUTTON_PREFIX):
            return lambda: self._catalog.press(custom_id.removeprefix(BUTTON_PREFIX), caller)
        return None

    async def _work(self, call: Call) -> Reply:
        try:
            async with asyncio.timeout(self._work_deadline):
                return await call()
        except TimeoutError:
            log.warning("command took too long", platform="discord", seconds=self._work_deadline)
            return _apology("That took too long, so I stopped. Please try again in a minute.")
        except Exception:
            log.exception("command failed", platform="discord")
            return _apology("That failed here, not at your end. The error is in the log; please try again later.")


def _apology(text: str) -> Reply:
    return Reply(title="Sorry", lines=((Run(text=text),),))


def _caller(interaction: discord.Interaction) -> Caller:
    person = Destination("discord", str(interaction.user.id), person=True)
    in_channel = interaction.guild_id is not None and interaction.channel_id is not None
    here = Destination("discord", str(interaction.channel_id)) if in_channel else person
    parent = getattr(interaction.channel, "parent_id", None)  # of threads and posts in a forum only
    return Caller(
        user=person,
        place=Destination("discord", str(parent)) if parent else here,
        thread=here if parent else None,
        name=interaction.user.display_name,
        may_manage=partial(_may_manage, interaction.permissions),
    )


async def _may_manage(rights: discord.Permissions) -> Permission:
    """By what Discord sent with the interaction: the person's rights in that channel, its overwrites included."""
    granted = rights.administrator or rights.manage_guild or rights.manage_channels
    return Permission(granted=granted, why=WHO_MANAGES)


def _subcommand(data: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """`{"options": [{"name": "latest", "options": [{"name": "topic", "value": "trade"}]}]}`."""
    for option in data.get("options") or ():
        arguments = {str(given["name"]): str(given["value"]) for given in option.get("options") or ()}
        return str(option["name"]), arguments
    return "help", {}


async def _acknowledge(interaction: discord.Interaction) -> bool:
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
        log.warning("interaction not acknowledged", platform="discord", error=_describe(error))
        return False
    return True


async def _acknowledge_again(interaction: discord.Interaction) -> None:
    try:
        await interaction.response.defer(ephemeral=True, thinking=True)
    except discord.HTTPException as error:
        if error.code != _ALREADY_ACKNOWLEDGED:
            raise


async def _answer(interaction: discord.Interaction, reply: Reply) -> None:
    """Replace "thinking" by the reply. A public one goes beside it: what began private stays private."""
    try:
        async with asyncio.timeout(ANSWER_DEADLINE):
            if reply.private:
                await interaction.edit_original_response(**_message(reply))
            else:
                await interaction.edit_original_response(**_message(Reply(title="Posted here for everyone.")))
                await interaction.followup.send(**_message(reply))
    except NETWORK_ERRORS as error:
        log.warning("command not answered", platform="discord", error=_describe(error))


def _message(reply: Reply) -> dict[str, Any]:
    """The rendered reply for discord.py's webhook client, which keeps the interaction's token out of its logs."""
    payload = reply_payload(reply)
    message: dict[str, Any] = {
        "embeds": [discord.Embed.from_dict(embed) for embed in payload["embeds"]],
        "allowed_mentions": discord.AllowedMentions.none(),
    }
    if payload["components"]:
        message["view"] = _buttons(payload["components"])
    return message


def _buttons(rows: list[dict[str, Any]]) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for number, row in enumerate(rows):
        for button in row["components"]:
            style = discord.ButtonStyle(button["style"])
            item: discord.ui.Button[discord.ui.View] = discord.ui.Button(
                style=style, label=button["label"], custom_id=button["custom_id"], row=number
            )
            view.add_item(item)
    view.stop()  # only drawn: presses come to on_interaction, and discord.py need not remember the view
    return view


def _describe(error: BaseException) -> str:
    """Without addresses, which hold the interaction's token."""
    if isinstance(error, discord.HTTPException):
        return f"HTTP {error.status}, code {error.code}"
    return type(error).__name__


async def offer_commands(client: discord.Client, catalog: Catalog) -> None:
    """Make Discord show the commands of `catalog`, if it does not yet (creations are limited to 200 a day).

    A failure is logged and changes nothing else: what Discord showed before still works.
    """
    wanted = [wire_command(catalog)]
    application_id = client.application_id or 0
    try:
        async with asyncio.timeout(SYNC_DEADLINE):
            shown = await client.http.get_global_commands(application_id)
            if [_essence(command) for command in shown] == [_essence(command) for command in wanted]:
                return
            await client.http.bulk_upsert_global_commands(application_id, wanted)
    except NETWORK_ERRORS as error:
        log.warning("commands not offered", platform="discord", error=_describe(error))
    else:
        log.info("commands offered", platform="discord", commands=len(catalog.commands))


def wire_command(catalog: Catalog) -> dict[str, Any]:
    """The definition of `/wire`: https://docs.discord.com/developers/interactions/application-commands."""
    return {
        "name": GROUP,
        "description": GROUP_HELP,
        "type": _CHAT_INPUT,
        "contexts": [_IN_SERVERS, _IN_DIRECT_MESSAGES],
        "integration_types": [_TO_SERVERS],
        "options": [_subcommand_definition(command) for command in catalog.commands],
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
    definition = {
        "type": _STRING,
        "name": option.name,
        "description": shorten(option.help, MAX_DESCRIPTION),
        "required": option.required,
        "max_length": MAX_INPUT,
    }
    if option.choices and len(option.choices) <= MAX_CHOICES:  # more are typed; the catalog checks them all the same
        definition["choices"] = [{"name": choice, "value": choice} for choice in option.choices]
    return definition


def _essence(node: Any) -> Any:
    """A definition without what Discord adds (ids, versions, defaults it spells out), to compare two of them."""
    if isinstance(node, dict):
        return {key: _essence(value) for key, value in node.items() if key in _DEFINING and value}
    return [_essence(value) for value in node] if isinstance(node, list) else node
