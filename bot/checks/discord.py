"""Discord, asked for all that the bot needs there: token, the application's switches, the rights in each channel."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp
import discord
from discord.http import Route

from bot.checks.found import Check
from bot.checks.skew import Clocks
from bot.clock import Clock
from bot.deliver.discord.channel import ATTEMPT_TIMEOUT
from bot.deliver.discord.errors import NETWORK_ERRORS, send_error
from bot.deliver.discord.rights import THREADS, missing_rights, permissions_in
from bot.deliver.discord.session import BadToken, build_client, close, log_in
from bot.deliver.ports import SendError, UnknownOutcome
from bot.model import Destination

TOKEN = "DISCORD_TOKEN"  # noqa: S105 - the name of a setting
DEVELOPERS = "https://discord.com/developers/applications"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordCheck:
    """Asks over REST and posts nothing; `use_endpoints` has said where Discord is."""

    token: str
    destinations: Sequence[Destination]
    clock: Clock
    clocks: Clocks

    async def run(self) -> AsyncIterator[Check]:
        """Where the token is not taken nothing else is asked: too many refused requests shut our address out."""
        async with AsyncExitStack() as stack:
            client = build_client(self._trace())
            stack.push_async_callback(close, client)
            try:
                await log_in(client, self.token)
            except (*NETWORK_ERRORS, BadToken) as error:
                yield Check(False, TOKEN, str(send_error(error, TOKEN)))
                return
            yield Check(True, TOKEN, str(client.user))
            yield _application(client)
            yield await _gateway(client)
            server = _Servers(client, self.clock.now())
            for destination in self.destinations:
                yield await server.check(destination)

    def _trace(self) -> aiohttp.TraceConfig:
        """Notes what time Discord says it is, with every answer."""
        asked = self.clock.now()

        async def start(session: object, context: object, params: object) -> None:
            nonlocal asked
            asked = self.clock.now()

        async def answered(session: object, context: object, answer: aiohttp.TraceRequestEndParams) -> None:
            self.clocks.note("Discord", answer.response.headers.get("Date"), asked, self.clock.now())

        trace = aiohttp.TraceConfig()
        trace.on_request_start.append(start)
        trace.on_request_end.append(answered)
        return trace


def _application(client: discord.Client) -> Check:
    """With an endpoint for interactions the gateway brings no command. Of the intents none is privileged."""
    application = client.application
    if application is not None and application.interactions_endpoint_url:
        where = f"{DEVELOPERS}, General Information, Interactions Endpoint URL"
        return Check(
            False, "discord application", f"commands go to a web address and not to Tradewire: empty {where}"
        )
    if application is not None and application.bot_require_code_grant:
        wrong = f"the bot cannot be invited: switch off Requires OAuth2 Code Grant under {DEVELOPERS}, Bot"
        return Check(False, "discord application", wrong)
    return Check(True, "discord application", "commands come over the gateway; no privileged intent is needed")


async def _gateway(client: discord.Client) -> Check:
    """Whether a connection may be begun: https://docs.discord.com/developers/events/gateway#get-gateway-bot"""
    try:
        found = await _get(client, Route("GET", "/gateway/bot"), "gateway")
        left = int(found["session_start_limit"]["remaining"])
        pause = int(found["session_start_limit"]["reset_after"]) // 60_000
        shards = int(found["shards"])
    except SendError as error:
        return Check(False, "discord gateway", str(error))
    except (LookupError, TypeError, ValueError):
        return Check(False, "discord gateway", "Discord's answer cannot be read; check DISCORD_API_URL")
    if left < 1:
        return Check(
            False, "discord gateway", f"no connection may be begun for {pause} min: something restarts too often"
        )
    return Check(True, "discord gateway", f"{left} connections may be begun today; {shards} shard(s) recommended")


class _Servers:
    """The channels of the bot's servers; what it is in each server is asked once."""

    def __init__(self, client: discord.Client, now: datetime) -> None:
        self._client = client
        self._now = now
        self._known: dict[str, tuple[Json, Json]] = {}  # the server, and the bot as its member

    async def check(self, destination: Destination) -> Check:
        place = str(destination)
        try:
            wrong, name = await (self._person if destination.person else self._channel)(destination)
        except SendError as error:
            return Check(False, place, str(error))
        except (LookupError, TypeError, ValueError) as error:
            return Check(False, place, f"Discord's answer cannot be read ({type(error).__name__})")
        return Check(not wrong, place, wrong or f"{self._client.user} may post in {name}")

    async def _person(self, destination: Destination) -> tuple[str, str]:
        """That a conversation opens; whether they take messages shows only with one."""
        route, body = Route("POST", "/users/@me/channels"), {"recipient_id": destination.address}
        channel = await _get(self._client, route, str(destination), json=body)
        return "", str(channel["recipients"][0]["username"])

    async def _channel(self, destination: Destination) -> tuple[str, str]:
        """What is wrong, or nothing, and what the channel is called."""
        place = str(destination)
        channel = await self._of(destination.address, place)
        name, is_thread = f"#{channel['name']}", int(channel["type"]) in THREADS
        guild, member = await self._server(str(channel["guild_id"]), place)
        if wrong := self._silenced(channel, member, name):
            return wrong, name
        holder = await self._of(str(channel["parent_id"]), place) if is_thread else channel
        missing = missing_rights(permissions_in(holder, guild, member), thread=is_thread)
        if missing:
            there = f"the channel's settings (Edit Channel, Permissions) of #{holder['name']}"
            return f"the bot lacks {', '.join(missing)} in {name}: give it to the bot's role in {there}", name
        return "", name

    def _silenced(self, channel: Json, member: Json, name: str) -> str:
        thread = channel.get("thread_metadata") or {}
        if thread.get("locked"):
            return f"the thread {name} is locked: unlock it, or take it out of routes.toml"
        said = member.get("communication_disabled_until")
        until = discord.utils.parse_time(str(said)) if said else None
        if until is not None and until > self._now:
            return f"the bot is timed out in this server until {until:%Y-%m-%d %H:%M} UTC: a moderator can end that"
        return ""

    async def _of(self, channel: str, place: str) -> Json:
        return await _get(self._client, Route("GET", "/channels/{channel_id}", channel_id=channel), place)

    async def _server(self, guild: str, place: str) -> tuple[Json, Json]:
        if guild not in self._known:
            own = self._client.user.id if self._client.user else 0
            member = Route("GET", "/guilds/{guild_id}/members/{user_id}", guild_id=guild, user_id=own)
            self._known[guild] = (
                await _get(self._client, Route("GET", "/guilds/{guild_id}", guild_id=guild), place),
                await _get(self._client, member, place),
            )
        return self._known[guild]


async def _get(client: discord.Client, route: Route, place: str, **body: Any) -> Json:
    try:
        found: Json = await client.http.request(route, timeout=ATTEMPT_TIMEOUT, **body)
    except NETWORK_ERRORS as error:
        raise send_error(error, place) from error
    if not isinstance(found, dict):
        raise UnknownOutcome(f"{place}: Discord's answer cannot be read; check DISCORD_API_URL")
    return found
