"""However many processes send, one account sends no faster than its platform allows."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.deliver.pace import USUAL, Pace, Paused, account_rates
from bot.deliver.ports import PlatformPaused
from bot.model import Destination
from bot.settings.sections import DeliverySettings
from bot.store import outages, pace
from bot.store.engine import Database
from bot.store.pace import FARTHEST, Rate, first_of
from tests.fakes.clock import FakeClock
from tests.samples import CONSOLE, DISCORD, NOW, SLACK

SECOND = timedelta(seconds=1)
TEN_A_SECOND = Rate(every=SECOND / 10, burst=3)


def _channels(count: int) -> list[Destination]:
    return [Destination("slack", f"C{number}") for number in range(count)]


@given(st.lists(st.floats(min_value=0, max_value=3), min_size=1, max_size=60))
def test_in_no_second_are_there_more_turns_than_the_rate_and_the_burst(waits: list[float]) -> None:
    now, taken, turns = NOW, None, list[datetime]()
    for wait in waits:
        now += timedelta(seconds=wait)
        first = first_of(taken, TEN_A_SECOND, now)
        taken = first + TEN_A_SECOND.every
        turns.append(max(first, now))
    for turn in turns:
        assert len([each for each in turns if turn <= each < turn + SECOND]) <= 10 + TEN_A_SECOND.burst


def test_two_processes_never_get_the_same_turns(database: Database) -> None:
    first = database.write_now(pace.take, "discord", TEN_A_SECOND, 4, now=NOW)
    second = database.write_now(pace.take, "discord", TEN_A_SECOND, 4, now=NOW)
    other = database.write_now(pace.take, "slack", TEN_A_SECOND, 1, now=NOW)
    assert second.first == first.first + TEN_A_SECOND.every * 4
    assert other.first == first.first == NOW - TEN_A_SECOND.every * 2


def test_a_clock_that_was_set_back_keeps_nobody_waiting_for_the_old_time(database: Database) -> None:
    database.write_now(pace.take, "discord", TEN_A_SECOND, 4, now=NOW)
    earlier = NOW - FARTHEST - SECOND
    assert database.write_now(pace.take, "discord", TEN_A_SECOND, 1, now=earlier).first <= earlier


async def test_workers_on_one_database_share_the_rate_of_the_account(database: Database, clock: FakeClock) -> None:
    """On SQLite, which is for one process, that one keeps it alone."""
    workers = [Pace(database, clock) for _ in range(1 if database.is_sqlite else 3)]
    started, rate = clock.now(), USUAL["slack"]
    count = rate.burst + 60
    for number, channel in enumerate(_channels(count)):
        await workers[number % len(workers)].turn(channel)
    passed = clock.now() - started
    assert rate.every * 60 <= passed <= rate.every * 62


async def test_many_that_wait_at_once_have_a_turn_each(database: Database, clock: FakeClock) -> None:
    keeper = Pace(database, clock)
    turns = await asyncio.gather(*(keeper.turn(channel) for channel in _channels(40)))
    assert len(set(turns)) == 40


async def test_a_turn_that_was_not_needed_is_the_next_one_s(database: Database, clock: FakeClock) -> None:
    keeper = Pace(database, clock)
    turn = await keeper.turn(DISCORD)
    keeper.unused(DISCORD, turn)
    assert await keeper.turn(DISCORD) == turn


async def test_turns_are_not_saved_up(database: Database, clock: FakeClock) -> None:
    keeper = Pace(database, clock)
    keeper.unused(DISCORD, await keeper.turn(DISCORD))
    clock.advance(timedelta(hours=1))
    turn = await keeper.turn(DISCORD)
    assert turn is not None
    assert clock.now() - turn < SECOND


async def test_a_slack_channel_has_one_message_a_second_after_a_short_burst(
    database: Database, clock: FakeClock
) -> None:
    keeper, started = Pace(database, clock), clock.now()
    for _ in range(3):
        await keeper.turn(SLACK)
    assert clock.now() == started
    for _ in range(4):
        await keeper.turn(SLACK)
    assert clock.now() - started == 4 * SECOND
    keeper.unused(SLACK, None)
    await keeper.turn(SLACK)
    assert clock.now() - started == 4 * SECOND


def test_the_configuration_s_own_rates_are_the_usual_ones() -> None:
    settings = DeliverySettings()
    assert (
        account_rates(slack_per_minute=settings.slack_per_minute, discord_per_second=settings.discord_per_second)
        == USUAL
    )


async def test_a_rate_of_zero_leaves_it_to_the_platform(database: Database, clock: FakeClock) -> None:
    keeper, started = Pace(database, clock, account_rates(slack_per_minute=0, discord_per_second=0)), clock.now()
    for _ in range(500):
        await keeper.turn(SLACK)
        await keeper.turn(DISCORD)
    assert clock.now() == started


async def test_the_console_waits_for_nothing(database: Database, clock: FakeClock) -> None:
    keeper, started = Pace(database, clock), clock.now()
    assert [await keeper.turn(CONSOLE) for _ in range(500)] == [None] * 500
    assert clock.now() == started


async def test_a_pause_that_one_worker_was_told_of_holds_for_all(database: Database, clock: FakeClock) -> None:
    wait = timedelta(seconds=30)
    database.write_now(outages.close, "discord", "a global rate limit", now=clock.now(), wait=wait, passing=True)
    if database.is_sqlite:  # there is no other, and the one that was told claims nothing there
        return
    with pytest.raises(Paused) as paused:
        await Pace(database, clock).turn(DISCORD)
    assert paused.value.until == clock.now() + wait
    with pytest.raises(PlatformPaused):
        await Pace(database, clock).aside("discord")
    await Pace(database, clock).turn(SLACK)
    clock.advance(wait)
    await Pace(database, clock).turn(DISCORD)


async def test_what_is_asked_beside_the_messages_takes_turns_with_them(database: Database, clock: FakeClock) -> None:
    keeper, started, rate = Pace(database, clock), clock.now(), USUAL["discord"]
    for _ in range(rate.burst + 20):
        await keeper.aside("discord")
        await keeper.turn(DISCORD)
    assert clock.now() - started >= rate.every * (rate.burst + 2 * 20 - 1)
