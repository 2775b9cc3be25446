"""The rows of what hubs push: who asks, when again, what waits to be read; on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.intake.fetched import Offer
from bot.model import Source, SourceId
from bot.store import feeds, hubs, leases, pushed, set_back
from bot.store.engine import Database
from bot.store.hubs import FIRST_PAUSE, LONGEST_PAUSE, MOVED_AFTER, PATIENCE, HubSubscription
from bot.store.pushed import MOST_WAITING, POLL_PAUSE, VAIN_PAUSE, WORTHLESS_AFTER
from bot.store.schema import hub_subscriptions, sources
from tests.samples import NOW

FEED, TOPIC, HUB = "https://wire.example/feed", "https://wire.example/self", "https://hub.example/"
WIRE, OTHER = SourceId("wire"), SourceId("other")
BASE = "https://desk.example"
LEASE = timedelta(minutes=3)
OFFER = Offer(topic=TOPIC, hubs=(HUB,))
URLS = {WIRE: FEED}
_PAUSE_S, _VAIN_S = round(POLL_PAUSE.total_seconds()), round(VAIN_PAUSE.total_seconds())


class Hubs:
    """The functions on one database, as a process uses them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        source = Source(id=WIRE, name="Wire", url=FEED)
        database.write_now(feeds.sync, [source, Source(id=OTHER, name="Other", url=f"{FEED}2")], now=NOW)

    def offer(self, offer: Offer = OFFER, *, now: datetime = NOW, feed: str = FEED) -> None:
        self.database.write_now(hubs.offered, WIRE, feed, offer, now=now)

    def claim(self, now: datetime = NOW, *, base: str | None = BASE, owner: str = "p:1") -> list[HubSubscription]:
        if not self.database.read_now(hubs.is_due, base, now=now, lease=LEASE):
            return []
        return self.database.write_now(hubs.claim, base, URLS, owner=owner, now=now, lease=LEASE, limit=9)

    def answer(self, asked: HubSubscription, now: datetime, fault: str | None = None) -> None:
        self.database.write_now(hubs.answered, asked.id, owner="p:1", fault=fault, now=now)

    def confirm(self, asked: HubSubscription, now: datetime = NOW, *, seconds: str = "86400") -> bool:
        token = asked.callback.rpartition("/")[2]
        return self.database.write_now(hubs.confirmed, token, asked.mode, TOPIC, seconds, now=now)

    def live(self) -> HubSubscription:
        self.offer()
        (asked,) = self.claim()
        self.answer(asked, NOW)
        assert self.confirm(asked)
        return asked

    def receive(self, asked: HubSubscription, body: bytes | None, body_hash: str = "", now: datetime = NOW) -> bool:
        return self.database.write_now(
            pushed.receive, asked.callback.rpartition("/")[2], body=body, body_hash=body_hash or repr(body),
            content_type="text/xml", now=now,
        )  # fmt: skip

    def read(self, now: datetime = NOW, owner: str = "p:2") -> list[SourceId]:
        return self.database.write_now(pushed.claim, [WIRE], owner=owner, now=now, lease=LEASE, limit=9)

    def states(self) -> list[str]:
        states = sa.select(hub_subscriptions.c.state).order_by(hub_subscriptions.c.id)
        return self.database.read_now(lambda connection: list(connection.execute(states).scalars()))

    def due_at(self) -> datetime:
        at = sa.select(sources.c.due_at).where(sources.c.id == WIRE)
        found: datetime = self.database.read_now(lambda connection: connection.execute(at).scalar_one())
        return found


@pytest.fixture
def room(database: Database) -> Hubs:
    return Hubs(database)


# --- subscriptions --------------------------------------------------------------------------------------------


def test_what_is_offered_is_asked_for_once(room: Hubs) -> None:
    room.offer(Offer(topic=TOPIC))
    assert room.claim() == []
    room.offer()
    room.offer(now=NOW + timedelta(days=9))
    (asked,) = room.claim()
    assert (asked.source_id, asked.hub, asked.topic, asked.mode) == (WIRE, HUB, TOPIC, "subscribe")
    assert room.claim(owner="p:9") == [], "it is leased"
    assert asked.secret not in repr(asked)
    assert asked.callback not in repr(asked)


def test_two_offers_have_nothing_in_common(room: Hubs) -> None:
    room.offer()
    room.database.write_now(hubs.offered, OTHER, f"{FEED}2", OFFER, now=NOW)
    rows = room.database.read_now(
        lambda connection: connection.execute(
            sa.select(hub_subscriptions.c.token, hub_subscriptions.c.secret, hub_subscriptions.c.id)
        ).all()
    )
    assert all(len(set(column)) == 2 for column in zip(*rows, strict=True))


def test_nothing_is_asked_without_an_address_of_our_own_or_of_sources_that_rest(room: Hubs) -> None:
    room.offer()
    assert room.claim(base=None) == []
    room.database.write_now(feeds.sync, [], now=NOW)
    assert room.claim() == []


