from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Evidence, Verdict
from bot.signals.gist import MAX_SENTENCE, gist
from bot.signals.sentences import split_sentences
from tests.unit.signals_samples import judge, news

NO_VERDICT = Verdict()


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    "text",
    [
        "The U.S. government raised duties.",
        "Mr. Lee met Gov. Ruiz on Jan. 5.",
        "Shares fell 0.7% to 1.25.",
        "“Why now?” he asked the panel.",
        "She said … that talks go on.",
        "J. P. Marlow of Acme Inc. said so.",
    ],
)
def test_abbreviations_figures_and_quotes_do_not_end_a_sentence(text: str) -> None:
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It rose. It fell.", ["It rose.", "It fell."]),
        ("They left the U.S. The talks ended.", ["They left the U.S.", "The talks ended."]),
        ("“We agree.” The deal holds.", ["“We agree.”", "The deal holds."]),
        ("First line\n\nSecond line", ["First line", "Second line"]),
        ("会谈结束。双方同意继续磋商！", ["会谈结束。", "双方同意继续磋商！"]),
        ("  \n ", []),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(st.text(alphabet='aB.!?…"”\n 。U7', max_size=200))
def test_sentences_are_in_order_and_lose_no_letter(text: str) -> None:
    ranges = split_sentences(text)
    assert all(start < end for start, end in ranges)
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(ranges))
    kept = "".join(text[start:end] for start, end in ranges)
    assert "".join(kept.split()) == "".join(text.split())


def test_gist_prefers_sentences_with_evidence_and_keeps_text_order() -> None:
    filler = [f"Guests number {number} admired the view over the quiet harbour." for number in range(8)]
    news_line = "Ministers then agreed to suspend the duties on steel for ninety days."
    body = " ".join([*filler[:6], news_line, *filler[6:]])
    start = body.index("duties")
    verdict = Verdict(
        evidence=(Evidence(field="body", start=start, end=start + 6, text="duties", weight=6.0, label="trade"),)
    )
    chosen = gist(news("Harbour talks", body), verdict, count=2)
    assert chosen[1] == news_line
    assert len(chosen) == 2


def test_gist_leaves_litter_and_repeats_out() -> None:
    body = (
        "Sign up for our newsletter to get the best stories every day. "
        "Canada imposed new duties on steel on Monday. "
        "Photo: A crane lifts a coil of steel in the port of Hamilton. "
        "Steel makers in Ohio said that they would look for other buyers. "
        "Canada imposed new duties on steel on Monday, once more. "
        "© 2025 Example Wire. All rights reserved. Close"
    )
    chosen = gist(news("Steel makers look at Canada", body), NO_VERDICT)
    assert chosen == (
        "Canada imposed new duties on steel on Monday.",
        "Steel makers in Ohio said that they would look for other buyers.",
    )


def test_gist_does_not_repeat_the_title() -> None:
    title = "Canada imposes new duties on steel from Monday"
    body = title + ". The finance ministry published a list of forty products in the evening."
    assert gist(news(title, body), NO_VERDICT) == (
        "The finance ministry published a list of forty products in the evening.",
    )


def test_gist_of_a_feed_item_comes_from_its_summary() -> None:
    item = news("Steel duties", summary="Canada will publish its list of products on Monday evening.")
    assert gist(item, judge(item.title)) == ("Canada will publish its list of products on Monday evening.",)


def test_gist_of_an_item_with_a_title_only_is_empty() -> None:
    assert gist(news("Steel duties"), NO_VERDICT) == ()


def test_gist_cuts_a_long_sentence_at_a_word() -> None:
    (cut,) = gist(news("Steel", "Minister " + "explains " * 100 + "it."), NO_VERDICT)
    assert len(cut) <= MAX_SENTENCE
    assert cut.endswith("explains…")


def test_gist_is_one_line_a_sentence() -> None:
    item = news("Steel", "The minister spoke of  steel\tand of many other\u2028things today.")
    assert all("\n" not in line and "\t" not in line for line in gist(item, NO_VERDICT))


@settings(deadline=None)
@given(st.text(max_size=400), st.text(max_size=400), st.integers(0, 4))
def test_gist_never_raises_and_keeps_its_limits(title: str, body: str, count: int) -> None:
    item = news(title, body)
    chosen = gist(item, NO_VERDICT, count)
    assert len(chosen) <= count
    assert all(0 < len(sentence) <= MAX_SENTENCE for sentence in chosen)
