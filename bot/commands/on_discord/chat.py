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

import discord
import structlog

from bot.commands.on_discord.answers import acknowledge, answer
from bot.commands.on_discord.connection import PATIENCE, Connection, follow_connection
from bot.commands.on_discord.gateway import HEARTBEAT_TIMEOUT, Sessions, build_listener, listen
from bot.commands.on_discord.offer import GROUP, WHY, offer_commands
from bot.commands.on_discord.suggest import SUGGEST_WITHIN, suggest, typing_of
from bot.commands.once import Memory, Take, alone
from bot.commands.spec import Caller, Catalog, Permission
from bot.commands.working import Working
from bot.deliver.card import Reply, Run
from bot.deliver.discord.embeds import BUTTON_PREFIX, MENU_ID
from bot.deliver.discord.session import Shards, close, log_in
from bot.model import Destination
from bot.observe.health import Report, unheard

log = structlog.get_logger()

WORK_DEADLINE = 25.0  # seconds for a command; its answer may come up to 15 minutes after the acknowledgement

WHO_ADMINISTERS = "Here that is whoever has Manage Server or Administrator."
WHO_MANAGES = "Here that is whoever has Manage Channels, Manage Server or Administrator."

_WHY = "why:"  # how the command begins that stands under every alert
_NO_SERVER = "@me"  # direct messages, in links

Call = Callable[[], Awaitable[Reply]]


class DiscordChat:
    """Answers commands and buttons. A crash ends `run`, and the next `run` starts with a new client.

    `work_deadline`, `suggest_within`, `heartbeat_timeout` (of silence, and the connection is replaced) and `patience`
    (without a connection, and `run` ends) are seconds. `take` asks whether another process does a command already.
    """

    def __init__(
        self,
        token: str,
        catalog: Catalog,
        *,
        work_deadline: float = WORK_DEADLINE,
        suggest_within: float = SUGGEST_WITHIN,
        report: Report = unheard,
        shards: Shards | None = None,
        take: Take = alone,
        heartbeat_timeout: float = HEARTBEAT_TIMEOUT,
        patience: float = PATIENCE,
    ) -> None:
        self._token = token
        self._catalog = catalog
        self._work_deadline = work_deadline
        self._suggest_within = suggest_within
        self._report = report
        self._shards = shards
        self._take = take
        self._heartbeat_timeout = heartbeat_timeout
        self._patience = patience
        self._memory = Memory()
        self._sessions = Sessions(len(shards.ours) if shards else 1)
        self._working = Working()

    async def run(self) -> None:
        """Answer until cancelled.

        Raises Closed with the cure where only a person can help, ConnectionError where no connection comes, and
        whatever broke the client: dropped connections and malformed events do not.
        """
        connection = Connection(self._report, self._patience)
        client = self.client(connection)
        try:
            await log_in(client, self._token)
            await connection.held(listen(client))
        finally:
            await self._working.drain()
            await close(client)

    def client(self, connection: Connection) -> discord.Client:
        """A new client that is not logged in. It offers the commands as it logs in."""
        client = build_listener(self._sessions, self._shards, heartbeat_timeout=self._heartbeat_timeout)
        follow_connection(client, connection)

        @client.event
        async def setup_hook() -> None:
            await offer_commands(client, self._catalog)

        @client.event
        async def on_interaction(interaction: discord.Interaction) -> None:
            await self._on_interaction(interaction)

        return client

    async def _on_interaction(self, interaction: discord.Interaction) -> None:
        if interaction.type is discord.InteractionType.autocomplete:
            await self._suggest(interaction)
            return
        call = self._call(interaction)
        if call is None or not self._memory.is_first(str(interaction.id)):
            return
        await asyncio.create_task(self._serve(interaction, call))

    async def _suggest(self, interaction: discord.Interaction) -> None:
        data: Mapping[str, Any] = interaction.data or {}
        typing = typing_of(data) if data.get("name") == GROUP else None
        if typing:
            await suggest(interaction, self._catalog, typing, _caller(interaction), within=self._suggest_within)

    async def _serve(self, interaction: discord.Interaction, call: Call) -> None:
        self._working.join()
        if not await acknowledge(interaction):
            return
        if reply := await self._work(interaction.id, call):
            await answer(interaction, reply)

    def _call(self, interaction: discord.Interaction) -> Call | None:
        """What was asked for; None where it is not for us."""
        data: Mapping[str, Any] = interaction.data or {}
        caller = _caller(interaction)
        if interaction.type is discord.InteractionType.application_command:
            if data.get("name") == GROUP:
                name, arguments = _subcommand(data)
                return lambda: self._catalog.run(name, arguments, caller)
            if data.get("name") == WHY:
                return lambda: self._catalog.press(_why_of(interaction, data), caller)
        pressed = _pressed(data) if interaction.type is discord.InteractionType.component else None
        return partial(self._catalog.press, pressed, caller) if pressed is not None else None

    async def _work(self, number: int, call: Call) -> Reply | None:
        """None where another process does it: that one answers."""
        try:
            async with asyncio.timeout(self._work_deadline):
                return await call() if await self._take(f"discord:{number}") else None
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
        locale=str(interaction.locale),
        may_manage=partial(_may_manage, interaction.permissions),
        may_administer=partial(_may_administer, interaction.permissions),
    )


async def _may_manage(rights: discord.Permissions) -> Permission:
    """By what Discord sent with the interaction: the person's rights in that channel, its overwrites included."""
    granted = rights.administrator or rights.manage_guild or rights.manage_channels
    return Permission(granted=granted, why=WHO_MANAGES)


async def _may_administer(rights: discord.Permissions) -> Permission:
    return Permission(granted=rights.administrator or rights.manage_guild, why=WHO_ADMINISTERS)


def _subcommand(data: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """`{"options": [{"name": "latest", "options": [{"name": "topic", "value": "trade"}]}]}`.

    Of what is attached the value is a number, and its address stands beside:
    https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object-resolved-data-structure
    """
    files = (data.get("resolved") or {}).get("attachments") or {}
    for option in data.get("options") or ():
        arguments = {
            str(given["name"]): str(files.get(str(given["value"]), {}).get("url", given["value"]))
            for given in option.get("options") or ()
        }
        return str(option["name"]), arguments
    return "help", {}


def _pressed(data: Mapping[str, Any]) -> str | None:
    """The command of a button or of what was chosen from a menu; None where it is not one of ours."""
    custom_id = str(data.get("custom_id", ""))
    if custom_id == MENU_ID:
        return next((str(value) for value in data.get("values") or ()), None)
    return custom_id.removeprefix(BUTTON_PREFIX) if custom_id.startswith(BUTTON_PREFIX) else None


def _why_of(interaction: discord.Interaction, data: Mapping[str, Any]) -> str:
    """What the Why button under the message would say; without one, the link of the message."""
    target = str(data.get("target_id", ""))
    message = ((data.get("resolved") or {}).get("messages") or {}).get(target) or {}
    for row in message.get("components") or ():
        for part in row.get("components") or ():
            command = str(part.get("custom_id", "")).removeprefix(BUTTON_PREFIX)
            if command.startswith(_WHY):
                return command
    server = interaction.guild_id or _NO_SERVER
    return f"{_WHY}https://discord.com/channels/{server}/{interaction.channel_id}/{target}"
