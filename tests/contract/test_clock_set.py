"""The machine's clock is set: back an hour, or forward a day. Nothing waits for it, is told twice or out of order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
import pytest_asyncio
import sqlalchemy as sa

from bot.deliver.discord.brake import Brake
from bot.deliver.drain import LEASE
from bot.deliver.pace import Pace
from bot.deliver.ports import Channel, Message
from bot.intake.fetched import Fault, FaultKind, Fetched, FetchState
from bot.intake.pacing import next_poll
from bot.model import Destination, Receipt, Source, SourceId, Tier
from bot.store import edits, feeds, leases, outages, outbox, set_back
from bot.store.engine import Database
from bot.store.outbox import DOUBT
from bot.store.pace import Block, Rate
from bot.store.schema import deliveries, destinations, sources
from bot.store.schema import outages as outage_rows
from tests.contract.digest_room import Room as DigestRoom
from tests.contract.edit_desk import Desk
from tests.contract.edit_places import open_place
from tests.contract.weather_room import DiscordRoom, SlackRoom, discord_room, slack_room
from tests.fakes.clock import FakeClock
from tests.fakes.discord_service import SEND, Reject
from tests.fakes.slack_service import ServerError
from tests.samples import DISCORD

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
JUMPS = pytest.mark.parametrize("jump", [-HOUR, DAY], ids=["an hour back", "a day forward"])
WIRE = Source(id=SourceId("wire"), name="Wire", url="https://wire.example/rss")


@pytest_asyncio.fixture(params=["slack", "discord"])
async def desk(request: pytest.FixtureRequest, clock: FakeClock, database: Database) -> AsyncIterator[Desk]:
    async with open_place(request.param, clock) as place:
        yield Desk(database, place, clock)


@pytest_asyncio.fixture
async def slack(database: Database, clock: FakeClock) -> AsyncIterator[SlackRoom]:
    async with slack_room(database, clock, 3) as room:
        yield room


@pytest_asyncio.fixture
async def discord(database: Database, clock: FakeClock) -> AsyncIterator[DiscordRoom]:
    async with discord_room(database, clock, 3) as room:
        yield room


def set_clock(database: Database, clock: FakeClock, by: timedelta) -> None:
    """What a running process does about it within a second."""
    clock.advance(by)
    if by < timedelta(0):
        database.write_now(set_back.put_right, now=clock.now())


# --- leases -------------------------------------------------------------------------------------------------


@JUMPS
def test_what_a_process_held_that_is_gone_is_free_at_once(database: Database, jump: timedelta) -> None:
    now = FakeClock().now()
    database.write_now(feeds.sync, [WIRE], now=now - DAY)
    assert _claim(database, "gone", now)
    assert not _claim(database, "next", now)
    assert _claim(database, "next", now + jump)


@pytest.mark.parametrize("ahead", [SECOND, MINUTE, LEASE - SECOND])
def test_a_machine_whose_clock_is_ahead_keeps_its_leases(database: Database, ahead: timedelta) -> None:
    now = FakeClock().now()
    database.write_now(feeds.sync, [WIRE], now=now - DAY)
    assert _claim(database, "ahead", now + ahead)
    assert not _claim(database, "behind", now)


def test_who_lost_a_lease_by_it_writes_nothing(database: Database) -> None:
    now = FakeClock().now()
    database.write_now(feeds.sync, [WIRE], now=now - DAY)
    assert _claim(database, "before", now)
    assert _claim(database, "since", now - HOUR)
    held = {
        owner: database.read_now(leases.holds, sources, str(WIRE.id), owner=owner) for owner in ("before", "since")
    }
    assert held == {"before": False, "since": True}


def _claim(database: Database, owner: str, now: datetime) -> bool:
    return bool(database.write_now(feeds.claim_due, [WIRE.id], owner=owner, now=now, lease=LEASE, limit=1))


@dataclass
class OnTheWay:
    """A channel to which one message is under way while something happens."""

    channel: Channel
    meanwhile: Callable[[], Awaitable[None]]

    async def send(self, message: Message) -> Receipt:
        message.check_ours()
        await self.meanwhile()
        return await self.channel.send(replace(message, still_ours=lambda: True))

    async def edit(self, message: Message, receipt: Receipt) -> None:
        await self.channel.edit(message, receipt)

    async def check(self, destination: Destination) -> str:
        return await self.channel.check(destination)


@JUMPS
async def test_what_is_under_way_as_the_clock_is_set_is_looked_up_and_not_sent_again(
    desk: Desk, jump: timedelta
) -> None:
    """Another process takes the place over, and finds a message of which nobody can say whether it arrived."""
    well, seen = desk.place.channel, list[int]()

    async def the_clock_is_set() -> None:
        desk.place.channel = well
        set_clock(desk.database, desk.clock, jump)
        await desk.drain()
        seen.append(len(desk.place.texts))

    desk.post()
    desk.place.channel = OnTheWay(well, the_clock_is_set)
    await desk.drain()
    assert seen == [0], "nothing was sent while the first might yet arrive"
    assert len(desk.place.texts) == 1
    await desk.drain_after(DOUBT)
    assert len(desk.place.texts) == 1
    rows = sa.select(deliveries.c.state, deliveries.c.attempts)
    assert desk.database.read_now(lambda connection: connection.execute(rows).all()) == [("sent", 2)]


# --- what waits to be sent ----------------------------------------------------------------------------------


async def test_what_was_decided_before_goes_first_and_needs_nobody_to_put_it_right(slack: SlackRoom) -> None:
    (place,) = slack.places[:1]
    slack.put(place, "before", "before too")
    slack.clock.advance(-HOUR)
    slack.put(place, "since")
    await slack.drain()
    assert slack.texts(place) == ["before", "before too", "since"]


async def test_what_waits_where_nothing_new_comes_is_sent_at_once(slack: SlackRoom) -> None:
    (place,) = slack.places[:1]
    slack.put(place, "before")
    slack.clock.advance(-HOUR)
    assert await slack.drain() == 0
    slack.database.write_now(set_back.put_right, now=slack.clock.now())
    await slack.drain()
    assert slack.texts(place) == ["before"]


async def test_a_back_off_does_not_last_longer_for_it(slack: SlackRoom) -> None:
    (place,) = slack.places[:1]
    slack.slack.fail("chat.postMessage", *[ServerError()] * 5)
    slack.put(place, "news", "more")
    for _ in range(5):
        await slack.drain_after(MINUTE)
    set_clock(slack.database, slack.clock, -HOUR)
    await slack.drain()
    assert slack.texts(place) == ["news", "more"]


async def test_a_pause_that_a_platform_asked_for_does_not_last_longer_for_it(discord: DiscordRoom) -> None:
    passed = 0.0
    discord.channel._brake = Brake(now=lambda: passed)  # type: ignore[attr-defined]  # of Discord's
    discord.put(discord.places[0], "news")
    discord.discord.fail(SEND, Reject(status=429, retry_after=90, everywhere=True))
    await discord.drain()
    set_clock(discord.database, discord.clock, -HOUR / 2)
    await discord.drain()
    assert discord.asked == 1, "the process goes by a clock that nobody sets"
    passed = 90.0
    await discord.drain_after(90 * SECOND)
    assert discord.texts(discord.places[0]) == ["news"]
    assert discord.down() == {}


async def test_a_closed_channel_is_tried_and_its_queue_kept(slack: SlackRoom) -> None:
    (place,) = slack.places[:1]
    slack.slack.add_channel(place.address).archived = True
    slack.put(place, "first", "second")
    await slack.drain()
    set_clock(slack.database, slack.clock, -HOUR)
    await slack.drain()
    assert slack.asked == 2
    assert slack.states(place) == ["pending", "pending"]
    slack.slack.add_channel(place.address).archived = False
    await slack.drain_after(5 * MINUTE)
    assert slack.texts(place) == ["first", "second"]


async def test_edits_keep_their_distance_and_not_more(desk: Desk) -> None:
    desk.post()
    await desk.drain()
    desk.edit()
    await desk.drain()
    desk.edit()
    set_clock(desk.database, desk.clock, -HOUR)
    await desk.drain()
    assert desk.place.edits == [2], "the one that waited goes now"
    set_clock(desk.database, desk.clock, -HOUR)
    desk.edit()
    await desk.drain_after(edits.LATER_EDITS_EVERY)
    assert desk.place.edits == [3]


async def test_a_day_forward_sends_what_waits_once(slack: SlackRoom) -> None:
    (place,) = slack.places[:1]
    slack.put(place, "first", "second")
    await slack.drain_after(DAY)
    await slack.drain_after(-DAY)
    slack.put(place, "third")
    await slack.drain()
    assert slack.texts(place) == ["first", "second", "third"]


async def test_a_turn_that_was_given_before_is_not_waited_for(
    database: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    pace = Pace(database, clock, {"discord": Rate(every=SECOND)})
    await pace.turn(DISCORD)
    give = pace._block

    async def give_and_set_back(platform: str, rate: Rate, count: int, now: datetime) -> Block:
        block = await give(platform, rate, count, now)
        clock.advance(-HOUR)
        return block

    monkeypatch.setattr(pace, "_block", give_and_set_back)
    before = clock.now()
    await pace.turn(DISCORD)
    assert clock.now() == before - HOUR, "nobody slept"


# --- what is meant for a time on the wall -------------------------------------------------------------------


async def test_quiet_hours_end_by_the_clock_as_it_is(database: Database, clock: FakeClock) -> None:
    room = DigestRoom(database, clock)  # it is 10:00 in Berlin
    await room.prefer(quiet="09:00-11:00 Europe/Berlin", loud=Tier.FLASH)
    room.comes("Norland doubles tariffs on copper pipes")
    set_clock(database, clock, -HOUR / 2)
    await room.after(HOUR)
    assert room.alerts == []
    await room.after(HOUR / 2)
    assert len(room.alerts) == 1


async def test_a_slot_has_one_digest_however_often_it_comes(database: Database, clock: FakeClock) -> None:
    room = DigestRoom(database, clock)
    await room.prefer(digest="daily 10:30")
    room.comes("Parliament of Norland reads a bill on import duties", labels=())
    await room.after(31 * MINUTE)
    assert len(room.digests) == 1
    set_clock(database, clock, -HOUR)
    room.comes("Skarhavn shipyards lobby for lower duties", labels=())
    await room.after(2 * HOUR)
    assert len(room.digests) == 1, "10:30 has had its digest"
    await room.after(DAY)
    assert len(room.digests) == 2
    assert "Skarhavn" in room.digests[1]


async def test_a_day_forward_is_one_digest_for_all_hours_of_it(database: Database, clock: FakeClock) -> None:
    room = DigestRoom(database, clock)
    await room.prefer(digest="hourly")
    room.comes("Parliament of Norland reads a bill on import duties", labels=())
    await room.after(DAY)
    await room.after()
    assert len(room.digests) == 1


# --- polls --------------------------------------------------------------------------------------------------


def test_sources_are_polled_now_and_not_when_the_old_time_comes(database: Database) -> None:
    now = FakeClock().now()
    never, failing = replace(WIRE, id=SourceId("never")), replace(WIRE, id=SourceId("failing"))
    database.write_now(feeds.sync, [WIRE, never, failing], now=now - DAY)
    _poll(database, WIRE, None, now)
    _poll(database, failing, Fault(kind=FaultKind.HTTP_STATUS, message="HTTP 500"), now)
    earlier = now - HOUR
    database.write_now(set_back.put_right, now=earlier)
    assert set(_due(database, earlier)) == {"wire", "failing", "never"}
    health = {each.id: each for each in database.read_now(feeds.health)}
    assert health[WIRE.id].last_ok_at == health[failing.id].fault_at == earlier
    assert health[failing.id].failures == 1, "its back-off goes on from where it was"
    _poll(database, failing, Fault(kind=FaultKind.HTTP_STATUS, message="HTTP 500"), earlier, failures=2)
    database.write_now(set_back.put_right, now=earlier)
    assert "failing" not in _due(database, earlier), "once"


def _poll(database: Database, source: Source, fault: Fault | None, now: datetime, *, failures: int = 1) -> None:
    """What is written of a poll."""
    state = FetchState(failures=failures if fault else 0)

    def settle(connection: sa.Connection) -> None:
        feeds.claim_due(connection, [source.id], owner="me", now=now, lease=LEASE, limit=1)
        if fault:
            feeds.save_fault(connection, source.id, fault, state, owner="me", now=now)
        else:
            feeds.save_cursor(connection, source.id, state, owner="me", now=now, brought_new=False)
        due_at = next_poll(source, Fetched(fault=fault, state=state), now)
        feeds.give_back(connection, source.id, owner="me", due_at=due_at)

    database.write_now(settle)


def _due(database: Database, now: datetime) -> list[str]:
    due = sa.select(sources.c.id).where(sources.c.due_at <= now)
    return database.read_now(lambda connection: list(connection.execute(due).scalars()))


# --- where no clock was set ---------------------------------------------------------------------------------


async def test_a_start_with_a_right_clock_changes_nothing(slack: SlackRoom) -> None:
    slack.slack.fail("chat.postMessage", ServerError())
    slack.put(slack.places[0], "news")
    slack.database.write_now(feeds.sync, [WIRE], now=slack.clock.now())
    slack.database.write_now(outages.close, str(slack.places[1]), "closed", now=slack.clock.now())
    await slack.drain()
    _poll(slack.database, WIRE, None, slack.clock.now())

    def rows(connection: sa.Connection) -> list[object]:
        tables = (sources, destinations, deliveries, outage_rows)
        return [row for table in tables for row in connection.execute(sa.select(table)).all()]

    before = slack.database.read_now(rows)
    slack.database.write_now(set_back.put_right, now=slack.clock.now())
    assert slack.database.read_now(rows) == before
    assert slack.database.read_now(outbox.next_due, ["slack"]) > slack.clock.now()  # type: ignore[operator]
