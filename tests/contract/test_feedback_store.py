"""Marks in the store, and the way of older databases to them, on SQLite and on PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from alembic import command

from bot.model import Destination, ItemKey, Label
from bot.routing.learning import COUNTS_FOR, Mark, Shift, shifts_of
from bot.store import audience, feedback, news, outbox, retention
from bot.store.engine import Database
from bot.store.schema import marks
from bot.store.upgrade import _config, upgrade
from tests import samples
from tests.samples import DISCORD, NOW, SLACK

ANN, BOB = (Destination("slack", name, person=True) for name in ("UANN", "UBOB"))
DAY = timedelta(days=1)
OTHER = ItemKey("ffffffffffffffff")
MARK = Mark(
    place=SLACK,
    person=ANN,
    item_key=samples.item().key,
    relevant=False,
    topics=("trade",),
    flagged=("market",),
    verdict=replace(samples.verdict(), facts=(), evidence=(), direction=None, kind=None),
    marked_at=NOW,
)


def _save(database: Database, *saved: Mark) -> None:
    for mark in saved:
        database.write_now(feedback.save_mark, mark)


def _counting(database: Database, *places: Destination, days: int = 0) -> list[Mark]:
    return database.read_now(feedback.counting, places or (SLACK, DISCORD), now=NOW + days * DAY)


def _downgrade(database: Database, revision: str) -> None:
    def down(connection: sa.Connection) -> None:
        config = _config()
        config.attributes["connection"] = connection
        command.downgrade(config, revision)

    database.write_now(down)


def test_a_mark_comes_back_with_the_verdict_as_it_stood(database: Database) -> None:
    _save(database, MARK)
    assert _counting(database) == [MARK]
    assert MARK.verdict.model == "test"


@pytest.mark.parametrize("flagged", [(), ("trade",), ("trade", "market")])
def test_what_the_place_flagged_comes_back_whatever_the_labels(
    database: Database, flagged: tuple[Label, ...]
) -> None:
    mark = replace(MARK, flagged=flagged)
    _save(database, mark)
    assert _counting(database) == [mark]
    assert database.write_now(feedback.take_back, SLACK, ANN, None) == mark


def test_the_last_word_of_a_person_on_an_item_here_replaces_the_one_before(database: Database) -> None:
    theirs, there = replace(MARK, person=BOB), replace(MARK, place=DISCORD)
    changed = replace(MARK, relevant=True, marked_at=NOW + DAY)
    _save(database, MARK, theirs, there, changed)
    assert _counting(database) == [theirs, there, changed]


def test_marks_count_for_a_time_and_in_their_place(database: Database) -> None:
    _save(database, MARK, replace(MARK, place=DISCORD, marked_at=NOW + DAY))
    assert len(_counting(database, SLACK)) == 1
    assert _counting(database, days=COUNTS_FOR.days) == [replace(MARK, place=DISCORD, marked_at=NOW + DAY)]
    assert _counting(database, days=COUNTS_FOR.days + 1) == []


def test_a_person_takes_back_a_mark_of_their_own(database: Database) -> None:
    theirs, second = replace(MARK, person=BOB), replace(MARK, item_key=OTHER)
    _save(database, MARK, theirs, second)
    assert database.write_now(feedback.take_back, DISCORD, ANN, None) is None
    assert database.write_now(feedback.take_back, SLACK, ANN, MARK.item_key) == MARK
    assert database.write_now(feedback.take_back, SLACK, ANN, None) == second, "the last one"
    assert database.write_now(feedback.take_back, SLACK, ANN, None) is None
    assert _counting(database) == [theirs]


def test_marked_items_come_with_their_marks_in_order(database: Database) -> None:
    first, second = samples.item(), samples.item(key=OTHER, title="Quotas on tinned fish end", body="All of them.")
    database.write_now(news.add_story, samples.story())
    for item in (first, second):
        database.write_now(news.add_item, item, samples.story().id, samples.verdict())
    later, theirs = replace(MARK, item_key=OTHER), replace(MARK, person=BOB)
    _save(database, later, MARK, theirs)
    assert database.read_now(feedback.with_items) == [(second, [later]), (first, [MARK, theirs])]


def test_marks_go_when_texts_go(database: Database) -> None:
    _save(database, MARK, replace(MARK, person=BOB, marked_at=NOW + 2 * DAY))
    pruned = database.write_now(retention.prune, texts_before=NOW + DAY, decisions_before=NOW, signatures_before=NOW)
    assert pruned == (0, 0, 1, 0)
    assert [mark.person for mark in _counting(database)] == [BOB]


def test_a_database_of_the_first_release_keeps_all_it_holds(database: Database) -> None:
    def tables(connection: sa.Connection) -> set[str]:
        return set(sa.inspect(connection).get_table_names())

    def tell(connection: sa.Connection) -> None:
        notice = samples.notice()
        outbox.enqueue(connection, notice, audience.save_decision(connection, notice))

    database.write_now(news.add_story, samples.story())
    database.write_now(news.add_item, samples.item(), samples.story().id, samples.verdict())
    database.write_now(tell)
    _downgrade(database, "0001")
    assert marks.name not in database.read_now(tables)

    assert upgrade(database)[0] == "0001"

    key = samples.item().key
    assert database.read_now(news.item, key) == (samples.item(), samples.verdict(), samples.story().id)
    assert database.read_now(audience.decisions_on, key) == [samples.notice()]
    assert [entry.waiting for entry in database.read_now(outbox.backlog)] == [1]
    _save(database, MARK)
    assert _counting(database) == [MARK]


def test_marks_of_schema_0002_count_against_the_labels_as_before(database: Database) -> None:
    missed = replace(MARK, item_key=OTHER, relevant=True, verdict=replace(MARK.verdict, labels=()))
    _save(database, MARK, missed)
    _downgrade(database, "0002")

    assert upgrade(database)[0] == "0002"

    old = [replace(MARK, flagged=("trade", "market")), replace(missed, flagged=())]
    assert _counting(database) == old
    assert shifts_of(old[:1]) == {SLACK: {"trade": Shift(steps=1, irrelevant=1)}}
    assert shifts_of(old[1:]) == {SLACK: {"trade": Shift(steps=-1, relevant=1)}}
    renewed = replace(missed, flagged=("trade",))
    _save(database, renewed)
    assert _counting(database) == [old[0], renewed], "a new mark beside the old ones"
