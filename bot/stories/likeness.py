"""How likely two items, and an item and a story, report the same event: logistic models over plain figures.

The figures are general (how much of what is rare do they share, do their numbers differ), so that they hold for
names that nobody has heard of yet. Their weights were fitted on windows of news that people grouped by hand:
`python -m bench stories`, docs/stories.md.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from bot.stories.signature import WEIGHTS, Signature, rarity

PAIR = (
    "cosine", "contained", "names", "rarest", "second", "shared", "numbers", "numbers-differ", "days", "same-outlet",
    "shortest",
)  # fmt: skip
SENSE = "sense"  # the cosine of the vectors, where both have one
STORY = ("best", "two-best", "mean", "size", "gap", "best-by-size")
DAY = 86_400
APART = -8.0  # log-odds
REPEATED_AFTER = 1.5  # days


class Weights(BaseModel):
    """A logistic model: the log-odds are the bias and the weighted figures, in the order of their names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    names: tuple[str, ...]
    bias: float
    weights: tuple[float, ...]

    def log_odds(self, figures: Iterable[float]) -> float:
        return self.bias + sum(weight * figure for weight, figure in zip(self.weights, figures, strict=True))


class LikenessFile(BaseModel):
    """`likeness.json`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: Weights  # of two items, by their words alone
    sense: Weights  # of two items with vectors
    story: Weights  # of an item and a story
    threshold: float  # log-odds from which an item joins


@dataclass(frozen=True, slots=True)
class Likeness:
    """The fitted models. Stateless: the same signatures always give the same answer."""

    file: LikenessFile

    @classmethod
    @lru_cache(maxsize=1)
    def load(cls, path: Path = WEIGHTS / "likeness.json") -> Likeness:
        """Raises OSError or ValueError where the file is missing or of another version."""
        return cls(LikenessFile.model_validate(json.loads(path.read_text())))

    def of_items(self, one: Signature, other: Signature) -> float:
        """Log-odds that both report one event."""
        if _is_swapped(one, other) or _is_repeated(one, other):
            return APART
        figures = pair_figures(one, other)
        if one.vector is None or other.vector is None:
            return self.file.words.log_odds(figures)
        return self.file.sense.log_odds((*figures, float(one.vector @ other.vector)))

    def of_story(self, item: Signature, members: Sequence[Signature], size: int) -> float:
        """Log-odds that `item` belongs to the story of `members`: those of its `size` items that were looked up."""
        likenesses = [self.of_items(item, member) for member in members]
        gap = min(abs((item.at - member.at).total_seconds()) for member in members) / DAY
        return self.file.story.log_odds(story_figures(likenesses, size, gap))


def pair_figures(one: Signature, other: Signature) -> tuple[float, ...]:
    """The figures named in `PAIR`."""
    shared = sorted((rarity(word) for word in one.words & other.words), reverse=True)
    mass, other_mass = _mass(one.words), _mass(other.words)
    also = sum(rarity(word) for word in (one.words & other.lede) | (one.lede & other.words))
    numbers = one.numbers & other.numbers
    return (
        sum(each * each for each in shared) / math.sqrt((_squares(one.words) * _squares(other.words)) or 1),
        min(1.0, (sum(shared) + also / 2) / (min(mass, other_mass) or 1)),
        sum(rarity(name) for name in one.names & other.names),
        shared[0] if shared else 0.0,
        shared[1] if len(shared) > 1 else 0.0,
        float(len(shared)),
        float(len(numbers)),
        float(bool(one.numbers and other.numbers and not numbers)),
        abs((one.at - other.at).total_seconds()) / DAY,
        float(one.outlet == other.outlet),
        float(min(len(one.words), len(other.words))),
    )


def _is_swapped(one: Signature, other: Signature) -> bool:
    """Whether one headline is the other with another name in it: "Micron crosses ..." and "Hynix crosses ...".

    Nothing but that one name tells the two events apart, and by all that they share they would be one.
    """
    left, right = one.words - other.words, other.words - one.words
    return len(left) == len(right) == 1 and left <= one.names and right <= other.names


def _is_repeated(one: Signature, other: Signature) -> bool:
    """Whether a headline comes again for another event: "Fed issues statement", "Wall Street closes higher"."""
    late = abs((one.at - other.at).total_seconds()) > REPEATED_AFTER * DAY
    return late and one.words == other.words and one.numbers == other.numbers


def story_figures(likenesses: Sequence[float], size: int, gap: float) -> tuple[float, ...]:
    """The figures named in `STORY`; `gap` in days to the nearest member."""
    best, *rest = sorted(likenesses, reverse=True)
    grown = math.log(size)
    return (
        best,
        (best + (rest[0] if rest else best)) / 2,
        sum(likenesses) / len(likenesses),
        grown,
        gap,
        best * grown,
    )


@lru_cache(maxsize=1 << 14)
def _mass(words: frozenset[str]) -> float:
    return sum(rarity(word) for word in words)


@lru_cache(maxsize=1 << 14)
def _squares(words: frozenset[str]) -> float:
    return sum(rarity(word) ** 2 for word in words)
