"""The operators hear that nobody answers commands, once, and that somebody does again; on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.observe.health import Parts
from bot.operations.lookout import PATIENCE, STEADY, Lookout
from bot.operations.operators import Operators
from bot.store.engine import Database
from bot.store.schema import deliveries
from tests.fakes.clock import FakeClock
from tests.samples import CONSOLE

MINUTE = timedelta(minutes=1)
CURE = "not connected: invalid_auth: copy SLACK_APP_TOKEN again; trying again"


class Process:
    """One process that is connected to Slack, or is not."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        self._clock = clock
        self._parts = Parts()
        self.database = database
        self.lookout = Lookout(
            database=database,
            operators=Operators(places=(CONSOLE,)),
            clock=clock,
            parts=self._parts,
            chats={"slack": "Slack"},
        )
        self._parts.set("board", ok=False, detail="none of its business")

    async def is_so(self, ok: bool, lasting: timedelta, detail: str = CURE) -> None:
        """The connection is so for a time, with a look each minute."""
        self._parts.set("slack", ok=ok, detail="connected" if ok else detail)
        for _ in range(lasting // MINUTE):
            await self.lookout.look()
            self._clock.advance(MINUTE)
        await self.lookout.look()

    def told(self) -> list[str]:
        """Title and lines of each bulletin."""
        rows = sa.select(deliveries.c.bulletin).order_by(deliveries.c.seq)
        found = self.database.read_now(lambda connection: list(connection.execute(rows).scalars()))
        return [
            "\n".join([each["title"], *(run["text"] for line in each["lines"] for run in line)]) for each in found
        ]


@pytest.fixture
def process(database: Database, clock: FakeClock) -> Process:
    return Process(database, clock)


async def test_a_chat_that_stays_down_is_told_once_with_the_cure_and_once_when_it_is_back(process: Process) -> None:
    await process.is_so(True, 3 * MINUTE)
    await process.is_so(False, PATIENCE - MINUTE)
    assert process.told() == []
    await process.is_so(False, 60 * MINUTE)
    (down,) = process.told()
    assert down.startswith("Nobody answers commands on Slack.\n✗ No connection since 2025-05-07 08:03 UTC: not con")
    assert "copy SLACK_APP_TOKEN again" in down
    assert "Alerts are sent all the same." in down
    await process.is_so(True, STEADY + 10 * MINUTE)
    assert process.told()[1:] == [
        "Commands on Slack are answered again.\n✓ They were not since 2025-05-07 08:03 UTC."
    ]


async def test_a_chat_that_was_never_connected_is_told_too(process: Process) -> None:
    await process.is_so(False, PATIENCE)
    assert len(process.told()) == 1


async def test_short_drops_are_nobodys_business(process: Process) -> None:
    for _ in range(10):
        await process.is_so(False, PATIENCE - MINUTE)
        await process.is_so(True, MINUTE)
    assert process.told() == []


async def test_one_that_comes_and_goes_is_told_once(process: Process) -> None:
    await process.is_so(False, PATIENCE)
    for _ in range(10):
        await process.is_so(True, STEADY - MINUTE)
        await process.is_so(False, PATIENCE + MINUTE)
    assert len(process.told()) == 1
    await process.is_so(True, STEADY)
    assert len(process.told()) == 2
    await process.is_so(False, PATIENCE + MINUTE)
    assert len(process.told()) == 3, "a new matter"


async def test_while_another_process_is_connected_nobody_is_told(process: Process, clock: FakeClock) -> None:
    well = Process(process.database, clock)
    for _ in range(20):
        await process.is_so(False, MINUTE)
        await well.is_so(True, 0 * MINUTE)
    assert process.told() == []


async def test_of_two_that_are_down_one_tells(process: Process, clock: FakeClock) -> None:
    second = Process(process.database, clock)
    for _ in range(20):
        await process.is_so(False, MINUTE)
        await second.is_so(False, 0 * MINUTE)
    assert len(process.told()) == 1


async def test_a_restart_with_the_cure_in_place_tells_that_it_is_over(process: Process, clock: FakeClock) -> None:
    await process.is_so(False, 2 * PATIENCE)
    await Process(process.database, clock).is_so(True, STEADY)
    assert [each.partition("\n")[0] for each in process.told()] == [
        "Nobody answers commands on Slack.",
        "Commands on Slack are answered again.",
    ]


async def test_a_program_that_was_off_for_a_night_does_not_tell_before_it_has_tried(
    process: Process, clock: FakeClock
) -> None:
    await process.is_so(True, MINUTE)
    clock.advance(timedelta(hours=10))
    fresh = Process(process.database, clock)
    await fresh.is_so(False, PATIENCE - MINUTE)
    await fresh.is_so(True, MINUTE)
    assert process.told() == []
