"""Items that share something rare, and the story that each is put into, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from bot.model import Item, ItemKey, StoryId
from bot.steps.grouping import Joined, Judged, place, revise
from bot.store import alike, news
from bot.store.alike import NEWEST
from bot.store.engine import Database
from bot.store.schema import items, rare_words, signatures, stories
from bot.stories import signature as module
from bot.stories.cluster import MEMBERS, OPEN_FOR, REPEATED_AFTER, WINDOW, WORDS, choose
from bot.stories.likeness import Likeness
from bot.stories.signature import RECORD, Signature, signature
from bot.stories.words import SIZE, number_of
from tests import samples
from tests.samples import NOW

HOUR = timedelta(hours=1)
PERU = "Copper mine in southern Peru halted as workers strike over pay"
PERU_TOO = "Strike over pay halts copper mine in Peru"
KENYA = "Kenya finance minister resigns after budget row"


def item(title: str, number: int = 0, *, at: timedelta = timedelta(), outlet: str = "Example Wire") -> Item:
    when = NOW + at
    return samples.item(
        key=ItemKey(f"{number:016x}"), title=title, summary="", outlet=outlet, published_at=when, seen_at=when
    )


def story_of(number: int) -> StoryId:
    return StoryId(f"{number:012x}")


@pytest.fixture
def even(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table in which every word is rare, 5 nats, but for "prices"."""
    table = np.full(SIZE, 5.0, np.float32)
    table[[0, number_of("pric") % SIZE]] = 0, 1
    monkeypatch.setattr(module, "_frequencies", lambda: table)


def store(database: Database, *titles: str, first: int = 0) -> None:
    """Each headline as an item with a story of its own, both with its number."""

    def work(connection: sa.Connection) -> None:
        for number, title in enumerate(titles, first):
            each = item(title, number)
            news.add_story(connection, samples.story(id=story_of(number), key=str(number), lead=each.key))
            news.add_item(connection, each, story_of(number), samples.verdict())
            alike.add(connection, each.key, story_of(number), signature(each), NOW)

    database.write_now(work)


def near(database: Database, title: str) -> set[int]:
    """The numbers of the stories of what is near a headline; the databases give them in no order."""
    found = database.read_now(alike.near, signature(item(title)))
    assert len(found.signatures) == len(found.stories)
    assert len(set(found.stories)) == len(found.stories)
    return {int(story_id, 16) for story_id in found.stories}


def rows(database: Database, table: sa.Table) -> int:
    return database.read_now(lambda connection: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0)


# --- what is near -----------------------------------------------------------------------------------------


def test_what_was_added_is_found_with_its_signature_and_its_story(database: Database) -> None:
    store(database, PERU, KENYA)
    found = database.read_now(alike.near, signature(item(PERU_TOO, 9)))
    assert list(found.stories) == [story_of(0)]
    assert found.signatures[0] == signature(item(PERU))


@pytest.mark.usefixtures("even")
def test_only_items_that_share_a_rare_word_or_a_number_of_the_headline_are_near(database: Database) -> None:
    store(database, "Zinc prices climb", "Tin prices fall", "Quota of 12 trawlers", "—")
    assert near(database, "Zinc prices fall") == {0, 1}
    assert near(database, "Copper prices") == set()
    assert near(database, "Levy of 12") == {2}
    assert near(database, "—") == set()


@pytest.mark.usefixtures("even")
def test_of_each_word_only_the_newest_items_are_looked_at(database: Database) -> None:
    store(database, *(f"Zinc w{number}" for number in range(NEWEST + 3)))
    assert near(database, "Zinc") == set(range(3, NEWEST + 3))


@pytest.mark.usefixtures("even")
def test_of_all_that_is_found_only_the_nearest_are_compared(database: Database) -> None:
    each = MEMBERS // 2 + 2
    store(database, "Zinc tin", *(f"{metal} w{number}" for metal in ("Zinc", "Tin") for number in range(each)))
    found = near(database, "Zinc tin")
    assert len(found) == MEMBERS
    newest = set(range(2 * each + 2 - MEMBERS, 2 * each + 1))
    assert found == {0} | newest, "the first shares both words, however old it is"


