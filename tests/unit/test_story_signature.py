from __future__ import annotations

from datetime import timedelta
from itertools import count, pairwise
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.model import Item
from bot.stories import signature as module
from bot.stories.likeness import cosines
from bot.stories.signature import (
    DIMENSIONS,
    EIGHT_BITS,
    HEADLINE,
    LEDE,
    LEDE_READ,
    MOST_NUMBERS,
    MOST_WORDS,
    RARE,
    RECORD,
    SUBJECTS,
    Vector,
    rarest,
    rarities,
    signature,
)
from bot.stories.words import SIZE, number_of, stem, words_of
from tests import samples
from tests.samples import NOW

NEVER_SEEN = "Vostrupani"  # no language has it


def news(title: str, summary: str = "", body: str = "") -> Item:
    return samples.item(title=title, summary=summary, body=body)


def held(numbers: Any) -> list[int]:
    """The numbers of a signature without the empty places before them."""
    return [number for number in numbers.tolist() if number]


def numbers_of(*stems: str) -> list[int]:
    return sorted(map(number_of, stems))


def rarity(word: str) -> float:
    return float(rarities(np.array([number_of(stem(word))], np.uint32))[0])


def directions(rows: int) -> Vector:
    drawn = np.random.default_rng(5).normal(size=(rows, DIMENSIONS))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)


# --- words ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "forms",
    [
        "agree agrees agreed agreeing",
        "raise Raises RAISED raising",
        "tariff tariffs",
        "policy policies",
        "close closes closed closing",
        "China China's China’s",
        "Zölle ZÖLLE zolle",
        "U.N. UN un",
    ],
)
def test_forms_of_a_word_are_one(forms: str) -> None:
    assert len({stem(form) for form in forms.split()}) == 1


@pytest.mark.parametrize("word", ["bed", "gas", "ring", "sing", "tied", "lens", "seed"])
def test_a_short_word_keeps_what_looks_like_an_ending(word: str) -> None:
    assert stem(word) == word


def test_different_words_stay_different() -> None:
    words = ["tin", "zinc", "rate", "ratio", "import", "export", "minister", "ministry", "steel", "steal"]
    assert len({stem(word) for word in words}) == len(words)


def test_the_commonest_words_and_signs_do_not_count() -> None:
    assert words_of("The what of the, and — by: the!") == (frozenset(), frozenset())


@pytest.mark.parametrize(
    "label", ["CORRECTED-", "UPDATE 2-", "BREAKING: ", "Exclusive: ", "WRAPUP 7-", "BREAKING NEWS: UPDATE 1-"]
)
def test_what_a_headline_says_about_itself_is_not_in_it(label: str) -> None:
    assert words_of(f"{label}Duties on tin fall to 10%") == words_of("Duties on tin fall to 10%")


def test_numbers_are_apart_from_words_and_need_no_dress() -> None:
    words, numbers = words_of("Tin at $1,250.50, up ２５％ in 2031 (Q3)")
    assert numbers == {"1250.50", "25", "2031", "3"}
    assert words == {"tin", "q"}


def test_ideographs_are_read_in_pairs() -> None:
    words, numbers = words_of("央行降息25个基点")
    assert words == {"央行", "行降", "降息", "个基", "基点"}
    assert numbers == {"25"}


def test_kana_and_hangul_are_read_in_pairs_and_one_sign_alone_is_a_word() -> None:
    assert words_of("利上げ 금리 税")[0] == {"利上", "上げ", "금리", "税"}


def test_a_word_is_never_numbered_as_no_word() -> None:
    unlucky = next(word for number in count() if crc32((word := f"w{number}").encode()) % SIZE == 0)
    assert number_of(unlucky) % SIZE != 0
    assert number_of(unlucky) == number_of(unlucky)
    assert number_of("tin") == crc32(b"tin")


# --- a signature ------------------------------------------------------------------------------------------


def test_it_holds_the_words_of_the_headline_and_the_further_ones_of_the_first_lines() -> None:
    found = signature(news("Tin mine floods, 12 rescued", "The tin mine near Potosi flooded, 40 divers said."))
    assert held(found["words"][HEADLINE]) == numbers_of("tin", "min", "flood", "rescu")
    assert held(found["words"][LEDE]) == numbers_of("near", "potosi", "diver")
    assert held(found["numbers"]) == numbers_of("12")


