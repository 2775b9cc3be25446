"""How likely two items, and an item and a story, report the same event: logistic models over plain figures.

The figures are general (how much of what is rare do they share, do their numbers differ), so that they hold for
names that nobody has heard of yet. Their weights were fitted on windows of news that people grouped by hand:
`python -m bench stories`, docs/stories.md.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from bot.stories.signature import (
    EIGHT_BITS,
    HEADLINE,
    LEDE,
    RARE,
    WEIGHTS,
    Floats,
    Signature,
    Signatures,
    rarities,
)
from bot.stories.ties import Flags, Ties

PAIR = ("cosine", "contained", "rarest", "shared", "numbers", "numbers-differ", "days", "shortest")
SENSE = "sense"  # the cosine of the vectors, where both have one
STORY = ("best", "two-best", "mean", "size", "gap", "best-by-size")
DAY = 86_400
TINY = 1e-6  # of a sum that may be 0
APART = -3.0  # log-odds, at the most, of what cannot be one event
REPEATED_AFTER = 1.5  # days
BY_PLACE_ONLY = 0.8  # log-odds less, where a place is all that two share: it has other news too,
RAREST_PLACE = 4.0  # and however seldom it is in the news, no more nats than this
SAME_SENSE = 0.88  # cosine from which two headlines that differ in one word say the same,
RAREST_WORD = 8.0  # where neither word is rarer than so many nats: of names the encoder knows little


class Weights(BaseModel):
    """A logistic model: the log-odds are the bias and the weighted figures, in the order of their names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    names: tuple[str, ...]
    bias: float
    weights: tuple[float, ...]

    def log_odds(self, figures: Floats) -> Floats:
        """Of cases with `figures`, [..., names]; further figures after the named ones do not count."""
        odds: Floats = self.bias + figures[..., : len(self.weights)] @ np.array(self.weights)
        return odds


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
        file = LikenessFile.model_validate(json.loads(path.read_text()))
        if (file.words.names, file.sense.names, file.story.names) != (PAIR, (*PAIR, SENSE), STORY):
            raise ValueError(f"{path} weighs other figures than this version's; install Tradewire again")
        return cls(file)

    def of_items(self, one: Signature, others: Signatures) -> Floats:
        """Log-odds, [others], that each reports the event that `one` reports."""
        pairs = Pairs(one, others)
        figures = pairs.figures()
        odds = self.file.words.log_odds(figures)
        if pairs.read.any():
            odds = np.where(pairs.read, self.file.sense.log_odds(figures), odds)
        odds[pairs.by_place_only] -= BY_PLACE_ONLY
        apart = pairs.swapped() | pairs.repeated() | pairs.ties.apart()
        return np.minimum(odds, APART, out=odds, where=apart)

    def of_story(self, likenesses: Sequence[float], gap: float) -> float:
        """Log-odds that an item belongs to a story: by its `likenesses` to those of its items that were looked up."""
        figures = zip(self.file.story.weights, story_figures(likenesses, gap), strict=True)
        return self.file.story.bias + sum(weight * figure for weight, figure in figures)