@pytest.mark.usefixtures("even")
def test_an_item_is_found_by_so_many_words_only(database: Database) -> None:
    store(database, " ".join(f"{first}o{second}u" for first in "bdfg" for second in "klmn"))
    assert rows(database, rare_words) == WORDS


def test_a_long_headline_of_rare_words_finds_as_well(database: Database) -> None:
    long = " ".join(f"Vostru{first}{second}" for first in "bdfg" for second in "klmn")
    store(database, KENYA, long)
    assert near(database, long) == {1}


def test_what_was_removed_is_found_no_more_and_can_be_added_again(database: Database) -> None:
    store(database, PERU, PERU)
    database.write_now(alike.remove, item(PERU).key)
    assert near(database, PERU_TOO) == {1}
    database.write_now(alike.add, item(PERU).key, story_of(0), signature(item(KENYA)), NOW)
    assert (near(database, PERU_TOO), near(database, KENYA)) == ({1}, {0})


@pytest.mark.parametrize("table", [items, stories], ids=["item", "story"])
def test_with_its_item_or_its_story_a_signature_goes(database: Database, table: sa.Table) -> None:
    store(database, PERU)
    assert rows(database, rare_words) > 0
    database.write_now(lambda connection: connection.execute(sa.delete(table)))
    assert (rows(database, signatures), rows(database, rare_words)) == (0, 0)
    assert near(database, PERU_TOO) == set()


def test_the_record_of_another_version_is_passed_over(database: Database) -> None:
    store(database, PERU, PERU, PERU)
    for number, size in ((0, RECORD.itemsize - 1), (2, 2 * RECORD.itemsize)):
        change = sa.update(signatures).where(signatures.c.item_key == item("", number).key)
        database.write_now(lambda connection, made: connection.execute(made), change.values(record=bytes(size)))
    assert near(database, PERU_TOO) == {1}


def test_what_is_too_old_to_matter_when_it_comes_in_is_not_found(database: Database) -> None:
    store(database, PERU, KENYA)
    for number, hours in ((0, 0), (1, 1)):
        late, key = item(PERU, number, at=-WINDOW - hours * HOUR), item("", number).key
        database.write_now(alike.remove, key)
        database.write_now(alike.add, key, story_of(number), signature(late), NOW)
    assert near(database, PERU_TOO) == {0}
    assert set(database.read_now(alike.stored, [item("", 1).key])) == {item("", 1).key}


def test_signatures_of_old_items_are_deleted_some_at_a_time(database: Database) -> None:
    for number in range(5):
        put(database, item(PERU, number, at=number * HOUR, outlet=str(number)))
    before = NOW + 3 * HOUR
    deleted = [database.write_now(alike.prune, before=before, most=2) for _ in range(3)]
    assert deleted == [2, 1, 0]
    kept = database.read_now(alike.stored, [item("", number).key for number in range(5)])
    assert set(kept) == {item("", number).key for number in (3, 4)}
    assert (rows(database, items), rows(database, signatures)) == (5, 2)


def test_stored_signatures_come_back_by_their_keys(database: Database) -> None:
    store(database, PERU, KENYA)
    keys = [item("", number).key for number in (1, 2)]
    assert database.read_now(alike.stored, keys) == {keys[0]: signature(item(KENYA, 1))}


def test_news_of_long_ago_is_looked_up_but_not_chosen(database: Database) -> None:
    store(database, PERU)
    for late, chosen in ((WINDOW, story_of(0)), (WINDOW + HOUR, None)):
        one: Signature = signature(item(PERU_TOO, 9, at=late))
        stored = database.read_now(alike.near, one)
        assert list(stored.stories) == [story_of(0)]
        willing = Likeness(Likeness.load().file.model_copy(update={"threshold": -99}))
        assert choose(one, stored, willing) == chosen


# --- the story that an item is put into -------------------------------------------------------------------


def put(database: Database, each: Item) -> Joined:
    return database.write_now(place, Judged(each, samples.verdict(), signature(each)), each.at)


