"""Reading only what is new in a document brings what feedparser makes of the whole of it."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.slices.invented import invented
from bench.slices.run import AT, URL, Poll, Tally, difference, pair_of, wrong_in
from bot.intake import changes
from bot.intake.changes import Changes, parse_changes
from bot.intake.delta import MOST_PIECES, WHOLE_EVERY, completed, cut
from bot.intake.parsing import parse_feed
from bot.intake.strict import Reading, read_strictly
from bot.model import Entry, ItemKey
from tests.odd_feeds import IN_PART, ONE, RSS_TYPE, THREE, TWO, WHOLE, Document, feed, item, rss

LATER = AT + timedelta(minutes=5)


def poll_of(document: Document) -> Poll:
    text, content_type = document if isinstance(document, tuple) else (document, RSS_TYPE)
    return text.encode() if isinstance(text, str) else text, content_type


def wrong_in_any_split(poll: Poll, tally: Tally) -> list[str]:
    """Of a document's entries into those that are known when it comes again, and those that are not."""
    pieces = cut(*poll)
    traces = sorted(set(pieces.traces)) if pieces else []
    splits = product((True, False), repeat=len(traces))
    return [
        wrong
        for split in splits
        if (wrong := difference(poll, poll, dict(zip(traces, split, strict=True)).__getitem__, tally))
    ]


@pytest.mark.parametrize("name", IN_PART)
def test_any_split_of_a_document_comes_out_as_the_whole(name: str) -> None:
    tally = Tally()
    assert wrong_in_any_split(poll_of(IN_PART[name]), tally) == []
    assert tally.seen["parsed in part"]


@pytest.mark.parametrize("name", WHOLE)
def test_what_cannot_be_parted_is_read_whole(name: str) -> None:
    tally = Tally()
    assert wrong_in_any_split(poll_of(WHOLE[name]), tally) == []
    assert not tally.seen["parsed in part"]


@given(st.randoms(use_true_random=False), st.integers())
def test_invented_feeds_come_out_as_the_whole(chance: random.Random, seed: int) -> None:
    first = invented(chance)
    assert wrong_in((first, first.later(chance)), str(seed), Tally()) is None


@pytest.mark.parametrize("seed", range(8))
def test_two_hundred_invented_feeds_come_out_as_the_whole(seed: int) -> None:
    tally = Tally()
    assert [wrong for number in range(25) if (wrong := wrong_in(pair_of(f"{seed} {number}"), "", tally))] == []
    assert tally.seen["parsed in part"] >= 3, "else nothing is shown"


# --- one poll after another -------------------------------------------------------------------------------


def read(document: str, memory: str | None = None, *, url: str = URL, minutes: float = 0) -> Changes:
    """What a poll brings; all of its entries become items."""
    found = parse_changes(document.encode(), RSS_TYPE, url, memory, AT + timedelta(minutes=minutes))
    keys = {each.trace: ItemKey(f"key of {each.title}") for each in found.entries if each.trace}
    return replace(found, memory=completed(found.memory, keys))


def titles(found: Changes) -> list[str | None]:
    return [each.title for each in found.entries]


BEFORE = rss(TWO, THREE)
AFTER = rss(ONE, TWO, THREE)


def test_only_new_entries_reach_the_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []

    def reading(document: bytes) -> Reading | None:
        seen.append(document)
        return read_strictly(document)

    monkeypatch.setattr(changes, "read_strictly", reading)
    first = read(BEFORE)
    second = read(AFTER, first.memory)
    assert titles(first) == ["Duty 2", "Duty 3"]
    assert (titles(second), second.standing) == (["Duty 1"], ("key of Duty 2", "key of Duty 3"))
    assert [b"Duty 2" in document for document in seen] == [True, False]
    third = read(AFTER.replace("Paper", "The Paper"), second.memory)
    assert third.entries == ()
    assert len(third.standing) == 3
    assert b"Duty" not in seen[-1]


def test_an_entry_that_changed_in_place_is_new() -> None:
    assert titles(read(AFTER.replace("Duty 2", "Quota 2"), read(AFTER).memory)) == ["Quota 2"]


def test_an_entry_that_went_is_forgotten() -> None:
    without = read(BEFORE, read(AFTER).memory)
    assert without.standing == ("key of Duty 2", "key of Duty 3")
    assert titles(read(AFTER, without.memory)) == ["Duty 1"]


def test_an_entry_that_no_item_came_of_is_read_again() -> None:
    found = parse_changes(AFTER.encode(), RSS_TYPE, URL, None, AT)
    memory = completed(found.memory, {found.entries[0].trace or "": ItemKey("the only one")})
    again = read(AFTER, memory)
    assert again.standing == ("the only one",)
    assert titles(again) == ["Duty 2", "Duty 3"]


@pytest.mark.parametrize(
    "after",
    [
        AFTER.replace("<title>Paper", "<language>fr</language><title>Paper"),
        AFTER.replace("</channel>", "<language>fr</language></channel>"),
        AFTER.replace('"2.0"', '"0.91"'),
        AFTER.replace("<channel>", '<channel xml:lang="fr">'),
        AFTER.replace("<channel>", '<channel xml:base="https://base.example/">'),
        AFTER.replace("<channel>", '<channel xmlns:new="https://new.example/">'),
        AFTER.replace("<title>Paper</title>", "<image><url>/i.png</url></image>"),
    ],
)
def test_a_head_or_tail_that_changes_how_entries_are_read_has_all_of_them_read(after: str) -> None:
    assert titles(read(after, read(BEFORE).memory)) == ["Duty 1", "Duty 2", "Duty 3"]


