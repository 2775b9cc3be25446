"""A process that stood still beyond its lease (a machine that slept, SIGSTOP) comes back and harms nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
import pytest_asyncio
import sqlalchemy as sa

from bot.deliver.drain import LEASE
from bot.deliver.ports import Channel, Message
from bot.model import Destination, Reason, Receipt
from bot.store.engine import Database
from bot.store.outbox import DOUBT
from bot.store.schema import deliveries
from tests.contract.edit_desk import Desk
from tests.contract.edit_places import open_place
from tests.fakes.clock import FakeClock

SECOND = timedelta(seconds=1)


@dataclass
class Sleeper:
    """A channel whose process is stopped once, right before the message would leave."""

    channel: Channel
    asleep: Callable[[], Awaitable[None]]

    async def send(self, message: Message) -> Receipt:
        await self.asleep()
        return await self.channel.send(message)

    async def edit(self, message: Message, receipt: Receipt) -> None:
        await self.asleep()
        await self.channel.edit(message, receipt)

    async def check(self, destination: Destination) -> str:
        return await self.channel.check(destination)


@pytest_asyncio.fixture(params=["slack", "discord"])
async def desk(request: pytest.FixtureRequest, clock: FakeClock, database: Database) -> AsyncIterator[Desk]:
    async with open_place(request.param, clock) as place:
        yield Desk(database, place, clock)


def _sleeps(desk: Desk, passed: timedelta, meanwhile: Callable[[], Awaitable[None]] | None = None) -> None:
    """The next process that sends there sleeps so long, while others do what they do."""
    awake = desk.place.channel

    async def asleep() -> None:
        desk.place.channel = awake
        desk.clock.advance(passed)
        if meanwhile:
            await meanwhile()

    desk.place.channel = Sleeper(awake, asleep)


def _attempts(desk: Desk) -> list[tuple[str, int]]:
    rows = sa.select(deliveries.c.state, deliveries.c.attempts).order_by(deliveries.c.seq)
    return [tuple(row) for row in desk.database.read_now(lambda connection: connection.execute(rows).all())]


async def test_what_another_has_sent_meanwhile_is_neither_sent_nor_recorded_again(desk: Desk) -> None:
    desk.post()
    desk.post(Reason.NEW_FACT)

    async def another_sends() -> None:
        await desk.drain()
        await desk.drain_after(DOUBT)

    _sleeps(desk, LEASE + SECOND, another_sends)
    await desk.drain()
    assert len(desk.place.texts) == 2
    assert desk.place.threads[0] is None
    assert desk.place.threads[1] is not None, "the second answers the first: order was kept"
    assert _attempts(desk) == [("sent", 2), ("sent", 1)]


async def test_what_nobody_has_sent_meanwhile_is_sent_once_afterwards(desk: Desk) -> None:
    desk.post()
    _sleeps(desk, LEASE * 10)
    await desk.drain()
    assert desk.place.texts == [], "the lease is over: another may be at it at this moment"
    await desk.drain_after(timedelta(minutes=1))
    assert len(desk.place.texts) == 1
    assert _attempts(desk) == [("sent", 2)]


async def test_an_edit_of_old_does_not_overwrite_a_newer_one(desk: Desk) -> None:
    desk.post()
    await desk.drain()
    desk.becomes(outlets=("Example Wire", "AP"))
    desk.edit()

    async def another_edits_more() -> None:
        desk.becomes(outlets=("Example Wire", "AP", "FT"))
        await desk.drain()
        await desk.drain_after(DOUBT)

    _sleeps(desk, LEASE + SECOND, another_edits_more)
    await desk.drain_after(timedelta(minutes=1))
    assert "also: AP, FT" in desk.text
    assert desk.place.edits == [1]


async def test_a_clock_that_was_set_back_meanwhile_is_no_reason_to_go_on(desk: Desk) -> None:
    desk.post()
    _sleeps(desk, -timedelta(hours=1))
    await desk.drain()
    assert desk.place.texts == []
    await desk.drain_after(timedelta(hours=1, minutes=1))
    assert len(desk.place.texts) == 1


async def test_a_short_stop_is_none(desk: Desk) -> None:
    desk.post()
    _sleeps(desk, LEASE / 4)
    await desk.drain()
    assert len(desk.place.texts) == 1
    assert _attempts(desk) == [("sent", 1)]
