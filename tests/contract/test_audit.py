"""The audit finds each kind of gap and repeat, and nothing in books that are right; on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.deliver.card import Bulletin
from bot.model import DeliveryAction, DeliveryId, DeliveryState, Destination, Reason, Receipt, Told
from bot.routing.holding import Why
from bot.store import audience, bulletins, digests, edits, news, outbox
from bot.store.audit import SETTLES_WITHIN, UNKNOWN_LONG, Kind, Scope, counted, walk
from bot.store.engine import Database
from bot.store.schema import deliveries, destinations, stories
from tests import samples
from tests.samples import DISCORD, NOW, SLACK

LATER = NOW + timedelta(hours=2)
SCOPE = Scope(since=NOW - timedelta(days=1), now=LATER)
Break = Callable[[sa.Connection], object]


class Books:
    """A story that is decided on, sent and recorded, as the bot does it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._messages = 0
        database.write_now(news.add_story, samples.story())
        database.write_now(news.add_item, samples.item(), samples.story().id, samples.verdict())

    def decide(self, reason: Reason = Reason.FIRST, place: Destination = SLACK, **changes: Any) -> int:
        notice = samples.notice(reason=reason, destination=place, **changes)
        return self.database.write_now(audience.save_decision, notice)

    def enqueue(self, reason: Reason = Reason.FIRST, place: Destination = SLACK, **changes: Any) -> DeliveryId:
        def write(connection: sa.Connection) -> DeliveryId:
            notice = samples.notice(reason=reason, destination=place, **changes)
            return outbox.enqueue(connection, notice, audience.save_decision(connection, notice))

        return self.database.write_now(write)

    def send(self, place: Destination = SLACK, at: datetime = NOW) -> None:
        """Everything that waits there."""

        def write(connection: sa.Connection) -> bool:
            taken = outbox.claim_due(
                connection, [place.platform], owner="me", now=at, lease=timedelta(minutes=2), limit=9
            )
            assert place in taken
            while delivery := outbox.begin_next(connection, place, owner="me", now=at, lease=timedelta(minutes=2)):
                self._messages += 1
                receipt = Receipt(channel="C", message_id=str(self._messages), sent_at=at)
                assert outbox.record_sent(connection, delivery, receipt, owner="me", now=at)
            outbox.give_back(connection, place, owner="me")
            return True

        assert self.database.write_now(write)

    def change(self, delivery: str, **values: Any) -> None:
        changed = sa.update(deliveries).where(deliveries.c.id == delivery).values(**values)
        self.database.write_now(lambda connection: connection.execute(changed).rowcount)

    def wrong(self, scope: Scope = SCOPE) -> list[Kind]:
        return self.database.read_now(lambda connection: [finding.kind for finding in walk(connection, scope)])


@pytest.fixture
def books(database: Database) -> Books:
    return Books(database)


def test_books_that_are_right_have_no_finding(books: Books) -> None:
    books.enqueue()
    books.enqueue(place=DISCORD)
    books.send()
    books.send(DISCORD)
    books.enqueue(Reason.NEW_FACT, version=2)
    books.send(at=NOW + timedelta(minutes=5))
    books.decide(Reason.NOTHING_NEW, version=3)
    books.decide(Reason.MUTED, version=3)

    assert books.wrong() == []
    assert books.database.read_now(counted, SCOPE) == (3, 3)


def test_what_waits_is_no_finding(books: Books) -> None:
    books.enqueue(Reason.HELD, detail="first, held until 06:00 UTC", until=LATER)
    assert books.wrong() == []


def test_a_decision_without_a_delivery_is_found_with_its_ids(books: Books) -> None:
    number = books.decide(Reason.NEW_FACT)
    (finding,) = books.database.read_now(lambda connection: list(walk(connection, SCOPE)))
    assert (finding.kind, finding.destination, finding.decision) == (Kind.DECIDED_NOT_SENT, str(SLACK), number)
    assert (finding.story_id, finding.at) == (samples.story().id, NOW)


def test_what_was_decided_a_moment_ago_may_still_be_on_its_way_into_the_outbox(books: Books) -> None:
    books.decide()
    assert books.wrong(Scope(since=SCOPE.since, now=NOW + SETTLES_WITHIN / 2)) == []


def test_what_was_decided_before_the_scope_is_left_out(books: Books) -> None:
    books.decide()
    assert books.wrong(Scope(since=NOW + timedelta(minutes=1), now=LATER)) == []


# --- corrections ----------------------------------------------------------------------------------------------


def test_a_correction_that_no_edit_carries_is_found(books: Books) -> None:
    books.enqueue()
    books.send()
    books.decide(Reason.CORRECTION, version=2, decided_at=NOW + timedelta(minutes=9))
    assert books.wrong() == [Kind.AMENDMENT_LOST]


def test_a_correction_that_an_edit_carries_is_right(books: Books) -> None:
    books.enqueue()
    books.send()
    later = NOW + timedelta(minutes=9)
    notice = samples.notice(reason=Reason.CORRECTION, version=2, decided_at=later)

    def amend(connection: sa.Connection) -> DeliveryId | None:
        return edits.enqueue(connection, notice, audience.save_decision(connection, notice), soon=True)

    assert books.database.write_now(amend) is not None
    books.send(at=later)
    assert books.wrong() == []


def test_a_correction_of_what_still_waits_needs_no_edit(books: Books) -> None:
    books.enqueue()
    books.decide(Reason.CORRECTION, version=2, decided_at=NOW + timedelta(minutes=1))
    books.send(at=NOW + timedelta(minutes=2))
    assert books.wrong() == []


