from __future__ import annotations

import pytest

from bot.routing.parser import MAX_DEPTH, MAX_LENGTH, MAX_TERMS
from bot.routing.query import QueryError, parse
from bot.routing.syntax import (
    Not,
    Words,
)
from bot.routing.terms import FIELD_TAKES

# --- wrong queries ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "marked", "problem", "correction"),
    [
        ("topik:trade", "topik", "did you mean topic?", "topic:trade"),
        ("a OR topic:trad", "trad", "did you mean trade?", "a OR topic:trade"),
        ("direction:deescalation", "deescalation", "did you mean de-escalation?", "direction:de-escalation"),
        ("kind:centralbank", "centralbank", "did you mean central-bank?", "kind:central-bank"),
        ("tier>=urgnt", "urgnt", "did you mean urgent?", "tier>=urgent"),
        ("country:chna", "chna", "did you mean CN?", "country:CN"),
        ("topik:trad (a", "topik", "did you mean topic?", "topic:trade (a)"),
        ("topic:football", "football", "it takes one of trade, market, urgent", None),
        ("lang:english", "english", "a language code such as", None),
        ("rate:high", "high", "a number of percent", None),
        ("rate>1e999", "1e999", "a number of percent", None),
        ('source:""', "", "an id from sources.toml", None),
        ("10:30", "10", "quote it", None),
        ("https://example.com", "https", "there is no field", None),
        ("topic>trade", ">", "only rate and tier can be compared", "topic:trade"),
        ("topic:", "topic:", "topic needs a value: one of trade, market, urgent", None),
        ("topic:(trade OR market)", "(", "(topic:… OR topic:…)", None),
        ("(a OR b", "(", "not closed", "(a OR b)"),
        ("a ((b", "(", "not closed", "a ((b))"),
        ("a)", ")", "closes nothing", "a"),
        ("a ()", "()", "nothing between these brackets", None),
        ('"trade war', '"', "quote is not closed", '"trade war"'),
        ("a OR", "OR", "nothing follows OR", None),
        ("(a OR) b", "OR", "nothing follows OR", None),
        ("OR a", "OR", "nothing stands before OR", None),
        ("a AND OR b", "AND", "nothing follows AND", None),
        ("a (NOT)", "NOT", "nothing follows NOT", None),
        ("a | b", "|", "write OR", None),
        ("!a", "!", "write -word", None),
        ("/tarif+/", "/", "no regular expressions", None),
        ("tar*f", "*", "only at the end", None),
        ("* a", "*", "no letter or digit", None),
        ('"trade *"', "trade *", "right after a letter", None),
        ("a - b", "-", "no letter or digit", None),
        ("a =", "a", "there is no field", None),
        ("(=", "=", "a field must stand before", None),
        ("关税 topik:trade", "topik", "did you mean topic?", "关税 topic:trade"),
    ],
)
def test_a_wrong_query_is_marked_and_set_right(query: str, marked: str, problem: str, correction: str | None) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    error = caught.value
    assert problem in error.problem
    assert query[error.start : error.end] == marked
    assert error.correction == correction
    if correction is not None:
        parse(correction)


def test_the_error_shows_the_query_with_a_line_of_carets() -> None:
    with pytest.raises(QueryError) as caught:
        parse("tariff OR topik:trade")
    assert str(caught.value).splitlines() == [
        "there is no field “topik”; did you mean topic?",
        "tariff OR topik:trade",
        "          ^^^^^",
    ]


def test_the_carets_stand_right_under_wide_characters_and_line_breaks() -> None:
    with pytest.raises(QueryError) as caught:
        parse("关税\nOR topik:trade")
    assert str(caught.value).splitlines()[1:] == ["关税 OR topik:trade", "\u3000\u3000    ^^^^^"]


def test_of_a_long_query_only_the_part_around_the_place_is_shown() -> None:
    with pytest.raises(QueryError) as caught:
        parse(f"{'a ' * 30}topik:trade {'b ' * 30}")
    _, shown, carets = str(caught.value).splitlines()
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert shown[carets.index("^") : carets.index("^") + 5] == "topik"
    assert len(shown) < 100


@pytest.mark.parametrize("query", ["", "   ", "\n\t", "\u3000"])
def test_an_empty_query_says_what_to_write(query: str) -> None:
    with pytest.raises(QueryError, match=r"^the query is empty: write .* topic:trade$"):
        parse(query)


def test_limits_are_kept_to_the_letter() -> None:
    parse("a" * MAX_LENGTH)
    parse(" ".join("a" * MAX_TERMS))
    parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH)
    for query, problem in [
        ("a" * (MAX_LENGTH + 1), "1,000 characters, not 1,001"),
        (" ".join("a" * (MAX_TERMS + 1)), "64 terms"),
        ("(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1), "20 deep"),
        ("(" * MAX_LENGTH, "20 deep"),
    ]:
        with pytest.raises(QueryError, match=problem):
            parse(query)


def test_a_long_chain_of_negations_is_read() -> None:
    assert parse("NOT " * 249 + "a").root == Not(Words(("a",)))


def test_every_field_can_be_asked_for() -> None:
    values = {"topic": "trade", "kind": "macro", "direction": "neutral", "tier": "flash", "rate": "5"}
    for field in FIELD_TAKES:
        assert str(parse(f"{field}:{values.get(field, 'us')}").root).startswith(f"{field}:")
