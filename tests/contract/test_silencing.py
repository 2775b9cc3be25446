"""A mute takes back what waits. What had waited for a digest, for the end of quiet hours or in the line goes with the
message that tells it instead, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.deliver.ports import TryLater
from bot.model import Destination, Notice, Reason
from bot.routing.mutes import Mute, MuteKind
from bot.store import mutes
from bot.store.audit import Scope, walk
from bot.store.engine import Database
from tests.contract.digest_room import Room
from tests.fakes.clock import FakeClock
from tests.samples import SLACK

ANN = Destination("slack", "UANN", person=True)
TITLE = "Norland doubles tariffs on copper pipes"


@pytest.fixture
async def room(database: Database, clock: FakeClock) -> Room:
    """Quiet until half past ten, with a digest at half past twelve."""
    room = Room(database, clock)
    await room.prefer(digest="daily 12:30", quiet="09:00-10:30 Europe/Berlin")
    return room


def told_instead(room: Room) -> Notice:
    """What came at night waits for the digest; in the morning a message on the story is to tell both."""
    assert room.comes(TITLE, outlet="Calm Post").reason is Reason.HELD
    room.clock.advance(timedelta(hours=1))
    notice = room.comes(TITLE, rate=10.0, outlet="Loud Times")
    assert notice.reason is Reason.FIRST
    return notice


def mute(room: Room, kind: MuteKind, value: str) -> None:
    made = Mute(place=SLACK, kind=kind, value=value, author=ANN, made_at=room.clock.now())
    room.database.write_now(mutes.save, made)


def assert_nothing_is_missing(room: Room) -> None:
    scope = Scope(since=room.clock.now() - timedelta(days=1), now=room.clock.now() + timedelta(minutes=2))
    assert room.database.read_now(lambda connection: list(walk(connection, scope))) == []


async def test_with_the_message_all_that_it_would_have_told_counts_as_not_told(room: Room) -> None:
    notice = told_instead(room)
    mute(room, MuteKind.STORY, notice.story_id)
    await room.after(timedelta(hours=2))
    assert room.alerts == room.digests == []
    assert_nothing_is_missing(room)
    room.database.write_now(mutes.lift, SLACK, MuteKind.STORY, notice.story_id)
    assert room.comes(TITLE, rate=20.0).reason is Reason.FIRST


async def test_a_message_that_tells_of_more_than_was_muted_goes_out(room: Room) -> None:
    told_instead(room)
    mute(room, MuteKind.SOURCE, "Loud Times")
    await room.after(timedelta(minutes=1))
    assert room.alerts == [TITLE]
    assert_nothing_is_missing(room)


async def test_what_a_digest_told_before_is_not_told_again_for_it(room: Room) -> None:
    assert room.comes(TITLE, outlet="Calm Post").reason is Reason.HELD
    await room.after(timedelta(hours=3))
    assert len(room.digests) == 1
    assert room.comes(TITLE, rate=10.0, outlet="Loud Times").reason is Reason.NEW_FACT
    mute(room, MuteKind.SOURCE, "Loud Times")
    await room.after(timedelta(minutes=1))
    assert room.alerts == []
    assert_nothing_is_missing(room)


async def test_what_was_muted_before_the_message_was_decided_is_no_more_that_it_tells(room: Room) -> None:
    assert room.comes(TITLE, outlet="Calm Post").reason is Reason.HELD
    room.clock.advance(timedelta(minutes=30))
    mute(room, MuteKind.SOURCE, "Calm Post")
    room.clock.advance(timedelta(minutes=30))
    assert room.comes(TITLE, rate=10.0, outlet="Loud Times").reason is Reason.FIRST
    mute(room, MuteKind.SOURCE, "Loud Times")
    await room.after(timedelta(minutes=1))
    assert room.alerts == []
    assert_nothing_is_missing(room)


async def test_a_message_tells_also_what_quiet_hours_held_until_it_came(database: Database, clock: FakeClock) -> None:
    room = Room(database, clock)
    await room.prefer(quiet="09:00-11:30 Europe/Berlin")
    assert room.comes(TITLE, outlet="Calm Post").reason is Reason.HELD
    clock.advance(timedelta(minutes=10))
    assert room.comes(TITLE, rate=10.0, outlet="Loud Times", labels=("trade", "urgent")).reason is Reason.HELD
    mute(room, MuteKind.SOURCE, "Loud Times")
    await room.after(timedelta(hours=2))
    assert room.alerts == [TITLE]
    assert_nothing_is_missing(room)


@pytest.mark.parametrize("muted", [("Loud Times",), ("Loud Times", "Calm Post")])
async def test_a_message_tells_also_what_waited_behind_it(
    database: Database, clock: FakeClock, muted: tuple[str, ...]
) -> None:
    room = Room(database, clock)
    assert room.comes(TITLE, outlet="Loud Times").reason is Reason.FIRST
    assert room.comes(TITLE, rate=10.0, outlet="Calm Post").reason is Reason.NEW_FACT
    room.wall.trouble = TryLater("the platform rests")
    await room.after(timedelta(minutes=1))
    room.wall.trouble = None
    for outlet in muted:
        mute(room, MuteKind.SOURCE, outlet)
    await room.after(timedelta(minutes=1))
    assert room.alerts == [TITLE][: 2 - len(muted)]
    assert_nothing_is_missing(room)
