"""When an entry under a new name is a stored item, and when it is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.intake.identity import fingerprint
from bot.intake.recognition import MOST_ALIKE, edited, recognise, with_own_keys
from bot.intake.sameness import Kept
from bot.model import Item, ItemKey, SourceId
from tests import samples
from tests.samples import NOW

HOUR = timedelta(hours=1)
SHORT = "Ministry statement"
EXACT = NOW + timedelta(minutes=7, seconds=12)
MIDNIGHT = NOW.replace(hour=0)
STEEL = "https://news.example/steel"
MOVED = "https://news.example/2025/another"


def key(number: int) -> ItemKey:
    return ItemKey(f"{number:016x}")


def kept(item: Item, *, alias: ItemKey | None = None, **changes: object) -> Kept:
    """`item` as it is stored, and as it stood in the last document of its source."""
    found = Kept(
        key=item.key,
        alias=alias,
        source_id=item.source_id,
        fingerprint=fingerprint(item),
        title=item.title,
        lead=item.summary,
        url=item.url,
        outlet=item.outlet,
        published_at=item.published_at,
        seen_at=item.seen_at,
        content_hash=item.content_hash,
        listed=True,
    )
    return replace(found, **changes)  # type: ignore[arg-type]  # any field


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
        ({"published_at": EXACT}, {"url": MOVED}),
        ({"published_at": MIDNIGHT}, {}),
        ({"published_at": None, "seen_at": NOW - HOUR}, {"url": MOVED, "seen_at": NOW}),
        (
            {"url": f"{STEEL}?visit=9f86d081884c7d65", "published_at": None},
            {"url": f"{STEEL}?visit=2c26b46b68ffc68f"},
        ),
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
        ({"published_at": EXACT}, {"content_hash": "other", "url": MOVED}),  # a headline and a minute
        ({}, {"url": MOVED}),  # eight o'clock sharp is the midnight of some zone
        ({"published_at": MIDNIGHT}, {"content_hash": "other"}),
        ({}, {"published_at": NOW + 7 * HOUR, "url": MOVED}),  # twice a day in the same words
        ({"summary": ""}, {"published_at": NOW + 7 * HOUR}),
        ({"published_at": None, "seen_at": NOW - 7 * HOUR}, {"url": MOVED, "seen_at": NOW}),
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


def test_a_renamed_document_hides_no_headline_that_comes_again() -> None:
    """Each under a new link: the same hour of another day, and without a date another text."""
    dated = [replace(bare(number), published_at=EXACT) for number in range(3)]
    undated = [
        samples.item(key=key(n), title=f"Ministers raise duty number {n}", published_at=None) for n in range(3)
    ]
    for document, changes in (
        (dated, {"published_at": EXACT + timedelta(days=1)}),
        (undated, {"content_hash": "other"}),
    ):
        now = [renamed(item, url=f"{MOVED}/{item.key}", **changes) for item in document]
        assert recognise(now, [kept(item) for item in document]) == {}


def test_a_renamed_document_is_held_against_the_one_before_only() -> None:
    document = [bare(number) for number in range(3)]
    assert recognise([renamed(item) for item in document], [kept(item, listed=False) for item in document]) == {}


def test_few_old_headlines_in_a_long_document_do_not_make_it_a_renamed_one() -> None:
    document = [bare(number) for number in range(7)]
    assert recognise([renamed(item) for item in document], [kept(item) for item in document[:3]]) == {}


def test_one_headline_is_held_against_its_newest_items_only() -> None:
    """It may come every day for years, and the work for it must not grow."""
    days = [
        samples.item(key=key(n), published_at=EXACT - timedelta(days=n), seen_at=EXACT - timedelta(days=n))
        for n in range(MOST_ALIKE + 1)
    ]
    stored = [kept(item) for item in days]
    assert recognise([renamed(days[MOST_ALIKE - 1])], stored)
    assert recognise([renamed(days[MOST_ALIKE])], stored) == {}


# --- known names ------------------------------------------------------------------------------------------

LONG = "Both sides will keep talking until the summer, the trade ministry said after the meeting of the envoys."
OTHER = {"title": "Central bank cuts its policy rate by half a point", "summary": "Inflation has come down."}


@pytest.mark.parametrize(
    ("stored", "now", "another"),
    [
        ({}, {**OTHER, "url": MOVED}, True),
        ({}, {**OTHER, "url": None}, True),
        ({}, {**OTHER, "url": "https://news.example/"}, True),
        ({"url": "https://news.example/"}, {**OTHER, "url": "https://news.example/"}, True),
        (
            {"title": "商务部宣布暂停加征关税", "summary": ""},
            {"title": "央行下调政策利率", "summary": "", "url": MOVED},
            True,
        ),
        ({}, OTHER, False),  # the page of a live blog
        ({}, {**OTHER, "summary": samples.item().summary, "url": MOVED}, True),  # one short sentence
        ({"summary": LONG}, {**OTHER, "summary": f"{LONG} More to follow.", "url": MOVED}, False),
        ({}, {**OTHER, "title": f"{samples.TITLE}, says minister", "url": MOVED}, False),
        ({"published_at": EXACT}, {**OTHER, "url": MOVED, "published_at": EXACT}, False),
    ],
)
def test_a_known_name_may_stand_for_another_article(
    stored: dict[str, object], now: dict[str, object], another: bool
) -> None:
    before = samples.item(**stored)
    item = samples.item(**{"published_at": NOW + timedelta(days=1), **now})
    keys = [each.key for each in with_own_keys([item], [kept(before)])]
    assert (keys != [before.key]) is another
    assert keys == [each.key for each in with_own_keys([item], [kept(before)])]


def test_a_page_that_two_entries_share_is_not_their_own() -> None:
    before = samples.item(key=key(1))
    now = [replace(before, **OTHER, published_at=None), replace(before, key=key(2), title=SHORT)]  # type: ignore[arg-type]  # texts
    first, second = with_own_keys(now, [kept(before)])
    assert first.key not in {key(1), key(2)}
    assert second.key == key(2)


# --- edits ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stands", "now", "is_edit"),
    [
        ({}, {"title": "WITHDRAWN: duties"}, False),  # asked, and in its list
        ({"source_active": False}, {"title": "WITHDRAWN: duties"}, True),
        ({"source_active": False}, {"title": "WITHDRAWN: duties", "outlet": "Other"}, True),
        ({"source_active": False}, {}, True),
        ({"source_active": False}, {"outlet": "Other"}, False),  # who cuts the text in another way
        ({"source_lists": False}, {"title": "WITHDRAWN: duties"}, True),
        ({"source_lists": False}, {}, False),
        ({"source_lists": False}, {"title": "WITHDRAWN: duties", "outlet": "Other"}, False),
    ],
)
def test_whose_word_counts(stands: dict[str, object], now: dict[str, object], is_edit: bool) -> None:
    item = samples.item()
    theirs = samples.item(**{"source_id": SourceId("other"), "content_hash": "changed", **now})
    assert bool(edited([theirs], {item.key: replace(kept(item), **stands)})) is is_edit  # type: ignore[arg-type]  # any field


def test_an_edit_comes_under_the_stored_key_and_once() -> None:
    item = samples.item(key=key(1))
    changed = replace(renamed(item), content_hash="changed")
    twice = [changed, replace(changed, key=item.key)]
    found = recognise(twice, [kept(item, alias=changed.key)])
    assert len(found) == 2
    assert edited(twice, found) == [replace(changed, key=item.key)]
