"""What sending and answering on Discord have in common: the endpoints, the token, the client, closing in time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.deliver.ports import PlatformClosed
from bot.observe.metrics import NO_ANSWER, Count

# https://docs.discord.com/developers/reference#api-versioning and /events/gateway#connecting
DEFAULT_API_URL = "https://discord.com/api/v10"
DEFAULT_GATEWAY_URL = "wss://gateway.discord.gg/"

LOGIN_DEADLINE = 15.0  # seconds
CLOSE_DEADLINE = 1.0  # seconds; a gateway that is gone never answers the close
# discord.py waits out shorter rate limits itself, with the other requests of that channel in line behind. 30 s is
# the least it allows: regular windows are that long. A longer one raises RateLimited and becomes TryLater.
MAX_RATE_LIMIT_WAIT = 30.0


class BadToken(PlatformClosed):
    """Discord does not know the token: nothing can be sent there, and nothing else suffers."""

    def __init__(self) -> None:
        super().__init__(
            "Discord refuses DISCORD_TOKEN: copy the bot's token from https://discord.com/developers/applications "
            "(Bot, Reset Token) into it and restart"
        )


def use_endpoints(api_url: str | None = None, gateway_url: str | None = None) -> None:
    """Where Discord is, for every client of this process; None: the real one.

    `api_url` is the REST base with its version. After a dropped connection the gateway is resumed at the
    `resume_gateway_url` that its READY named, so a proxy in front of the gateway has to rewrite that.
    """
    Route.BASE = (api_url or DEFAULT_API_URL).rstrip("/")
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url or DEFAULT_GATEWAY_URL)


@dataclass(frozen=True, slots=True)
class Shards:
    """Into how many connections the servers are divided, and which of them are this process's; empty: all.

    A bot in more than 2,500 servers has to: https://docs.discord.com/developers/events/gateway#sharding
    """

    count: int
    ids: tuple[int, ...] = ()

    @property
    def ours(self) -> tuple[int, ...]:
        return self.ids or tuple(range(self.count))

    def __str__(self) -> str:
        return f"shards {', '.join(map(str, self.ours))} of {self.count}"


def build_client(trace: aiohttp.TraceConfig | None = None) -> discord.Client:
    """A client for requests; `trace` hears of them."""
    options = client_options()
    if trace is not None:
        options["http_trace"] = trace
    return discord.Client(**options)


def client_options() -> dict[str, Any]:
    """What every client is made with: no privileged intent, and it mentions nobody."""
    return {
        "intents": discord.Intents(guilds=True),
        "allowed_mentions": discord.AllowedMentions.none(),
        "max_ratelimit_timeout": MAX_RATE_LIMIT_WAIT,
    }


def counting(count: Count) -> aiohttp.TraceConfig:
    """Says the status of every answer, and "none" where none came; also of those that discord.py repeats."""

    async def answered(session: object, context: object, answer: aiohttp.TraceRequestEndParams) -> None:
        count(str(answer.response.status))

    async def failed(session: object, context: object, failure: aiohttp.TraceRequestExceptionParams) -> None:
        count(NO_ANSWER)

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(answered)
    trace.on_request_exception.append(failed)
    return trace


async def log_in(client: discord.Client, token: str) -> None:
    """Log in over REST, without the gateway. Raises BadToken, or what discord.py and aiohttp raise.

    A client that failed here is spent: close it and build another.
    """
    if not token.strip().isascii() or not token.strip().isprintable():
        raise BadToken
    try:
        async with asyncio.timeout(LOGIN_DEADLINE):
            await client.login(token)
    except discord.LoginFailure:
        raise BadToken from None


async def close(client: discord.Client) -> None:
    """Close within `CLOSE_DEADLINE`, whether the other side answers or not."""
    try:
        async with asyncio.timeout(CLOSE_DEADLINE):
            await client.close()
    except (TimeoutError, aiohttp.ClientError, OSError):
        await client.http.close()
