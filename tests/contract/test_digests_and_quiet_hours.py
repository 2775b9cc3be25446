"""Whose quiet hours a digest keeps, and what changes of settings do to its time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.model import Destination, Reason, Tier
from bot.routing.quiet import QuietHours
from bot.store import subscriptions
from bot.store.engine import Database
from bot.store.schema import places
from tests.contract.digest_room import ROUTE, Room
from tests.fakes.clock import FakeClock
from tests.samples import NOW, SLACK

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
UNTIL_NOON = QuietHours.parse("09:00-12:00 Europe/Berlin")
BILL = "Parliament of Norland reads a bill on import duties"
LOUD = "Norland doubles tariffs on copper pipes"


@pytest.fixture
def room(database: Database, clock: FakeClock) -> Room:
    """It is 10:00 in Berlin."""
    return Room(database, clock)


@pytest.fixture
def quiet_room(room: Room) -> Room:
    """And the route is quiet until noon."""
    room.routes = (replace(ROUTE, quiet=UNTIL_NOON),)
    return room


async def test_what_quiet_hours_hold_comes_in_the_next_digest(room: Room) -> None:
    await room.prefer(digest="daily 12:30", quiet="09:00-12:00 Europe/Berlin")
    notice = room.comes(LOUD)
    assert notice.reason is Reason.HELD
    assert "quiet until 12:00 Europe/Berlin" in notice.detail
    await room.after(2 * HOUR)
    assert room.wall.shown == [], "not at their end"
    await room.after(HOUR)
    assert room.alerts == []
    assert LOUD in room.digests[0]
    assert "1 from quiet hours" in room.digests[0]


async def test_without_a_digest_it_is_told_when_they_end(room: Room) -> None:
    await room.prefer(quiet="09:00-12:00 Europe/Berlin")
    room.comes(LOUD)
    await room.after(2 * HOUR)
    assert room.alerts == [LOUD]


async def test_a_flash_passes_where_the_owner_allows_it(room: Room) -> None:
    await room.prefer(quiet="09:00-12:00 Europe/Berlin", loud=Tier.FLASH, digest="daily 12:30")
    assert room.comes(LOUD, labels=("trade", "market", "urgent")).reason is Reason.FIRST
    assert room.comes("Skarhavn weighs a quota on tin", labels=("trade", "urgent")).reason is Reason.HELD


async def test_a_digest_in_quiet_hours_waits_for_their_end(room: Room) -> None:
    await room.prefer(digest="hourly", quiet="10:30-14:15 Europe/Berlin")
    room.comes(BILL, labels=())
    for _ in range(4):
        await room.after(HOUR)
    assert room.digests == []
    await room.after(15 * MINUTE)
    (digest,) = room.digests
    assert digest.startswith("Digest, Wed 7 May 14:15")


async def test_quiet_hours_that_are_set_while_a_digest_is_planned_put_it_off_too(room: Room) -> None:
    await room.prefer(digest="hourly")
    room.comes(BILL, labels=())
    await room.prefer(quiet="10:30-14:15 Europe/Berlin")
    await room.after(HOUR)
    assert room.digests == []
    await room.after(3 * HOUR + 15 * MINUTE)
    assert len(room.digests) == 1


# --- of the route, and changed ---------------------------------------------------------------------------


async def test_a_digest_keeps_the_quiet_hours_of_the_route_where_its_place_has_none(quiet_room: Room) -> None:
    await quiet_room.prefer(digest="hourly")
    assert quiet_room.comes(BILL, labels=()).until == datetime(2025, 5, 7, 10, 0, tzinfo=UTC)
    assert "Wed 07 May 12:00 Europe/Berlin" in quiet_room.comes(LOUD).detail
    await quiet_room.after(HOUR)
    assert quiet_room.wall.shown == []
    await quiet_room.after(HOUR)
    (digest,) = quiet_room.digests
    assert LOUD in digest
    assert quiet_room.alerts == []


async def test_a_place_that_wants_no_quiet_hours_of_its_route_has_its_digests_in_them(quiet_room: Room) -> None:
    await quiet_room.prefer(digest="hourly", quiet="23:00-23:15 Europe/Berlin")
    quiet_room.comes(BILL, labels=())
    await quiet_room.after(HOUR)
    assert len(quiet_room.digests) == 1


async def test_what_a_channel_subscribes_to_keeps_the_quiet_hours_of_its_route(quiet_room: Room) -> None:
    quiet_room.routes = (replace(quiet_room.routes[0], tier=Tier.FLASH),)
    ann = Destination("slack", "UANN", person=True)
    quiet_room.database.write_now(
        subscriptions.add, place=SLACK, owner=ann, query="copper", tier=Tier.DIGEST, made_in=SLACK, now=NOW
    )
    notice = quiet_room.comes(LOUD)
    assert (notice.route, notice.reason) == ("subscription", Reason.HELD)
    assert notice.until == NOW + 2 * HOUR


async def test_a_digest_that_quiet_hours_put_off_comes_at_its_time_once_they_are_gone(room: Room) -> None:
    await room.prefer(digest="hourly", quiet="10:30-14:15 Europe/Berlin")
    room.comes(BILL, labels=())
    await room.after(45 * MINUTE)
    await room.prefer(quiet=None)
    await room.after(15 * MINUTE)
    assert len(room.digests) == 1


async def test_other_quiet_hours_do_not_bring_the_rest_of_the_day_sooner(room: Room) -> None:
    await room.prefer(cap=1)
    room.comes(LOUD)
    assert room.comes("Skarhavn quits talks on tin").reason is Reason.HELD
    await room.after(HOUR)
    await room.prefer(quiet="22:00-23:00 Europe/Berlin")
    await room.after(MINUTE)
    assert room.digests == []
    await room.after(13 * HOUR)
    assert len(room.digests) == 1


@pytest.mark.parametrize("column", ["digest", "zone", "quiet", "tier"])
async def test_what_another_version_of_this_program_stored_keeps_nobody_from_the_news(
    room: Room, column: str
) -> None:
    await room.prefer(cap=3)
    room.database.write_now(lambda connection: connection.execute(sa.update(places).values({column: "fortnightly"})))
    with capture_logs() as logs:
        assert room.comes(LOUD).reason is Reason.FIRST
        await room.after(HOUR)
    assert room.alerts == [LOUD]
    assert {line["event"] for line in logs} >= {"preference_unreadable"}
