"""Subscriptions on a real database of either kind: what is stored, and how every process hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.model import DeliveryId, Destination, ItemKey, Notice, Tier
from bot.routing.routes import SUBSCRIPTION
from bot.routing.subscriptions import UNCONFIRMED, Subscription
from bot.steps import listeners
from bot.steps.listeners import Listeners
from bot.store import audience, news, outbox, subscriptions
from bot.store.engine import Database
from bot.store.schema import subscriptions as rows
from bot.store.subscriptions import CHANGES_LOCK
from tests import samples
from tests.samples import NOW, SLACK

ANN, BOB = (Destination("slack", name, person=True) for name in ("UANN", "UBOB"))


def add(database: Database, query: str = "steel", **changes: Any) -> Subscription:
    values: dict[str, Any] = {"place": ANN, "owner": ANN, "tier": Tier.DIGEST, "made_in": SLACK, "now": NOW}
    return database.write_now(subscriptions.add, query=query, **(values | changes))


def heard(listening: Listeners, database: Database) -> dict[Destination, list[str]]:
    """The queries that the sample item matches, as somebody hears of it who decides on `database`."""
    database.write_now(listening.catch_up)
    hits = listening.hits(samples.item(), samples.verdict(), Tier.ALERT)
    return {place: [each.query for each in found] for place, found in hits.items()}


@contextmanager
def another(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    try:
        yield opened
    finally:
        opened.close()


def test_what_is_stored_comes_back_as_it_was(database: Database) -> None:
    made = add(database, "tarif* 关税", owner_name="Ann", tier=Tier.URGENT, place=SLACK, paused="why")
    assert made == Subscription(
        id=made.id, place=SLACK, owner=ANN, owner_name="Ann", query="tarif* 关税", tier=Tier.URGENT, made_in=SLACK,
        made_at=NOW, paused="why",
    )  # fmt: skip
    other = add(database)
    assert database.read_now(subscriptions.of_owner, ANN) == [made, other]
    assert database.read_now(subscriptions.at, SLACK) == [made]
    assert database.read_now(subscriptions.at, BOB) == []


def test_a_number_is_never_given_twice(database: Database) -> None:
    first = add(database)
    assert database.write_now(subscriptions.remove, first.id)
    assert not database.write_now(subscriptions.remove, first.id)
    assert add(database).id > first.id


def test_every_change_is_heard_once_in_the_order_of_commits(database: Database) -> None:
    first, second = add(database), add(database, "copper")
    database.write_now(subscriptions.change, first.id, tier=Tier.FLASH)
    found = database.read_now(subscriptions.changed_since, 0, limit=10)
    assert [(change.id, change.number) for change in found] == [(second.id, 2), (first.id, 3)]
    assert found[1].subscription is not None
    assert found[1].subscription.tier is Tier.FLASH
    database.write_now(subscriptions.remove, second.id)
    assert [change.id for change in database.read_now(subscriptions.changed_since, 3, limit=10)] == [second.id]
    assert database.read_now(subscriptions.changed_since, 4, limit=10) == []
    assert [change.number for change in database.read_now(subscriptions.changed_since, 0, limit=1)] == [3]


def test_a_change_is_heard_when_it_is_committed_and_no_other_is_numbered_before(
    database: Database, database_url: str
) -> None:
    taken = sa.select(sa.func.pg_try_advisory_xact_lock(CHANGES_LOCK))
    with another(database_url) as other:
        with database.engine.begin() as first:
            subscriptions.add(first, place=ANN, owner=ANN, query="tin", tier=Tier.DIGEST, made_in=ANN, now=NOW)
            assert other.read_now(subscriptions.changed_since, 0, limit=5) == []
            if not other.is_sqlite:  # which has one writer anyway
                assert other.write_now(lambda connection: connection.execute(taken).scalar_one()) is False
        assert len(other.read_now(subscriptions.changed_since, 0, limit=5)) == 1


# --- listening ------------------------------------------------------------------------------------------------


def test_what_another_process_committed_is_heard_by_the_next_decision(database: Database, database_url: str) -> None:
    listening = Listeners()
    with another(database_url) as other:
        assert heard(listening, database) == {}
        first, second = add(other, "steel"), add(other, "dut*", place=SLACK)
        assert heard(listening, database) == {ANN: ["steel"], SLACK: ["dut*"]}
        other.write_now(subscriptions.remove, first.id)
        assert heard(listening, database) == {SLACK: ["dut*"]}
        other.write_now(subscriptions.change, second.id, tier=Tier.DIGEST, paused="holidays")
        assert heard(listening, database) == {}
        other.write_now(subscriptions.change, second.id, tier=Tier.FLASH)
        assert heard(listening, database) == {SLACK: ["dut*"]}
        assert listening.places() == {SLACK}


async def test_many_are_loaded_in_portions_and_heard_all_the_same(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listeners, "PORTION", 3)
    for number in range(7):
        add(database, "steel", place=Destination("slack", f"C{number}"))
    loaded, unloaded = Listeners(), Listeners()
    await loaded.load(database)
    add(database, "steel", place=BOB)
    assert len(heard(loaded, database)) == 8
    assert heard(loaded, database) == heard(unloaded, database)


def test_a_query_that_this_version_cannot_read_is_said_and_silences_nobody(database: Database) -> None:
    add(database, "title:")
    add(database, "steel")
    with capture_logs() as logs:
        assert heard(Listeners(), database) == {ANN: ["steel"]}
    assert [line["event"] for line in logs] == ["subscription_unreadable"]


def test_a_decision_that_is_rolled_back_leaves_what_is_heard_as_it_is(database: Database) -> None:
    listening = Listeners()
    add(database)

    def decide_and_fail(connection: sa.Connection) -> None:
        listening.catch_up(connection)
        assert listening.hits(samples.item(), samples.verdict(), Tier.ALERT)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        database.write_now(decide_and_fail)
    assert heard(listening, database) == {ANN: ["steel"]}


# --- hits -----------------------------------------------------------------------------------------------------


def decide(connection: sa.Connection, /, hits: tuple[int, ...], **changes: Any) -> DeliveryId:
    notice: Notice = samples.notice(destination=ANN, route=SUBSCRIPTION, **changes)
    decision = audience.save_decision(connection, notice)
    subscriptions.save_hits(connection, {decision: hits}, now=notice.decided_at)
    return outbox.enqueue(connection, notice, decision)


def test_hits_are_counted_by_subscription_and_named_by_delivery(database: Database) -> None:
    database.write_now(news.add_story, samples.story())
    first, second, third = add(database), add(database, "dut*"), add(database, "tin")
    delivery = database.write_now(decide, (first.id, second.id))
    database.write_now(decide, (first.id,), item_key=ItemKey("f" * 16), decided_at=NOW - timedelta(days=8))
    database.write_now(decide, ())
    every = [first.id, second.id, third.id]
    assert database.read_now(subscriptions.hits_since, every, since=NOW - timedelta(days=7)) == {
        first.id: 1,
        second.id: 1,
    }
    assert database.read_now(subscriptions.hits_since, every, since=NOW - timedelta(days=9))[first.id] == 2
    assert database.read_now(subscriptions.matched_by, delivery) == [first, second]
    database.write_now(subscriptions.remove, second.id)
    assert database.read_now(subscriptions.matched_by, delivery) == [first]


# --- pauses ---------------------------------------------------------------------------------------------------


def test_all_that_run_at_a_place_are_paused_and_others_are_not(database: Database) -> None:
    first, second = add(database), add(database, "dut*", paused="before")
    other = add(database, place=BOB)
    (paused,) = database.write_now(subscriptions.pause, ANN, "closed")
    assert (paused.id, paused.paused) == (first.id, "closed")
    assert database.write_now(subscriptions.pause, ANN, "closed again") == []
    stored = [*database.read_now(subscriptions.at, ANN), *database.read_now(subscriptions.at, BOB)]
    assert [(each.id, each.paused) for each in stored] == [
        (first.id, "closed"),
        (second.id, "before"),
        (other.id, ""),
    ]


def test_what_nobody_confirmed_is_forgotten_and_the_rest_is_not(database: Database) -> None:
    add(database, "old", paused=UNCONFIRMED, now=NOW - timedelta(days=2))
    add(database, "new", paused=UNCONFIRMED)
    add(database, "paused", paused="closed", now=NOW - timedelta(days=2))
    assert database.write_now(subscriptions.forget_unconfirmed, made_before=NOW - timedelta(days=1)) == 1
    assert [each.query for each in database.read_now(subscriptions.at, ANN)] == ["new", "paused"]


def test_a_channel_keeps_what_somebody_subscribed_to_for_it_without_their_name(database: Database) -> None:
    made = add(database, place=SLACK, owner_name="Ann")
    bobs = add(database, place=SLACK, owner=BOB, owner_name="Bob")
    database.write_now(subscriptions.disown, ANN)
    left = database.read_now(subscriptions.at, SLACK)
    assert [(each.id, each.owner, each.by) for each in left] == [(made.id, SLACK, "someone"), (bobs.id, BOB, "Bob")]
    names = database.read_now(lambda connection: connection.execute(sa.select(rows.c.owner_name)).scalars().all())
    assert sorted(names) == ["", "Bob"]
