"""What people read in a digest is what they were told: it is put right there, and not told to them again."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.model import Destination, Reason
from bot.routing.follows import informed
from bot.routing.preferences import Preferences
from bot.routing.quiet import QuietHours
from bot.store import audience, digests, follows, news, places
from bot.store.engine import Database
from bot.store.schema import deliveries
from tests.contract.digest_room import Room
from tests.fakes.clock import FakeClock
from tests.samples import NOW, SLACK

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
LOUD = "Norland doubles tariffs on copper pipes"
BILL = "Parliament of Norland reads a bill on import duties"


@pytest.fixture
def room(database: Database, clock: FakeClock) -> Room:
    """It is 10:00 in Berlin."""
    return Room(database, clock)


async def test_what_a_digest_told_wrongly_is_put_right_in_the_next(room: Room) -> None:
    await room.prefer(digest="hourly")
    notice = room.comes(BILL, labels=(), rate=500.0)
    await room.after(HOUR)
    assert "500% tariff" in room.digests[0]
    room.revises(notice.item_key, rate=50.0)
    await room.after(HOUR)
    assert len(room.digests) == 2
    assert "CORRECTED Parliament" in room.digests[1]
    assert "500% tariff became 50% tariff" in room.digests[1]
    assert "1 put right since a digest told it" in room.digests[1]
    assert room.comes(BILL, labels=(), rate=50.0).reason is Reason.NOTHING_NEW
    await room.after(HOUR)
    assert len(room.digests) == 2


async def test_what_is_withdrawn_after_a_digest_told_it_is_said_so_in_the_next(room: Room) -> None:
    await room.prefer(digest="hourly")
    notice = room.comes(BILL, labels=())
    await room.after(HOUR)
    room.revises(notice.item_key, title=f"WITHDRAWN: {BILL}")
    await room.after(HOUR)
    assert len(room.digests) == 2
    assert "WITHDRAWN Parliament" in room.digests[1]
    await room.after(HOUR)
    assert len(room.digests) == 2


async def test_without_digests_by_then_it_is_put_right_when_the_day_ends(room: Room) -> None:
    await room.prefer(digest="hourly")
    notice = room.comes(BILL, labels=(), rate=500.0)
    await room.after(HOUR)
    await room.prefer(digest=None, cap=3)
    room.revises(notice.item_key, rate=50.0)
    await room.after(13 * HOUR)
    assert len(room.digests) == 2
    assert "500% tariff became 50% tariff" in room.digests[1]


async def test_what_is_corrected_while_it_waits_is_told_as_it_has_become_and_once(room: Room) -> None:
    await room.prefer(digest="hourly")
    notice = room.comes(BILL, labels=(), rate=500.0)
    room.revises(notice.item_key, rate=50.0)
    await room.after(HOUR)
    (digest,) = room.digests
    assert "500% tariff became" not in digest
    assert "50% tariff" in digest
    assert room.comes(BILL, labels=(), rate=50.0).reason is Reason.NOTHING_NEW
    await room.after(HOUR)
    assert len(room.digests) == 1


async def test_what_is_withdrawn_while_it_waits_is_never_told(room: Room) -> None:
    await room.prefer(digest="hourly")
    notice = room.comes(BILL, labels=())
    room.revises(notice.item_key, title=f"WITHDRAWN: {BILL}")
    await room.after(2 * HOUR)
    assert room.wall.shown == []


async def test_news_of_a_story_that_a_digest_told_is_louder_not_the_first_again(room: Room) -> None:
    await room.prefer(digest="hourly")
    room.comes(BILL, labels=(), rate=10.0)
    await room.after(HOUR)
    assert room.comes(BILL, labels=(), rate=35.0).reason is Reason.HELD
    notice = room.comes(BILL, labels=("trade",), rate=35.0)
    assert (notice.reason, notice.detail) == (Reason.ESCALATED, "digest became alert")
    assert [fact.value for fact in notice.new_facts if fact.type == "rate"] == [35.0]


async def test_what_is_corrected_while_a_digest_of_it_is_being_made_is_put_right_in_the_next(room: Room) -> None:
    await room.prefer(digest="hourly")
    notice = room.comes(BILL, labels=(), rate=500.0)
    room.clock.advance(HOUR)
    taken, went_on = threading.Event(), threading.Event()

    def make(connection: sa.Connection) -> bool:
        digests.take_all(connection, SLACK)
        taken.set()
        return went_on.wait(0.2)

    def correct() -> None:
        taken.wait(5)
        room.revises(notice.item_key, rate=50.0)
        went_on.set()

    with ThreadPoolExecutor(2) as pool:
        made, corrected = pool.submit(room.database.write_now, make), pool.submit(correct)
        assert not made.result(), "it is known only then whether the digest told it"
        corrected.result()
    assert [each.why for each in room.database.read_now(digests.waiting, SLACK)] == ["amended"]


# --- who follows a story ------------------------------------------------------------------------------------

ANN = Destination("slack", "UANN", person=True)


async def test_a_correction_by_direct_message_waits_for_the_end_of_quiet_hours(room: Room) -> None:
    quiet = QuietHours.parse("09:00-12:00 Europe/Berlin")
    notice = room.comes(LOUD, rate=500.0)

    def follow(connection: sa.Connection) -> None:
        story = news.story(connection, notice.story_id)
        assert story is not None
        follows.follow(connection, ANN, story.id, now=NOW)
        audience.save_told(connection, informed(None, ANN, story), now=NOW)
        places.save(connection, Preferences(place=ANN, quiet=quiet), now=NOW)

    room.database.write_now(follow)
    (told,) = (each for each in room.revises(notice.item_key, rate=50.0) if each.destination == ANN)
    assert (told.reason, told.until) == (Reason.CORRECTION, NOW + 2 * HOUR)
    posted = sa.select(deliveries.c.not_before).where(deliveries.c.destination == str(ANN))
    assert room.database.read_now(lambda connection: connection.execute(posted).scalars().all()) == [told.until]
