"""PostgreSQL is stopped and started while two workers deliver: all of it arrives once, in order, without a hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from structlog.testing import capture_logs

from bot.assembly import Bot
from bot.deliver.card import Bulletin
from bot.model import Destination
from bot.store.bulletins import enqueue_bulletin
from tests.fakes.clock import FakeClock
from tests.fakes.discord_service import SEND
from tests.fakes.restarts import server_in
from tests.flow.desk import Desk, open_desk, serving

CHANNELS = ("C0123", "C0124", "C0125")
ON_DISCORD = (123, 124, 125)
PLACES = [
    *(Destination("slack", channel) for channel in CHANNELS),
    *(Destination("discord", str(channel)) for channel in ON_DISCORD),
]
WAVES = 3
IN_A_WAVE = 4
WITHIN = 50.0  # seconds


@asynccontextmanager
async def time_flies(clock: FakeClock) -> AsyncIterator[None]:
    """Twenty times as fast as here: what is in doubt is looked up in time."""

    async def fly() -> None:
        while True:
            await asyncio.sleep(0.05)
            clock.advance(timedelta(seconds=1))

    flight = asyncio.create_task(fly())
    try:
        yield
    finally:
        flight.cancel()
        await asyncio.gather(flight, return_exceptions=True)


async def put_in(bot: Bot, wave: int) -> None:
    for number in range(IN_A_WAVE):
        for place in PLACES:
            title = f"Wave {wave} number {number}"
            await bot.database.write(enqueue_bulletin, place, Bulletin(title=title), key=title, now=bot.clock.now())


def told(desk: Desk) -> list[list[str]]:
    on_slack = [[message.text for message in desk.slack.messages(channel)] for channel in CHANNELS]
    on_discord = [[each["embeds"][0]["title"] for each in desk.discord.messages[channel]] for channel in ON_DISCORD]
    return on_slack + on_discord


async def arrived(desk: Desk, waves: int) -> None:
    most = waves * IN_A_WAVE
    async with asyncio.timeout(WITHIN):
        await desk.slack.people.until(lambda: all(len(channel) >= most for channel in told(desk)[:3]), "on Slack")
        await desk.discord.called(SEND, most * len(ON_DISCORD))


async def both_listen(url: str) -> None:
    """They come back after pauses that grow while the server is away."""
    ask = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'"
    async with asyncio.timeout(WITHIN), await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        found = None
        while found != (2,):
            await asyncio.sleep(0.05)
            found = await (await connection.execute(ask)).fetchone()


async def test_what_two_workers_deliver_arrives_once_and_in_order_through_restarts_of_the_server(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.worker.CLAIM_PAUSE_S", 0.2)
    folder = tmp_path / "config"
    folder.mkdir()
    with server_in(tmp_path / "server") as server, capture_logs() as lines:
        async with open_desk(folder, clock, server.url, monkeypatch) as desk:
            furnish(desk)
            async with desk.bot() as one, desk.bot() as other, serving(one), serving(other), time_flies(clock):
                for wave in range(WAVES):
                    await put_in(one, wave)
                    if wave:  # some of it has been sent, some is under way, some waits
                        await desk.discord.called(SEND, wave * IN_A_WAVE * len(ON_DISCORD) + 2)
                        await server.stop()
                        await asyncio.sleep(0.3)
                        await server.start()
                    await arrived(desk, wave + 1)
                await both_listen(server.url)
            titles = [f"Wave {wave} number {number}" for wave in range(WAVES) for number in range(IN_A_WAVE)]
            assert told(desk) == [titles] * len(PLACES)
            assert desk.wrong_in_the_books() == []
            desk.assert_payloads_are_valid()
    said = [line for line in lines if line["event"] == "claim_failed"]
    assert 0 < len(said) <= 2 * 2 * len(["poll", "remind", "hubs", "push", "slack", "discord", "console"]), (
        "once a worker and outage"
    )
    assert not [line for line in lines if line["log_level"] == "error"], "an outage is no fault of ours"


def furnish(desk: Desk) -> None:
    """Nothing to poll; what is delivered is put in by hand."""
    for channel in CHANNELS:
        desk.slack.add_channel(channel)
    desk.discord.messages |= {channel: [] for channel in ON_DISCORD}
    desk.configure(
        sources='[[source]]\nid = "off"\nname = "Off"\nurl = "http://127.0.0.1:9/"\nenabled = false\n',
        main="[delivery]\nslack_per_minute = 0\ndiscord_per_second = 0\n",
    )
