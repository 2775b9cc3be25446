"""Text cut at the edges of its evidence."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.board.highlight import pieces, signed
from bot.model import Evidence

TEXT = "Both sides agree to pause tariffs"


def evidence(start: int, end: int, weight: float = 1.0, label: str = "trade") -> Evidence:
    return Evidence(field="body", start=start, end=end, text=TEXT[start:end], weight=weight, label=label)


def test_text_without_evidence_is_one_plain_piece() -> None:
    (piece,) = pieces(TEXT, "body", ())
    assert (piece.text, piece.evidence) == (TEXT, ())


def test_evidence_of_another_field_marks_nothing() -> None:
    assert [piece.evidence for piece in pieces(TEXT, "title", [evidence(0, 4)])] == [()]


def test_overlapping_spans_share_the_piece_that_both_cover() -> None:
    agree, pause = evidence(11, 25, 1.5, "de-escalation"), evidence(20, 33, 2.0, "trade")
    cut = pieces(TEXT, "body", [agree, pause])
    assert [piece.text for piece in cut] == ["Both sides ", "agree to ", "pause", " tariffs"]
    assert [piece.evidence for piece in cut] == [(), (agree,), (pause, agree), (pause,)]


def test_a_piece_is_coloured_by_its_weightiest_evidence_and_names_all_of_it() -> None:
    piece = pieces(TEXT, "body", [evidence(0, 4, 0.5, "market"), evidence(0, 4, -2.25, "trade")])[0]
    assert (piece.label, piece.against, piece.title) == ("trade", True, "trade −2.2; market +0.5")


def test_a_label_keeps_its_hyphen() -> None:
    assert pieces(TEXT, "body", [evidence(0, 4, 1.0, "de-escalation")])[0].title == "de-escalation +1.0"


def test_spans_outside_the_text_are_cut_or_dropped() -> None:
    cut = pieces(TEXT, "body", [evidence(-5, 4), evidence(26, 900), evidence(500, 600), evidence(9, 9)])
    assert [piece.text for piece in cut if piece.evidence] == ["Both", "tariffs"]


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(-5, 70), st.integers(-5, 70)), max_size=12))
def test_pieces_always_join_to_the_text(text: str, spans: list[tuple[int, int]]) -> None:
    cut = pieces(text, "body", [evidence(start, end) for start, end in spans])
    assert "".join(piece.text for piece in cut) == text


def test_weights_are_signed() -> None:
    assert [signed(1.44), signed(-0.3)] == ["+1.4", "−0.3"]
