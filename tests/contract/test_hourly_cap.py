"""What is more than an hour takes ends in a digest; on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model import Destination, Reason, Tier
from bot.routing.quiet import QuietHours
from bot.store import audience, places
from bot.store.audit import Finding, Scope, walk
from bot.store.engine import Database
from tests.contract.digest_room import ROUTE, Room
from tests.fakes.clock import FakeClock
from tests.samples import NOW, SLACK

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
TITLES = (
    "Norland doubles tariffs on copper pipes",
    "Skarhavn quits talks on tin",
    "Aasen lifts quota for lamb",
    "Lund signs steel pact with Torvik",
    "Brenn bans export of gallium",
)


@pytest.fixture
def room(database: Database, clock: FakeClock) -> Room:
    """It is 10:00 in Berlin, and an hour takes two messages."""
    return Room(database, clock, hourly=2)


def wrong(room: Room) -> list[Finding]:
    now = room.clock.now() + 2 * MINUTE
    scope = Scope(since=now - timedelta(days=9), now=now)
    return room.database.read_now(lambda connection: list(walk(connection, scope)))


async def test_what_is_over_comes_at_the_next_full_hour_though_no_digest_was_ever_asked_for(room: Room) -> None:
    room.clock.advance(20 * MINUTE)
    notices = [room.comes(title) for title in TITLES[:4]]
    assert [notice.reason for notice in notices] == [Reason.FIRST, Reason.FIRST, Reason.HELD, Reason.HELD]
    assert notices[3].detail.startswith(
        "first, flood brake (2 messages in the last hour, where 2 is the most), "
        "held for the digest of Wed 07 May 11:00 Europe/Berlin: "
    )
    await room.after(39 * MINUTE)
    assert room.alerts == list(TITLES[:2])
    assert room.digests == []
    assert wrong(room) == []
    await room.after(MINUTE)
    (digest,) = room.digests
    assert TITLES[2] in digest
    assert TITLES[3] in digest
    assert "Here are: 2 more than an hour takes." in digest
    await room.after(3 * HOUR)
    assert len(room.digests) == 1
    assert wrong(room) == []


async def test_sixty_minutes_later_there_is_room_again(room: Room) -> None:
    assert [room.comes(title).reason for title in TITLES[:3]][2] is Reason.HELD
    await room.after(HOUR - MINUTE)
    assert room.comes(TITLES[3]).reason is Reason.HELD
    await room.after(MINUTE)
    assert room.comes(TITLES[4]).reason is Reason.FIRST


async def test_a_flash_and_what_passes_quiet_hours_come_at_once(room: Room) -> None:
    room.routes = (replace(ROUTE, loud=Tier.URGENT),)
    for title in TITLES[:2]:
        room.comes(title)
    assert room.comes(TITLES[2], labels=("trade", "urgent")).reason is Reason.FIRST
    assert room.comes(TITLES[3]).reason is Reason.HELD


async def test_what_quiet_hours_hold_counts_when_they_end(room: Room) -> None:
    room.routes = (replace(ROUTE, quiet=QuietHours.parse("09:00-12:00 Europe/Berlin")),)
    notices = [room.comes(title) for title in TITLES[:3]]
    assert [notice.until for notice in notices] == [NOW + 2 * HOUR, NOW + 2 * HOUR, NOW + 3 * HOUR]
    await room.after(2 * HOUR)
    assert (room.alerts, room.digests) == (list(TITLES[:2]), [])
    await room.after(HOUR)
    assert TITLES[2] in room.digests[0]
    assert wrong(room) == []


async def test_a_place_may_want_fewer_and_its_digest_takes_the_rest(room: Room) -> None:
    room.hourly = 60
    await room.prefer(hourly=1, digest="daily 12:30")
    assert [room.comes(title).reason for title in TITLES[:2]] == [Reason.FIRST, Reason.HELD]
    await room.after(2 * HOUR + 30 * MINUTE)
    assert TITLES[1] in room.digests[0]


async def test_a_new_fact_of_what_waits_is_told_with_it_in_one_entry(room: Room) -> None:
    for title in TITLES[:2]:
        room.comes(title)
    room.comes(TITLES[2], rate=10.0)
    room.comes(TITLES[2], rate=15.0)
    await room.after(HOUR)
    (digest,) = room.digests
    assert digest.count(TITLES[2]) == 1
    assert "15% tariff, 10% tariff" in digest


async def test_a_correction_of_what_such_a_digest_told_stands_in_another(room: Room) -> None:
    for title in TITLES[:2]:
        room.comes(title)
    held = room.comes(TITLES[2], rate=10.0)
    await room.after(HOUR)
    (notice,) = room.revises(held.item_key, rate=19.0)
    assert notice.reason is Reason.HELD
    await room.after(24 * HOUR)
    assert "CORRECTED" in room.digests[1]


async def test_a_console_takes_everything(room: Room) -> None:
    console = Destination("console")
    room.routes = (replace(ROUTE, to=(SLACK, console)),)
    for title in TITLES:
        room.comes(title)
    assert room.database.read_now(places.preferences, [console]) == {}
    assert len(room.database.read_now(places.preferences, [SLACK])) == 1


async def test_the_next_digest_is_shown_with_its_time(room: Room) -> None:
    for title in TITLES[:3]:
        room.comes(title)
    own = room.database.read_now(places.preferences, [SLACK])[SLACK]
    bulletin, at = room.database.read_now(room.digester.preview, own, room.clock.now())
    assert bulletin is not None
    assert at == NOW + HOUR


async def test_a_burst_goes_into_digests_but_for_a_console(room: Room) -> None:
    console = Destination("console")
    room.routes = (replace(ROUTE, to=(SLACK, console)),)
    notice = room.comes(TITLES[0], burst="wire: 45 items at once, where 2 are usual")
    decided = room.database.read_now(audience.decisions_on, notice.item_key)
    assert {each.destination: each.reason for each in decided} == {SLACK: Reason.HELD, console: Reason.FIRST}
