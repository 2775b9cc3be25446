from __future__ import annotations

import numpy as np
import pytest

from bot.signals.encoder import TITLE_READ
from bot.stories.sense import Sense
from bot.stories.signature import DIMENSIONS, Vector
from tests import samples

PERU = "Copper mine in southern Peru halted as workers strike over pay"
PERU_IN_SPANISH = "Huelga salarial paraliza una mina de cobre en el sur de Perú"
KENYA = "Kenya finance minister resigns after budget row"


@pytest.fixture(scope="module")
def sense() -> Sense:
    return Sense()


def read(sense: Sense, title: str) -> Vector:
    return sense.of(samples.item(title=title))


@pytest.mark.parametrize(
    "title", ["", "\ud800", "copper " * 20_000, "关税" * 20_000, PERU], ids=lambda title: title[:8]
)
def test_a_direction_has_the_length_one_whatever_the_headline(sense: Sense, title: str) -> None:
    vector = read(sense, title)
    assert vector.shape == (DIMENSIONS,)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-4)


def test_what_was_read_before_changes_nothing(sense: Sense) -> None:
    first = read(sense, PERU)
    read(sense, KENYA * 9)
    assert (read(sense, PERU) == first).all()


def test_what_a_headline_says_about_itself_does_not_turn_it(sense: Sense) -> None:
    assert (read(sense, f"UPDATE 1-{PERU}") == read(sense, PERU)).all()


def test_only_so_much_of_a_headline_is_read(sense: Sense) -> None:
    long = (PERU * 40)[:TITLE_READ]
    assert (read(sense, long + KENYA) == read(sense, long)).all()
    assert not (read(sense, long[:100] + KENYA) == read(sense, long)).all()


def test_one_event_in_two_languages_is_closer_than_two_events_in_one(sense: Sense) -> None:
    peru, spanish, kenya = (read(sense, title) for title in (PERU, PERU_IN_SPANISH, KENYA))
    assert peru @ spanish > peru @ kenya + 0.2
    assert peru @ read(sense, "Strike over pay halts copper mine in Peru") > peru @ kenya + 0.2
