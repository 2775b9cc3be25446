"""Who is told what is exactly what the queries say: by asking every subscription, one after the other.

The store's functions are tested on both databases elsewhere; SQLite does here.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Destination, ItemKey, Label, Notice, Source, SourceId, Tier
from bot.routing import query
from bot.routing.learning import UNTAUGHT
from bot.routing.query import parse, subject
from bot.routing.routes import SUBSCRIPTION, Route
from bot.routing.subscriptions import Subscription
from bot.routing.tiers import tier_of
from bot.steps.grouping import Judged, place
from bot.steps.listeners import Listeners
from bot.steps.telling import News, Teller
from bot.store import subscriptions
from bot.store.engine import Database
from bot.store.schema import decisions, deliveries, subscription_hits
from bot.stories.signature import signature
from tests import samples
from tests.samples import NOW, SLACK

PEOPLE = tuple(Destination("slack", f"U{number}", person=True) for number in range(3))
CHANNEL = Destination("discord", "77")
PLACES = (*PEOPLE, CHANNEL, SLACK)
ROUTE = Route(name="trade", to=(SLACK,), when=query.parse("topic:trade"))
SOURCE = Source(id=SourceId("wire"), name="Wire", url="https://wire.example/rss")
LABELS: tuple[tuple[Label, ...], ...] = ((), ("trade",), ("market", "urgent"))

WORDS = ("steel", "tin", "tariff", "tariffs", "quota", "关税")
TERMS = (*WORDS, "tarif*", '"steel quota"', "topic:trade", "topic:market", "tier>=urgent", "rate>10", "title:tin")


def queries() -> st.SearchStrategy[str]:
    parts = st.lists(st.sampled_from(TERMS), min_size=1, max_size=3)
    return st.builds(
        lambda terms, joint, negated: joint.join(terms) + (f" -{negated}" if negated else ""),
        parts,
        st.sampled_from((" ", " OR ")),
        st.sampled_from((None, *TERMS)),
    )


@dataclass(frozen=True)
class Asked:
    """A subscription that is made before the item of that number, and ended or paused before a later one."""

    text: str
    place: Destination
    tier: Tier
    made: int
    ends: int
    pauses: bool


def asked() -> st.SearchStrategy[Asked]:
    number = st.integers(0, 4)
    return st.builds(
        Asked, queries(), st.sampled_from(PLACES), st.sampled_from(Tier), number, st.integers(1, 6), st.booleans()
    )


def items() -> st.SearchStrategy[list[Judged]]:
    said = st.tuples(st.lists(st.sampled_from(WORDS), max_size=4), st.sampled_from(LABELS), st.booleans())
    return st.lists(said, min_size=1, max_size=4).map(lambda each: [_item(n, *s) for n, s in enumerate(each)])


def _item(number: int, words: Sequence[str], labels: tuple[Label, ...], rated: bool) -> Judged:
    """Of a day of its own, so that each is a story of its own."""
    at = NOW + timedelta(days=10 * number)
    title = f"Headline {number} {' '.join(words)}"
    item = samples.item(key=ItemKey(f"{number:016x}"), title=title, summary="", published_at=at, seen_at=at)
    figures = {label: 0.8 if label in labels else 0.1 for label in ("trade", "market", "urgent")}
    verdict = samples.verdict(labels=labels, facts=samples.FACTS if rated else (), **figures)
    return Judged(item, verdict, signature(item))


@dataclass
class Desk:
    """The program under test beside a plain list of what is subscribed to."""

    connection: sa.Connection
    teller: Teller = field(
        default_factory=lambda: Teller(routes=(ROUTE,), thresholds={"trade": 0.5}, listeners=Listeners())
    )
    running: dict[int, tuple[Asked, Subscription]] = field(default_factory=dict)

    def subscribe(self, each: Asked) -> None:
        made = subscriptions.add(
            self.connection,
            place=each.place,
            owner=PEOPLE[0],
            query=each.text,
            tier=each.tier,
            made_in=SLACK,
            now=NOW,
        )
        self.running[made.id] = (each, made)

    def end(self, number: int) -> None:
        each, made = self.running.pop(number)
        if each.pauses:
            subscriptions.change(self.connection, made.id, tier=made.tier, paused="resting")
        else:
            subscriptions.remove(self.connection, made.id)

    def admit(self, each: Judged) -> list[Notice]:
        now = each.item.seen_at
        joined = place(self.connection, each, now)
        self.teller.listeners.catch_up(self.connection)
        return self.teller.tell(self.connection, News(source=SOURCE, joined=joined, now=now, learned=UNTAUGHT))

    def matching(self, each: Judged) -> dict[Destination, list[Subscription]]:
        """By asking every query."""
        seen = subject(each.item, each.verdict, tier_of(each.verdict))
        found: dict[Destination, list[Subscription]] = {}
        for _, made in self.running.values():
            if parse(made.query).matches(seen):
                found.setdefault(made.place, []).append(made)
        return found

    def hits(self, each: Judged) -> dict[Destination, set[int]]:
        """What is stored of it."""
        rows = self.connection.execute(
            sa.select(decisions.c.destination, subscription_hits.c.subscription_id)
            .join(subscription_hits, subscription_hits.c.decision_id == decisions.c.id)
            .where(decisions.c.item_key == each.item.key)
        )
        found: dict[Destination, set[int]] = {}
        for row in rows:
            found.setdefault(Destination.parse(row.destination), set()).add(row.subscription_id)
        return found


@pytest.fixture(scope="module")
def empty(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database that no test writes to for good."""
    database = Database(f"sqlite:///{shutil.copy(sqlite_template, tmp_path_factory.mktemp('listening'))}")
    yield database
    database.close()


