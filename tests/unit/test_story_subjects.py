from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.settings import LEXICON_FILE, default_directory
from bot.signals.lexicon_file import read_lexicon
from bot.stories import subjects
from bot.stories.counting import named as names_in
from bot.stories.subjects import Kind, Subject, named
from bot.stories.words import SIZE, number_of, stem

OTHER_THINGS = {"Georgia", "Chad"}  # a state of the US, and a first name, more often than a country


def place(code: str) -> Subject:
    return Subject("power" if code in ("US", "EU", "CN", "GB", "JP") else "place", number_of(code))


def of_kind(title: str, *kinds: Kind) -> set[int]:
    return {number for kind, number in named(title).subjects if kind in kinds}


def places(title: str) -> set[Subject]:
    return {subject for subject in named(title).subjects if subject.kind in ("power", "place")}


# --- places -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "codes"),
    [
        ("Norway raises rates", "NO"),
        ("Norges Bank raises rates", "NO"),
        ("NORWEGIANS? No: Norwegian rates", "NO"),
        ("Bank of England and Riksbank hold rates", "GB SE"),
        ("Washington, Beijing in truce", "US CN"),
        ("U.S.-China talks: us and them", "US CN"),
        ("Thai-US trade talks", "TH US"),
        ("Nikkei falls, Dax rises", "JP DE"),
        ("South Africa and South Korea's won", "ZA KR"),
        ("Südkorea und Großbritannien einig", "KR GB"),
        ("American Airlines cuts flights", ""),
        ("Turkish Airlines orders jets", ""),
        ("Trump calls Xi", "US CN"),
        ("Ursula von der Leyen speaks", "EU"),
        ("turkey for dinner, with polish on the china", ""),
        ("Snow across north Georgia", ""),
    ],
)
def test_a_place_is_known_by_its_people_seat_bank_and_index(title: str, codes: str) -> None:
    assert places(title) == set(map(place, codes.split()))


def test_every_country_of_the_lexicon_is_known_by_its_names() -> None:
    countries = read_lexicon(default_directory() / LEXICON_FILE).countries
    plain = [
        (code, name)
        for code, country in countries.items()
        for name in (country.name, *country.en, *country.es, *country.de, *country.adjectives)
        if not set("(*|") & set(name) and name not in OTHER_THINGS
    ]
    assert len(plain) > 500
    assert [name for code, name in plain if place(code) not in named(f"{name} raises rates").subjects] == []


def test_it_says_which_words_name_places() -> None:
    found = named("South African reserve bank and US hold rates; Trump and Toyota silent")
    assert found.place_words == {"south", "african", "usa"}


# --- companies, goods, names ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("Google fined", "Alphabet fined", "company"),
        ("VW halts output", "Volkswagen halts output", "company"),
        ("McDonald's sales fall", "McDonalds: McDonald’s sales fall", "company"),
        ("Brent falls", "CRUDE falls", "goods"),
        ("gold rises", "Bullion rises", "goods"),
    ],
)
def test_other_names_of_a_thing_are_one(one: str, other: str, kind: Kind) -> None:
    assert of_kind(one, kind) == of_kind(other, kind) != set()


def test_what_has_a_capital_as_names_have_is_a_name() -> None:
    found = of_kind("Vostrupani Tariffs Rise as Maduro Meets Minister on Monday", "name")
    assert found == {number_of(stem("Vostrupani")), number_of(stem("Maduro"))}


def test_a_leader_stands_for_a_place_and_for_himself_but_who_is_everywhere_only_for_a_place() -> None:
    assert named("Putin speaks").subjects == {place("RU"), Subject("name", number_of(stem("Putin")))}
    assert named("Trump speaks").subjects == {place("US")}


@pytest.mark.parametrize(
    "title", ["IMF warns", "Moody's warns", "CEO resigns", "Q3 GDP grows in November", "a UN plan"]
)
def test_what_is_in_all_news_is_no_subject(title: str) -> None:
    assert named(title).subjects == set()


# --- which words are names --------------------------------------------------------------------------------


def test_names_are_counted_where_capitals_are_for_names_only() -> None:
    plain = ["The mine in Potosi floods again", "The flood hits Potosi mine hard", "The old Mine closes in Potosi"]
    shouted = ["Flood Closes Tin Mine Near Lake", "Tin Mine"]
    table = names_in([*plain, *shouted])
    assert table.shape == (SIZE,)
    found = {word: bool(table[number_of(stem(word)) % SIZE]) for word in ("Potosi", "mine", "floods", "tin", "the")}
    assert found == {"Potosi": True, "mine": False, "floods": False, "tin": True, "the": True}


def test_a_table_of_another_size_is_refused_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(tmp_path / "names.npy", np.zeros(2, np.uint8))
    monkeypatch.setattr(subjects, "NAMES_FILE", tmp_path / "names.npy")
    with pytest.raises(ValueError, match=r"names\.npy is of 16 words"):
        subjects._are_names.__wrapped__()


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=80))
@example("\ud800 US \u0130 ǅ ½ ①")
@example("von der " * 30)
@example("U.S." * 400)
def test_every_text_has_subjects_and_the_same_each_time(title: str) -> None:
    assert named(title) == named(title)