def test_a_feed_that_comes_from_elsewhere_is_read_whole() -> None:
    links = [each.replace("https://paper.example", "") for each in (BEFORE, AFTER)]
    moved = read(links[1], read(links[0]).memory, url="https://other.example/")
    assert [each.url for each in moved.entries] == [f"https://other.example/{n}" for n in (1, 2, 3)]


def test_a_new_entry_that_shares_a_name_with_a_known_one_has_all_read() -> None:
    twin = TWO.replace("Duty 2", "Quota 2")
    both = read(rss(twin, TWO, THREE), read(BEFORE).memory)
    assert both.standing == ()
    assert len({each.guid for each in both.entries}) == 3
    assert both.entries == as_whole(rss(twin, TWO, THREE), both)


def test_what_was_told_apart_is_read_again_when_its_twin_is_gone() -> None:
    both = read(rss(TWO.replace("Duty 2", "Quota 2"), TWO, THREE))
    alone = read(BEFORE, both.memory)
    assert alone.standing == ("key of Duty 3",)
    assert [each.guid for each in alone.entries] == ["https://paper.example/2"]


def as_whole(document: str, found: Changes) -> tuple[Entry, ...]:
    whole = parse_feed(document.encode(), RSS_TYPE, URL)
    return tuple(replace(each, trace=one.trace) for each, one in zip(whole, found.entries, strict=True))


# --- what is remembered -----------------------------------------------------------------------------------


@pytest.mark.parametrize("minutes", [WHOLE_EVERY / timedelta(minutes=1), -1])
def test_once_a_day_all_is_read(minutes: float) -> None:
    first = read(BEFORE)
    again = read(AFTER, first.memory, minutes=minutes)
    assert len(again.entries) == 3
    assert titles(read(AFTER, first.memory, minutes=5)) == ["Duty 1"]
    assert read(AFTER, again.memory, minutes=minutes + 5).entries == ()


def test_the_day_begins_with_the_last_time_that_all_was_read() -> None:
    memory = read(BEFORE).memory
    for minutes in (600, 1_200):
        memory = read(AFTER, memory, minutes=minutes).memory
    assert len(read(AFTER, memory, minutes=1_441).entries) == 3


@pytest.mark.parametrize(
    "memory",
    [
        "", "null", "[]", "17", "{", '"text"', "{}", "\x00", '{"whole_at": null}', '{"entries": []}',
        '{"whole_at": "2026-10-05T12:00:00+00:00", "entries": [["a", "b"]]}',
        '{"whole_at": "2026-10-05T12:00:00+00:00", "ground": "g", "entries": [["a"]]}',
        '{"whole_at": "2026-10-05T12:00:00+00:00", "ground": "g", "entries": {"a": "b"}}',
        '{"whole_at": "2026-10-05T12:00:00+00:00", "ground": "g", "entries": [[{}, "b"]]}',
        '{"whole_at": "2026-10-05T12:00:00+00:00", "ground": "g", "entries": 3}',
        '{"whole_at": "2026-10-05T12:00:00", "ground": "g", "entries": []}',
        '{"whole_at": "soon", "ground": "g", "entries": []}',
        "[" * 100_000,
    ],
)  # fmt: skip
def test_a_memory_that_another_version_wrote_is_ignored(memory: str) -> None:
    assert titles(read(AFTER, memory)) == ["Duty 1", "Duty 2", "Duty 3"]


def test_another_ground_in_the_memory_has_all_read() -> None:
    stored = json.loads(read(AFTER).memory or "")
    assert len(read(AFTER, json.dumps(stored | {"ground": "another"})).entries) == 3


def test_as_many_entries_as_are_read_are_remembered_in_under_a_hundred_bytes_each() -> None:
    many = [f"<entry><title>Duty {n}</title><id>number {n}</id></entry>" for n in range(MOST_PIECES + 1)]
    first = read(feed(*many[1:]))
    assert first.memory
    assert len(first.memory) < 100 * MOST_PIECES
    second = read(feed(*many[:-1]), first.memory)
    assert (titles(second), len(second.standing)) == (["Duty 0"], MOST_PIECES - 1)
    assert read(feed(*many), second.memory).memory is None, "one more, and all is read every time"


def test_a_document_of_beginnings_without_ends_is_given_up_at_once() -> None:
    assert cut(("<rss>" + "<item >" * 200_000).encode(), "") is None
    assert cut(("<rss>" + "<item >" * 900).encode() + b" " * 2_000_000, "") is None


def test_items_that_came_of_entries_are_added_to_a_memory() -> None:
    assert completed(None, {"a": ItemKey("b")}) is None
    assert completed("as it is", {}) == "as it is"


def test_an_entry_is_known_by_all_of_its_bytes() -> None:
    assert titles(read(rss(item(1, "<category>a</category>")), read(rss(ONE)).memory)) == ["Duty 1"]
