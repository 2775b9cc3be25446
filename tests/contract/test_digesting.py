"""What is not told at once ends in a digest, each once and at its time, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DataError

from bot.model import Reason, StoryId, Tier
from bot.routing.digests import DigestPlan
from bot.routing.holding import Why
from bot.routing.preferences import Preferences
from bot.routing.quiet import QuietHours
from bot.store import audience, digests, messages, news, places
from bot.store.engine import Database
from bot.store.schema import places as place_rows
from tests.contract.digest_room import Room
from tests.fakes.clock import FakeClock
from tests.samples import DISCORD, NOW, SLACK

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
QUIETER = (
    "Parliament of Norland reads a bill on import duties",
    "Skarhavn shipyards lobby for lower duties",
    "Wheat growers near Aasen dread duties at harvest",
)
LOUD = "Norland doubles tariffs on copper pipes"


@pytest.fixture
def room(database: Database, clock: FakeClock) -> Room:
    """It is 10:00 in Berlin."""
    return Room(database, clock)


# --- what a place prefers, as it is stored ------------------------------------------------------------------


def test_preferences_come_back_as_they_were_stored(database: Database) -> None:
    everything = Preferences(
        place=SLACK,
        zone="Asia/Kolkata",
        lang=("en", "de"),
        tier=Tier.URGENT,
        thresholds={"trade": 0.7, "market": 0.55},
        quiet=QuietHours.parse("22:00-06:00 Asia/Kolkata"),
        loud=Tier.FLASH,
        digest=DigestPlan.parse("weekdays 08:00 17:30"),
        cap=20,
    )
    assert database.read_now(places.preferences, [SLACK, DISCORD]) == {}
    database.write_now(places.save, everything, now=NOW)
    database.write_now(places.save, Preferences(place=DISCORD, cap=1), now=NOW)
    assert database.read_now(places.preferences, [SLACK, DISCORD]) == {
        SLACK: everything,
        DISCORD: Preferences(place=DISCORD, cap=1),
    }
    database.write_now(places.save, Preferences(place=SLACK), now=NOW)
    assert database.read_now(places.preferences, [SLACK])[SLACK].is_default
    assert database.write_now(places.forget, SLACK)
    assert not database.write_now(places.forget, SLACK)


def test_another_setting_leaves_the_plan_of_digests_as_it_is(database: Database) -> None:
    def slots() -> list[str | None]:
        row = sa.select(place_rows.c.digest_slot).where(place_rows.c.destination == str(SLACK))
        return database.read_now(lambda connection: list(connection.execute(row).scalars()))

    own = Preferences(place=SLACK, digest=DigestPlan.parse("daily 08:00"))
    database.write_now(places.save, own, now=NOW)
    zone = ZoneInfo("Europe/Berlin")
    database.write_now(places.serve, SLACK, slot=NOW, due=NOW + DAY, zone=zone)
    assert slots() == ["2025-05-07T10:00:00+02:00"]
    database.write_now(places.save, Preferences(place=SLACK, digest=own.digest, cap=5), now=NOW)
    assert slots() == ["2025-05-07T10:00:00+02:00"]
    database.write_now(places.save, Preferences(place=SLACK, digest=DigestPlan(), cap=5), now=NOW)
    assert slots() == [None]


# --- too quiet --------------------------------------------------------------------------------------------


async def test_what_is_too_quiet_comes_in_the_digest_and_in_no_other_way(room: Room) -> None:
    await room.prefer(digest="daily 08:00 17:00")
    notice = room.comes(QUIETER[0], labels=())
    assert (notice.reason, notice.until) == (Reason.HELD, datetime(2025, 5, 7, 15, 0, tzinfo=UTC))
    assert notice.detail.startswith(
        "first, held for the digest of Wed 07 May 17:00 Europe/Berlin: tier digest is below"
    )
    await room.after(7 * HOUR - MINUTE)
    assert room.wall.shown == []
    await room.after(MINUTE)
    (digest,) = room.digests
    assert digest.startswith("Digest, Wed 7 May 17:00: 1 story\nOther\n• Parliament of Norland")
    assert room.alerts == []


async def test_without_a_digest_it_is_told_nowhere_as_ever(room: Room) -> None:
    assert room.comes(QUIETER[0], labels=()).reason is Reason.BELOW_THRESHOLD
    await room.prefer(cap=5)
    assert room.comes(QUIETER[1], labels=()).reason is Reason.BELOW_THRESHOLD
    await room.after(2 * DAY)
    assert room.wall.shown == []


async def test_a_story_is_in_one_digest_once_and_in_the_next_only_with_something_new(room: Room) -> None:
    await room.prefer(digest="hourly")
    room.comes(QUIETER[0], labels=())
    room.comes(QUIETER[0], labels=())
    await room.after(HOUR)
    assert len(room.digests) == 1
    assert room.digests[0].count("Parliament") == 1
    assert "2 outlets" in room.digests[0], "as it stands when it is sent"
    assert room.comes(QUIETER[0], labels=()).reason is Reason.NOTHING_NEW
    await room.after(HOUR)
    assert len(room.digests) == 1
    room.comes(QUIETER[0], labels=(), rate=12.0)
    await room.after(HOUR)
    assert len(room.digests) == 2
    assert "12% tariff" in room.digests[1]


async def test_what_was_posted_in_the_meantime_is_not_in_the_digest(room: Room) -> None:
    await room.prefer(digest="daily 17:00")
    room.comes(LOUD + ": duties", labels=())
    notice = room.comes(LOUD + ": duties", labels=("trade",))
    assert notice.reason is Reason.FIRST, "they have read nothing of it yet"
    await room.after(8 * HOUR)
    assert room.alerts == [LOUD + ": duties"]
    assert room.digests == []


async def test_a_story_that_was_in_a_digest_and_becomes_louder_is_told_as_that(room: Room) -> None:
    await room.prefer(digest="hourly")
    room.comes(LOUD + ": duties", labels=())
    await room.after(HOUR)
    notice = room.comes(LOUD + ": duties", labels=("trade",))
    assert (notice.reason, notice.detail) == (Reason.ESCALATED, "digest became alert")


async def test_what_was_withdrawn_is_left_out(room: Room) -> None:
    await room.prefer(digest="daily 17:00")
    first, second = (room.comes(title, labels=()) for title in QUIETER[:2])
    story = room.database.read_now(news.story, first.story_id)
    assert story is not None
    room.database.write_now(news.update_story, replace(story, mark="withdrawn"))
    await room.after(8 * HOUR)
    (digest,) = room.digests
    assert "Parliament" not in digest
    assert "1 story" in digest
    assert second.story_id != first.story_id


async def test_a_digest_of_nothing_is_not_sent(room: Room) -> None:
    await room.prefer(digest="hourly")
    await room.after(3 * HOUR)
    assert room.digests == []


# --- when it comes ----------------------------------------------------------------------------------------


async def test_a_bot_that_was_off_for_days_sends_one_digest_for_all_that_it_missed(room: Room) -> None:
    await room.prefer(digest="daily 08:00 12:00 17:00")
    for title in QUIETER:
        room.comes(title, labels=())
    await room.after(10 * DAY)
    (digest,) = room.digests
    assert "3 stories" in digest
    await room.after(MINUTE)
    assert len(room.digests) == 1


async def test_two_processes_that_look_at_the_same_moment_send_one(database: Database, clock: FakeClock) -> None:
    one, other = Room(database, clock), Room(database, clock)
    await one.prefer(digest="hourly")
    one.comes(QUIETER[0], labels=())
    clock.advance(HOUR)
    await asyncio.gather(*(each.digester.send_due() for each in (one, other, one, other)))
    await one.drain()
    await other.drain()
    assert len(one.digests + other.digests) == 1


async def test_a_restart_in_the_middle_neither_repeats_nor_loses(database: Database, clock: FakeClock) -> None:
    before = Room(database, clock)
    await before.prefer(digest="hourly")
    before.comes(QUIETER[0], labels=())
    clock.advance(HOUR)
    await before.digester.send_due()  # and it is killed before it sends
    after = Room(database, clock)
    after.comes(QUIETER[1], labels=())
    await after.after()
    assert len(after.digests) == 1
    assert "Parliament" in after.digests[0]
    await after.after(HOUR)
    assert len(after.digests) == 2
    assert "Parliament" not in after.digests[1]
    assert "Skarhavn" in after.digests[1]


@pytest.mark.parametrize(
    "fault", [RuntimeError("a fault of ours"), DataError("", {}, Exception("not for this column"))]
)
async def test_a_digest_that_cannot_be_made_keeps_no_other_from_its_time(
    room: Room, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    await room.prefer(digest="hourly")
    room.database.write_now(places.save, Preferences(place=DISCORD, digest=DigestPlan()), now=room.clock.now())
    await room.digester.send_due()
    room.comes(QUIETER[0], labels=())
    story = StoryId("0" * 12)
    room.database.write_now(digests.add, {DISCORD: Why.QUIETER}, story, now=room.clock.now())
    real = digests.stories_of

    def broken(connection: sa.Connection, entries: list[digests.Entry]) -> object:
        if any(entry.story_id == story for entry in entries):
            raise fault
        return real(connection, entries)

    with monkeypatch.context() as patch:
        patch.setattr(digests, "stories_of", broken)
        await room.after(HOUR)
    assert len(room.digests) == 1
    assert [entry.story_id for entry in room.database.read_now(digests.waiting, DISCORD)] == [story], (
        "nothing is lost"
    )
    await room.after(10 * MINUTE)
    assert room.database.read_now(digests.waiting, DISCORD) == []


async def test_digests_do_not_pile_up_where_nothing_can_be_posted(room: Room) -> None:
    await room.prefer(digest="hourly")
    for title in QUIETER:
        room.comes(title, labels=())
        room.clock.advance(HOUR)
        await room.digester.send_due()  # and the channel takes nothing
    await room.after()
    assert len(room.digests) == 1, "that was made before"
    await room.after(10 * MINUTE)
    first, rest = room.digests
    assert "1 story" in first
    assert "2 stories" in rest


async def test_a_plan_that_is_changed_counts_from_then_on(room: Room) -> None:
    await room.prefer(digest="daily 12:00")
    room.comes(QUIETER[0], labels=())
    await room.after(HOUR)
    await room.prefer(digest="daily 09:00")  # it is past: tomorrow
    await room.after(2 * HOUR)
    assert room.digests == []
    await room.after(20 * HOUR)
    assert len(room.digests) == 1


async def test_who_ends_their_digests_is_sent_the_rest_when_the_day_ends(room: Room) -> None:
    await room.prefer(digest="weekly friday 12:00")
    room.comes(QUIETER[0], labels=())
    await room.prefer(digest=None)
    await room.after(13 * HOUR + 59 * MINUTE)
    assert room.digests == []
    await room.after(MINUTE)
    assert len(room.digests) == 1


# --- the cap ----------------------------------------------------------------------------------------------


async def test_what_is_more_than_the_cap_comes_as_one_digest_when_the_local_day_ends(room: Room) -> None:
    await room.prefer(cap=2)
    titles = [
        "Norland doubles tariffs",
        "Skarhavn quits talks on tin",
        "Aasen bans imports of zinc",
        "Lund lifts quota",
    ]
    reasons = [room.comes(title).reason for title in titles]
    assert reasons == [Reason.FIRST, Reason.FIRST, Reason.HELD, Reason.HELD]
    (last,) = _decided(room, titles[3])
    assert "the cap of the day (2) is reached, held for the digest of Thu 08 May 00:00 Europe/Berlin" in last
    await room.after(13 * HOUR)
    assert room.alerts == titles[:2]
    assert room.digests == []
    await room.after(HOUR)
    (digest,) = room.digests
    assert titles[2] in digest
    assert titles[3] in digest
    assert "2 more than the cap of a day" in digest
    assert room.comes("A new day brings talks on steel").reason is Reason.FIRST, "and its own messages"


async def test_what_counts_towards_the_cap_are_the_alerts_of_the_day(database: Database, clock: FakeClock) -> None:
    room = Room(database, clock)
    room.comes("Aasen bans imports of zinc")
    await room.after(16 * HOUR)  # it is the next day
    await room.prefer(digest="hourly", tier=Tier.ALERT)
    room.comes(QUIETER[0], labels=())
    await room.after(HOUR)
    assert len(room.digests) == 1
    notice = room.comes("Lund lifts its quota on tin")
    database.write_now(messages.supersede_posts, [SLACK], notice.story_id, now=clock.now())
    room.comes("Skarhavn quits talks on copper")
    day = {"since": clock.now() - 3 * HOUR, "until": clock.now() + HOUR}
    assert database.read_now(messages.count_told, [SLACK, DISCORD], **day) == {SLACK: 1}


async def test_a_flash_is_free_of_the_cap(room: Room) -> None:
    await room.prefer(cap=1)
    room.comes("Skarhavn quits talks on tin")
    assert room.comes(LOUD, labels=("trade", "market", "urgent")).reason is Reason.FIRST


async def test_with_a_digest_the_rest_comes_with_it(room: Room) -> None:
    await room.prefer(cap=1, digest="daily 12:00")
    room.comes("Norland doubles tariffs")
    assert room.comes("Skarhavn quits talks on tin").reason is Reason.HELD
    await room.after(2 * HOUR)
    assert "Skarhavn" in room.digests[0]


async def test_news_of_a_told_story_over_the_cap_is_in_the_digest_and_told_once(room: Room) -> None:
    await room.prefer(cap=1)
    room.comes(LOUD, rate=10.0)
    assert room.comes(LOUD, rate=35.0).reason is Reason.HELD
    assert room.comes(LOUD, rate=35.0).reason is Reason.NOTHING_NEW
    await room.after(14 * HOUR)
    assert "35% tariff" in room.digests[0]
    assert room.comes(LOUD, rate=35.0).reason is Reason.NOTHING_NEW
    assert room.comes(LOUD, rate=50.0).reason is Reason.NEW_FACT


# --- the brake --------------------------------------------------------------------------------------------


async def test_what_a_first_poll_brings_too_much_of_is_one_line(room: Room) -> None:
    await room.prefer(digest="daily 12:00")
    for title in ("Norland doubles tariffs", "Skarhavn quits talks on tin", "Aasen bans imports of zinc"):
        assert room.comes(title, brake=True).reason is Reason.FLOOD_BRAKE
    await room.after(2 * HOUR)
    (digest,) = room.digests
    assert "New sources brought 3 stories that were there before: /wire latest 7d" in digest
    assert "Norland" not in digest
    assert room.comes("Norland doubles tariffs").reason is Reason.FIRST, "they were not told of it"


async def test_what_is_told_after_all_is_not_counted_as_kept_back(room: Room) -> None:
    await room.prefer(digest="daily 12:00")
    room.comes("Norland doubles tariffs", brake=True)
    room.comes("Skarhavn quits talks on tin", brake=True)
    room.comes("Norland doubles tariffs")
    await room.after(2 * HOUR)
    assert "brought 1 story that was there before" in room.digests[0]


async def test_a_muted_story_is_in_no_digest_and_one_in_another_language_neither(room: Room) -> None:
    await room.prefer(digest="daily 12:00", lang=("en",))
    notice = room.comes(QUIETER[0], labels=(), lang="de")
    assert notice.reason is Reason.BELOW_THRESHOLD
    assert "it is in de" in notice.detail
    assert room.database.read_now(digests.waiting, SLACK) == []


def _decided(room: Room, title: str) -> list[str]:
    def details(connection: sa.Connection) -> list[str]:
        (story,) = (
            each
            for each, _ in news.latest_stories(connection, labels=("trade",), since=NOW - DAY, limit=50)
            if each.title == title
        )
        return [notice.detail for notice in audience.decisions_on(connection, story.lead)]

    return room.database.read_now(details)
