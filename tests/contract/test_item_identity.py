"""How stored items are known again, on SQLite and on PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from bot.intake.fetched import FetchState
from bot.intake.recognition import MOST_ALIKE, RECOGNISED_FOR, edited, listing, sightings_of
from bot.intake.sameness import Kept
from bot.model import Item, ItemKey, Reason, Source, SourceId
from bot.store import audience, feeds, news, sightings
from bot.store.engine import Database
from bot.store.schema import items
from tests import samples
from tests.samples import NOW

WIRE = SourceId("wire")
AT = NOW - timedelta(minutes=7, seconds=12)
OTHER_KEY = ItemKey("ffffffffffffffff")


def _store(database: Database, *stored: Item) -> None:
    database.write_now(news.add_story, samples.story())
    for each in stored:
        _store_in_same_story(database, each)


def _store_in_same_story(database: Database, item: Item) -> None:
    database.write_now(news.add_item, item, samples.story().id, samples.verdict())


def _found(database: Database, *document: Item) -> dict[ItemKey, Kept]:
    return database.read_now(sightings.recognised, document, now=NOW)[1]


def _known(database: Database, *document: Item) -> dict[ItemKey, ItemKey]:
    """The keys of a document's items, to those of the stored ones that they are; what it came as is remembered."""
    found = _found(database, *document)
    database.write_now(sightings.save, WIRE, sightings_of(document, found), listing(document, found))
    return {key: kept.key for key, kept in found.items()}


def test_an_item_is_known_by_its_key_and_by_the_name_it_came_under_last(database: Database) -> None:
    item = samples.item()
    _store(database, item)
    assert _known(database, item) == {item.key: item.key}
    renamed = replace(item, key=OTHER_KEY)
    assert _known(database, renamed) == {OTHER_KEY: item.key}
    rewritten = replace(renamed, title="Ministers confirm the end of steel duties", published_at=None)
    assert _known(database, rewritten) == {OTHER_KEY: item.key}, "by the name alone"
    assert _known(database, item) == {item.key: item.key}, "its own key is never forgotten"


def test_the_headline_it_came_with_last_is_the_one_it_is_known_by(database: Database) -> None:
    item = samples.item()
    _store(database, item)
    retitled = replace(item, title="Ministers suspend duties on steel until August")
    _known(database, retitled)
    assert _known(database, replace(retitled, key=OTHER_KEY)) == {OTHER_KEY: item.key}


def test_what_was_seen_long_ago_is_known_by_its_key_only(database: Database) -> None:
    item = samples.item(seen_at=NOW - RECOGNISED_FOR - timedelta(days=1))
    _store(database, item)
    assert _known(database, replace(item, key=OTHER_KEY)) == {}
    assert _known(database, item) == {item.key: item.key}


def test_another_outlet_with_the_same_headline_is_another_item(database: Database) -> None:
    _store(database, samples.item())
    assert _known(database, samples.item(key=OTHER_KEY, outlet="Other Wire")) == {}


def test_of_one_headline_the_newest_items_are_read(database: Database) -> None:
    days = [
        samples.item(key=ItemKey(f"{n:016x}"), published_at=AT - timedelta(days=n), seen_at=AT - timedelta(days=n))
        for n in range(MOST_ALIKE + 1)
    ]
    _store(database, *days)
    newest, oldest = replace(days[0], key=OTHER_KEY), replace(days[-1], key=OTHER_KEY)
    assert _found(database, newest)[OTHER_KEY].key == days[0].key
    assert _found(database, oldest) == {}


def test_a_document_that_came_under_new_names_is_held_against_the_one_before(database: Database) -> None:
    titles = [f"Ministers raise duties on product {number}" for number in range(3)]
    document = [
        samples.item(key=ItemKey(f"{n:016x}"), title=title, summary="", published_at=None)
        for n, title in enumerate(titles)
    ]
    renamed = [replace(item, key=ItemKey(f"{n:016d}")) for n, item in enumerate(document, start=100)]
    _leased(database)
    _store(database, *document)
    assert _known(database, renamed[0]) == {}, "by itself it says nothing"
    _known(database, *document)
    assert [kept.key for kept in _found(database, *renamed).values()] == [item.key for item in document]


def test_a_name_that_went_to_another_article_leaves_the_stored_item_as_it_is(database: Database) -> None:
    first = samples.item()
    _store(database, first)
    second = samples.item(title="Central bank cuts its policy rate", summary="", url="https://news.example/rates")
    for known in (False, True):
        (item,), found = database.read_now(sightings.recognised, [second], now=NOW)
        assert item.key != first.key
        assert (item.key in found) is known
        if not known:
            _store_in_same_story(database, item)