def test_the_first_report_opens_a_story_that_others_join(database: Database) -> None:
    opened = put(database, item(PERU, 1))
    joined = put(database, item(PERU_TOO, 2, at=HOUR, outlet="Other"))
    apart = put(database, item(KENYA, 3, at=HOUR))
    assert (opened.story.lead, opened.story.version, opened.adds_outlet) == (item(PERU, 1).key, 1, False)
    assert joined.story == replace(opened.story, version=2, outlets=("Example Wire", "Other"), updated_at=NOW + HOUR)
    assert joined.adds_outlet
    assert apart.story.id != opened.story.id
    assert database.read_now(news.story, opened.story.id) == joined.story
    stored = database.read_now(news.item, item(PERU_TOO, 2).key)
    assert stored is not None
    assert stored[2] == opened.story.id
    assert not put(database, item(PERU_TOO, 4, at=HOUR, outlet="Other")).adds_outlet


def test_a_further_report_finds_the_story_by_one_that_joined(database: Database) -> None:
    first = put(database, item(PERU, 1))
    walkout = "Strike over pay halts copper mine in Peru, Las Bambas walkout spreads"
    assert put(database, item(walkout, 2, at=HOUR)).story.id == first.story.id
    assert put(database, item("Las Bambas walkout spreads to rail", 3, at=2 * HOUR)).story.id == first.story.id


def test_the_same_headline_joins_while_the_story_is_open(database: Database) -> None:
    first = put(database, item(PERU, 1))
    assert put(database, item(PERU.upper(), 2, at=OPEN_FOR, outlet="Other")).story.id == first.story.id


def test_the_same_headline_is_news_again_when_the_story_is_closed(database: Database) -> None:
    first = put(database, item(PERU, 1))
    again = put(database, item(PERU, 2, at=OPEN_FOR + HOUR, outlet="Other"))
    assert again.story.id != first.story.id
    assert put(database, item(PERU, 3, at=OPEN_FOR + 2 * HOUR, outlet="Third")).story.id == again.story.id


def test_a_headline_that_its_own_outlet_brings_again_is_news_of_another_day(database: Database) -> None:
    first = put(database, item(PERU, 1))
    assert put(database, item(PERU, 2, at=REPEATED_AFTER)).story.id == first.story.id
    assert put(database, item(PERU, 3, at=REPEATED_AFTER + HOUR)).story.id != first.story.id


def test_a_transaction_that_runs_again_opens_the_same_story_once(database: Database) -> None:
    judged, seen = Judged(item(PERU, 1), samples.verdict(), signature(item(PERU, 1))), []

    def cut_off(connection: sa.Connection) -> None:
        seen.append(place(connection, judged, NOW))
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        database.write_now(cut_off)
    assert (rows(database, signatures), rows(database, stories)) == (0, 0)
    assert put(database, judged.item) == seen[0]


def test_an_item_that_is_stored_already_is_refused_and_changes_nothing(database: Database) -> None:
    first = put(database, item(PERU, 1))
    with pytest.raises(sa.exc.IntegrityError):
        put(database, item(PERU, 1, at=HOUR))
    assert database.read_now(news.story, first.story.id) == first.story
    assert (rows(database, signatures), rows(database, stories)) == (1, 1)


def test_one_headline_at_once_from_two_writers_is_one_story(database: Database) -> None:
    start = threading.Barrier(2)

    def both(number: int) -> Joined:
        start.wait()
        return put(database, item(PERU, number, outlet=f"Outlet {number}"))

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(both, (1, 2))
    assert one.story.id == other.story.id
    assert sorted(joined.story.version for joined in (one, other)) == [1, 2]
    assert rows(database, signatures) == 2


def test_an_item_that_was_revised_is_found_by_its_new_text_only(database: Database) -> None:
    first = put(database, item(PERU, 1))
    changed = item(KENYA, 1)
    revised: Any = database.write_now(revise, Judged(changed, samples.verdict(), signature(changed)), NOW + HOUR)
    assert (revised.story.id, revised.story.title) == (first.story.id, KENYA)
    other = "Kenya budget row: finance minister resigns"
    assert put(database, item(other, 2, at=HOUR)).story.id == first.story.id
    assert put(database, item(PERU_TOO, 3, at=HOUR)).story.id != first.story.id
