from __future__ import annotations

import numpy as np
import pytest

from bot.signals.classifier import WEIGHTS
from bot.signals.encoder import ANSWERS, LEAD_READ, TITLE_READ, Encoder, Passage
from bot.signals.pieces import MOST_PIECES, unpack_blocks
from tests.unit.signals_samples import news

TEXTS = [
    "Brussels raises duties on ceramic tiles to 30%",
    "日銀が利上げを決定",
    "Ein Dorf feiert sein neues Schwimmbad",
    "",
    "央行下调存款准备金率",
]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder(WEIGHTS)


@pytest.mark.parametrize("text", TEXTS)
def test_the_shares_of_the_pieces_and_of_the_marks_make_up_the_answer(encoder: Encoder, text: str) -> None:
    reading = encoder.read(text)
    assert reading.outputs.shape == (ANSWERS,)
    assert reading.shares.shape == (len(reading.places) - 1, ANSWERS)
    of_the_marks = reading.outputs - reading.shares.sum(0)
    assert np.isfinite(of_the_marks).all()
    assert np.abs(of_the_marks).max() < 20


def test_what_was_read_before_changes_nothing(encoder: Encoder) -> None:
    first = encoder.read(TEXTS[0]).outputs
    encoder.read(TEXTS[2] * 20)
    assert (encoder.read(TEXTS[0]).outputs == first).all()


def test_the_pieces_tell_where_they_stand(encoder: Encoder) -> None:
    text = "Zölle auf Stahl: ５０％ mehr, 关税 上调"
    places = encoder.read(text).places
    assert places[0] == 0
    assert places[-1] == len(text)
    assert (np.diff(places) >= 0).all()


def test_half_a_surrogate_pair_is_read_as_any_unknown_sign(encoder: Encoder) -> None:
    assert encoder.read("tariffs \ud800 rise").places[-1] == len("tariffs \ud800 rise")


def test_a_text_without_end_is_read_only_so_far(encoder: Encoder) -> None:
    assert len(encoder.read("tariff " * 5_000).shares) == MOST_PIECES - 2


def test_a_passage_is_the_title_and_the_summary() -> None:
    item = news("Title here", "The body.", summary="A summary.")
    passage = Passage.of(item)
    assert passage.text == "Title here | A summary."
    for field, text in (("title", item.title), ("summary", item.summary)):
        place = passage.place(field, 2, 5)  # type: ignore[arg-type]
        assert place is not None
        assert passage.text[slice(*place)] == text[2:5]
    assert passage.place("body", 0, 3) is None


def test_without_a_summary_the_lead_of_the_body_stands_in() -> None:
    passage = Passage.of(news("Title", "Lead of the body. " * 50))
    assert passage.place("body", 0, 4) == (8, 12)
    assert passage.place("body", LEAD_READ, LEAD_READ + 3) is None


def test_a_place_beyond_what_is_read_of_the_title_is_none() -> None:
    passage = Passage.of(news("t" * 1000, summary="s"))
    assert passage.place("title", TITLE_READ - 1, TITLE_READ) is not None
    assert passage.place("title", TITLE_READ, TITLE_READ + 1) is None


def test_four_bit_blocks_unpack_low_halves_first() -> None:
    block = np.zeros(18, np.uint8)
    block[:2] = np.frombuffer(np.float16(0.5).tobytes(), np.uint8)
    block[2:] = 8 | 8 << 4  # zero, twice
    block[2] = 15 | 0 << 4
    weights = unpack_blocks(block[None])[0]
    assert weights[0] == pytest.approx(3.5)
    assert weights[16] == pytest.approx(-4.0)
    assert not weights[1:16].any()
