"""Listening on Discord's gateway: what discord.py leaves to us.

It heartbeats, resumes and reconnects by itself. Added here: one malformed event costs that event and not the
connection; a close that only a person can mend names the cure; and new sessions are counted, for Discord takes the
token of a bot that begins more than 1,000 in a day.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import discord
import structlog
from discord.gateway import DiscordWebSocket

from bot.deliver.discord.session import BadToken, Shards, client_options
from bot.deliver.ports import Closed

# Seconds without anything from the gateway, after which the connection is a zombie and is resumed on another. Discord
# asks for a heartbeat every 41 s and acknowledges it, so a live one is never silent for so long.
HEARTBEAT_TIMEOUT = 60.0

# 1,000 a day for the token, by all processes: https://docs.discord.com/developers/events/gateway#session-start-limit
SESSIONS_AN_HOUR = 20

_AUTHENTICATION_FAILED = 4004
_DISALLOWED_INTENTS = 4014
# https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
_CURES = {
    4010: "discord_shard_ids and discord_shards in tradewire.toml do not fit each other",
    4011: "the bot is in too many servers for one connection: set [chat] discord_shards in tradewire.toml",
    4012: "it no longer speaks this version of the gateway: update Tradewire",
    4013: "it does not know the intents asked for: update Tradewire",
    _DISALLOWED_INTENTS: (
        "an intent is asked for that the bot may not have: switch it on under Bot, Privileged Gateway Intents, at "
        "https://discord.com/developers/applications, or update Tradewire, which asks for none of those"
    ),
}

log = structlog.get_logger()

Parse = Callable[[Any], None]


class TooManySessions(Exception):
    """So many sessions were begun within the hour that something is wrong; the next try waits."""


class Sessions:
    """Counts the sessions that one process begins, over all its clients. `shards` each need one to start with."""

    def __init__(self, shards: int = 1, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._most = SESSIONS_AN_HOUR + shards
        self._monotonic = monotonic
        self._begun: deque[float] = deque()

    def begin(self) -> None:
        """Raises TooManySessions where one more would be too many."""
        now = self._monotonic()
        while self._begun and now - self._begun[0] >= timedelta(hours=1).total_seconds():
            self._begun.popleft()
        if len(self._begun) >= self._most:
            raise TooManySessions(f"{self._most} sessions begun within an hour, and none of them lasted")
        self._begun.append(now)


class Listener(discord.Client):
    """A client that counts its sessions and survives malformed events."""

    def __init__(self, *, sessions: Sessions, **options: Any) -> None:
        super().__init__(**options)
        self._sessions = sessions

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        self._sessions.begin()
        await super().before_identify_hook(shard_id, initial=initial)

    async def close(self) -> None:
        await super().close()
        ws: DiscordWebSocket | None = self.ws  # None until it first connects
        if ws is not None:  # else heartbeats go on for a socket that the other side closed
            await ws.close()

    def _get_state(self, **options: Any) -> Any:
        state = super()._get_state(**options)
        # Without READY there is no session: that it was malformed has to end the client.
        forgiven = {event: _forgiving(event, parse) for event, parse in state.parsers.items() if event != "READY"}
        state.parsers.update(forgiven)
        return state


class ShardedListener(Listener, discord.AutoShardedClient):
    """The same, for some of the shards, or all of them."""


def build_listener(
    sessions: Sessions, shards: Shards | None = None, *, heartbeat_timeout: float = HEARTBEAT_TIMEOUT
) -> Listener:
    """A client for the gateway that is not logged in; `heartbeat_timeout` is in seconds."""
    options = client_options() | {"sessions": sessions, "heartbeat_timeout": heartbeat_timeout}
    if shards is None:
        return Listener(**options)
    return ShardedListener(shard_count=shards.count, shard_ids=shards.ids or None, **options)


async def listen(client: discord.Client) -> None:
    """Listen until cancelled, through dropped connections. Raises Closed with the cure, or what broke the client."""
    try:
        await client.connect()
    except discord.PrivilegedIntentsRequired:
        raise _closed(_DISALLOWED_INTENTS) from None
    except discord.ConnectionClosed as closed:
        if closed.code == _AUTHENTICATION_FAILED:
            raise BadToken from None
        if closed.code in _CURES:
            raise _closed(closed.code) from None
        raise


def _closed(code: int) -> Closed:
    return Closed(f"Discord's gateway closed the connection ({code}): {_CURES[code]}")


def _forgiving(event: str, parse: Parse) -> Parse:
    def forgiving(data: Any) -> None:
        try:
            parse(data)
        except Exception:
            log.exception("malformed event", platform="discord", kind=event)

    return forgiving
