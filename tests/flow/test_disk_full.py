"""The disk of the database is full at the worst moments: nothing is lost or sent twice, and room is all it takes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import sqlalchemy as sa
from aiohttp import ClientSession
from structlog.testing import capture_logs

from bot.assembly import Bot
from bot.board.app import PROBES, serve
from bot.board.probes import build_probes
from bot.deliver.card import Bulletin
from bot.model import Destination
from bot.service import POLL_LEASE
from bot.store.bulletins import enqueue_bulletin
from bot.store.outbox import DOUBT
from bot.store.schema import decisions, deliveries, items, sources
from tests.fakes.discord_payloads import GUILD_CHANNEL_ID
from tests.fakes.discord_service import SEND
from tests.fakes.disks import Disk, disk_of
from tests.flow.desk import SLACK_CHANNEL, Desk

PLACES = (Destination("slack", SLACK_CHANNEL), Destination("discord", str(GUILD_CHANNEL_ID)))
TITLES = ["First", "Second", "Third"]
WITHIN = 20.0  # seconds


@asynccontextmanager
async def opened(desk: Desk) -> AsyncIterator[tuple[Bot, Disk]]:
    async with desk.bot() as bot:
        with disk_of(bot.database) as disk:
            yield bot, disk


def put_in(bot: Bot) -> None:
    for place in PLACES:
        for title in TITLES:
            bot.database.write_now(enqueue_bulletin, place, Bulletin(title=title), key=title, now=bot.clock.now())


def assert_told_once_in_order(desk: Desk) -> None:
    shown = [json.dumps(message.blocks) for message in desk.slack.messages(SLACK_CHANNEL)]
    assert [title for blocks in shown for title in TITLES if title in blocks] == TITLES
    assert [title for title in desk.discord_titles if title in TITLES] == TITLES
    desk.assert_payloads_are_valid()


def count(bot: Bot, *tables: sa.Table) -> list[int]:
    def counted(connection: sa.Connection) -> list[int]:
        return [connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in tables]

    return bot.database.read_now(counted)


# --- admitting ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["stories", "decisions", "deliveries"])
async def test_in_the_middle_of_admitting_nothing_is_seen_and_all_of_it_comes_later(desk: Desk, table: str) -> None:
    async with opened(desk) as (bot, disk):
        disk.fill(**{table: "TRUE"})
        await bot.service.pollers.run_due()
        assert count(bot, items, decisions, deliveries) == [0, 0, 0], "all of it, or nothing"
        etags = sa.select(sources.c.etag, sources.c.body_hash)
        assert bot.database.read_now(lambda connection: connection.execute(etags).one()) == (None, None)
        disk.make_room()
        desk.clock.advance(POLL_LEASE * 4)
        assert await bot.service.once() == []
        await bot.service.once()
    assert [len(shown) for shown in (desk.slack_titles, desk.discord_titles)] == [2, 2]
    assert desk.wrong_in_the_books() == []


# --- receipts -----------------------------------------------------------------------------------------------


async def test_what_was_sent_and_could_not_be_recorded_is_found_and_not_sent_again(desk: Desk) -> None:
    async with opened(desk) as (bot, disk):
        put_in(bot)
        disk.fill(deliveries="NEW.state = 'sent'")
        await bot.service.senders.run_due()
        assert [len(shown) for shown in (desk.slack_titles, desk.discord_titles)] == [1, 1]
        disk.make_room()
        desk.clock.advance(DOUBT)
        assert await bot.service.once() == []
    assert_told_once_in_order(desk)
    assert desk.wrong_in_the_books() == []


async def test_a_disk_that_stays_full_lets_nothing_be_sent_that_could_not_be_recorded(desk: Desk) -> None:
    async with opened(desk) as (bot, disk):
        put_in(bot)
        disk.fill(deliveries="TRUE", destinations="TRUE")
        for _ in range(5):
            with pytest.raises(sa.exc.OperationalError):
                await bot.service.senders.run_due()
            desk.clock.advance(POLL_LEASE)
        assert [method for method, _ in desk.slack.calls].count("chat.postMessage") == 0
        assert desk.discord.count(SEND) == 0
        disk.make_room()
        assert await bot.service.once() == []
    assert_told_once_in_order(desk)


# --- claims, and what people see ----------------------------------------------------------------------------


async def test_a_process_that_cannot_claim_says_so_once_is_not_ready_and_goes_on_once_there_is_room(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.worker.CLAIM_PAUSE_S", 0.05)
    monkeypatch.setattr("bot.observe.health.TROUBLE_S", 0.5)
    async with opened(desk) as (bot, disk), probed(bot) as session:
        put_in(bot)
        disk.fill(destinations="NEW.lease_owner IS NOT NULL", sources="NEW.lease_owner IS NOT NULL")
        with capture_logs() as lines:
            work = asyncio.create_task(bot.service.serve())
            answer = await answered(session, ready=False)
            assert answer["not_ready"] == ["database"]
            assert "is full: make room there; nothing is lost" in str(answer["cure"])
            for _ in range(3):
                bot.service.senders.wake()
                bot.service.pollers.wake()
                await asyncio.sleep(0.1)  # so that more than one claim fails
            disk.make_room()
            assert "cure" not in await answered(session, ready=True)
            await all_arrived(desk)
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
    failed = [line for line in lines if line["event"] == "claim_failed"]
    assert sorted(line["worker"] for line in failed) == ["poll", "send discord", "send slack"], "each once"
    assert all("make room" in line["cure"] for line in failed)
    assert sorted(line["worker"] for line in lines if line["event"] == "claim_failed_over") == [
        line["worker"] for line in sorted(failed, key=lambda line: str(line["worker"]))
    ]
    assert_told_once_in_order(desk)


@asynccontextmanager
async def probed(bot: Bot) -> AsyncIterator[ClientSession]:
    app = build_probes(
        database=bot.database, parts=bot.parts, metrics=bot.metrics, clock=bot.clock, token=None, local_only=True
    )
    runner = await serve(app, "127.0.0.1", 0, PROBES)
    try:
        async with ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}") as session:
            yield session
    finally:
        await runner.cleanup()


async def answered(session: ClientSession, *, ready: bool) -> dict[str, object]:
    """What /readyz says once it says that."""
    async with asyncio.timeout(WITHIN):
        while True:
            async with session.get("/readyz") as answer:
                found: dict[str, object] = await answer.json()
                assert (answer.status == 200) == found["ready"]
            if found["ready"] == ready:
                return found
            await asyncio.sleep(0.05)


async def all_arrived(desk: Desk) -> None:
    async with asyncio.timeout(WITHIN):
        await desk.slack.people.until(lambda: len(desk.slack_titles) >= len(TITLES) + 2, "all messages")
        await desk.discord.called(SEND, len(TITLES) + 2)
