"""What is kept of a source between polls: rhythm, new address, trouble; and what the operators hear of it, once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.intake.fetched import Fault, FaultKind, FetchState
from bot.intake.rhythm import Rhythm
from bot.intake.trouble import Trouble
from bot.model import Destination, Source, SourceId
from bot.operations.operators import Operators
from bot.operations.unwell import MOST_NAMED, TOLD_EVERY, tell_unwell
from bot.store import feeds, troubles
from bot.store.engine import Database
from bot.store.feeds import Quiet, SourceHealth
from bot.store.schema import deliveries, sources
from tests.samples import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OPERATOR = Destination("slack", "UBOSS", person=True)
OPERATORS = Operators(places=(OPERATOR,))
WIRE = Source(id=SourceId("wire"), name="Wire", url="https://wire.example/rss")
RHYTHM = Rhythm.begun([NOW - number * DAY for number in range(20, 30)], NOW).dump()
MOVED = FetchState(etag='"1"', rhythm=RHYTHM, moved_to="https://new.example/rss")

Settle = Callable[[Database, Source, FetchState, Trouble | None, datetime], None]


def in_a_batch(database: Database, source: Source, state: FetchState, trouble: Trouble | None, now: datetime) -> None:
    quiet = Quiet(source_id=source.id, state=state, owner="me", now=now, due_at=now + HOUR, trouble=trouble)
    assert database.write_now(feeds.settle_quiet, [quiet]) == {source.id}


def by_itself(database: Database, source: Source, state: FetchState, trouble: Trouble | None, now: datetime) -> None:
    def settle(connection: sa.Connection) -> None:
        feeds.save_cursor(connection, source.id, state, owner="me", now=now, brought_new=False, trouble=trouble)
        feeds.give_back(connection, source.id, owner="me", due_at=now + HOUR)

    database.write_now(settle)


def failing(database: Database, source: Source, state: FetchState, trouble: Trouble | None, now: datetime) -> None:
    fault = Fault(kind=FaultKind.HTTP_STATUS, message=f"{source.url} has trouble (HTTP 500)")

    def settle(connection: sa.Connection) -> None:
        feeds.save_fault(connection, source.id, fault, state, owner="me", now=now, trouble=trouble)
        feeds.give_back(connection, source.id, owner="me", due_at=now + HOUR)

    database.write_now(settle)


def poll(
    database: Database,
    source: Source,
    settle: Settle,
    state: FetchState | None = None,
    *,
    now: datetime,
    trouble: Trouble | None = None,
) -> None:
    database.write_now(feeds.claim_due, [source.id], owner="me", now=now + DAY, lease=HOUR, limit=1)
    settle(database, source, state or FetchState(), trouble, now)


def health(database: Database, source: Source = WIRE) -> SourceHealth:
    return next(each for each in database.read_now(feeds.health) if each.id == source.id)


@pytest.fixture
def wire(database: Database) -> Database:
    database.write_now(feeds.sync, [WIRE], now=NOW)
    return database


# --- rows -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("settle", [in_a_batch, by_itself, failing])
def test_rhythm_and_address_are_there_at_the_next_poll(wire: Database, settle: Settle) -> None:
    poll(wire, WIRE, settle, MOVED, now=NOW)
    ((_, state),) = wire.write_now(feeds.claim_due, [WIRE.id], owner="you", now=NOW + DAY, lease=HOUR, limit=1)
    assert (state.rhythm, state.moved_to) == (RHYTHM, MOVED.moved_to)
    assert health(wire).moved_to == MOVED.moved_to


@pytest.mark.parametrize("settle", [in_a_batch, by_itself])
def test_a_trouble_keeps_its_beginning_and_ends_with_a_good_answer(wire: Database, settle: Settle) -> None:
    for days in range(3):
        poll(wire, WIRE, settle, trouble=Trouble.FROZEN, now=NOW + days * DAY)
    assert (health(wire).trouble, health(wire).trouble_at) == (Trouble.FROZEN, NOW)
    poll(wire, WIRE, settle, now=NOW + 3 * DAY)
    assert (health(wire).trouble, health(wire).trouble_at) == (None, None)


def test_one_more_failure_does_not_end_a_trouble_and_another_trouble_begins_anew(wire: Database) -> None:
    poll(wire, WIRE, failing, trouble=Trouble.FAILING, now=NOW)
    poll(wire, WIRE, failing, now=NOW + DAY)
    assert (health(wire).trouble, health(wire).trouble_at) == (Trouble.FAILING, NOW)
    poll(wire, WIRE, failing, trouble=Trouble.RETIRED, now=NOW + 2 * DAY)
    assert (health(wire).trouble, health(wire).trouble_at) == (Trouble.RETIRED, NOW + 2 * DAY)


def test_another_address_in_the_configuration_begins_anew_and_keeps_the_rhythm(wire: Database) -> None:
    poll(wire, WIRE, failing, replace(MOVED, failures=9), trouble=Trouble.RETIRED, now=NOW)
    tell(wire, NOW)
    wire.write_now(feeds.sync, [WIRE], now=NOW)
    assert health(wire).trouble is Trouble.RETIRED, "the same address"
    wire.write_now(feeds.sync, [replace(WIRE, url="https://wire.example/atom")], now=NOW)
    row = health(wire)
    assert (row.trouble, row.moved_to, row.failures, row.fault, row.rhythm) == (None, None, 0, None, RHYTHM)
    ((_, state),) = wire.write_now(feeds.claim_due, [WIRE.id], owner="you", now=NOW, lease=HOUR, limit=1)
    assert state == FetchState(rhythm=RHYTHM), "due at once, without the old validators"
    assert not wire.read_now(troubles.is_news), "nobody has read it yet"


def test_a_row_of_an_older_program_takes_its_address_and_keeps_its_cursor(wire: Database) -> None:
    poll(wire, WIRE, by_itself, MOVED, now=NOW)
    wire.write_now(lambda connection: connection.execute(sa.update(sources).values(url=None)))
    wire.write_now(feeds.sync, [WIRE], now=NOW)
    row = wire.read_now(lambda connection: connection.execute(sa.select(sources)).one())
    assert (row.url, row.etag, row.due_at) == (WIRE.url, '"1"', NOW + HOUR)


def test_a_source_that_waits_can_be_asked_now(wire: Database) -> None:
    assert not wire.write_now(troubles.ask_now, WIRE.id, now=NOW), "it is well"
    poll(wire, WIRE, failing, replace(MOVED, failures=9), trouble=Trouble.RETIRED, now=NOW)
    assert wire.write_now(troubles.ask_now, WIRE.id, now=NOW)
    ((_, state),) = wire.write_now(feeds.claim_due, [WIRE.id], owner="you", now=NOW, lease=HOUR, limit=1)
    assert (state.failures, state.moved_to) == (0, None)


def test_a_poll_that_was_under_way_does_not_put_off_what_was_asked_for_meanwhile(wire: Database) -> None:
    poll(wire, WIRE, failing, replace(MOVED, failures=9), trouble=Trouble.RETIRED, now=NOW)
    wire.write_now(troubles.ask_now, WIRE.id, now=NOW)
    wire.write_now(feeds.claim_due, [WIRE.id], owner="me", now=NOW, lease=HOUR, limit=1)
    poll(wire, WIRE, failing, replace(MOVED, failures=10), now=NOW)
    wire.write_now(feeds.claim_due, [WIRE.id], owner="me", now=NOW + DAY, lease=HOUR, limit=1)
    assert wire.write_now(troubles.ask_now, WIRE.id, now=NOW)
    assert not wire.write_now(feeds.holds, WIRE.id, owner="me")


def test_a_poll_of_the_old_address_writes_nothing_once_it_was_changed(wire: Database) -> None:
    wire.write_now(feeds.claim_due, [WIRE.id], owner="me", now=NOW, lease=HOUR, limit=1)
    wire.write_now(feeds.sync, [replace(WIRE, url="https://other.example/feed")], now=NOW)
    quiet = Quiet(
        source_id=WIRE.id, state=replace(MOVED, moved_to="https://old.example/x"), owner="me", now=NOW, due_at=NOW
    )
    assert wire.write_now(feeds.settle_quiet, [quiet]) == set()
    ((_, state),) = wire.write_now(feeds.claim_due, [WIRE.id], owner="you", now=NOW, lease=HOUR, limit=1)
    assert state.moved_to is None


def test_what_failed_goes_behind_what_answers_and_what_waited_longest_first(wire: Database) -> None:
    others = [replace(WIRE, id=SourceId(name)) for name in ("hangs", "late", "early")]
    wire.write_now(feeds.sync, [WIRE, *others], now=NOW)
    for name, at in (("hangs", NOW), ("late", NOW + HOUR), ("early", NOW + timedelta(minutes=1))):
        values = {"due_at": at, "failures": int(name == "hangs")}
        wire.write_now(sa.Connection.execute, sa.update(sources).where(sources.c.id == name).values(values))
    wanted = [each.id for each in others]
    claimed = wire.write_now(feeds.claim_due, wanted, owner="me", now=NOW + DAY, lease=HOUR, limit=9)
    assert [source_id for source_id, _ in claimed] == ["early", "late", "hangs"]


def test_what_became_due_later_is_not_claimed_by_who_began_before(wire: Database) -> None:
    later = NOW + HOUR
    poll(wire, WIRE, in_a_batch, MOVED, now=NOW)
    claim = feeds.claim_due
    assert wire.write_now(claim, [WIRE.id], owner="me", now=later, lease=HOUR, limit=1, due_by=NOW) == []
    assert wire.write_now(claim, [WIRE.id], owner="me", now=later, lease=HOUR, limit=1) != []


# --- operators --------------------------------------------------------------------------------------------


def tell(database: Database, now: datetime) -> bool:
    return database.write_now(tell_unwell, OPERATORS, now=now)


def told(database: Database) -> list[str]:
    """The text of every bulletin, in order."""
    rows = database.read_now(
        lambda connection: connection.execute(sa.select(deliveries).order_by(deliveries.c.seq)).all()
    )
    return [str(row.bulletin) for row in rows]


def test_each_trouble_is_told_once_with_its_cure_and_its_end_once(wire: Database) -> None:
    poll(wire, WIRE, failing, trouble=Trouble.FAILING, now=NOW)
    assert tell(wire, NOW)
    assert not tell(wire, NOW + HOUR), "nothing more"
    poll(wire, WIRE, failing, trouble=Trouble.BLOCKED, now=NOW + HOUR)
    assert not tell(wire, NOW + 2 * HOUR), "out of one trouble into another"
    poll(wire, WIRE, by_itself, now=NOW + 3 * HOUR)
    assert tell(wire, NOW + 3 * HOUR)
    assert not tell(wire, NOW + 4 * HOUR)
    assert not wire.read_now(troubles.is_news)
    begun, over = told(wire)
    assert "wire fails since" in begun
    assert "(HTTP 500)" in begun
    assert "wire is read again" in over


def test_what_is_gone_for_good_is_told_even_of_one_that_failed_before(wire: Database) -> None:
    poll(wire, WIRE, failing, trouble=Trouble.FAILING, now=NOW)
    tell(wire, NOW)
    poll(wire, WIRE, failing, trouble=Trouble.RETIRED, now=NOW + HOUR)
    assert tell(wire, NOW + HOUR)
    assert "asked weekly" in told(wire)[1]


def test_a_frozen_feed_is_told_with_its_rhythm_and_its_last_news(wire: Database) -> None:
    poll(wire, WIRE, in_a_batch, FetchState(rhythm=RHYTHM), trouble=Trouble.FROZEN, now=NOW)
    assert tell(wire, NOW)
    (said,) = told(wire)
    last = NOW - 20 * DAY
    assert f"publishes on most days, and nothing since {last:%Y-%m-%d}" in said


def test_trouble_that_comes_in_crowds_is_bundled(database: Database) -> None:
    many = [replace(WIRE, id=SourceId(f"s{number:02}")) for number in range(MOST_NAMED + 5)]
    database.write_now(feeds.sync, many, now=NOW)
    for number, source in enumerate(many):
        poll(database, source, failing, trouble=Trouble.FAILING, now=NOW)
        tell(database, NOW + number * timedelta(seconds=1))
    assert len(told(database)) == 1
    assert tell(database, NOW + TOLD_EVERY)
    assert "… and 4 more: /wire sources lists them." in told(database)[1]


def test_a_source_that_is_paused_troubles_nobody(wire: Database) -> None:
    poll(wire, WIRE, failing, trouble=Trouble.FAILING, now=NOW)
    wire.write_now(feeds.sync, [], now=NOW)
    assert not tell(wire, NOW)


def test_two_processes_tell_once(wire: Database) -> None:
    poll(wire, WIRE, failing, trouble=Trouble.FAILING, now=NOW)
    assert [tell(wire, NOW), tell(wire, NOW)] == [True, False]
    assert len(told(wire)) == 1