# --- digests --------------------------------------------------------------------------------------------------


def test_what_is_held_for_a_digest_is_found_once_the_digest_has_lost_it(books: Books) -> None:
    books.decide(Reason.HELD, detail="first, held for the digest", until=LATER)
    assert books.wrong() == [Kind.HELD_AND_LOST]
    books.database.write_now(digests.add, {SLACK: Why.QUIET}, samples.story().id, now=NOW)
    assert books.wrong() == []


def test_what_a_digest_told_is_right(books: Books) -> None:
    books.decide(Reason.HELD, detail="first, held for the digest", until=LATER)
    bulletin = Bulletin(title="Digest", lines=())
    books.database.write_now(
        bulletins.enqueue_bulletin, SLACK, bulletin, key="digest 2025-05-07T09:00:00+00:00", now=LATER
    )
    assert books.wrong() == []


def test_a_message_taken_back_for_a_louder_one_is_right_and_for_none_is_found(books: Books) -> None:
    held = books.enqueue(Reason.HELD, detail="first, held until 06:00 UTC", until=LATER)
    books.change(held, state=DeliveryState.SUPERSEDED, finished_at=NOW)
    assert books.wrong() == [Kind.SUPERSEDED_BY_NOTHING]
    books.enqueue(Reason.FIRST, version=2)
    books.send(at=NOW)
    assert books.wrong() == []


def test_a_message_taken_back_because_its_story_was_withdrawn_is_right(books: Books) -> None:
    delivery = books.enqueue()
    books.change(delivery, state=DeliveryState.SUPERSEDED, finished_at=NOW)
    gone = sa.update(stories).values(mark="withdrawn")
    books.database.write_now(lambda connection: connection.execute(gone).rowcount)
    assert books.wrong() == []


# --- deliveries -----------------------------------------------------------------------------------------------


def test_a_story_counted_as_told_without_any_decision_is_found(books: Books) -> None:
    state = Told(
        destination=SLACK,
        story_id=samples.story().id,
        fact_keys=frozenset({"rate:25:tariff"}),
        tier=samples.story().tier,
        version=1,
    )
    books.database.write_now(audience.save_told, state, now=NOW)
    assert books.wrong() == [Kind.TOLD_WITHOUT_DECISION]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"receipt": None}, Kind.SENT_WITHOUT_RECEIPT),
        ({"state": DeliveryState.FAILED, "fault": "deleted"}, Kind.GIVEN_UP),
        ({"state": DeliveryState.EXPIRED, "fault": "too old"}, Kind.GIVEN_UP),
    ],
)
def test_a_delivery_whose_end_is_not_what_it_should_be(books: Books, values: dict[str, Any], kind: Kind) -> None:
    delivery = books.enqueue()
    books.send()
    books.change(delivery, **values)
    assert books.wrong() == [kind]


def test_only_what_was_given_up_is_explained() -> None:
    assert [kind for kind in Kind if kind.is_explained] == [Kind.GIVEN_UP]


def test_an_outcome_that_stays_unknown_is_found_after_an_hour(books: Books) -> None:
    delivery = books.enqueue()
    books.change(delivery, state=DeliveryState.UNKNOWN, changed_at=LATER - UNKNOWN_LONG + timedelta(minutes=1))
    assert books.wrong() == []
    books.change(delivery, changed_at=LATER - UNKNOWN_LONG - timedelta(minutes=1), fault="no answer")
    (finding,) = books.database.read_now(lambda connection: list(walk(connection, SCOPE)))
    assert (finding.kind, finding.detail, finding.delivery) == (Kind.UNKNOWN_FOR_LONG, "no answer", delivery)


def test_a_delivery_that_no_worker_would_look_for_is_found(books: Books) -> None:
    books.enqueue()
    forgotten = sa.update(destinations).values(due_at=None)
    books.database.write_now(lambda connection: connection.execute(forgotten).rowcount)
    assert books.wrong() == [Kind.NEVER_DUE]


# --- repeats --------------------------------------------------------------------------------------------------


def test_a_story_told_twice_as_new_is_found(books: Books) -> None:
    books.enqueue()
    books.enqueue(Reason.HELD, detail="first, held until 06:00 UTC", version=2)
    books.send()
    assert books.wrong() == [Kind.FIRST_TWICE]


def test_one_reason_and_version_in_two_messages_is_found(books: Books) -> None:
    books.enqueue()
    books.send()
    for _ in range(2):
        books.enqueue(Reason.NEW_FACT, version=2)
    books.send(at=NOW + timedelta(minutes=1))
    assert books.wrong() == [Kind.SAID_TWICE]


def test_two_messages_of_one_decision_are_found(books: Books) -> None:
    number = books.decide()
    notice = samples.notice()
    for _ in range(2):
        books.database.write_now(outbox.enqueue, notice, number)
    books.send()
    assert Kind.POSTED_TWICE in books.wrong()


def test_an_edit_of_the_same_decision_is_no_repeat(books: Books) -> None:
    number = books.decide()
    books.database.write_now(outbox.enqueue, samples.notice(), number)
    books.send()
    books.database.write_now(outbox.insert, DeliveryAction.EDIT, [(samples.notice(), number, NOW)])
    books.send()
    assert books.wrong() == []


def test_one_receipt_for_two_messages_is_found(books: Books) -> None:
    first = books.enqueue()
    second = books.enqueue(Reason.NEW_FACT, version=2)
    books.send()
    receipt = {"channel": "C", "message_id": "1", "sent_at": NOW.isoformat()}
    for delivery in (first, second):
        books.change(delivery, receipt=receipt)
    assert books.wrong() == [Kind.ONE_RECEIPT]
