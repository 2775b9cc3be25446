"""What changes by itself is no change, what a person changed is one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake.identity import content_hash
from bot.intake.steady import shared, steady, without_junk


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ministers met. 3 hours ago", "Ministers met. 2 days ago"),
        ("Minister trafen sich, vor 3 Stunden", "Minister trafen sich, vor einem Tag"),
        ("Los ministros se reunieron hace 5 minutos", "Los ministros se reunieron hace 2 horas"),
        ("Réunion des ministres il y a 5 minutes", "Réunion des ministres il y a 2 heures"),
        ("部长会谈 3小时前 阅读 120", "部长会谈 5小时前 阅读 3400"),
        ("Ministers met. 12 comments, 1.2K views", "Ministers met. 1,204 comments, 88K views"),
        ("Ministers met (updated 14:32)", "Ministers met (updated 9:05 pm)"),
        ("Last updated: 7 May 2025 at 9:15 am. Duties", "Last updated: 8 May 2025 at 10:40 am. Duties"),
        ("Read https://example.org/a?s=1f Duties", "Read https://example.org/a?s=2c Duties"),
        ("Duties 9f86d081884c7d65", "Duties 2c26b46b68ffc68f"),
        ("Duties 123e4567-e89b-12d3-a456-426614174000", "Duties 00000000-e89b-12d3-a456-426614174000"),
        ("“Duties fall” — now", '"Duties  fall" – now.'),
        ("DUTIES FALL…", "Duties fall"),
        ("Duties fall by １０%", "Duties fall by 10%"),
    ],
)
def test_texts_that_differ_by_junk_or_looks_are_the_same(one: str, other: str) -> None:
    assert content_hash("Title", one, "") == content_hash("Title", other, "")
    assert content_hash("Title", "", one) == content_hash("Title", "", other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Duties rise to 10%", "Duties rise to 100%"),
        ("Duties rise by 1.5%", "Duties rise by 15%"),
        ("Stocks move 5%", "Stocks move -5%"),
        ("Duties rise to 10%", "Duties rise to $10"),
        ("He sold 5,000 shares", "He sold 6,000 shares"),
        ("Talks end on 7 May", "Talks end on 8 May"),
        ("The duties of 3 years ago", "The duties of 4 years ago"),
        ("Ministers met", "Ministers did not meet"),
        ("商务部宣布暂停关税", "商务部宣布恢复关税"),
    ],
)
def test_what_a_person_changed_is_a_change(one: str, other: str) -> None:
    assert content_hash("Title", one, "") != content_hash("Title", other, "")


def test_a_text_that_moves_to_another_field_is_a_change() -> None:
    assert content_hash("a", "b", "") != content_hash("a", "", "b")


def test_text_without_junk_comes_through_as_it_is() -> None:
    text = "Duties “fall” —\n\n to 5 %.  Twice."
    assert without_junk(text) == text


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ("Duties fall by 10%", "duties fall, by “10%”", 1.0),
        ("Duties fall by 10%", "Duties rise by 10%", 0.75),
        ("暂停关税", "恢复关税", 0.5),
        ("Duties fall", "", 0.0),
        ("", "", 0.0),
    ],
)
def test_texts_share_words(one: str, other: str, share: float) -> None:
    assert shared(one, other) == shared(other, one) == share


@given(st.text(max_size=80))
def test_a_steady_text_is_steady(text: str) -> None:
    once = steady(text)
    assert steady(f"  {text}\n") == once
    assert once == " ".join(once.split())


@pytest.mark.parametrize("piece", ["1 ", "a1", "www.", "updated ", "https://", "9" * 9 + ","])
def test_no_text_takes_long(piece: str) -> None:
    """pytest's timeout is the judge."""
    steady(piece * (100_000 // len(piece)))