def test_an_answer_that_comes_after_the_confirmation_changes_nothing(room: Hubs) -> None:
    room.offer()
    (asked,) = room.claim()
    assert room.confirm(asked)
    room.answer(asked, NOW)
    room.answer(asked, NOW, fault="broke off")
    assert room.states() == ["live"]
    assert room.claim(NOW + timedelta(hours=16)) == []
    (renewed,) = room.claim(NOW + timedelta(hours=21))
    assert renewed.is_renewal
    assert renewed.callback == asked.callback


def test_a_hub_that_fails_is_asked_after_5_20_80_320_minutes_and_then_daily(room: Hubs) -> None:
    room.offer()
    now, waited = NOW, []
    for _ in range(6):
        (asked,) = room.claim(now)
        room.answer(asked, now, fault="no answer")
        began = now
        while not room.database.read_now(hubs.is_due, BASE, now=now, lease=LEASE):
            now += timedelta(minutes=5)
        waited.append(round((now - began) / timedelta(minutes=1)))
    assert waited == [5, 20, 80, 320, 1280, 1440]


def test_a_renewal_that_fails_leaves_the_subscription_live_until_its_end(room: Hubs) -> None:
    room.live()
    late = NOW + timedelta(hours=21)
    (asked,) = room.claim(late)
    room.answer(asked, late, fault="no answer")
    assert room.states() == ["live"]
    assert room.database.read_now(hubs.standings, now=late)[WIRE].live_until == NOW + timedelta(days=1)
    after = NOW + timedelta(days=1, minutes=1)
    assert room.database.read_now(hubs.standings, now=after)[WIRE].live_until is None
    (asked,) = room.claim(after)
    room.answer(asked, after, fault="no answer")
    assert room.states() == ["wanted"]


def test_a_process_that_died_while_it_asked_is_followed_by_another(room: Hubs) -> None:
    room.offer()
    room.claim()
    room.database.write_now(leases.release_dead, hub_subscriptions, lambda owner: True)
    assert room.claim(owner="p:9") == [], "it may have been asked"
    (asked,) = room.claim(NOW + FIRST_PAUSE, owner="p:9")
    assert asked.mode == "subscribe"


def test_a_late_confirmation_is_welcome(room: Hubs) -> None:
    room.offer()
    (asked,) = room.claim()
    room.answer(asked, NOW)
    assert room.claim(NOW + PATIENCE) == []
    assert room.states() == ["wanted"]
    assert room.confirm(asked, NOW + PATIENCE)
    assert room.states() == ["live"]


def test_nobody_confirms_or_denies_what_no_hub_was_asked(room: Hubs) -> None:
    room.offer()
    token = room.database.read_now(
        lambda connection: connection.execute(sa.select(hub_subscriptions.c.token)).scalar_one()
    )
    assert not room.database.write_now(hubs.confirmed, token, "subscribe", TOPIC, "60", now=NOW)
    assert not room.database.write_now(hubs.denied, token, TOPIC, "no", now=NOW)
    assert room.database.read_now(hubs.secret_of, token) is None


def test_another_feed_under_the_name_of_an_earlier_one_gets_nothing_of_its_hub(room: Hubs) -> None:
    room.live()
    moved = {WIRE: "https://wire.example/quite-another"}
    late = NOW + timedelta(hours=21)
    claimed = room.database.write_now(hubs.claim, BASE, moved, owner="p:1", now=late, lease=LEASE, limit=9)
    assert claimed == []
    (asked,) = room.claim(late)
    assert asked.mode == "unsubscribe"
    assert room.confirm(asked, late)
    assert room.states() == []


def test_a_feed_that_changes_its_name_each_time_is_followed_once_a_day(room: Hubs) -> None:
    room.live()
    for hour in range(1, 24):
        room.offer(Offer(topic=f"{TOPIC}?{hour}", hubs=(HUB,)), now=NOW + timedelta(hours=hour))
    assert room.states() == ["live"]
    room.offer(Offer(topic=f"{TOPIC}?new", hubs=(HUB,)), now=NOW + MOVED_AFTER)
    assert sorted(room.states()) == ["leaving", "wanted"]


def test_the_hub_that_is_used_stays_while_it_is_among_those_offered(room: Hubs) -> None:
    room.live()
    room.offer(Offer(topic=TOPIC, hubs=("https://first.example/", HUB)), now=NOW + MOVED_AFTER)
    assert room.states() == ["live"]


# --- deliveries -----------------------------------------------------------------------------------------------


def test_a_delivery_waits_until_it_is_read_and_then_the_source_is_due(room: Hubs) -> None:
    asked = room.live()
    due_at = NOW + timedelta(minutes=5)
    room.database.write_now(feeds.claim_due, [WIRE], owner="p:0", now=NOW, lease=LEASE, limit=1)
    assert room.receive(asked, b"<rss/>")
    assert room.read() == [], "it is polled just now"
    room.database.write_now(feeds.give_back, WIRE, owner="p:0", due_at=due_at)
    assert room.due_at() == due_at
    assert room.read() == [WIRE]
    assert room.read(owner="p:3") == []
    waiting = room.database.read_now(pushed.waiting, WIRE)
    assert [(each.body, each.topic, each.content_type) for each in waiting] == [(b"<rss/>", TOPIC, "text/xml")]
    room.database.write_now(pushed.settle, WIRE, waiting, brought_new=False, owner="p:2", now=NOW)
    assert room.due_at() == NOW
    assert not room.database.read_now(pushed.is_any)


