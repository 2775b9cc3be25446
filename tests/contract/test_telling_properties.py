"""Whatever the order in which reports of one event arrive: nothing is told twice, and nothing new is lost.

The decisions are pure and the store's functions are tested on both databases elsewhere; SQLite does here.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import (
    Authority,
    Destination,
    Fact,
    ItemKey,
    Label,
    Measure,
    Meeting,
    Move,
    Notice,
    Party,
    Person,
    Rate,
    Reason,
    Source,
    SourceId,
    StoryId,
    Tier,
    fact_key,
)
from bot.routing import query
from bot.routing.learning import UNTAUGHT
from bot.routing.novelty import fresh_facts
from bot.routing.routes import Route
from bot.steps.grouping import Judged, place
from bot.steps.telling import News, Teller
from bot.store import audience
from bot.store.engine import Database
from bot.store.schema import deliveries
from bot.stories.signature import signature
from tests import samples
from tests.samples import CONSOLE, DISCORD, NOW, SLACK

SPAN = samples.span()
SOURCE = Source(id=SourceId("wire"), name="Wire", url="https://wire.example/rss")
ROUTES = (
    Route(name="trade", to=(SLACK,), when=query.parse("topic:trade")),
    Route(name="market", to=(DISCORD,), when=query.parse("topic:market")),
    Route(name="urgent", to=(CONSOLE,), when=query.parse("topic:trade"), tier=Tier.URGENT),
)
WANTS: dict[Destination, Label] = {SLACK: "trade", DISCORD: "market", CONSOLE: "urgent"}
TELLER = Teller(routes=ROUTES, thresholds={"trade": 0.5, "market": 0.5, "urgent": 0.5})

# One event in words that share nothing: only the first is the same headline for several items.
HEADLINE = "Norland cabinet shelves duties on copper pipes until autumn"
HEADLINES = (HEADLINE, "Skarhavn delays metal tariff", "Plumbing imports win reprieve from Aasen government")

SEPARATE: tuple[Fact, ...] = (
    Rate(value=10.0, of="tariff", span=SPAN),
    Rate(value=35.0, of="tariff", span=SPAN),
    Measure(value="tariff", stage="paused", span=SPAN),
    Measure(value="quota", stage="announced", span=SPAN),
    Move(instrument="Copper", direction="up", size=2.0, unit="percent", span=SPAN),
    Move(instrument="Tin", direction="down", span=SPAN),
    Meeting(where="Lund", when="2025-06-03", span=SPAN),
    Meeting(where="Skarhavn", when="2025-06-10/2025-06-11", span=SPAN),
)
OVERLAPPING: tuple[Fact, ...] = (
    Measure(value="tariff", span=SPAN),
    Measure(value="tariff", stage="paused", span=SPAN),
    Move(instrument="Copper", direction="up", span=SPAN),
    Move(instrument="Copper", direction="up", size=2.0, unit="percent", span=SPAN),
    Move(instrument="Copper", direction="up", size=2.2, unit="percent", span=SPAN),
    Meeting(where="Lund", span=SPAN),
    Meeting(when="2025-06-04", span=SPAN),
    Meeting(where="Lund", when="2025-06-03/2025-06-05", span=SPAN),
)
NAMES: tuple[Fact, ...] = (Party(value="NO", span=SPAN), Person(value="Aasen", span=SPAN))
LABELS: tuple[tuple[Label, ...], ...] = ((), ("trade",), ("market",), ("trade", "market"), ("trade", "urgent"))


@dataclass
class Heard:
    """What one destination was told of one story, message by message."""

    messages: list[tuple[Fact, ...]] = field(default_factory=list)

    @property
    def keys(self) -> list[str]:
        return [fact_key(fact) for message in self.messages for fact in message]

    @property
    def material(self) -> set[str]:
        return set(self.keys) - {fact_key(fact) for fact in NAMES}


Ledger = defaultdict[tuple[Destination, StoryId], Heard]


def reports(
    pool: Sequence[Fact], labels: Sequence[tuple[Label, ...]] = LABELS, headlines: Sequence[str] = (HEADLINE,)
) -> st.SearchStrategy[list[Judged]]:
    """Items of one event from as many outlets, each with some facts of `pool`, in the order of their numbers."""
    said = st.tuples(
        st.lists(st.sampled_from([*pool, *NAMES]), unique=True, max_size=4),
        st.sampled_from(labels),
        st.sampled_from(headlines),
        st.sampled_from([Authority.OUTLET, Authority.OFFICIAL]),
    )
    return st.lists(said, min_size=1, max_size=5).map(
        lambda all_said: [_report(n, *s) for n, s in enumerate(all_said)]
    )


def in_two_orders(items: st.SearchStrategy[list[Judged]]) -> st.SearchStrategy[tuple[list[Judged], list[Judged]]]:
    return items.flatmap(lambda listed: st.tuples(st.just(listed), st.permutations(listed)))


def _report(
    number: int,
    facts: Sequence[Fact],
    labels: tuple[Label, ...] = ("trade",),
    title: str = HEADLINE,
    authority: Authority = Authority.OUTLET,
) -> Judged:
    item = samples.item(
        key=ItemKey(f"{number:016x}"), title=title, summary="", outlet=f"Outlet {number}", authority=authority
    )
    figures = {label: 0.8 if label in labels else 0.1 for label in ("trade", "market", "urgent")}
    verdict = samples.verdict(facts=tuple(facts), labels=labels, direction="escalation", **figures)
    return Judged(item, verdict, signature(item))


def _admit(connection: sa.Connection, each: Judged, second: int) -> list[Notice]:
    now = NOW + timedelta(seconds=second)
    joined = place(connection, replace(each, item=replace(each.item, seen_at=now)), now)
    return TELLER.tell(connection, News(source=SOURCE, joined=joined, now=now, learned=UNTAUGHT))


def _arrive(database: Database, items: Sequence[Judged]) -> list[list[Notice]]:
    """The decisions on each of `items`, seconds apart; the database is left as it was."""
    with database.engine.connect() as connection, connection.begin() as transaction:
        notices = [_admit(connection, each, second) for second, each in enumerate(items)]
        transaction.rollback()
    return notices


def _ledger(notices: Sequence[Sequence[Notice]]) -> Ledger:
    told: Ledger = defaultdict(Heard)
    for notice in (notice for batch in notices for notice in batch):
        if notice.reason.tells:
            told[notice.destination, notice.story_id].messages.append(notice.new_facts)
    return told


def _material(items: Sequence[Judged]) -> set[str]:
    return {fact_key(fact) for each in items for fact in each.verdict.facts if fact not in NAMES}


@contextmanager
def _copy(template: Path) -> Iterator[Database]:
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{shutil.copy(template, folder)}")
        try:
            yield database
        finally:
            database.close()


@pytest.fixture(scope="module")
def empty(sqlite_template: Path) -> Iterator[Database]:
    """A database that no test writes to for good."""
    with _copy(sqlite_template) as database:
        yield database


@settings(max_examples=20, deadline=None)
@given(in_two_orders(reports(SEPARATE)))
def test_every_order_tells_a_destination_the_same_facts(
    empty: Database, orders: tuple[list[Judged], list[Judged]]
) -> None:
    items = orders[0]
    wanting = {place for place, label in WANTS.items() if any(label in each.verdict.labels for each in items)}
    for order in orders:
        told = _ledger(_arrive(empty, order))
        assert {destination: heard.material for (destination, _), heard in told.items()} == {
            destination: _material(items) for destination in wanting
        }


@settings(max_examples=20, deadline=None)
@given(reports(SEPARATE + OVERLAPPING).flatmap(st.permutations))
def test_nothing_is_told_twice_and_what_was_not_told_is_covered(empty: Database, items: list[Judged]) -> None:
    facts = [fact for each in items for fact in each.verdict.facts]
    for heard in _ledger(_arrive(empty, items)).values():
        assert len(heard.keys) == len(set(heard.keys))
        assert fresh_facts(facts, (), heard.keys) == ()


@settings(max_examples=20, deadline=None)
@given(reports(SEPARATE).flatmap(st.permutations))
def test_an_item_is_told_at_once_where_it_has_something_new_and_only_there(
    empty: Database, items: list[Judged]
) -> None:
    heard: defaultdict[Destination, set[str]] = defaultdict(set)
    for each, notices in zip(items, _arrive(empty, items), strict=True):
        for notice in notices:
            if notice.reason is Reason.BELOW_THRESHOLD:
                continue
            brought = _material([each]) - heard[notice.destination]
            told = {fact_key(fact) for fact in notice.new_facts}
            assert brought <= told
            assert notice.reason.tells == bool(told or notice.reason in {Reason.FIRST, Reason.ESCALATED})
            heard[notice.destination] |= told


@settings(max_examples=20, deadline=None)
@given(in_two_orders(reports(SEPARATE, labels=[("trade",)], headlines=HEADLINES)))
def test_no_fact_is_lost_whichever_story_its_item_landed_in(
    empty: Database, orders: tuple[list[Judged], list[Judged]]
) -> None:
    for order in orders:
        notices = _arrive(empty, order)
        told = _ledger(notices)
        assert set().union(*(heard.material for heard in told.values())) == _material(order)
        for each, (notice, *_) in zip(order, notices, strict=True):
            assert _material([each]) <= told[SLACK, notice.story_id].material, "and in its own story"


def test_an_item_that_landed_in_another_story_is_told_by_that_storys_own_alert(empty: Database) -> None:
    rate, measure, meeting = SEPARATE[0], SEPARATE[2], SEPARATE[6]
    items = [
        _report(0, (rate,)),
        _report(1, (rate, measure), title=HEADLINES[1]),
        _report(2, (rate, meeting)),
        _report(3, (rate, measure), title=HEADLINES[1]),
    ]
    notices = [batch[0] for batch in _arrive(empty, items)]
    assert notices[1].story_id != notices[0].story_id == notices[2].story_id
    assert [notice.reason for notice in notices] == [
        Reason.FIRST,
        Reason.FIRST,
        Reason.NEW_FACT,
        Reason.NOTHING_NEW,
    ]
    assert [notice.new_facts for notice in notices[1:3]] == [(rate, measure), (meeting,)]


# --- a crash ----------------------------------------------------------------------------------------------


class PowerCut(Exception):
    pass


def _cut_short(connection: sa.Connection, each: Judged, second: int, *, told: bool) -> None:
    """The power fails when the item has met its story, or when all have been `told`."""
    if told:
        _admit(connection, each, second)
    else:
        place(connection, each, NOW)
    raise PowerCut


def _sent(connection: sa.Connection) -> list[int]:
    """The numbers of the decisions that have a message in the outbox."""
    return sorted(connection.execute(sa.select(deliveries.c.decision_id)).scalars())


@settings(max_examples=10, deadline=None)
@given(reports(SEPARATE + OVERLAPPING), st.integers(0, 4), st.booleans())
def test_what_was_rolled_back_and_repeated_is_decided_as_if_it_had_not_been(
    sqlite_template: Path, items: list[Judged], cut_at: int, told: bool
) -> None:
    cut_at %= len(items)
    with _copy(sqlite_template) as database:
        expected = _arrive(database, items)
        for second, each in enumerate(items):
            if second == cut_at:
                with pytest.raises(PowerCut):
                    database.write_now(_cut_short, each, second, told=told)
            assert database.write_now(_admit, each, second) == expected[second]
            assert database.read_now(audience.decisions_on, each.item.key) == expected[second]
        telling = sum(notice.reason.tells for batch in expected for notice in batch)
        sent = database.read_now(_sent)
        assert len(set(sent)) == len(sent) == telling