def test_another_source_takes_over_when_the_first_is_asked_no_longer(database: Database) -> None:
    other = SourceId("other")
    item = samples.item(published_at=AT)
    _leased(database)
    _store(database, item)
    database.write_now(feeds.sync, [Source(id=other, name="Other", url="https://other.example/rss")], now=NOW)
    theirs = replace(item, source_id=other, outlet="Other", content_hash="shorter")
    found = _found(database, theirs)
    assert edited([theirs], found) == [], "they cut the article in their own way"
    database.write_now(sightings.save, other, sightings_of([theirs], found), listing([theirs], found))
    withdrawn = replace(theirs, title=f"WITHDRAWN: {item.title}", content_hash="withdrawn")
    assert _found(database, withdrawn)[item.key].source_id == other
    assert edited([theirs], _found(database, theirs)) == []
    assert edited([withdrawn], _found(database, withdrawn)) == [withdrawn]


def test_an_item_from_before_schema_0004_gets_its_print_when_it_is_seen_again(database: Database) -> None:
    item = samples.item()
    _store(database, item)
    database.write_now(lambda connection: connection.execute(sa.update(items).values(fingerprint=None)))
    now = replace(item, content_hash="made in the new way")
    found = _found(database, now)
    assert edited([now], found) == [], "its old hash says nothing"
    _known(database, now)
    found = _found(database, now)
    assert (edited([now], found), sightings_of([now], found)) == ([], [])
    assert _known(database, replace(now, key=OTHER_KEY)) == {OTHER_KEY: item.key}


def test_a_sighting_leaves_the_content_as_it_is_stored(database: Database) -> None:
    item = samples.item()
    _store(database, item)
    changed = replace(item, key=OTHER_KEY, content_hash="changed")
    _known(database, changed)
    found = _found(database, changed)
    assert edited([changed], found) == [replace(changed, key=item.key)]


def test_what_another_source_says_of_the_same_article_is_no_edit(database: Database) -> None:
    _leased(database)
    _store(database, samples.item())
    theirs = samples.item(source_id=SourceId("other"), content_hash="shorter", title="Steel duties suspended")
    found = _found(database, theirs)
    assert list(found) == [theirs.key]
    assert (edited([theirs], found), sightings_of([theirs], found)) == ([], [])


# --- the first poll ---------------------------------------------------------------------------------------


def _leased(database: Database) -> None:
    source = Source(id=WIRE, name="Wire", url="https://wire.example/rss")
    database.write_now(feeds.sync, [source], now=NOW)
    database.write_now(feeds.claim_due, [WIRE], owner="a", now=NOW, lease=timedelta(minutes=1), limit=1)


def _settle(database: Database, *, brought_entries: bool) -> None:
    database.write_now(
        feeds.save_cursor, WIRE, FetchState(), owner="a", now=NOW, brought_new=False, brought_entries=brought_entries
    )


def test_the_first_poll_is_done_with_the_first_entries(database: Database) -> None:
    _leased(database)
    assert database.read_now(feeds.told_in_first_poll, WIRE) == {}
    _settle(database, brought_entries=False)
    assert database.read_now(feeds.told_in_first_poll, WIRE) == {}
    _settle(database, brought_entries=True)
    assert database.read_now(feeds.told_in_first_poll, WIRE) is None
    _settle(database, brought_entries=False)
    assert database.read_now(feeds.told_in_first_poll, WIRE) is None


def test_what_a_first_poll_told_before_it_was_cut_short_counts_once(database: Database) -> None:
    _leased(database)
    silent = samples.item(key=OTHER_KEY)
    undated = samples.item(key=ItemKey("eeeeeeeeeeeeeeee"), published_at=None)
    _store(database, samples.item(), silent, undated)
    for place in (samples.SLACK, samples.DISCORD):
        database.write_now(audience.save_decision, samples.notice(destination=place))
        database.write_now(audience.save_decision, samples.notice(item_key=undated.key, destination=place))
        database.write_now(
            audience.save_decision,
            samples.notice(item_key=silent.key, destination=place, reason=Reason.FLOOD_BRAKE),
        )
    told = database.read_now(feeds.told_in_first_poll, WIRE)
    assert told is not None
    assert set(told) == {samples.SLACK, samples.DISCORD}
    assert all(set(times) == {NOW, None} for times in told.values())
