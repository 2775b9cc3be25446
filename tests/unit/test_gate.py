from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.signals.document import Document, read
from bot.signals.gate import SIZE, Gate, rows_of, words_of
from tests.unit.signals_samples import lexicon, news


def _document(title: str, body: str = "", *, summary: str = "", lang: str = "en") -> Document:
    document = read(news(title, body, summary=summary, lang=lang), lexicon())
    assert document is not None
    return document


def test_it_reads_title_and_summary_but_of_an_article_with_both_not_the_body() -> None:
    assert words_of(_document("Steel up", "A long body", summary="Mills glad")) == ["steel", "up", "mills", "glad"]


def test_where_there_is_no_summary_it_reads_the_body_too() -> None:
    assert words_of(_document("Steel up", "Mills glad")) == ["steel", "up", "mills", "glad"]


def test_numbers_count_by_their_length_only() -> None:
    assert words_of(_document("Tariff of 145")) == words_of(_document("Tariff of 212"))
    assert words_of(_document("Tariff of 145")) != words_of(_document("Tariff of 5"))


def test_each_row_counts_once_however_often_a_word_stands() -> None:
    assert rows_of(["steel"] * 9) == rows_of(["steel", "steel"])


def test_a_score_is_the_sum_of_the_rows_over_the_root_of_their_number_and_the_bias() -> None:
    table = np.zeros((SIZE, 3), np.float32)
    for row in rows_of(["steel", "tariff"]):
        table[row] = [1, 2, 0]
    scores = Gate(table, np.array([-1, 0, 0.5], np.float32)).scores(_document("Steel tariff"))
    assert scores == pytest.approx([3 / 3**0.5 - 1, 6 / 3**0.5, 0.5])


def test_a_text_without_words_scores_the_bias() -> None:
    bias = np.array([-1, -2, -3], np.float32)
    assert Gate(np.ones((SIZE, 3), np.float32), bias).scores(_document("…")) == pytest.approx([-1, -2, -3])


def test_a_table_of_another_shape_is_refused_with_its_place(tmp_path: Path) -> None:
    np.save(tmp_path / "gate.npy", np.zeros((7, 3), np.float16))
    with pytest.raises(ValueError, match=r"gate\.npy has the shape \(7, 3\)"):
        Gate.load(tmp_path)
