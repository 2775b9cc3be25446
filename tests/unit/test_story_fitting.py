"""Where the weights of the stories come from: windows that people grouped, and the words of many headlines."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Hashable, Sequence
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from bot.stories import counting, signature
from bot.stories.counting import counted
from bot.stories.fitting import Grouped, fit, grouped_by
from bot.stories.likeness import PAIR, SENSE, Likeness
from bot.stories.signature import STEP, Vector
from bot.stories.words import SIZE, number_of
from tests import samples
from tests.samples import NOW

EVENTS, REPORTS = 8, 4
SYLLABLES = [first + second for first in "bdfgklmnprtvz" for second in "aou"]


def news(title: str, *, hours: float = 0, vector: Vector | None = None) -> Any:
    item = samples.item(title=title, summary="", published_at=NOW + timedelta(hours=hours))
    return signature.signature(item, vector)


def window(seed: int, *, hours: float = 1) -> Grouped:
    """Invented news: reports of an event share its names, and all share the talk of the day."""
    chance = Random(seed)

    def words(number: int) -> list[str]:
        return ["".join(chance.choices(SYLLABLES, k=4)) for _ in range(number)]

    talk, names = words(6), [words(5) for _ in range(EVENTS)]
    stories = [event for event in range(EVENTS) for _ in range(REPORTS)]
    chance.shuffle(stories)
    titles = [" ".join(chance.sample(names[story], 4) + chance.sample(talk, 2) + words(2)) for story in stories]
    items = np.array([news(title, hours=place * hours) for place, title in enumerate(titles)])
    return Grouped(items, stories)


def same_groups(one: Sequence[Hashable], other: Sequence[Hashable]) -> bool:
    return len(set(zip(one, other, strict=True))) == len(set(one)) == len(set(other))


# --- fitting ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fitted() -> Likeness:
    return Likeness(fit([window(1), window(2)], threshold=0))


def test_what_was_taught_groups_a_window_that_was_not(fitted: Likeness) -> None:
    unseen = window(3)
    assert same_groups(grouped_by(unseen, fitted), unseen.stories)


def test_the_same_windows_give_the_same_weights(fitted: Likeness) -> None:
    assert fit([window(1), window(2)], threshold=0) == fitted.file
    assert fit([window(1), window(4)], threshold=0) != fitted.file


def test_what_speaks_for_one_event_has_a_weight_that_says_so(fitted: Likeness) -> None:
    weights = dict(zip(fitted.file.words.names, fitted.file.words.weights, strict=True))
    assert fitted.file.words.names == PAIR
    assert weights["cosine"] > 0
    assert weights["numbers"] == 0, "no headline has one"


def test_the_threshold_is_the_one_asked_for() -> None:
    unseen, careful = window(3), Likeness(fit([window(1)], threshold=99))
    assert careful.file.threshold == 99
    assert len(set(grouped_by(unseen, careful))) == len(unseen.stories), "nothing is so likely"


def test_what_comes_later_changes_nothing_about_what_came_before(fitted: Likeness) -> None:
    unseen = window(3)
    half = Grouped(unseen.items[:16], unseen.stories[:16])
    assert grouped_by(half, fitted) == grouped_by(unseen, fitted)[:16]


def test_reports_days_apart_are_stories_of_their_own(fitted: Likeness) -> None:
    slow = window(3, hours=73)
    assert len(set(grouped_by(slow, fitted))) == len(slow.stories)


def test_where_items_are_read_sense_tells_events_apart_that_share_their_words() -> None:
    """Pairs of events with the same names: only the vector tells which of the two it is."""
    taught = [_two_by_two(seed) for seed in (1, 2)]
    file = fit(taught, threshold=0)
    assert file.sense.names == (*PAIR, SENSE)
    assert file.sense.weights[-1] > 1
    unseen = _two_by_two(3)
    assert same_groups(grouped_by(unseen, Likeness(file)), unseen.stories)


def test_what_was_not_read_teaches_nothing_about_sense() -> None:
    alone, beside = fit([_two_by_two(1)], threshold=0), fit([_two_by_two(1), window(2)], threshold=0)
    assert beside.sense == alone.sense
    assert beside.words != alone.words


def _two_by_two(seed: int) -> Grouped:
    grouped, turns = window(seed), [place % 2 for place in range(EVENTS * REPORTS)]
    stories = [(story, turn) for story, turn in zip(grouped.stories, turns, strict=True)]
    items = grouped.items.copy()
    items["read"] = True
    for place, (story, turn) in enumerate(stories):
        items[place]["vector"][story * 2 + turn] = 127
    return Grouped(items, stories)


# --- counting ---------------------------------------------------------------------------------------------


TITLES = ["Tin mine floods", "Tin price jumps, tin shares too", "UPDATE 2-Tin and zinc fall 25%", "Tin quota of 25"]


def test_a_word_is_the_rarer_the_fewer_headlines_have_it() -> None:
    table = counted(TITLES)
    assert table.shape == (SIZE,)
    assert table.dtype == np.uint8
    for word, headlines in (("zinc", 1), ("25", 2), ("never", 0)):
        assert table[number_of(word) % SIZE] == round(math.log(4 / (1 + headlines)) * STEP), word
    assert table[number_of("tin") % SIZE] == 0, "no headline is news for having it"
    assert table[number_of("2") % SIZE] == table[number_of("never") % SIZE], "a label is not of the headline"


@pytest.mark.parametrize("name", ["titles.jsonl", "titles.jsonl.gz"])
def test_the_command_writes_the_table_that_signatures_read(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "".join(f"{json.dumps({'id': place, 'title': title})}\n" for place, title in enumerate(TITLES)).encode()
    (tmp_path / name).write_bytes(gzip.compress(lines) if name.endswith(".gz") else lines)
    result = CliRunner().invoke(counting.main, [str(tmp_path / name), "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    monkeypatch.setattr(signature, "WEIGHTS", tmp_path)
    rarity = signature._frequencies.__wrapped__()
    assert (rarity[1:] == counted(TITLES)[1:] / STEP).all()
    assert rarity[0] == 0
    assert rarity[number_of("zinc") % SIZE] == pytest.approx(math.log(2), abs=0.5 / STEP)
