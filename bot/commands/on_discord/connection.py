"""How the connection to the gateway is: one, or one for each shard."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import discord

from bot.observe.health import Report

LOST = "the connection was lost; connecting again"
# Seconds without any connection before a client is given up for a new one: left alone, discord.py waits up to 17
# minutes between two tries.
PATIENCE = 120.0


class Connection:
    """Says how it is, and gives up a client that does not come back."""

    def __init__(self, report: Report, patience: float = PATIENCE) -> None:
        self.report = report
        self._patience = patience
        self._deadline: asyncio.Timeout | None = None

    async def held(self, listening: Awaitable[None]) -> None:
        """Wait for the end of `listening`. Raises ConnectionError where it has not been connected for too long."""
        try:
            async with asyncio.timeout(self._patience) as self._deadline:
                await listening
        except TimeoutError:
            raise ConnectionError(f"no connection for {self._patience:g} s") from None
        finally:
            self._deadline = None  # what the client still says as it goes moves it no more

    def came(self) -> None:
        if self._deadline and not self._deadline.expired():
            self._deadline.reschedule(None)

    def went(self) -> None:
        if self._deadline and self._deadline.when() is None:
            self._deadline.reschedule(asyncio.get_running_loop().time() + self._patience)


def follow_connection(client: discord.Client, connection: Connection) -> None:
    """Have it told whenever the client comes or goes. Well is only a client of which every shard is connected."""
    if isinstance(client, discord.AutoShardedClient):
        _follow_shards(client, connection)
        return

    @client.event
    async def on_connect() -> None:  # commands come from now on; "ready" waits until every server has been described
        connection.came()
        connection.report(True, f"connected as {client.user}")

    @client.event
    async def on_resumed() -> None:
        connection.came()
        connection.report(True, f"connected as {client.user}")

    @client.event
    async def on_disconnect() -> None:
        connection.went()
        connection.report(False, LOST)


def _follow_shards(client: discord.AutoShardedClient, connection: Connection) -> None:
    up: set[int] = set()
    report = connection.report

    def say() -> None:
        missing = [shard for shard in _ours(client) if shard not in up]
        if up:
            connection.came()
        else:
            connection.went()
        if missing:
            report(False, f"shards without a connection: {_listed(missing)} of {client.shard_count}; connecting")
        else:
            report(True, f"connected as {client.user}, shards {_listed(_ours(client))} of {client.shard_count}")

    @client.event
    async def on_shard_connect(shard_id: int) -> None:
        up.add(shard_id)
        say()

    @client.event
    async def on_shard_resumed(shard_id: int) -> None:
        up.add(shard_id)
        say()

    @client.event
    async def on_shard_disconnect(shard_id: int) -> None:
        up.discard(shard_id)
        say()


def _ours(client: discord.AutoShardedClient) -> list[int]:
    return list(client.shard_ids or range(client.shard_count or 1))


def _listed(shards: list[int]) -> str:
    return ", ".join(map(str, shards))
