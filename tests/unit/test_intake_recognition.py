"""When an entry under a new name is a stored item, and when it is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.intake.identity import fingerprint
from bot.intake.recognition import Kept, edited, recognise
from bot.model import Item, ItemKey
from tests import samples
from tests.samples import NOW

HOUR = timedelta(hours=1)
SHORT = "Ministry statement"


def key(number: int) -> ItemKey:
    return ItemKey(f"{number:016x}")


def kept(item: Item, *, alias: ItemKey | None = None) -> Kept:
    return Kept(
        key=item.key,
        alias=alias,
        source_id=item.source_id,
        fingerprint=fingerprint(item),
        published_at=item.published_at,
        content_hash=item.content_hash,
    )


def renamed(item: Item, **changes: object) -> Item:
    return replace(item, **{"key": key(int(item.key, 16) + 100), **changes})  # type: ignore[arg-type]  # any field


def is_known(stored: Item, entry: Item) -> bool:
    return entry.key in recognise([entry], [kept(stored)])


@pytest.mark.parametrize(
    ("stored", "now"),
    [
        ({}, {}),
        ({}, {"content_hash": "edited"}),  # the same time
        ({}, {"title": samples.TITLE.upper() + "!"}),
        ({}, {"published_at": NOW + 14 * HOUR}),  # the same text; a zone was mended
        ({}, {"published_at": None}),
        ({"published_at": None}, {}),
        ({"published_at": None}, {"published_at": None}),
        ({"title": SHORT}, {}),  # the same time and text
        ({"title": "商务部宣布暂停加征关税", "summary": ""}, {"content_hash": "edited"}),
    ],
)
def test_it_is_the_same(stored: dict[str, object], now: dict[str, object]) -> None:
    item = samples.item(**stored)
    assert is_known(item, renamed(item, **now))


@pytest.mark.parametrize(
    ("stored", "now"),
    [
        ({}, {"title": "Ministers agree to suspend steel duties for sixty days"}),
        ({}, {"outlet": "Other Wire"}),
        ({}, {"published_at": NOW + 16 * HOUR}),  # the next day's, with the same words
        ({}, {"published_at": NOW + HOUR, "content_hash": "other"}),
        ({"published_at": None}, {"published_at": None, "content_hash": "other"}),
        ({"published_at": None, "summary": ""}, {}),  # nothing but a headline
        ({"title": SHORT}, {"content_hash": "other"}),  # two of one day
        ({"title": SHORT, "summary": ""}, {}),
    ],
)
def test_it_is_another(stored: dict[str, object], now: dict[str, object]) -> None:
    item = samples.item(**stored)
    assert not is_known(item, renamed(item, **now))


def test_an_item_that_stands_in_the_document_itself_is_not_another_entry_too() -> None:
    item = samples.item()
    assert list(recognise([item, renamed(item)], [kept(item)])) == [item.key]


def test_one_stored_item_is_one_entry() -> None:
    item = samples.item()
    assert len(recognise([renamed(item), replace(item, key=key(7))], [kept(item)])) == 1


def test_a_key_is_stronger_than_an_alias() -> None:
    one, other = samples.item(key=key(1)), samples.item(key=key(2), title="Another headline of four words")
    found = recognise([one], [kept(one), kept(other, alias=one.key)])
    assert found[one.key].key == one.key


def bare(number: int) -> Item:
    """An undated headline without text: by itself it says nothing."""
    title = f"Ministers raise duties on product {number}"
    return samples.item(key=key(number), title=title, summary="", published_at=None, content_hash=title)


def test_bare_headlines_count_where_the_whole_document_came_under_new_names() -> None:
    document = [bare(number) for number in range(3)]
    stored = [kept(item) for item in document]
    assert len(recognise([renamed(item) for item in document], stored)) == 3
    assert recognise([renamed(item) for item in document[:2]], stored) == {}, "too few to tell"


def test_bare_headlines_do_not_count_where_most_of_the_document_kept_its_names() -> None:
    document = [bare(number) for number in range(7)]
    now = [renamed(item) if item in document[:3] else item for item in document]
    assert list(recognise(now, [kept(item) for item in document])) == [item.key for item in document[3:]]


def test_a_renamed_document_hides_no_dated_entry_with_a_new_text() -> None:
    document = [samples.item(key=key(number), title=f"Ministers raise duty number {number}") for number in range(5)]
    later = renamed(document[0], published_at=NOW + timedelta(days=40), content_hash="other")
    found = recognise([later, *map(renamed, document[1:])], [kept(item) for item in document])
    assert list(found) == [renamed(item).key for item in document[1:]]


def test_an_edit_comes_under_the_stored_key_and_once() -> None:
    item = samples.item(key=key(1))
    changed = replace(renamed(item), content_hash="changed")
    twice = [changed, replace(changed, key=item.key)]
    found = recognise(twice, [kept(item, alias=changed.key)])
    assert len(found) == 2
    assert edited(twice, found) == [replace(changed, key=item.key)]
