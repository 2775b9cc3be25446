"""What becomes of an earlier state of the database: digests, reminders and leases, and what feeds bring again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.model import ItemKey, Notice, Reason, StoryId
from bot.routing.restored import Restored
from bot.steps.grouping import Joined, Judged, place
from bot.steps.telling import News
from bot.store import audience, feeds, outbox, restoring
from bot.store.audit import Kind, Scope, walk
from bot.store.engine import Database
from bot.store.schema import destinations, sources
from bot.stories.signature import signature
from tests import samples
from tests.contract.calendar_desk import CalendarDesk, desk_on, said
from tests.contract.digest_room import SOURCE, Room
from tests.contract.test_reminders import MEETING, titles
from tests.fakes.clock import FakeClock
from tests.samples import NOW, SLACK

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
QUIETER = "Parliament of Norland reads a bill on import duties"


@pytest.fixture
def room(database: Database, clock: FakeClock) -> Room:
    """It is 10:00 in Berlin."""
    return Room(database, clock)


def settle(database: Database, now: datetime, told_until: datetime | None) -> restoring.Settled:
    return database.write_now(restoring.settle, told_until=told_until, now=now)


# --- digests --------------------------------------------------------------------------------------------------------


async def test_a_digest_that_was_due_since_the_backup_counts_as_sent(room: Room) -> None:
    await room.prefer(digest="daily 12:00")
    room.comes(QUIETER, labels=())
    room.clock.advance(3 * HOUR)
    assert settle(room.database, room.clock.now(), room.clock.now()).digests == 1
    await room.after(MINUTE)
    assert room.digests == []
    room.comes("Skarhavn shipyards lobby for lower duties", labels=())
    await room.after(23 * HOUR)
    (digest,) = room.digests
    assert "Skarhavn shipyards" in digest
    assert QUIETER not in digest
    scope = Scope(since=NOW - DAY, now=room.clock.now() + HOUR)
    found = room.database.read_now(lambda connection: list(walk(connection, scope)))
    assert [finding for finding in found if finding.kind is Kind.HELD_AND_LOST] == []


@pytest.mark.parametrize("told_until", [NOW + HOUR, None])
async def test_a_digest_that_the_lost_bot_cannot_have_sent_is_sent(room: Room, told_until: datetime | None) -> None:
    await room.prefer(digest="daily 12:00")
    room.comes(QUIETER, labels=())
    room.clock.advance(3 * HOUR)
    assert settle(room.database, room.clock.now(), told_until).digests == 0
    await room.after(MINUTE)
    assert len(room.digests) == 1


# --- what feeds bring again -----------------------------------------------------------------------------------------


def _brought(room: Room, title: str, *, labels: tuple[str, ...] = ("trade",)) -> Notice:
    """An item that counts as told comes again."""
    now = room.clock.now()
    item = samples.item(key=ItemKey(f"{len(title):016x}"), title=title, summary="", published_at=now - HOUR)
    figures = {label: 0.8 if label in labels else 0.1 for label in ("trade", "market")}
    judged = Judged(item, samples.verdict(labels=labels, **figures), signature(item))
    restored = Restored(at=now, told_until=now, first_look=False)

    def admit(connection: sa.Connection) -> list[Notice]:
        news = News(
            source=SOURCE,
            joined=place(connection, judged, now),
            now=now,
            learned=room.teller.learned(connection, now),
            restored=restored,
        )
        room.teller.listeners.catch_up(connection)
        return room.teller.tell(connection, news)

    (notice,) = room.database.write_now(admit)
    return notice


async def test_what_counts_as_told_is_known_to_be_heard_and_goes_nowhere(room: Room) -> None:
    notice = _brought(room, "Norland doubles tariffs on copper pipes")
    assert notice.reason is Reason.NOTHING_NEW
    assert notice.detail == "counts as told: it may have been sent before the restore of 2025-05-07 08:00 UTC"
    heard = room.database.read_now(audience.told_about, notice.story_id, [SLACK])[SLACK]
    assert heard.fact_keys
    await room.after(DAY)
    assert (room.alerts, room.digests) == ([], [])


async def test_what_waits_for_a_later_digest_cannot_have_been_sent_and_comes_in_it(room: Room) -> None:
    await room.prefer(digest="daily 12:00")
    assert _brought(room, QUIETER, labels=()).reason is Reason.HELD
    await room.after(3 * HOUR)
    assert QUIETER in room.digests[0]


@pytest.mark.parametrize(
    ("published", "revised", "first_look", "covered"),
    [
        (NOW, False, False, True),
        (NOW + MINUTE, False, True, False),
        (None, False, True, True),
        (None, False, False, False),
        (NOW - DAY, True, True, True),
        (NOW - DAY, True, False, False),
    ],
)
def test_what_may_have_been_told(published: datetime | None, revised: bool, first_look: bool, covered: bool) -> None:
    restored = Restored(at=NOW + HOUR, told_until=NOW, first_look=first_look)
    assert restored.covers(samples.item(published_at=published), revised=revised) is covered


def test_the_first_look_of_a_source_ends_with_its_first_good_answer(database: Database) -> None:
    source = SOURCE.id
    database.write_now(feeds.sync, [SOURCE], now=NOW)
    assert database.read_now(restoring.in_force, source) is None
    settle(database, NOW, NOW - HOUR)
    settle(database, NOW + HOUR, NOW)  # the later one counts
    before = database.read_now(restoring.in_force, source)
    assert before == Restored(at=NOW + HOUR, told_until=NOW, first_look=True)
    database.write_now(lambda connection: connection.execute(sa.update(sources).values(last_ok_at=NOW + 2 * HOUR)))
    assert database.read_now(restoring.in_force, source) == replace(before, first_look=False)


# --- reminders and leases -------------------------------------------------------------------------------------------


@pytest.fixture
def desk(database: Database) -> CalendarDesk:
    return desk_on(database)


def test_reminders_that_were_due_since_the_backup_count_as_sent(desk: CalendarDesk) -> None:
    desk.start("country:CN", lead="3d")
    desk.start()
    desk.item(0, "2025-05-12")
    assert settle(desk.database, NOW + 3 * DAY, NOW + 3 * DAY).reminders == 1
    assert titles(desk, "2025-05-10T09:00") == []
    assert titles(desk, "2025-05-11T09:00") == [f"Tomorrow: {MEETING}"]


@pytest.mark.parametrize(
    ("told_until", "expected"), [(NOW + 2 * DAY + 2 * HOUR, []), (NOW + DAY, [f"In 3 days: {MEETING}"])]
)
def test_an_event_that_is_read_again_reminds_of_what_was_not_due_before(
    desk: CalendarDesk, told_until: datetime, expected: list[str]
) -> None:
    desk.start(lead="3d")
    desk.now = NOW + 2 * DAY + 2 * HOUR
    desk.item(0, None)
    joined = Joined(
        desk.items[0],
        samples.verdict(facts=said("2025-05-12")),
        samples.story(id=StoryId(f"{0:012x}")),
    )
    desk.database.write_now(desk.agenda.note, joined, desk.now, told_until=told_until)
    assert titles(desk, "2025-05-09T11:00") == expected


def test_leases_of_the_lost_bot_hold_nothing(database: Database) -> None:
    def lease(connection: sa.Connection) -> None:
        notice = samples.notice()
        outbox.enqueue(connection, notice, audience.save_decision(connection, notice))
        outbox.claim_due(connection, ["slack"], owner="lost", now=NOW, lease=HOUR, limit=1)

    database.write_now(lease)
    settle(database, NOW, NOW)
    held = sa.select(destinations.c.lease_owner)
    assert database.read_now(lambda connection: connection.execute(held).scalar_one()) is None
    assert database.write_now(outbox.claim_due, ["slack"], owner="new", now=NOW, lease=HOUR, limit=1) == [SLACK]
