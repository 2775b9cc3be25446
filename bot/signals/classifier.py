"""What an item is: probabilities, labels, direction, kind, and the words that decided."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

from bot.model import Direction, Evidence, Item, Kind, Label, Move, TextField, Verdict
from bot.signals.document import Document, read
from bot.signals.facts import extract
from bot.signals.features import Vote, log_odds, move_signals, votes
from bot.signals.lexicon import Lexicon

EVIDENCE_PER_LABEL = 6
MIN_EVIDENCE = 0.2  # log-odds: what weighs less did not drive a decision

_KINDS: tuple[Kind, ...] = get_args(Kind)
_MOVE_KINDS: dict[str, Kind] = {
    "index-move": "asset-move",
    "currency-move": "asset-move",
    "bond-move": "asset-move",
    "crypto-move": "asset-move",
    "commodity-move": "commodity",
}


class Classifier:
    """The lexicon's verdict on items. Pure: the same item always gives the same verdict."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def classify(self, item: Item) -> Verdict:
        """The verdict on `item`; an empty one where its language is not ours. Never raises, whatever the text."""
        document = read(item, self._lexicon)
        if document is None:
            return Verdict(model=self._lexicon.name)
        facts = extract(document, self._lexicon)
        moved = move_signals(facts, self._lexicon)

        trade_votes = self._topic_votes(document, "trade", moved)
        trade = self._probability("trade", trade_votes)
        is_trade = self._over("trade", trade)
        market_votes = self._topic_votes(document, "market", moved, is_trade=is_trade)
        market = self._probability("market", market_votes)
        is_market = self._over("market", market)
        urgent_votes = self._topic_votes(document, "urgent", moved, is_trade=is_trade)
        urgent = self._probability("urgent", urgent_votes)

        flagged: dict[Label, bool] = {
            "trade": is_trade,
            "market": is_market,
            "urgent": self._over("urgent", urgent) and (is_trade or is_market),
        }
        direction_votes = _direction_votes(document, self._lexicon) if is_trade else []
        direction = self._direction(direction_votes) if is_trade else None
        evidence = [
            *_evidence(item, "trade", trade_votes),
            *_evidence(item, "market", market_votes),
            *(_evidence(item, "urgent", urgent_votes) if flagged["urgent"] else ()),
            *_direction_evidence(item, direction, direction_votes),
        ]
        return Verdict(
            trade=trade,
            market=market,
            urgent=urgent,
            labels=tuple(label for label, yes in flagged.items() if yes),
            direction=direction,
            kind=_kind(market_votes) if is_market else None,
            facts=facts,
            evidence=tuple(evidence),
            model=self._lexicon.name,
        )

    def classify_all(self, items: Sequence[Item]) -> list[Verdict]:
        """The verdicts on `items`, in their order."""
        return [self.classify(item) for item in items]

    def _topic_votes(
        self, document: Document, label: Label, moved: dict[str, Move], *, is_trade: bool = False
    ) -> list[Vote]:
        found = [vote for vote in votes(document, self._lexicon, label) if label == "trade" or not vote.negated]
        signals = self._lexicon.topics[label].signals
        for name, move in moved.items():
            if name in signals:
                span = move.span
                weight = signals[name] * (self._lexicon.factors.body if span.field == "body" else 1)
                found.append(Vote(name, _MOVE_KINDS.get(name, ""), weight, span.field, span.start, span.end))
        if is_trade and "trade" in signals:
            found.append(Vote("trade", "", signals["trade"], "title", 0, 0))
        return found

    def _probability(self, label: Label, found: list[Vote]) -> float:
        scale = self._lexicon.topics[label]
        return logistic(scale.bias + log_odds(found, scale.body_limit))

    def _over(self, label: Label, probability: float) -> bool:
        return probability >= self._lexicon.topics[label].threshold

    def _direction(self, found: list[Vote]) -> Direction:
        scores: dict[Direction, float] = {"neutral": self._lexicon.neutral_bias, "escalation": 0, "de-escalation": 0}
        for vote in found:
            scores[_turned(vote)] += vote.weight
        return max(scores, key=lambda direction: scores[direction])


def _direction_votes(document: Document, lexicon: Lexicon) -> list[Vote]:
    """The votes on the direction: the body is asked only where title and summary take no side."""
    found = votes(document, lexicon, "direction")
    shown = [vote for vote in found if vote.field != "body"]
    return shown if any(_turned(vote) != "neutral" for vote in shown) else found


def logistic(log_odds: float) -> float:
    """The probability of `log_odds`, to three digits: more would be pretence."""
    return round(1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds)))), 3)


def _turned(vote: Vote) -> Direction:
    """The direction a vote speaks for: "no deal" speaks for escalation, "no tariffs" against it."""
    match vote.value, vote.negated:
        case ("escalation", False) | ("de-escalation", True):
            return "escalation"
        case ("de-escalation", False) | ("escalation", True):
            return "de-escalation"
        case _:
            return "neutral"


def _kind(found: list[Vote]) -> Kind | None:
    """The kind with the most weight behind it; the body is asked only where title and summary name none."""
    named = [vote for vote in found if vote.value in _KINDS and vote.weight > 0]
    shown = [vote for vote in named if vote.field != "body"]
    scores = {kind: sum(vote.weight for vote in shown or named if vote.value == kind) for kind in _KINDS}
    best = max(_KINDS, key=lambda kind: scores[kind])
    return best if scores[best] > 0 else None


def _evidence(item: Item, label: str, found: list[Vote]) -> list[Evidence]:
    """The votes that drove a topic, the strongest first, one a place; none where nothing spoke for it."""
    if not any(vote.weight > 0 for vote in found):
        return []
    places: dict[tuple[TextField, int, int], Vote] = {}
    for vote in found:
        place = (vote.field, vote.start, vote.end)
        known = places.get(place)
        places[place] = replace(vote, weight=vote.weight + known.weight) if known else vote
    quoted = [vote for vote in places.values() if vote.end > vote.start and abs(vote.weight) >= MIN_EVIDENCE]
    strongest = sorted(quoted, key=lambda vote: -abs(vote.weight))[:EVIDENCE_PER_LABEL]
    return [vote.evidence(getattr(item, vote.field), label) for vote in strongest]


def _direction_evidence(item: Item, direction: Direction | None, found: list[Vote]) -> list[Evidence]:
    strong = [vote for vote in found if _turned(vote) == direction and vote.weight >= MIN_EVIDENCE]
    return [vote.evidence(getattr(item, vote.field), str(direction)) for vote in strong[:EVIDENCE_PER_LABEL]]
