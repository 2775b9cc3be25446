"""Fit `likeness.json` to windows of news that people grouped, and group a window by it, all in memory.

Plain logistic regression by Newton's method: a few thousand pairs and a dozen figures take a second, and the same
windows always give the same weights. The encoder behind `sense` is not fitted here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.model import StoryId
from bot.stories.cluster import MEMBERS, WINDOW, WORDS, Near, choose
from bot.stories.likeness import (
    DAY,
    PAIR,
    SENSE,
    STORY,
    Likeness,
    LikenessFile,
    Pairs,
    Weights,
    story_figures,
)
from bot.stories.signature import Floats, Signatures, rarest

FOLDS = 3  # parts of the windows, each scored by what the others teach
RIDGE = 1.0  # on standardised figures: holds back weights that few pairs speak for
STEPS = 25


@dataclass(frozen=True, slots=True)
class Grouped:
    """A window of news in the order of arrival, and the story of each item as people see it."""

    items: Signatures
    stories: list[Any]


def fit(windows: Sequence[Grouped], threshold: float) -> LikenessFile:
    """The weights that tell stories apart in `windows`; items join from `threshold` log-odds on."""
    pairs = [pair for window in windows for pair in _pairs(window)]
    figures = np.concatenate([each.figures for each in pairs])
    same = np.concatenate([each.same for each in pairs])
    counts = np.concatenate([each.counts for each in pairs])
    words = _weights(PAIR, figures[:, : len(PAIR)], same, counts)
    read = np.concatenate([each.read for each in pairs])
    sense = _weights((*PAIR, SENSE), figures[read], same[read], counts[read]) if read.any() else words
    draft = LikenessFile(words=words, sense=sense, story=Weights(names=STORY, bias=0, weights=(0,) * 6), threshold=0)
    joins = [join for window in windows for join in _joins(window, Likeness(draft))]
    story = _weights(STORY, np.array([each for each, _ in joins]), np.array([right for _, right in joins]))
    return draft.model_copy(update={"story": story, "threshold": threshold})


def grouped_by(window: Grouped, likeness: Likeness) -> list[Hashable]:
    """The stories of `window` as the program finds them, item by item."""
    found: list[StoryId] = []
    for place, near in enumerate(_nearest(window.items)):
        stored = Near(window.items[near], [found[at] for at in near])
        found.append(choose(window.items[place], stored, likeness) or StoryId(str(place)))
    return list(found)


def _nearest(items: Signatures) -> Iterator[list[int]]:
    """For each item the earlier ones that the store would give."""
    words = [dict(rarest(item, WORDS)) for item in items]
    for place, own in enumerate(words):
        shared = {
            at: sum(rarity for word, rarity in own.items() if word in words[at])
            for at in range(place)
            if abs(items[at]["at"] - items[place]["at"]) <= WINDOW.total_seconds() and own.keys() & words[at].keys()
        }
        yield sorted(shared, key=lambda at: -shared[at])[:MEMBERS]


@dataclass(frozen=True, slots=True)
class _Compared:
    """An item beside those near it: figures with the cosine last, whether each is one story with it, its weight."""

    figures: Floats
    read: Any
    same: Any
    counts: Floats  # pairs of large stories count less: they would drown the small ones


def _pairs(window: Grouped) -> Iterator[_Compared]:
    sizes = Counter(window.stories)
    for place, near in enumerate(_nearest(window.items)):
        if near:
            item, others, story = window.items[place], window.items[near], window.stories[place]
            same = np.array([window.stories[at] == story for at in near])
            yield _Compared(
                Pairs(item, others).figures(),
                item["read"] & others["read"],
                same,
                np.where(same, max(1, sizes[story] - 1) ** -0.5, 1.0),
            )


def _joins(window: Grouped, likeness: Likeness) -> Iterator[tuple[tuple[float, ...], bool]]:
    """Every item held against every story of its candidates, as they are by then if all before it is right."""
    for place, near in enumerate(_nearest(window.items)):
        item = window.items[place]
        odds = likeness.of_items(item, window.items[near])
        days = np.abs(window.items[near]["at"] - item["at"]) / DAY
        for story in dict.fromkeys(window.stories[at] for at in near):
            members = [number for number, at in enumerate(near) if window.stories[at] == story]
            gap = float(min(days[number] for number in members))
            yield (
                story_figures([float(odds[number]) for number in members], gap),
                story == window.stories[place],
            )


def _weights(
    names: tuple[str, ...], figures: Floats, right: npt.NDArray[Any], counts: Floats | None = None
) -> Weights:
    """The logistic model of `right` on `figures`, [cases, names], by Newton's method on standardised figures."""
    mean, scale = figures.mean(0), figures.std(0)
    scale[scale == 0] = 1
    rows = np.column_stack([np.ones(len(figures)), (figures - mean) / scale])
    counts = np.ones(len(figures)) if counts is None else counts
    ridge = np.diag([0.0, *[RIDGE] * len(names)])
    weights = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = rows.T @ (counts * (right - chance)) - ridge @ weights
        bend = (rows * (counts * chance * (1 - chance))[:, None]).T @ rows + ridge
        weights = weights + np.linalg.solve(bend + 1e-9 * np.eye(len(bend)), slope)
    plain = weights[1:] / scale
    return Weights(
        names=names,
        bias=round(float(weights[0] - mean @ plain), 4),
        weights=tuple(round(float(weight), 5) for weight in plain),
    )
