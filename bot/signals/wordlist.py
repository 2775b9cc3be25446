"""What the lexicon says about an item: the readable half of the judgement, and the desk's handle on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import get_args

from bot.model import Direction, Fact, Kind, Label, Move
from bot.signals.document import Document
from bot.signals.features import Vote, log_odds, move_signals, votes
from bot.signals.lexicon import Lexicon

_KINDS: tuple[Kind, ...] = get_args(Kind)
_MOVE_KINDS: dict[str, Kind] = {
    "index-move": "asset-move",
    "currency-move": "asset-move",
    "bond-move": "asset-move",
    "crypto-move": "asset-move",
    "commodity-move": "commodity",
}


@dataclass(frozen=True, slots=True)
class WordReading:
    """The votes on an item. Scores are log-odds, as the weights in `lexicon.toml`."""

    votes: Mapping[Label, list[Vote]]
    scores: Mapping[Label, float]
    direction_votes: list[Vote]
    directions: Mapping[Direction, float]
    kinds: Mapping[Kind, float]


def read_words(document: Document, facts: Iterable[Fact], lexicon: Lexicon) -> WordReading:
    """What `lexicon` says of an item with these `facts`."""
    moved = move_signals(facts, lexicon)
    trade = _topic_votes(document, lexicon, "trade", moved)
    is_trade = _score(lexicon, "trade", trade) >= 0
    found: dict[Label, list[Vote]] = {
        "trade": trade,
        "market": _topic_votes(document, lexicon, "market", moved, is_trade=is_trade),
        "urgent": _topic_votes(document, lexicon, "urgent", moved, is_trade=is_trade),
    }
    turned = _direction_votes(document, lexicon)
    return WordReading(
        votes=found,
        scores={label: _score(lexicon, label, those) for label, those in found.items()},
        direction_votes=turned,
        directions=_directions(turned, lexicon),
        kinds=_kinds(found["market"]),
    )


def best_score(document: Document, lexicon: Lexicon) -> float:
    """The higher score of trade and market before any fact is known: part of what `read_words` says, at less."""
    trade = _score(lexicon, "trade", _topic_votes(document, lexicon, "trade", {}))
    market = _topic_votes(document, lexicon, "market", {}, is_trade=trade >= 0)
    return max(trade, _score(lexicon, "market", market))


def turned(vote: Vote) -> Direction:
    """The direction a vote speaks for: "no deal" speaks for escalation, "no tariffs" against it."""
    match vote.value, vote.negated:
        case ("escalation", False) | ("de-escalation", True):
            return "escalation"
        case ("de-escalation", False) | ("escalation", True):
            return "de-escalation"
        case _:
            return "neutral"


def _score(lexicon: Lexicon, label: Label, found: list[Vote]) -> float:
    scale = lexicon.topics[label]
    return scale.bias + log_odds(found, scale.body_limit)


def _topic_votes(
    document: Document, lexicon: Lexicon, label: Label, moved: Mapping[str, Move], *, is_trade: bool = False
) -> list[Vote]:
    found = [vote for vote in votes(document, lexicon, label) if label == "trade" or not vote.negated]
    signals = lexicon.topics[label].signals
    for name, move in moved.items():
        if name in signals:
            span = move.span
            weight = signals[name] * (lexicon.factors.body if span.field == "body" else 1)
            found.append(Vote(name, _MOVE_KINDS.get(name, ""), weight, span.field, span.start, span.end))
    if is_trade and "trade" in signals:
        found.append(Vote("trade", "", signals["trade"], "title", 0, 0))
    return found


def _direction_votes(document: Document, lexicon: Lexicon) -> list[Vote]:
    """The votes on the direction: the body is asked only where title and summary take no side."""
    found = votes(document, lexicon, "direction")
    shown = [vote for vote in found if vote.field != "body"]
    return shown if any(turned(vote) != "neutral" for vote in shown) else found


def _directions(found: list[Vote], lexicon: Lexicon) -> dict[Direction, float]:
    scores: dict[Direction, float] = {"escalation": 0, "de-escalation": 0, "neutral": lexicon.neutral_bias}
    for vote in found:
        scores[turned(vote)] += vote.weight
    return scores


def _kinds(found: list[Vote]) -> dict[Kind, float]:
    """The weight behind each kind; the body is asked only where title and summary name none."""
    named = [vote for vote in found if vote.value in _KINDS and vote.weight > 0]
    shown = [vote for vote in named if vote.field != "body"] or named
    return {kind: sum(vote.weight for vote in shown if vote.value == kind) for kind in _KINDS}
