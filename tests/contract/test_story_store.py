"""Mutes, follows and what a story's page is made of, on SQLite and on PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.model import DeliveryState, Destination, ItemKey, Notice, Reason, Source, SourceId, StoryId
from bot.routing.mutes import Mute, MuteKind
from bot.routing.routes import FOLLOW
from bot.store import audience, feeds, follows, mutes, news, outbox, storyline, unreachable
from bot.store.engine import Database
from bot.store.schema import deliveries
from bot.store.unreachable import Ended
from tests import samples
from tests.samples import DISCORD, NOW, SLACK

ANN, BOB = (Destination("slack", name, person=True) for name in ("UANN", "UBOB"))
HOUR = timedelta(hours=1)
STORY, OTHER = samples.story().id, StoryId("ffffffffffff")
MUTE = Mute(
    place=SLACK,
    kind=MuteKind.STORY,
    value=STORY,
    author=ANN,
    author_name="Ann",
    reason="we know",
    made_at=NOW,
)
TERM = replace(MUTE, kind=MuteKind.TERM, value="tin", author=BOB, author_name="", expires_at=NOW + HOUR)


@pytest.fixture
def stored(database: Database) -> Database:
    """Two stories, of which `OTHER` had its last report long ago."""
    old = samples.story(id=OTHER, key=OTHER, title="Quotas end", updated_at=NOW - 100 * HOUR)
    for story in (samples.story(), old):
        database.write_now(news.add_story, story)
    return database


def _save(database: Database, *saved: Mute) -> None:
    for mute in saved:
        database.write_now(mutes.save, mute)


def _in_force(database: Database, *places: Destination, hours: int = 0) -> list[Mute]:
    return database.read_now(mutes.in_force, places, now=NOW + hours * HOUR)


# --- mutes ------------------------------------------------------------------------------------------------


def test_mutes_come_back_as_they_were_by_place_and_in_order(database: Database) -> None:
    there = replace(TERM, place=DISCORD)
    _save(database, TERM, MUTE, there)
    assert _in_force(database, SLACK, DISCORD) == [TERM, MUTE, there]
    assert _in_force(database, DISCORD) == [there]
    assert _in_force(database) == []


def test_a_mute_that_has_run_out_holds_no_longer(database: Database) -> None:
    _save(database, TERM, MUTE)
    assert _in_force(database, SLACK, hours=1) == [MUTE]


def test_a_mute_replaces_an_earlier_one_of_the_same_thing(database: Database) -> None:
    longer = replace(TERM, author=ANN, expires_at=NOW + 2 * HOUR)
    _save(database, TERM, longer)
    assert _in_force(database, SLACK) == [longer]


def test_a_mute_is_lifted_once_and_at_its_place_only(database: Database) -> None:
    _save(database, MUTE, replace(MUTE, place=DISCORD))
    assert database.write_now(mutes.lift, SLACK, MuteKind.STORY, STORY)
    assert not database.write_now(mutes.lift, SLACK, MuteKind.STORY, STORY)
    assert [mute.place for mute in _in_force(database, SLACK, DISCORD)] == [DISCORD]


def test_what_has_run_out_and_what_has_closed_is_forgotten(stored: Database) -> None:
    closed = replace(MUTE, value=OTHER)
    _save(stored, MUTE, closed, TERM, replace(TERM, value="zinc", expires_at=NOW + 9 * HOUR))
    assert stored.write_now(mutes.forget_ended, now=NOW + HOUR, closed_before=NOW - HOUR) == 2
    assert [mute.value for mute in _in_force(stored, SLACK)] == [STORY, "zinc"]


def test_sources_and_the_outlets_of_the_last_days_can_be_named(stored: Database) -> None:
    stored.write_now(feeds.sync, [samples_source("wire"), samples_source("gone", enabled=False)], now=NOW)
    for number, (outlet, seen_at) in enumerate([("Daily", NOW), ("Daily", NOW), ("Old", NOW - HOUR), ("", NOW)]):
        item = samples.item(key=ItemKey(f"{number:016}"), outlet=outlet, seen_at=seen_at)
        stored.write_now(news.add_item, item, STORY, samples.verdict())
    assert stored.read_now(mutes.sources_and_outlets, since=NOW) == ["wire", "Daily"]


def samples_source(name: str, *, enabled: bool = True) -> Source:
    return Source(id=SourceId(name), name=name, url="https://feed.example/", enabled=enabled)


# --- follows ----------------------------------------------------------------------------------------------


def _follow(database: Database, person: Destination, story: StoryId = STORY, hours: int = 0) -> bool:
    return database.write_now(follows.follow, person, story, now=NOW + hours * HOUR)


def test_following_twice_is_following_once(stored: Database) -> None:
    assert _follow(stored, ANN)
    assert not _follow(stored, ANN)
    assert _follow(stored, BOB, hours=1)
    assert stored.read_now(follows.followers, STORY) == [ANN, BOB]
    assert stored.read_now(follows.followers, OTHER) == []
    assert stored.read_now(follows.is_following, ANN, STORY)
    assert not stored.read_now(follows.is_following, ANN, OTHER)


def test_the_followed_stories_come_with_their_titles_the_latest_first(stored: Database) -> None:
    for story in (OTHER, STORY):
        _follow(stored, ANN, story)
    assert stored.read_now(follows.followed, ANN, limit=5) == [(STORY, samples.TITLE), (OTHER, "Quotas end")]
    assert stored.read_now(follows.followed, ANN, limit=1) == [(STORY, samples.TITLE)]


def test_unfollowing_ends_one_and_leaving_ends_all(stored: Database) -> None:
    for person in (ANN, BOB):
        for story in (STORY, OTHER):
            _follow(stored, person, story)
    assert stored.write_now(follows.unfollow, ANN, STORY)
    assert not stored.write_now(follows.unfollow, ANN, STORY)
    assert stored.write_now(follows.unfollow_all, BOB) == 2
    assert stored.read_now(follows.followers, OTHER) == [ANN]


def test_follows_of_stories_closed_long_ago_are_forgotten(stored: Database) -> None:
    for story in (STORY, OTHER):
        _follow(stored, ANN, story)
    assert stored.write_now(follows.forget_closed, closed_before=NOW - HOUR) == 1
    assert stored.read_now(follows.followers, STORY) == [ANN]


def _wait(database: Database, **changes: object) -> None:
    def enqueue(connection: sa.Connection, notice: Notice) -> None:
        outbox.enqueue(connection, notice, audience.save_decision(connection, notice))

    database.write_now(enqueue, samples.notice(destination=ANN, **changes))


def _states(database: Database) -> list[tuple[str, bool]]:
    """The state of each delivery, and whether it says why."""
    query = sa.select(deliveries.c.state, deliveries.c.fault).order_by(deliveries.c.seq)
    rows = database.read_now(lambda connection: connection.execute(query).all())
    return [(row.state, row.fault == "no direct messages") for row in rows]


@pytest.mark.parametrize("holds", [True, False])
def test_who_cannot_be_written_to_follows_nothing_and_nothing_waits_for_them(stored: Database, holds: bool) -> None:
    _follow(stored, ANN)
    _follow(stored, ANN, OTHER)
    _follow(stored, BOB)
    for changes in ({"route": FOLLOW}, {"route": FOLLOW, "story_id": OTHER}, {"route": "desk"}):
        _wait(stored, **changes)
    stored.write_now(outbox.claim_due, ["slack"], owner="me", now=NOW, lease=HOUR, limit=1)
    delivery = stored.write_now(outbox.begin_next, ANN, owner="me", now=NOW, lease=HOUR)
    assert delivery is not None

    owner = "me" if holds else "somebody else"
    ended = stored.write_now(unreachable.let_go, delivery, "no direct messages", owner=owner, now=NOW)

    pending, failed = (DeliveryState.PENDING, False), (DeliveryState.FAILED, True)
    if holds:
        assert ended == Ended(follows=2, subscriptions=0)
        assert _states(stored) == [failed, failed, pending], "what a route tells keeps waiting"
        assert stored.read_now(follows.followers, STORY) == [BOB]
    else:
        assert ended is None
        assert _states(stored) == [(DeliveryState.SENDING, False), pending, pending]
        assert stored.read_now(follows.followers, STORY) == [ANN, BOB]


# --- the page ---------------------------------------------------------------------------------------------


def test_the_reports_of_a_story_come_in_order_with_their_verdicts(stored: Database) -> None:
    items = [samples.item(key=ItemKey(f"{n:016}"), seen_at=NOW + (3 - n) * HOUR) for n in range(3)]
    for number, item in enumerate(items):
        stored.write_now(news.add_item, item, STORY, samples.verdict(trade=number / 10))
    found = stored.read_now(storyline.reports, STORY, limit=2)
    assert found == [(items[2], samples.verdict(trade=0.2)), (items[1], samples.verdict(trade=0.1))]
    assert stored.read_now(storyline.count, STORY) == 3
    assert stored.read_now(storyline.count, OTHER) == 0


def test_why_items_were_told_is_shown_without_what_other_people_were_told(stored: Database) -> None:
    first, second, third = (ItemKey(f"{n:016}") for n in range(3))
    for notice in (
        samples.notice(item_key=first),
        samples.notice(item_key=first, destination=DISCORD, reason=Reason.HELD, detail="escalated, held until 06:00"),
        samples.notice(item_key=second, reason=Reason.NOTHING_NEW),
        samples.notice(item_key=second, reason=Reason.MUTED),
        samples.notice(item_key=second, destination=ANN, reason=Reason.NEW_FACT),
        samples.notice(item_key=third, destination=BOB, reason=Reason.CORRECTION),
        samples.notice(item_key=third, story_id=OTHER, reason=Reason.WITHDRAWN),
    ):
        stored.write_now(audience.save_decision, notice)
    assert stored.read_now(storyline.told_for, STORY, ANN) == {
        first: {Reason.FIRST, Reason.ESCALATED},
        second: {Reason.NEW_FACT},
    }
