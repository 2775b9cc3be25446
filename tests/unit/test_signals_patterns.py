from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.signals.patterns import GAP_WORDS, MAX_ALTERNATIVES, Matcher, TermError, parse_term
from bot.signals.tokens import Token, number_value, tokenise


def found(term: str, text: str, *, cjk: bool = False) -> list[str]:
    """The pieces of `text` that `term` matches."""
    tokens = tokenise(text)
    hits = Matcher([(term, "x")], cjk=cjk).scan(tokens)
    return [text[tokens[hit.first].start : tokens[hit.last].end] for hit in hits]


@pytest.mark.parametrize(
    ("term", "text", "expected"),
    [
        ("tariff*", "Tariffs, tariff-free goods and a TARIFF", ["Tariffs", "tariff", "TARIFF"]),
        ("tariff*", "a supertariff", []),
        ("*zölle", "Neue Strafzölle und Zölle", ["Strafzölle", "Zölle"]),
        ("US", "Tell us what the US wants", ["US"]),
        ("US", "the U.S. and the U. S. agree", ["U.S.", "U. S."]),
        ("us", "Us too", ["Us"]),
        ("trade war", "a trade-war, no warfare in trade", ["trade-war"]),
        ("(cut|raise) rates", "to raise rates is not to cut a rate", ["raise rates"]),
        ("(the (big|old) one|two) left", "the old one left", ["the old one left"]),
        ("cut .. tariffs", "cut most of its tariffs", ["cut most of its tariffs"]),
        ("cut .. tariffs", "cut tariffs", ["cut tariffs"]),
        ("^why", "Why and why", ["Why"]),
        ("^(why|how) it", "How it ends, why it began", ["How it"]),
        ("# percent", "25 percent or 2.5 percent", ["25 percent", "2.5 percent"]),
        ("%", "10% and 5 ％", ["%", "％"]),
        ("won't", "It won’t", ["won’t"]),
        ("china deal", "China's deal", ["China's deal"]),
        ("S&P 500", "the S&P 500", ["S&P 500"]),
    ],
)
def test_term_matches_what_its_notation_says(term: str, text: str, expected: list[str]) -> None:
    assert found(term, text) == expected


def test_gap_ends_after_its_number_of_words() -> None:
    words = ["a", "b", "c", "d", "e"]
    assert found("cut .. tariffs", f"cut {' '.join(words[:GAP_WORDS])} tariffs")
    assert not found("cut .. tariffs", f"cut {' '.join(words[: GAP_WORDS + 1])} tariffs")


def test_chinese_terms_match_inside_running_text() -> None:
    assert found("关税", "美国宣布加征关税措施", cjk=True) == ["关税"]
    assert found("加征 .. 关税", "加征百分之五十的关税", cjk=True) == ["加征百分之五十的关税"]


def test_hit_says_whether_other_words_stand_in_its_gap() -> None:
    matcher = Matcher([("cut .. tariffs", "x")])
    assert [hit.gapped for hit in matcher.scan(tokenise("cut tariffs"))] == [False]
    assert [hit.gapped for hit in matcher.scan(tokenise("cut all tariffs"))] == [True]


@pytest.mark.parametrize(
    ("term", "cure"),
    [
        ("", "empty"),
        ("(a|b", "opening bracket too many"),
        ("a b)", "closing bracket too many"),
        ("dut(y|ies)", "write (duty|duties)"),
        (".. tariffs", "between two words"),
        ("cut ..", "between two words"),
        ("a .. .. b", "between two words"),
        ("a .. b .. c .. d", "the limit is 2"),
        ("the ^why", "very start"),
        ("t*", "at least 2 letters"),
        ("x" * 30 + "*", "at most 24 letters"),
        ("—", "no letter or digit"),
        (" ".join(["word"] * 20), "the limit is 12"),
        ("(a|b|c|d|e|f|g|h) " * 4, str(MAX_ALTERNATIVES)),
    ],
)
def test_unreadable_term_is_refused_with_its_cure(term: str, cure: str) -> None:
    with pytest.raises(TermError) as caught:
        parse_term(term)
    assert cure in str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1,500", 1500), ("0,7", 0.7), ("1,234.5", 1234.5), ("1.234,5", 1234.5), ("25", 25), ("1,234,567", 1234567)],
)
def test_numbers_are_read_with_either_decimal_sign(text: str, value: float) -> None:
    (token,) = tokenise(text)
    assert number_value(token) == value


@pytest.mark.parametrize("text", ["1.2.3", "9" * 40])
def test_what_is_no_number_has_no_value(text: str) -> None:
    (token,) = tokenise(text)
    assert number_value(token) is None


@given(st.text(max_size=300))
def test_tokens_stand_in_order_at_their_offsets(text: str) -> None:
    end = 0
    for token in tokenise(text):
        assert end <= token.start < token.end <= len(text)
        end = token.end


def test_possessive_ending_is_not_part_of_the_word() -> None:
    (token, noun) = tokenise("China’s tariffs")
    assert token == Token(0, 5, "China", "china", possessive=True)
    assert noun.word == "tariffs"
