"""What a search shows of an item: the passage that matches, with the words that were asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.routing.excerpt import excerpt, marked, places
from bot.routing.query import parse, subject
from bot.routing.words import fold, split, squeeze
from tests import samples


def bold(query: str, text: str) -> list[str]:
    return [piece.text for piece in marked(parse(query), text, "title") if piece.hit]


@pytest.mark.parametrize(
    ("query", "text", "hits"),
    [
        ("tariff", "A tariff, no tariffs.", ["tariff"]),
        ("tarif*", "TARIFFS (tarifs) are up", ["TARIFFS", "tarifs"]),
        ('"trade war"', "War, trade; a trade war; trade in war", ["trade war"]),
        ("trade war", "War, trade; a trade war", ["War", "trade", "trade", "war"]),
        ("zolle -tariff", "Zölle, tariff", ["Zölle"]),
        ("title:dia OR body", "Día", ["Día"]),
        ("ＵＳ", "The U.S. acts", ["U.S"]),
        ("关税", "美国对华 关 税上调，关税", ["关 税", "关税"]),
        ("gdp", "中国gdp成長", ["gdp"]),
        ('"中国gdp"', "中国 GDP成長", ["中国 GDP"]),
        ("10,000", "some 10,000 cars", ["10,000"]),
        ("topic:trade", "trade", []),
        ("outlet:trade", "trade", []),
        ("-trade", "trade", []),
    ],
)
def test_the_words_that_were_asked_for_are_marked_as_they_are_written(query: str, text: str, hits: list[str]) -> None:
    assert bold(query, text) == hits


def test_a_passage_shows_what_matches_with_what_stands_around_it() -> None:
    text = f"{'before ' * 60}the tariff on steel {'after ' * 60}"
    shown = excerpt(parse("tariff"), text, "text", 120)
    assert [piece.text for piece in shown if piece.hit] == ["tariff"]
    whole = "".join(piece.text for piece in shown)
    assert whole.startswith("…before ")
    assert whole.endswith(" after…")
    assert len(whole) <= 122
    assert whole.strip("…") in text


def test_a_text_in_which_nothing_matches_gives_no_passage() -> None:
    assert excerpt(parse("tariff"), "nothing of the kind", "text", 120) == ()
    assert excerpt(parse("title:tariff"), "a tariff", "text", 120) == ()


def test_a_text_without_spaces_is_cut_all_the_same() -> None:
    shown = excerpt(parse("关税"), "一" * 500 + "关税" + "二" * 500, "text", 90)
    assert "".join(piece.text for piece in shown) == "…" + "一" * 30 + "关税" + "二" * 58 + "…"


TEXTS = st.text(alphabet='aAbS1é关税中 .,-_"(\n™', max_size=40) | st.text(max_size=30)


@given(TEXTS, st.sampled_from(("a", "a*", '"a b"', "关税", "é", "s OR b", "中")), st.integers(1, 30))
def test_pieces_join_to_the_text_and_a_passage_is_part_of_it(text: str, query: str, room: int) -> None:
    read = parse(query)
    assert "".join(piece.text for piece in marked(read, text, "text")) == text
    shown = "".join(piece.text for piece in excerpt(read, text, "text", room))
    flat = " ".join(text.split("\n"))
    assert shown in flat or shown.removeprefix("…") in flat or shown.strip("…") in flat


@given(TEXTS, st.sampled_from(("a", "a*", "b", "关税", "中")))
def test_what_is_marked_is_what_matches(text: str, query: str) -> None:
    read = parse(query)
    for start, end in places(read, text, "text"):
        part = text[start:end]
        assert read.matches(subject(samples.item(title=part, summary=""), samples.verdict(), samples.story().tier)), (
            fold(part),
            split(fold(part)),
            squeeze(fold(part)),
        )
