from __future__ import annotations

import pytest

from bot.signals.sentences import split_sentences


@pytest.mark.parametrize("mark", ["…", ".", "?", ".) ", '".'])
def test_a_million_marks_are_read_before_the_test_times_out(mark: str) -> None:
    """A pattern that starts again at every mark needs ten minutes here; at the head of a run, milliseconds."""
    ranges = split_sentences(mark * 1_000_000)
    assert ranges[-1][1] <= len(mark) * 1_000_000


def test_marks_end_a_sentence_where_white_space_follows() -> None:
    assert split_sentences("One. Two.") == [(0, 4), (5, 9)]
    assert split_sentences("Why?! Because.") == [(0, 5), (6, 14)]
