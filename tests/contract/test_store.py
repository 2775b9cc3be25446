"""One suite for the store, run on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from bot.intake.fetched import Fault, FaultKind, FetchState
from bot.model import DeliveryState, Destination, ItemKey, Reason, Receipt, Source, SourceId, Told, fact_key
from bot.store import audience, feeds, leases, news, outbox, retention
from bot.store.engine import Database
from bot.store.schema import deliveries, destinations, metadata, sources
from bot.store.upgrade import upgrade
from tests import samples
from tests.samples import DISCORD, NOW, SLACK

LEASE = timedelta(seconds=60)
OURS = [SourceId(name) for name in ("one", "two", *(f"s{number}" for number in range(60)))]
MINUTE = timedelta(minutes=1)


def _store_item(database: Database, **changes: object) -> None:
    item = samples.item(**changes)
    database.write_now(news.add_story, samples.story(lead=item.key))
    database.write_now(news.add_item, item, samples.story().id, samples.verdict())


def _enqueue(database: Database, *destinations: Destination) -> list[str]:
    def both(connection: sa.Connection, destination: Destination) -> str:
        notice = samples.notice(destination=destination)
        return outbox.enqueue(connection, notice, audience.save_decision(connection, notice))

    return [database.write_now(both, destination) for destination in destinations]


def _rows(connection: sa.Connection, table: sa.Table) -> list[object]:
    return list(connection.execute(sa.select(table)))


def _sources(*names: str) -> list[Source]:
    return [Source(id=SourceId(name), name=name, url=f"https://{name}.example/rss") for name in names]


def test_migrations_give_exactly_the_schema_of_the_code(database: Database) -> None:
    def differences(connection: sa.Connection) -> list[object]:
        opts = {"compare_type": True, "include_object": is_shared}
        return list(compare_metadata(MigrationContext.configure(connection, opts=opts), metadata))

    def is_shared(_thing: object, name: str | None, *_about: object) -> bool:
        """All but the full text index, which SQLite keeps in tables of its own."""
        full_text = str(name).startswith("search_index") or name == "ix_searchable_terms"
        return not (database.is_sqlite and full_text)

    assert database.read_now(differences) == []


def test_upgrading_twice_does_nothing(database: Database) -> None:
    before, after = upgrade(database)
    assert before == after


def test_an_item_comes_back_as_it_was_stored(database: Database) -> None:
    _store_item(database)
    assert database.read_now(news.item, samples.item().key) == (
        samples.item(),
        samples.verdict(),
        samples.story().id,
    )
    assert database.read_now(news.story, samples.story().id) == samples.story()
    assert database.read_now(news.known_keys, [samples.item().key, ItemKey("other")]) == {samples.item().key}


@pytest.mark.parametrize("wanted", ["00aa11bb", "https://news.example/steel", "a1b2c3d4e5f6"])
def test_an_item_is_found_by_reference_link_or_story(database: Database, wanted: str) -> None:
    _store_item(database)
    assert database.read_now(news.find_item, wanted) == samples.item().key
    assert database.read_now(news.find_item, "%") is None


def test_a_story_is_open_for_a_time_and_then_its_headline_is_a_new_event(database: Database) -> None:
    _store_item(database)
    story = samples.story()
    assert database.write_now(news.open_story, story.key, since=NOW - MINUTE) == story
    assert database.write_now(news.open_story, story.key, since=NOW + MINUTE) is None
    assert database.write_now(news.open_story, story.key, since=NOW - MINUTE) is None, "closed once, closed for good"


def test_two_writers_cannot_open_the_same_story(database: Database) -> None:
    database.write_now(news.add_story, samples.story())
    with pytest.raises(sa.exc.IntegrityError):
        database.write_now(news.add_story, samples.story(id="ffffffffffff"))


def test_latest_stories_are_filtered_by_topic_and_time(database: Database) -> None:
    _store_item(database)
    found = database.read_now(news.latest_stories, labels=["trade"], since=NOW - MINUTE, limit=5)
    assert found == [(samples.story(), samples.item())]
    assert database.read_now(news.latest_stories, labels=["urgent"], since=None, limit=5) == []
    assert database.read_now(news.latest_stories, labels=["trade"], since=NOW + MINUTE, limit=5) == []


def test_every_decision_is_kept_with_its_reason(database: Database) -> None:
    told, silent = samples.notice(), samples.notice(destination=DISCORD, reason=Reason.BELOW_THRESHOLD, new_facts=())
    for notice in (told, silent):
        database.write_now(audience.save_decision, notice)
    assert database.read_now(audience.decisions_on, samples.item().key) == [told, silent]
    assert database.read_now(audience.last_told_item, SLACK) == samples.item().key
    assert database.read_now(audience.last_told_item, DISCORD) is None
    assert database.read_now(audience.reason_counts, since=NOW) == {"first": 1, "below_threshold": 1}


def test_what_was_told_grows(database: Database) -> None:
    story_id = samples.story().id
    told = Told(
        destination=SLACK, story_id=story_id, fact_keys=frozenset({"a"}), tier=samples.story().tier, version=1
    )
    database.write_now(audience.save_told, told, now=NOW)
    database.write_now(audience.save_told, replace(told, fact_keys=frozenset({"a", "b"}), version=2), now=NOW)
    assert database.read_now(audience.told_about, story_id, [SLACK, DISCORD]) == {
        SLACK: replace(told, fact_keys=frozenset({"a", "b"}), version=2)
    }


def test_sources_follow_the_configuration_and_keep_their_cursor(database: Database) -> None:
    database.write_now(feeds.sync, _sources("one", "two"), now=NOW)
    claimed = database.write_now(feeds.claim_due, OURS, owner="me", now=NOW, lease=LEASE, limit=9)
    assert sorted(source_id for source_id, _ in claimed) == ["one", "two"]
    cursor = FetchState(etag='"v1"', last_modified="yesterday", body_hash="abc")
    assert database.write_now(feeds.save_cursor, SourceId("one"), cursor, owner="me", now=NOW, brought_new=True)
    database.write_now(feeds.give_back, SourceId("one"), owner="me", due_at=NOW + MINUTE)

    database.write_now(feeds.sync, _sources("two"), now=NOW)
    assert [entry.id for entry in database.read_now(feeds.health)] == ["two"]
    database.write_now(feeds.sync, _sources("one", "two"), now=NOW)
    assert database.write_now(feeds.claim_due, OURS, owner="me", now=NOW, lease=LEASE, limit=9) == [("one", cursor)]


def test_a_second_configuration_on_the_database_polls_its_own_sources_only(database: Database) -> None:
    database.write_now(feeds.sync, _sources("one"), now=NOW)
    database.write_now(feeds.sync, _sources("two"), now=NOW)  # the other program's
    assert database.write_now(feeds.claim_due, [SourceId("one")], owner="me", now=NOW, lease=LEASE, limit=9) == [
        ("one", FetchState())
    ]


def test_seventy_thousand_keys_are_one_question(database: Database) -> None:
    _store_item(database)
    keys = [ItemKey(f"{number:016x}") for number in range(70_000)]
    assert database.read_now(news.known_keys, [*keys, samples.item().key]) == {samples.item().key}


def test_what_is_put_in_while_a_destination_is_given_back_is_due_after_it(database: Database) -> None:
    """Thirty rounds of two threads: none may leave a delivery that nobody will ever look at."""
    with ThreadPoolExecutor(2) as pool:
        for number in range(30):
            database.write_now(outbox.claim_due, ["slack"], owner=f"me{number}", now=NOW, lease=LEASE, limit=1)
            given = pool.submit(database.write_now, outbox.give_back, SLACK, owner=f"me{number}")
            put = pool.submit(_enqueue, database, SLACK)
            given.result()
            put.result()
            assert database.read_now(outbox.next_due, ["slack"]) == NOW
            database.write_now(outbox.claim_due, ["slack"], owner="end", now=NOW, lease=LEASE, limit=1)
            while delivery := database.write_now(outbox.begin_next, SLACK, owner="end", now=NOW, lease=LEASE):
                receipt = Receipt(channel="C", message_id="1", sent_at=NOW)
                database.write_now(outbox.record_sent, delivery, receipt, owner="end", now=NOW)
            database.write_now(outbox.give_back, SLACK, owner="end")


def test_two_items_that_join_a_story_at_once_are_both_in_it(database: Database) -> None:
    database.write_now(news.add_story, samples.story())
    start = threading.Barrier(2)

    def join_with(outlet: str) -> None:
        def join(connection: sa.Connection) -> None:
            story = news.open_story(connection, samples.story().key, since=NOW - MINUTE)
            assert story is not None
            news.update_story(connection, replace(story, outlets=(*story.outlets, outlet), version=story.version + 1))

        start.wait()
        database.write_now(join)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(join_with, ["AP", "FT"]))
    story = database.read_now(news.story, samples.story().id)
    assert story is not None
    assert story.version == 3
    assert {"AP", "FT"} <= set(story.outlets)


def test_a_fault_is_counted_and_forgotten_after_a_good_answer(database: Database) -> None:
    database.write_now(feeds.sync, _sources("one"), now=NOW)
    database.write_now(feeds.claim_due, OURS, owner="me", now=NOW, lease=LEASE, limit=1)
    fault = Fault(kind=FaultKind.TIMEOUT, message="one.example did not answer")
    database.write_now(feeds.save_fault, SourceId("one"), fault, FetchState(failures=3), owner="me", now=NOW)
    failing = database.read_now(feeds.health)[0]
    assert (failing.failures, failing.fault_kind, failing.fault) == (3, "timeout", "one.example did not answer")
    database.write_now(feeds.save_cursor, SourceId("one"), FetchState(), owner="me", now=NOW, brought_new=False)
    well = database.read_now(feeds.health)[0]
    assert (well.failures, well.fault, well.last_ok_at) == (0, None, NOW)


def test_a_lost_lease_writes_nothing(database: Database) -> None:
    database.write_now(feeds.sync, _sources("one"), now=NOW)
    database.write_now(feeds.claim_due, OURS, owner="slow", now=NOW, lease=LEASE, limit=1)
    later = NOW + 2 * LEASE
    assert database.write_now(feeds.claim_due, OURS, owner="quick", now=later, lease=LEASE, limit=1)
    state = FetchState(etag="late")
    assert not database.write_now(
        feeds.save_cursor, SourceId("one"), state, owner="slow", now=later, brought_new=False
    )
    _enqueue(database, SLACK)
    database.write_now(outbox.claim_due, ["slack"], owner="slow", now=NOW, lease=LEASE, limit=1)
    delivery = database.write_now(outbox.begin_next, SLACK, owner="slow", now=NOW, lease=LEASE)
    assert delivery is not None
    database.write_now(outbox.claim_due, ["slack"], owner="quick", now=later, lease=LEASE, limit=1)
    receipt = Receipt(channel="C", message_id="1", sent_at=later)
    assert not database.write_now(outbox.record_sent, delivery, receipt, owner="slow", now=later)
    assert not database.write_now(outbox.record_refused, delivery, "no", owner="slow", now=later)
    assert database.write_now(outbox.begin_next, SLACK, owner="slow", now=later, lease=LEASE) is None


def test_no_row_is_claimed_twice_by_writers_at_once(database: Database) -> None:
    database.write_now(feeds.sync, _sources(*(f"s{number}" for number in range(60))), now=NOW)
    start = threading.Barrier(4)

    def claim_all(owner: str) -> list[str]:
        start.wait()
        mine: list[str] = []
        while claimed := database.write_now(feeds.claim_due, OURS, owner=owner, now=NOW, lease=LEASE, limit=4):
            mine += [source_id for source_id, _ in claimed]
        return mine

    with ThreadPoolExecutor(4) as pool:
        taken = [source for each in pool.map(claim_all, "abcd") for source in each]
    assert len(taken) == len(set(taken)) == 60


def test_leases_of_the_dead_are_freed_at_once(database: Database) -> None:
    database.write_now(feeds.sync, _sources("one", "two"), now=NOW)
    database.write_now(feeds.claim_due, OURS, owner="dead", now=NOW, lease=LEASE, limit=1)
    database.write_now(feeds.claim_due, OURS, owner="alive", now=NOW, lease=LEASE, limit=1)
    database.write_now(leases.release_dead, sources, lambda owner: owner == "dead")
    assert len(database.write_now(feeds.claim_due, OURS, owner="new", now=NOW, lease=LEASE, limit=9)) == 1


def test_deliveries_leave_in_the_order_of_their_decisions(database: Database) -> None:
    ids = _enqueue(database, SLACK, DISCORD, SLACK)
    claimed = database.write_now(outbox.claim_due, ["slack"], owner="me", now=NOW, lease=LEASE, limit=9)
    assert claimed == [SLACK], "discord is not a platform of this process"
    sent = []
    while delivery := database.write_now(outbox.begin_next, SLACK, owner="me", now=NOW, lease=LEASE):
        assert delivery.state is DeliveryState.PENDING
        sent.append(delivery.id)
        receipt = Receipt(channel="C", message_id=str(len(sent)), sent_at=NOW)
        assert database.write_now(outbox.record_sent, delivery, receipt, owner="me", now=NOW)
    assert sent == [ids[0], ids[2]]
    database.write_now(outbox.give_back, SLACK, owner="me")
    assert database.read_now(outbox.next_due, ["slack"]) is None
    assert database.read_now(outbox.next_due, ["slack", "discord"]) == NOW
    assert [entry.destination for entry in database.read_now(outbox.backlog)] == [DISCORD]
    assert database.read_now(outbox.outcomes, since=NOW) == {"sent": 2}


def test_an_interrupted_send_comes_back_as_maybe_sent_and_stays_first(database: Database) -> None:
    ids = _enqueue(database, SLACK, SLACK)
    database.write_now(outbox.claim_due, ["slack"], owner="killed", now=NOW, lease=LEASE, limit=1)
    database.write_now(outbox.begin_next, SLACK, owner="killed", now=NOW, lease=LEASE)
    later = NOW + 2 * LEASE
    database.write_now(outbox.claim_due, ["slack"], owner="next", now=later, lease=LEASE, limit=1)
    delivery = database.write_now(outbox.begin_next, SLACK, owner="next", now=later + outbox.DOUBT, lease=LEASE)
    assert delivery is not None
    assert (delivery.id, delivery.state) == (ids[0], DeliveryState.UNKNOWN)


def test_a_retry_keeps_its_place_and_its_doubt(database: Database) -> None:
    ids = _enqueue(database, SLACK, SLACK)
    database.write_now(outbox.claim_due, ["slack"], owner="me", now=NOW, lease=LEASE, limit=1)
    delivery = database.write_now(outbox.begin_next, SLACK, owner="me", now=NOW, lease=LEASE)
    for maybe_sent, state in ((True, DeliveryState.UNKNOWN), (False, DeliveryState.PENDING)):
        assert delivery is not None
        database.write_now(outbox.record_retry, delivery, "busy", maybe_sent=maybe_sent, owner="me", now=NOW)
        delivery = database.write_now(outbox.begin_next, SLACK, owner="me", now=NOW, lease=LEASE)
        assert delivery is not None
        assert (delivery.id, delivery.state) == (ids[0], state)
    assert delivery is not None
    database.write_now(outbox.record_retry, delivery, "busy", maybe_sent=False, owner="me", now=NOW)
    database.write_now(outbox.give_back, SLACK, owner="me", retry_at=NOW + MINUTE)
    _enqueue(database, SLACK)
    assert database.read_now(outbox.next_due, ["slack"]) == NOW + MINUTE, "new work does not cut a pause short"
    assert database.read_now(outbox.backlog)[0].fault == "busy"


def test_a_send_that_was_just_cut_off_is_left_alone_for_a_moment(database: Database) -> None:
    """Its request may still be under way: a look-up now would find nothing, and a second post follow."""
    _enqueue(database, SLACK)
    database.write_now(outbox.claim_due, ["slack"], owner="killed", now=NOW, lease=LEASE, limit=1)
    database.write_now(outbox.begin_next, SLACK, owner="killed", now=NOW, lease=LEASE)
    database.write_now(leases.release_dead, destinations, lambda owner: True)
    soon = NOW + timedelta(seconds=1)
    database.write_now(outbox.claim_due, ["slack"], owner="next", now=soon, lease=LEASE, limit=1)
    with pytest.raises(outbox.InDoubt) as doubt:
        database.write_now(outbox.begin_next, SLACK, owner="next", now=soon, lease=LEASE)
    assert doubt.value.until == soon + outbox.DOUBT
    assert database.write_now(outbox.begin_next, SLACK, owner="next", now=doubt.value.until, lease=LEASE)


def test_a_refused_message_makes_room_for_the_next(database: Database) -> None:
    _, second = _enqueue(database, SLACK, SLACK)
    database.write_now(outbox.claim_due, ["slack"], owner="me", now=NOW, lease=LEASE, limit=1)
    first = database.write_now(outbox.begin_next, SLACK, owner="me", now=NOW, lease=LEASE)
    assert first is not None
    assert database.write_now(outbox.record_refused, first, "too long", owner="me", now=NOW)
    following = database.write_now(outbox.begin_next, SLACK, owner="me", now=NOW, lease=LEASE)
    assert following is not None
    assert following.id == second


def test_a_held_delivery_waits_for_its_hour(database: Database) -> None:
    def hold(connection: sa.Connection) -> None:
        notice = samples.notice(reason=Reason.HELD, until=NOW + 60 * MINUTE)
        outbox.enqueue(connection, notice, audience.save_decision(connection, notice))

    database.write_now(hold)
    assert database.write_now(outbox.claim_due, ["slack"], owner="me", now=NOW, lease=LEASE, limit=1) == []
    later = NOW + 60 * MINUTE
    assert database.write_now(outbox.claim_due, ["slack"], owner="me", now=later, lease=LEASE, limit=1) == [SLACK]


def test_retention_empties_texts_but_forgets_no_key_and_no_delivery(database: Database) -> None:
    _store_item(database, body="Long text.")
    _enqueue(database, SLACK)
    database.write_now(audience.save_decision, samples.notice(reason=Reason.NOTHING_NEW))
    before = {"texts_before": NOW + MINUTE, "decisions_before": NOW + MINUTE, "signatures_before": NOW}
    assert database.write_now(retention.prune, **before) == (1, 1, 0, 0)
    assert database.read_now(news.known_keys, [samples.item().key]) == {samples.item().key}
    assert [notice.reason for notice in database.read_now(audience.decisions_on, samples.item().key)] == ["first"]
    assert (
        database.read_now(lambda connection: connection.scalar(sa.select(sa.func.count()).select_from(deliveries)))
        == 1
    )


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    def half(connection: sa.Connection) -> None:
        outbox.enqueue(connection, samples.notice(), audience.save_decision(connection, samples.notice()))
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        database.write_now(half)
    for table in (deliveries, destinations):
        assert database.read_now(_rows, table) == []


def test_fact_keys_survive_the_database(database: Database) -> None:
    notice = samples.notice()
    database.write_now(audience.save_decision, notice)
    stored = database.read_now(audience.decisions_on, notice.item_key)[0]
    assert [fact_key(fact) for fact in stored.new_facts] == [fact_key(fact) for fact in notice.new_facts]
