"""Counts with their nouns, and no message that says "1 items"."""

from __future__ import annotations

import pytest

from bot.counts import how_many


@pytest.mark.parametrize(
    ("count", "nouns", "said"),
    [
        (0, ("item",), "0 items"),
        (1, ("item",), "1 item"),
        (2_000, ("item",), "2,000 items"),
        (1, ("story", "stories"), "1 story"),
        (2, ("story", "stories"), "2 stories"),
    ],
)
def test_a_count_has_the_form_of_its_noun(count: int, nouns: tuple[str, ...], said: str) -> None:
    assert how_many(count, *nouns) == said
