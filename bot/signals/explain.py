"""The quotes behind a verdict: what the lexicon found and what the encoder leaned on, each with its log-odds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bot.model import Evidence, Item, TextField
from bot.signals.document import Document
from bot.signals.encoder import Passage, Reading
from bot.signals.features import Vote
from bot.signals.pieces import Floats

PER_LABEL = 6
LEARNED = 3  # of these at most so many that no term of the lexicon explains
MIN_WEIGHT = 0.2  # log-odds: what weighs less did not drive a decision
STANDS_OUT = 1.25  # times the mean word: a phrase that the encoder leaned on


@dataclass(frozen=True, slots=True)
class Quote:
    """A place in an item, and what it adds."""

    field: TextField
    start: int
    end: int
    weight: float

    def evidence(self, item: Item, label: str) -> Evidence:
        text: str = getattr(item, self.field)
        return Evidence(
            field=self.field,
            start=self.start,
            end=self.end,
            text=text[self.start : self.end],
            weight=round(self.weight, 3),
            label=label,
        )


class Lean:
    """What each character of the passage added to one answer."""

    def __init__(self, passage: Passage, reading: Reading, shares: Floats) -> None:
        self._passage = passage
        added = np.zeros(len(passage.text) + 1, np.float64)
        places = np.minimum(reading.places, len(passage.text))
        for at, share in enumerate(shares):
            start, end = int(places[at]), int(places[at + 1])
            if end > start:
                added[start:end] += share / (end - start)
        self._sums = np.concatenate([[0.0], np.cumsum(added)])

    def of(self, field: TextField, start: int, end: int) -> float | None:
        """What `field[start:end]` added; None where it was not read."""
        place = self._passage.place(field, start, end)
        return None if place is None else float(self._sums[place[1]] - self._sums[place[0]])


def quotes(document: Document, votes: Iterable[Vote], factor: float, lean: Lean) -> list[Quote]:
    """The places that drove an answer, the strongest first; a vote counts `factor` times its weight."""
    listed = [
        replace(quote, weight=quote.weight + (lean.of(quote.field, quote.start, quote.end) or 0.0))
        for quote in _places(votes, factor)
    ]
    learned = [quote for quote in _phrases(document, lean) if not any(_overlap(quote, other) for other in listed)]
    learned = sorted(learned, key=_strength, reverse=True)[:LEARNED]
    return sorted(
        (quote for quote in [*listed, *learned] if _strength(quote) >= MIN_WEIGHT), key=_strength, reverse=True
    )


def evidence(item: Item, label: str, found: Sequence[Quote]) -> list[Evidence]:
    return [quote.evidence(item, label) for quote in found[:PER_LABEL]]


def _strength(quote: Quote) -> float:
    return abs(quote.weight)


def _places(votes: Iterable[Vote], factor: float) -> list[Quote]:
    """The votes, one a place: two groups that spoke at the same words are one quote."""
    places: dict[tuple[TextField, int, int], float] = {}
    for vote in votes:
        if vote.end > vote.start:
            place = (vote.field, vote.start, vote.end)
            places[place] = places.get(place, 0.0) + vote.weight * factor
    return [Quote(*place, weight) for place, weight in places.items()]


def _phrases(document: Document, lean: Lean) -> Iterator[Quote]:
    """Runs of neighbouring words that each added clearly more than the mean word."""
    words = [quote for part in document.parts for quote in _words(part.field, part.scan.tokens, lean)]
    if not words:
        return
    bar = STANDS_OUT * float(np.mean([abs(word.weight) for word in words]))
    run: Quote | None = None
    for word in words:
        if word.weight < bar:
            continue
        if run and run.field == word.field and word.start - run.end <= 1:
            run = replace(run, end=word.end, weight=run.weight + word.weight)
            continue
        if run:
            yield run
        run = word
    if run:
        yield run


def _words(field: TextField, tokens: Iterable[tuple[int, int, *tuple[object, ...]]], lean: Lean) -> Iterator[Quote]:
    for start, end, *_ in tokens:
        added = lean.of(field, start, end)
        if added is None:
            return
        yield Quote(field, start, end, added)


def _overlap(one: Quote, other: Quote) -> bool:
    return one.field == other.field and one.start < other.end and other.start < one.end