def test_it_holds_what_the_headline_names_by_kind_and_which_words_name_places() -> None:
    found = signature(news("Toyota, Nissan cut South African steel use as Vostrupani protests", "Peru and Chile."))
    assert {kind: np.count_nonzero(found["subjects"][where]) for kind, where in SUBJECTS.items()} == {
        "power": 0,
        "place": 1,
        "company": 2,
        "goods": 1,
        "name": 1,
    }
    assert sorted(found["words"][HEADLINE][found["places"]].tolist()) == numbers_of("south", "african")
    assert found["counts"].tolist() == [9, 0, 0, 1, 2, 1, 1]


def test_of_each_kind_only_so_many_subjects_are_held() -> None:
    found = signature(news("Peru Chile Brazil Norway Sweden Kenya Ghana Egypt US EU UK China Japan Toyota"))
    places = SUBJECTS["place"]
    assert found["subjects"][places].all()
    assert found["subjects"][SUBJECTS["power"]].all()
    assert np.count_nonzero(found["subjects"][SUBJECTS["company"]]) == 1


def test_the_body_is_read_only_where_there_is_no_summary() -> None:
    title, summary, body = "Tin mine floods", "Near Potosi.", "Divers came from Oruro."
    assert signature(news(title, "", body)) == signature(news(title, body))
    assert signature(news(title, summary, body)) == signature(news(title, summary))


def test_of_long_texts_only_so_much_is_read() -> None:
    words = [f"{first}o{second}u" for first in "bdfgklmn" for second in "prstvwyz"]
    found = signature(news(" ".join(words), " ".join(["and"] * 90 + ["Potosi"])))
    read = set(held(found["words"][HEADLINE]))
    assert len(read) == MOST_WORDS
    assert read <= set(numbers_of(*words[:40])), "the first forty words are looked at"
    assert held(found["words"][LEDE]) == []
    long = "z" * LEDE_READ
    assert held(signature(news("Tin", f"{long} Potosi"))["words"][LEDE]) == numbers_of(long)
    numbers = signature(news(" ".join(map(str, range(100, 130)))))["numbers"]
    assert len(set(held(numbers))) == MOST_NUMBERS


def test_its_time_is_of_publication_else_of_first_sight_in_seconds() -> None:
    assert signature(news("Tin"))["at"] == NOW.timestamp()
    seen = samples.item(published_at=None, seen_at=NOW + timedelta(hours=2))
    assert signature(seen)["at"] == NOW.timestamp() + 7_200


def test_an_item_without_words_has_an_empty_signature() -> None:
    found = signature(news("— … —"))
    assert not found["words"].any()
    assert not found["numbers"].any()
    assert not found["read"]
    assert rarest(found, 10) == []


def test_it_comes_back_from_its_bytes_as_it_was() -> None:
    one = signature(news("Tin mine floods, 12 rescued", "Divers came."), directions(1)[0])
    other = signature(news("Zinc"))
    back = np.frombuffer(one.tobytes() + other.tobytes(), RECORD)
    assert (back[0], back[1]) == (one, other)
    assert back[0] != back[1]


def test_the_record_is_laid_out_as_databases_hold_it() -> None:
    """Another layout makes every stored signature useless: then this test and the notes on the version change."""
    found = signature(news("Tin 12", "Potosi"), np.eye(1, DIMENSIONS, dtype=np.float32)[0]).tobytes()
    assert len(found) == RECORD.itemsize == 8 + 4 * (24 + 24) + 24 + 4 * (8 + 20) + 7 + 1 + 384
    assert int.from_bytes(found[:8], "little") == NOW.timestamp()
    places = {8 + 4 * 23: "tin", 8 + 4 * 47: "potosi", 224 + 4 * 7: "12", 256 + 4 * 10: "tin"}
    for start, word in places.items():
        assert int.from_bytes(found[start : start + 4], "little") == number_of(word)
    assert found[336:343] == bytes([1, 1, 0, 0, 0, 1, 0])
    assert found[343:346] == bytes([1, EIGHT_BITS, 0])


# --- its vector -------------------------------------------------------------------------------------------


