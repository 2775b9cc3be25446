"""Says how the connection to the gateway is: one, or one for each shard."""

from __future__ import annotations

import discord

from bot.observe import Report

LOST = "the connection was lost; connecting again"


def report_connection(client: discord.Client, report: Report) -> None:
    """Have `report` told whenever it comes or goes. Well is only a client of which every shard is connected."""
    if isinstance(client, discord.AutoShardedClient):
        _report_shards(client, report)
        return

    @client.event
    async def on_ready() -> None:
        report(True, f"connected as {client.user}")

    @client.event
    async def on_resumed() -> None:
        report(True, f"connected as {client.user}")

    @client.event
    async def on_disconnect() -> None:
        report(False, LOST)


def _report_shards(client: discord.AutoShardedClient, report: Report) -> None:
    up: set[int] = set()

    def say() -> None:
        missing = [shard for shard in _ours(client) if shard not in up]
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