class Pairs:
    """One signature beside many: which words of the many it has too. Arrays are [others] or [others, words]."""

    def __init__(self, one: Signature, others: Signatures) -> None:
        words, own_words = np.ascontiguousarray(others["words"]), one["words"]
        self.count, self.own_numbers = one["counts"][:2].tolist()
        self.counts, self.all_numbers = others["counts"][:, :2].T
        same = words == own_words[own_words > 0][:, None, None]  # [own words, others, words]
        rarity, own = rarities(words), rarities(own_words[HEADLINE])
        in_headline, in_lede = same[: self.count].any(0), same[self.count :, :, HEADLINE].any(0)
        shared = rarity * in_headline
        self.rarity, self.shared_rarity = rarity[:, HEADLINE], shared[:, HEADLINE]
        self.own_squares, self.own_mass = own @ own, own.sum()
        self.mass, self.shared_mass = self.rarity.sum(1), self.shared_rarity.sum(1)
        self.in_either_lede = shared[:, LEDE].sum(1) + (self.rarity * in_lede).sum(1)  # and the other's headline
        self.shared = in_headline[:, HEADLINE].sum(1)
        self.shared_place_words = (in_headline[:, HEADLINE] & others["places"]).sum(1)
        self.numbers = (others["numbers"] == one["numbers"][one["numbers"] > 0][:, None, None]).sum((0, 2))
        self.ties = Ties(one, others)
        self.days = np.abs(others["at"] - one["at"]) / DAY
        self.read = others["read"] & one["read"]
        self.cosines = cosines(one, others) if self.read.any() else np.zeros(len(others))
        self.by_place_only = self._by_place_only()

    def _by_place_only(self) -> Flags:
        """Where a place is all that both name: "Sweden holds rates", "US tariff hits Sweden"."""
        nothing_else = (self.shared == self.shared_place_words) & (self.numbers == 0) & ~self.ties.by_name
        found: Flags = nothing_else & (self.ties.shared_places > 0)
        return found

    def figures(self) -> Floats:
        """The figures named in `PAIR`, then `SENSE`, [others, figures]."""
        mass = np.minimum(self.own_mass, self.mass)
        squares = np.sqrt(self.own_squares * _squares(self.rarity))
        figures = np.empty((len(self.days), len(PAIR) + 1))
        figures[:, 0] = _squares(self.shared_rarity) / np.maximum(squares, TINY)
        figures[:, 1] = np.minimum(1.0, (self.shared_mass + self.in_either_lede / 2) / np.maximum(mass, TINY))
        figures[:, 2] = self.shared_rarity.max(1)
        np.minimum(figures[:, 2], RAREST_PLACE, out=figures[:, 2], where=self.by_place_only)
        figures[:, 3], figures[:, 4] = self.shared, self.numbers
        figures[:, 5] = (self.all_numbers > 0) & (self.own_numbers > 0) & (self.numbers == 0)
        figures[:, 6] = self.days
        figures[:, 7] = np.minimum(self.count, self.counts)
        figures[:, 8] = self.cosines
        return figures

    def swapped(self) -> Flags:
        """Where one headline is the other with another thing in it: "Micron crosses ..." and "Hynix crosses ...".

        Nothing but that one word tells the two events apart, and by all that they share they would be one. Two names
        of one place are no other thing, and no other word for the same is ("threatens", "warns of").
        """
        but_one: Flags = (self.counts == self.count) & (self.shared == self.count - 1)
        if not but_one.any():  # as a rule
            return but_one
        one, other = self.own_mass - self.shared_mass, self.mass - self.shared_mass  # of the exchanged words
        renamed = self.ties.shared_places > self.shared_place_words
        common = (np.maximum(one, other) <= RAREST_WORD) & ~self.ties.by_other_names
        reworded = self.read & (self.cosines >= SAME_SENSE) & common
        found: Flags = but_one & (np.minimum(one, other) >= RARE) & ~renamed & ~reworded
        return found

    def repeated(self) -> Flags:
        """Where a headline comes again for another event: "Fed issues statement", "Wall Street closes higher"."""
        same_words: Flags = (self.counts == self.count) & (self.shared == self.count)
        if not same_words.any():  # as a rule
            return same_words
        same_numbers = (self.all_numbers == self.numbers) & (self.own_numbers == self.numbers)
        found: Flags = same_words & same_numbers & (self.days > REPEATED_AFTER)
        return found


def _squares(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The sum of squares of each row."""
    squares: npt.NDArray[np.float32] = (values * values).sum(1)
    return squares


def cosines(one: Signature, others: Signatures) -> Floats:
    """Of the vectors, [others]; of no use where either was not read."""
    dots: Floats = others["vector"].astype(np.float32) @ one["vector"].astype(np.float32)
    return dots / EIGHT_BITS**2


def story_figures(likenesses: Sequence[float], gap: float) -> tuple[float, ...]:
    """The figures named in `STORY`; `gap` in days to the nearest of the items looked up."""
    best, *rest = sorted(likenesses, reverse=True)
    grown = math.log(len(likenesses))
    return (
        best,
        (best + (rest[0] if rest else best)) / 2,
        sum(likenesses) / len(likenesses),
        grown,
        gap,
        best * grown,
    )
