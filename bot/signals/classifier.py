"""What an item is: probabilities, labels, direction, kind, facts, and the words that decided.

The way of an item: read it once by the lexicon; if neither a term nor the gate sees anything, that is the verdict.
What is left is read by the encoder too, its facts are taken, and both readings are blended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.model import Direction, Evidence, Item, Label, Verdict
from bot.signals.blend import Blend, logistic
from bot.signals.document import Document, read
from bot.signals.encoder import TOPICS, Encoder, Passage, Reading
from bot.signals.explain import Lean, evidence, quotes
from bot.signals.facts import extract
from bot.signals.gate import Gate
from bot.signals.integrity import check
from bot.signals.lexicon import Lexicon
from bot.signals.wordlist import WordReading, best_score, read_words, turned

NEARLY = 0.2  # a topic this likely is explained too, flagged or not
GLANCE_AT_MOST = 0.1  # nobody looked closely: below all that a lowered threshold lets through
LISTED = 0.0  # log-odds: what the word list finds more likely than not is read closely whatever the gate says
WEIGHTS = Path(__file__).parent / "weights"


@dataclass(frozen=True, slots=True)
class Model:
    """The trained parts, as they lie in a folder."""

    gate: Gate
    encoder: Encoder
    blend: Blend

    @classmethod
    def load(cls, folder: Path = WEIGHTS) -> Model:
        """Raises ValueError where a file is missing, damaged or of another version."""
        check(folder)
        return cls(Gate.load(folder), Encoder(folder), Blend.load(folder / "blend.json"))


class Classifier:
    """The verdict on items. Pure: the same item always gives the same verdict."""

    def __init__(self, lexicon: Lexicon, model: Model) -> None:
        self._lexicon = lexicon
        self._model = model
        self.name = f"{model.blend.file.name}+{lexicon.name}"
        self.thresholds: Mapping[Label, float] = {topic: lexicon.topics[topic].threshold for topic in TOPICS}
        self.atlas = lexicon.atlas

    def classify(self, item: Item) -> Verdict:
        """The verdict on `item`; an empty one where its language is not ours. Never raises, whatever the text."""
        document = read(item, self._lexicon)
        if document is None:
            return Verdict(model=self.name)
        return self._at_a_glance(document) or self._closely(item, document)

    def _at_a_glance(self, document: Document) -> Verdict | None:
        """The verdict where a closer look is not worth it; None where it is."""
        scores = dict(zip(TOPICS, map(float, self._model.gate.scores(document)), strict=True))
        if max(scores["trade"], scores["market"]) >= self._model.blend.file.gate:
            return None
        if best_score(document, self._lexicon) >= LISTED:
            return None
        trade, market, urgent = (min(GLANCE_AT_MOST, logistic(scores[topic])) for topic in TOPICS)
        return Verdict(trade=trade, market=market, urgent=urgent, model=self.name)

    def _closely(self, item: Item, document: Document) -> Verdict:
        passage = Passage.of(item)
        reading = self._model.encoder.read(passage.text)
        facts = extract(document, self._lexicon)
        words = read_words(document, facts, self._lexicon)
        blend = self._model.blend
        scores = {topic: logistic(blend.log_odds(topic, reading, words)) for topic in TOPICS}
        labels = self._labels(scores)
        direction = blend.direction(reading, words) if "trade" in labels else None
        return Verdict(
            trade=scores["trade"],
            market=scores["market"],
            urgent=scores["urgent"],
            labels=labels,
            direction=direction,
            kind=blend.kind(reading, words) if "market" in labels else None,
            facts=facts,
            evidence=tuple(self._evidence(item, document, passage, reading, words, scores, labels, direction)),
            model=self.name,
        )

    def _labels(self, scores: Mapping[Label, float]) -> tuple[Label, ...]:
        """The topics over their thresholds; what is urgent is so as trade or market news, or not at all."""
        over = [topic for topic in TOPICS if scores[topic] >= self.thresholds[topic]]
        return () if over == ["urgent"] else tuple(over)

    def _evidence(
        self,
        item: Item,
        document: Document,
        passage: Passage,
        reading: Reading,
        words: WordReading,
        scores: Mapping[Label, float],
        labels: tuple[Label, ...],
        direction: Direction | None,
    ) -> Iterator[Evidence]:
        """For each label, and for topics that nearly were one, what spoke for and against it."""
        blend = self._model.blend
        for topic in TOPICS:
            if topic in labels or scores[topic] >= NEARLY:
                lean = Lean(passage, reading, blend.shares(topic, reading))
                yield from evidence(
                    item, topic, quotes(document, words.votes[topic], blend.file.topics[topic].lexicon, lean)
                )
        if direction:
            votes = [vote for vote in words.direction_votes if turned(vote) == direction]
            lean = Lean(passage, reading, blend.direction_shares(direction, reading))
            found = quotes(document, votes, blend.file.direction.lexicon, lean)
            yield from evidence(item, direction, [quote for quote in found if quote.weight > 0])
