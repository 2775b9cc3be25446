"""The seed article, as intake cleans it, gives the verdict and the facts that its card promises."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from bot.model import Evidence, Fact, Measure, Meeting, Move, Party, Person, Rate, Span, Verdict
from bot.signals.gist import gist
from tests.unit.signals_samples import classifier, news

SEED = Path(__file__).parents[2] / "seeds" / "2025-05-06-us-china-trade-talks-geneva.txt"
NOWHERE = Span(field="title", start=0, end=1)

TEXT = SEED.read_text(encoding="utf-8")
BODY = TEXT[TEXT.index("Two top Trump") : TEXT.index("Nectar Gan")].strip()
ITEM = news(TEXT.splitlines()[0], BODY)


@cache
def verdict() -> Verdict:
    return classifier().classify(ITEM)


def stated() -> set[Fact]:
    """The facts without their places."""
    return {replace(fact, span=NOWHERE) for fact in verdict().facts}


def quote(piece: Fact | Evidence) -> str:
    if isinstance(piece, Evidence):
        return str(getattr(ITEM, piece.field)[piece.start : piece.end])
    return str(getattr(ITEM, piece.span.field)[piece.span.start : piece.span.end])


def test_seed_is_a_de_escalation_in_trade_that_moves_markets() -> None:
    assert verdict().labels == ("trade", "market")
    assert verdict().direction == "de-escalation"
    assert verdict().kind == "trade-policy"


def test_seed_states_exactly_these_facts() -> None:
    def move(instrument: str, size: float, unit: str) -> Move:
        return Move(instrument=instrument, direction="up", size=size, unit=unit, span=NOWHERE)  # type: ignore[arg-type]

    assert stated() == {
        Party(value="US", span=NOWHERE),
        Party(value="CN", span=NOWHERE),
        Person(value="Bessent", role="Treasury Secretary", span=NOWHERE),
        Person(value="Greer", role="US Trade Representative", span=NOWHERE),
        Person(value="He", role="Vice Premier", span=NOWHERE),
        Person(value="Trump", role="President", span=NOWHERE),
        Meeting(where="Geneva", when="2025-05-09/2025-05-12", who=("Bessent", "Greer", "He Lifeng"), span=NOWHERE),
        Measure(value="talks", stage="announced", span=NOWHERE),
        Rate(value=145.0, of="tariff", span=NOWHERE),
        move("Dow futures", 270.0, "points"),
        move("Dow futures", 0.7, "percent"),
        move("S&P 500 futures", 0.8, "percent"),
        move("Nasdaq futures", 1.0, "percent"),
    }


def test_facts_of_the_seed_stand_at_their_places() -> None:
    quotes = {quote(fact) for fact in verdict().facts}
    assert {"Vice Premier He Lifeng", "145%", "S&P 500 futures rose 0.8%", "Trump officials"} <= quotes


def test_evidence_of_the_seed_stands_at_its_places() -> None:
    assert {"trade", "market", "de-escalation"} <= {piece.label for piece in verdict().evidence}
    assert all(quote(piece) == piece.text for piece in verdict().evidence)


def test_gist_of_the_seed_carries_the_news_and_no_litter() -> None:
    sentences = gist(ITEM, verdict())
    assert len(sentences) == 3
    assert sentences[0].startswith("Two top Trump officials are scheduled to meet")
    assert any("Geneva" in sentence for sentence in sentences)
    assert all(sentence in BODY for sentence in sentences)
    assert not any("updated" in sentence for sentence in sentences)