def test_what_came_while_it_was_read_stays(room: Hubs) -> None:
    asked = room.live()
    room.receive(asked, b"one")
    room.read()
    waiting = room.database.read_now(pushed.waiting, WIRE)
    room.receive(asked, b"two")
    room.database.write_now(pushed.settle, WIRE, waiting, brought_new=False, owner="p:2", now=NOW)
    assert [each.body for each in room.database.read_now(pushed.waiting, WIRE)] == [b"two"]


def test_who_lost_the_source_settles_nothing(room: Hubs) -> None:
    asked = room.live()
    room.receive(asked, b"one")
    room.read()
    waiting = room.database.read_now(pushed.waiting, WIRE)
    room.database.write_now(pushed.settle, WIRE, waiting, brought_new=False, owner="another", now=NOW)
    assert room.database.read_now(pushed.is_any)
    room.database.write_now(leases.release, sources, WIRE, owner="p:2")
    assert room.read(owner="p:3") == [WIRE]


def test_the_same_bytes_again_and_a_flood_are_kept_once_and_only_so_much(room: Hubs) -> None:
    asked = room.live()
    for body in (b"one", b"one", None):
        room.receive(asked, body, "the same" if body else "large")
    for number in range(2 * MOST_WAITING):
        room.receive(asked, str(number).encode())
    bodies = [each.body for each in room.database.read_now(pushed.waiting, WIRE)]
    assert bodies[:4] == [b"one", None, None, b"0"]
    assert len(bodies) == MOST_WAITING


@pytest.mark.parametrize(
    ("failures", "polled_s_ago", "due_in_s", "news", "then_in_s"),
    [
        (0, 60, 300, True, 0),
        (0, 2, 300, True, _PAUSE_S - 2),
        (0, 2, 300, False, _VAIN_S - 2),
        (0, 2, 1, True, 1),
        (0, None, 300, True, 0),
        (0, -60, 300, True, 0),
        (1, 60, 300, True, 300),
    ],
    ids=["at once", "not twice in a moment", "in vain", "due anyway", "never polled", "clock set back", "it fails"],
)
def test_when_a_source_is_polled_after_a_delivery(
    room: Hubs, failures: int, polled_s_ago: int | None, due_in_s: int, *, news: bool, then_in_s: int
) -> None:
    values = {
        "failures": failures,
        "last_ok_at": None if polled_s_ago is None else NOW - timedelta(seconds=polled_s_ago),
        "due_at": NOW + timedelta(seconds=due_in_s),
    }
    room.receive(room.live(), b"one")
    room.read()
    room.database.write_now(
        lambda connection: connection.execute(sa.update(sources).where(sources.c.id == WIRE).values(values))
    )
    room.database.write_now(pushed.settle, WIRE, [], brought_new=news, owner="p:2", now=NOW)
    assert room.due_at() == NOW + timedelta(seconds=then_in_s)


def test_what_nobody_reads_is_forgotten(room: Hubs) -> None:
    asked = room.live()
    room.receive(asked, b"one")
    room.database.write_now(pushed.forget, now=NOW + WORTHLESS_AFTER)
    assert room.database.read_now(pushed.is_any)
    room.database.write_now(pushed.forget, now=NOW + WORTHLESS_AFTER + timedelta(seconds=1))
    assert not room.database.read_now(pushed.is_any)


def test_a_subscription_that_ends_takes_nothing(room: Hubs) -> None:
    asked = room.live()
    room.database.write_now(feeds.sync, [], now=NOW)
    room.claim()
    assert not room.receive(asked, b"one")
    assert not room.receive(replace(asked, callback="https://desk.example/websub/x"), b"x")


def test_a_denial_puts_it_off_until_tomorrow(room: Hubs) -> None:
    asked = room.live()
    token = asked.callback.rpartition("/")[2]
    assert room.database.write_now(hubs.denied, token, TOPIC, "no such feed", now=NOW)
    assert room.claim(NOW + LONGEST_PAUSE - timedelta(seconds=1)) == []
    assert len(room.claim(NOW + LONGEST_PAUSE)) == 1


def test_a_lease_that_was_given_by_a_clock_far_ahead_is_asked_for_again(room: Hubs) -> None:
    ahead = NOW + timedelta(days=365)
    room.offer(now=ahead)
    (asked,) = room.claim(ahead)
    assert room.confirm(asked, ahead)
    assert not room.database.read_now(hubs.is_due, BASE, now=NOW, lease=LEASE)
    room.database.write_now(set_back.put_right, now=NOW)
    assert room.database.read_now(hubs.is_due, BASE, now=NOW, lease=LEASE)
