"""What waited is one message a story when its turn comes, and none where it was muted since; on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.deliver.card import Card
from bot.deliver.ports import TryLater, UnknownOutcome
from bot.model import DeliveryState, Destination, Notice, Reason, Tier, Told
from bot.routing.mutes import Mute, MuteKind
from bot.store import audience, mutes, subscriptions
from bot.store.audit import Finding, Scope, walk
from bot.store.engine import Database
from bot.store.schema import decisions, deliveries
from bot.store.waiting import WAITED
from tests.contract.digest_room import Room
from tests.fakes.clock import FakeClock
from tests.samples import SLACK

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
ANN = Destination("slack", "UANN", person=True)
COPPER = "Norland doubles tariffs on copper pipes"
TIN = "Skarhavn quits talks on tin"


@pytest.fixture
def room(database: Database, clock: FakeClock) -> Room:
    return Room(database, clock)


def wrong(room: Room) -> list[Finding]:
    now = room.clock.now() + 2 * MINUTE
    scope = Scope(since=now - timedelta(days=9), now=now)
    return room.database.read_now(lambda connection: list(walk(connection, scope)))


def ended(room: Room) -> list[tuple[str, str | None]]:
    """State and reason of every delivery, in their order."""
    rows = sa.select(deliveries.c.state, deliveries.c.fault).order_by(deliveries.c.seq)
    return room.database.read_now(lambda connection: [(row.state, row.fault) for row in connection.execute(rows)])


def ids(room: Room) -> list[str]:
    rows = sa.select(deliveries.c.id).order_by(deliveries.c.seq)
    return room.database.read_now(lambda connection: list(connection.execute(rows).scalars()))


def silent(room: Room) -> list[Notice]:
    rows = sa.select(decisions).where(decisions.c.reason == Reason.MUTED).order_by(decisions.c.id)
    return room.database.read_now(lambda connection: [audience.notice_of(row) for row in connection.execute(rows)])


def heard(room: Room, notice: Notice) -> Told | None:
    return room.database.read_now(audience.told_about, notice.story_id, [SLACK]).get(SLACK)


def mute(room: Room, kind: MuteKind, value: str, *, lasts: timedelta = 24 * HOUR) -> None:
    now = room.clock.now()
    made = Mute(
        place=SLACK, kind=kind, value=value, author=ANN, author_name="Ann", made_at=now, expires_at=now + lasts
    )
    room.database.write_now(mutes.save, made)


async def shut(room: Room, *, after: timedelta = MINUTE) -> None:
    """The channel takes nothing from now on; a message finds that out."""
    room.wall.trouble = TryLater("limited", after=after)
    await room.drain()


async def opens(room: Room, wait: timedelta = 2 * MINUTE) -> None:
    room.wall.trouble = None
    room.clock.advance(wait)
    await room.drain()


def cards(room: Room) -> list[Card]:
    return [each for each in room.wall.shown if isinstance(each, Card)]


# --- one message for a story --------------------------------------------------------------------------------------


async def test_what_waited_about_one_story_is_one_message_with_all_its_facts(room: Room) -> None:
    room.comes(COPPER, rate=10.0)
    await shut(room)
    room.comes(COPPER, rate=15.0)
    room.comes(COPPER, rate=20.0)
    room.comes(TIN)
    await opens(room)

    copper, tin = cards(room)
    assert (copper.title, tin.title) == (COPPER, TIN)
    (rates,) = [field.value for field in copper.fields if field.label == "Rates"]
    assert rates.split(", ") == ["20% tariff", "15% tariff", "10% tariff"]
    first = ids(room)[0]
    merged = ("superseded", f"waited, and message {first} tells it")
    assert ended(room) == [("sent", None), merged, merged, ("sent", None)]
    assert wrong(room) == []


async def test_follow_ups_that_waited_are_one_reply_that_names_all_that_is_new(room: Room) -> None:
    room.comes(COPPER, rate=10.0)
    await room.drain()
    room.comes(COPPER, rate=15.0)
    await shut(room)
    room.comes(COPPER, rate=20.0)
    await opens(room)

    _, reply = cards(room)
    assert reply.change == "New: rates 15% tariff, 20% tariff"
    assert wrong(room) == []


async def test_what_was_told_so_is_told_so_again_when_the_message_is_tried_again(room: Room) -> None:
    room.comes(COPPER, rate=10.0)
    await room.drain()
    room.comes(COPPER, rate=15.0)
    await shut(room)
    room.comes(COPPER, rate=20.0)
    room.clock.advance(2 * MINUTE)
    room.wall.trouble = UnknownOutcome("no answer")
    await room.drain()
    room.comes(COPPER, rate=25.0)
    await opens(room)

    assert [card.change for card in cards(room)[1:]] == [
        "New: rates 15% tariff, 20% tariff",
        "New: rates 25% tariff",  # what may have arrived takes nothing more
    ]
    assert wrong(room) == []


async def test_an_escalation_is_a_message_of_its_own_and_the_order_stays(room: Room) -> None:
    room.comes(COPPER, rate=10.0)
    await shut(room)
    room.comes(COPPER, rate=15.0)
    loud = room.comes(COPPER, rate=20.0, labels=("trade", "urgent"))
    assert (loud.reason, loud.tier) == (Reason.ESCALATED, Tier.URGENT)
    room.comes(COPPER, rate=25.0)
    await opens(room)

    calm, urgent = cards(room)
    assert (calm.tier, urgent.tier) == (Tier.ALERT, Tier.URGENT)
    assert [state for state, _ in ended(room)] == ["sent", "superseded", "sent", "superseded"]
    assert wrong(room) == []


async def test_what_was_decided_a_moment_ago_is_sent_as_it_is(room: Room) -> None:
    room.comes(COPPER, rate=10.0)
    room.comes(COPPER, rate=15.0)
    await opens(room, WAITED / 2)
    assert len(cards(room)) == 2


async def test_another_story_keeps_its_place_in_the_line(room: Room) -> None:
    room.comes(TIN)
    await shut(room)
    room.comes(COPPER, rate=10.0)
    room.comes(TIN, rate=5.0)
    await opens(room)
    assert [card.title for card in cards(room)] == [TIN, COPPER]


async def test_the_message_names_the_subscriptions_of_all_that_it_tells(room: Room) -> None:
    def ask(query: str) -> None:
        add, now = room.database.write_now, room.clock.now()
        add(subscriptions.add, place=SLACK, owner=ANN, query=query, tier=Tier.DIGEST, made_in=SLACK, now=now)

    ask("copper")
    ask("rate>=15")
    room.comes(COPPER, rate=10.0)
    await shut(room)
    room.comes(COPPER, rate=15.0)
    await opens(room)
    (card,) = cards(room)
    (asked,) = [field.value for field in card.fields if field.label == "Subscribed to"]
    assert asked == "“copper”, “rate>=15”"


# --- mutes --------------------------------------------------------------------------------------------------------


async def test_a_story_that_was_muted_while_it_waited_is_not_told_and_counts_as_not_told(room: Room) -> None:
    first = room.comes(COPPER, rate=10.0)
    await shut(room)
    room.comes(COPPER, rate=15.0)
    room.comes(TIN)
    room.clock.advance(MINUTE)
    mute(room, MuteKind.STORY, first.story_id, lasts=HOUR)
    await opens(room)

    assert [card.title for card in cards(room)] == [TIN]
    assert [state for state, _ in ended(room)] == [DeliveryState.SUPERSEDED, DeliveryState.SUPERSEDED, "sent"]
    assert all(why and why.startswith("muted by Ann until") for _, why in ended(room)[:2])
    muted, _ = silent(room)
    assert muted.item_key == first.item_key
    assert muted.detail.startswith("taken back while it waited: muted by Ann until")
    assert heard(room, first) is None
    assert wrong(room) == []

    room.clock.advance(2 * HOUR)
    again = room.comes(COPPER, rate=20.0)
    assert again.reason is Reason.FIRST, "it was never told"


async def test_of_a_story_that_was_told_only_what_was_muted_counts_as_not_told(room: Room) -> None:
    told = room.comes(COPPER, rate=10.0, outlet="Outlet A")
    await room.drain()
    room.comes(COPPER, rate=15.0, outlet="Outlet B")
    await shut(room)
    room.clock.advance(MINUTE)
    mute(room, MuteKind.SOURCE, "Outlet B")
    await opens(room)

    assert len(cards(room)) == 1
    known = heard(room, told)
    assert known is not None
    assert "rate:10:tariff" in known.fact_keys
    assert "rate:15:tariff" not in known.fact_keys
    assert wrong(room) == []


async def test_what_may_have_arrived_is_looked_up_though_it_was_muted(room: Room) -> None:
    first = room.comes(COPPER)
    room.wall.trouble = UnknownOutcome("no answer")
    await room.drain()
    mute(room, MuteKind.STORY, first.story_id)
    await opens(room)
    assert [state for state, _ in ended(room)] == ["sent"]


async def test_a_mute_that_has_run_out_holds_nothing_back(room: Room) -> None:
    first = room.comes(COPPER)
    await shut(room)
    mute(room, MuteKind.STORY, first.story_id, lasts=MINUTE)
    await opens(room)
    assert len(cards(room)) == 1


async def test_what_is_muted_leaves_the_digest_that_it_waits_for(room: Room) -> None:
    await room.prefer(digest="daily 12:30", tier=Tier.FLASH)
    copper, tin = room.comes(COPPER, rate=10.0), room.comes(TIN)
    assert (copper.reason, tin.reason) == (Reason.HELD, Reason.HELD)
    room.clock.advance(MINUTE)
    mute(room, MuteKind.TERM, "copper pipes")
    await room.after(3 * HOUR)
    (digest,) = room.digests
    assert COPPER not in digest
    assert TIN in digest
    assert [notice.item_key for notice in silent(room)] == [copper.item_key]
    assert heard(room, copper) is None
    assert heard(room, tin) is not None
    assert wrong(room) == []


async def test_a_story_stays_in_the_digest_for_the_report_that_is_not_muted(room: Room) -> None:
    await room.prefer(digest="daily 12:30", tier=Tier.FLASH)
    room.comes(COPPER, rate=10.0, outlet="Outlet A")
    room.comes(COPPER, rate=15.0, outlet="Outlet B")
    room.clock.advance(MINUTE)
    mute(room, MuteKind.SOURCE, "Outlet A")
    await room.after(3 * HOUR)
    assert COPPER in room.digests[0]
    assert silent(room) == []


async def test_a_digest_of_which_everything_was_muted_is_not_sent(room: Room) -> None:
    await room.prefer(digest="daily 12:30", tier=Tier.FLASH)
    room.comes(COPPER)
    room.clock.advance(MINUTE)
    mute(room, MuteKind.TOPIC, "trade")
    await room.after(3 * HOUR)
    assert room.digests == []
    assert wrong(room) == []