@settings(max_examples=60, deadline=None)
@given(st.lists(asked(), max_size=12), items())
def test_who_is_told_what_is_what_the_queries_say(
    empty: Database, wishes: list[Asked], arriving: list[Judged]
) -> None:
    with empty.engine.connect() as connection, connection.begin() as transaction:
        desk = Desk(connection)
        for number, each in enumerate(arriving):
            for wish in (wish for wish in wishes if wish.made == number):
                desk.subscribe(wish)
            for ended in [id_ for id_, (wish, _) in desk.running.items() if wish.ends == number > wish.made]:
                desk.end(ended)
            _check(desk, each)
        transaction.rollback()


def _check(desk: Desk, each: Judged) -> None:
    matching, tier = desk.matching(each), tier_of(each.verdict)
    notices = {notice.destination: notice for notice in desk.admit(each)}
    assert set(notices) == set(matching) | {SLACK}, "one decision a place, and none where nothing was asked for"
    routed = "trade" in each.verdict.labels and tier.rank >= ROUTE.tier.rank
    for there, notice in notices.items():
        loud = any(found.tier.rank <= tier.rank for found in matching.get(there, []))
        assert notice.reason.tells == (loud or (there == SLACK and routed))
        named = [found for found in matching.get(there, []) if found.tier.rank <= tier.rank]
        assert all(found.name in notice.detail for found in named)
        if there != SLACK:
            assert notice.route == SUBSCRIPTION
    assert desk.hits(each) == {there: {found.id for found in every} for there, every in matching.items()}
    sent = sa.select(decisions.c.destination).join(deliveries).where(decisions.c.item_key == each.item.key)
    told = [Destination.parse(there) for there in desk.connection.execute(sent).scalars()]
    assert sorted(told) == sorted(there for there, notice in notices.items() if notice.reason.tells)


def test_the_first_poll_of_a_source_counts_what_subscribers_want(empty: Database) -> None:
    teller = Teller(routes=(ROUTE,), thresholds={"trade": 0.5}, listeners=Listeners())
    arriving = [_item(0, ["steel"], ("trade",), rated=False), _item(1, ["tin"], (), rated=False)]
    with empty.engine.connect() as connection, connection.begin() as transaction:
        for there, text, tier in (
            (PEOPLE[0], "steel OR tin", Tier.DIGEST),
            (PEOPLE[1], "tin", Tier.ALERT),
            (SLACK, "tin", Tier.DIGEST),
        ):
            subscriptions.add(connection, place=there, owner=there, query=text, tier=tier, made_in=there, now=NOW)
        wanted = teller.wanted(connection, SOURCE, arriving, NOW)
        stale = replace(SOURCE, max_age=timedelta(0))
        assert teller.wanted(connection, stale, arriving, NOW + timedelta(days=99))[PEOPLE[0]] == []
        transaction.rollback()
    first, second = (each.item for each in arriving)
    assert wanted == {PEOPLE[0]: [first, second], PEOPLE[1]: [], SLACK: [first, second]}