def test_a_vector_is_kept_to_half_a_step() -> None:
    for vector in directions(20):
        found = signature(news("Tin"), vector)
        assert found["read"]
        assert np.abs(found["vector"] / EIGHT_BITS - vector).max() <= 0.5 / EIGHT_BITS + 1e-6


def test_cosines_of_kept_vectors_are_those_of_the_vectors() -> None:
    vectors = directions(40)
    vectors[1:] = 0.7 * vectors[0] + 0.7 * vectors[1:]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    kept = np.array([signature(news("Tin"), vector) for vector in vectors])
    assert np.abs(cosines(kept[0], kept) - vectors @ vectors[0]).max() < 0.01


# --- rarity -----------------------------------------------------------------------------------------------


def test_a_name_that_was_never_seen_is_rarer_than_a_thing_and_a_thing_than_the_talk_of_the_day() -> None:
    assert rarity(NEVER_SEEN) > rarity("zinc") > rarity("market") > 0


def test_no_word_has_no_rarity() -> None:
    assert rarities(np.array([0, SIZE, 7 * SIZE], np.uint32)).tolist() == [0, 0, 0]


def test_the_rarest_come_first_and_no_more_than_asked_for() -> None:
    found = signature(news(f"{NEVER_SEEN} shares rise as market awaits zinc quota of 83517 tonnes"))
    words = rarest(found, 100)
    assert [rarity for _, rarity in words] == sorted((rarity for _, rarity in words), reverse=True)
    assert {number_of(stem(NEVER_SEEN)), number_of("zinc"), number_of("83517")} <= {word for word, _ in words}
    assert rarest(found, 3) == words[:3]
    assert rarest(found, 100) == rarest(np.frombuffer(found.tobytes(), RECORD)[0], 100)


def test_common_words_and_those_of_the_first_lines_find_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    table = np.full(SIZE, RARE, np.float32)
    table[[0, number_of("pric") % SIZE]] = 0, RARE - 0.1
    monkeypatch.setattr(module, "_frequencies", lambda: table)
    found = signature(news("Zinc prices tumble 12%", f"{NEVER_SEEN} closes a mine."))
    same = [(number, RARE) for number in numbers_of("zinc", "tumbl", "12")]
    assert rarest(found, 10) == same, "as rare as each other: by number, so that it never changes"


def test_a_table_of_another_shape_is_refused_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(tmp_path / "frequencies.npy", np.zeros(9, np.uint8))
    monkeypatch.setattr(module, "WEIGHTS", tmp_path)
    with pytest.raises(ValueError, match=r"frequencies\.npy has the shape \(9,\)"):
        module._frequencies.__wrapped__()


# --- whatever the text ------------------------------------------------------------------------------------


def check(item: Item) -> None:
    found = signature(item)
    for part in (found["words"][HEADLINE], found["words"][LEDE], found["numbers"]):
        numbers = part.tolist()
        assert all(one < other or one == other == 0 for one, other in pairwise(numbers)), "zeros first, then sorted"
    assert not set(held(found["words"][HEADLINE])) & set(held(found["words"][LEDE]))
    assert signature(item) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\ud800 tin",
        "A" * 200_000,
        "(" * 200_000,
        "U.S. " * 50_000,
        "a-" * 50_000,
        "1," * 50_000,
        "UPDATE 1: " * 20_000,
        "关税" * 50_000,
        "\u202etin\u202c\u0000 <@U123> @everyone",
        "e" * 9 + " ing ed es s 's",
    ],
    ids=lambda text: repr(text[:8]),
)
def test_hostile_texts_have_a_signature_too(text: str) -> None:
    check(news(text, text, text))


SCRAPS = "Tin tins 's ’ - & . , 1,250 25% UPDATE 2- 关税 利上げ ß ﬁ İ ² 10. \u0301 the \ud800"
TEXTS = st.text(st.characters(exclude_categories=()), max_size=80) | st.lists(
    st.sampled_from(SCRAPS.split(" ")), max_size=60
).map(" ".join)


@settings(max_examples=100, deadline=None)
@given(TEXTS, TEXTS)
@example("ǅ ǆ", "½ ①")
def test_every_text_has_a_signature_of_sorted_words(title: str, summary: str) -> None:
    check(news(title, summary))
