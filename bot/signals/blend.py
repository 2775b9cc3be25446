"""From the encoder's answer and the lexicon's to one: calibrated probabilities, a direction, a kind.

The weights were fitted on items later than all that the encoder had learned from (`training/blending.py`), so that
"0.8" is right about eight times in ten on news that it has not seen.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from bot.model import Direction, Kind, Label
from bot.signals.encoder import DIRECTIONS, KINDS, TOPICS, Reading
from bot.signals.pieces import Floats
from bot.signals.wordlist import WordReading

LIMIT = 8.0  # log-odds of the lexicon beyond this say no more


class TopicWeights(BaseModel):
    """A topic's log-odds: `bias` + `encoder` . (the encoder's three topics) + `lexicon` * the lexicon's score."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bias: float
    encoder: tuple[float, float, float]
    lexicon: float


class ChoiceWeights(BaseModel):
    """The score of each class: its `bias` + `encoder` * the encoder's + `lexicon` * the lexicon's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bias: tuple[float, ...]
    encoder: float
    lexicon: float


class BlendFile(BaseModel):
    """`blend.json`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str  # of the model, with its version
    gate: float  # log-odds: where the gate gives every topic less, nobody looks closer
    topics: dict[Label, TopicWeights]
    direction: ChoiceWeights
    kind: ChoiceWeights


@dataclass(frozen=True, slots=True)
class Blend:
    """The weights of `blend.json`, applied."""

    file: BlendFile

    @classmethod
    def load(cls, path: Path) -> Blend:
        """Raises OSError or ValueError where the file is missing or damaged."""
        try:
            return cls(BlendFile.model_validate(json.loads(path.read_bytes())))
        except ValidationError as error:
            raise ValueError(f"{path}: {error}") from None

    def log_odds(self, topic: Label, reading: Reading, words: WordReading) -> float:
        weights = self.file.topics[topic]
        learned = float(np.dot(weights.encoder, reading.outputs[: len(TOPICS)]))
        return weights.bias + learned + weights.lexicon * clipped(words.scores[topic])

    def shares(self, topic: Label, reading: Reading) -> Floats:
        """What each piece of the text adds to the log-odds of `topic`."""
        return np.asarray(reading.shares[:, : len(TOPICS)] @ np.array(self.file.topics[topic].encoder), np.float32)

    def direction_shares(self, direction: Direction, reading: Reading) -> Floats:
        """What each piece adds to `direction`, over what it adds to the others."""
        start = len(TOPICS)
        all_shares = reading.shares[:, start : start + len(DIRECTIONS)]
        return np.asarray(
            (all_shares[:, DIRECTIONS.index(direction)] - all_shares.mean(1)) * self.file.direction.encoder,
            np.float32,
        )

    def direction(self, reading: Reading, words: WordReading) -> Direction:
        start = len(TOPICS)
        learned = reading.outputs[start : start + len(DIRECTIONS)]
        listed = np.array([words.directions[direction] for direction in DIRECTIONS])
        return DIRECTIONS[_best(self.file.direction, learned, listed)]

    def kind(self, reading: Reading, words: WordReading) -> Kind:
        learned = reading.outputs[len(TOPICS) + len(DIRECTIONS) :]
        listed = np.array([words.kinds[kind] for kind in KINDS])
        return KINDS[_best(self.file.kind, learned, listed)]


def _best(weights: ChoiceWeights, learned: Floats, listed: Floats) -> int:
    return int((np.array(weights.bias) + weights.encoder * learned + weights.lexicon * listed).argmax())


def clipped(score: float) -> float:
    return max(-LIMIT, min(LIMIT, score))


def logistic(log_odds: float) -> float:
    """The probability of `log_odds`, to three digits: more would be pretence."""
    return round(1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds)))), 3)
