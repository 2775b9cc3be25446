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
from bot.stories.cluster import MEMBERS, WINDOW, WORDS, Candidate, choose
from bot.stories.likeness import DAY, PAIR, SENSE, STORY, Likeness, LikenessFile, Weights, pair_figures, story_figures
from bot.stories.signature import Signature, rarity

Floats = npt.NDArray[np.float64]

RIDGE = 1.0  # on standardised figures: holds back weights that few pairs speak for
STEPS = 25


@dataclass(frozen=True, slots=True)
class Grouped:
    """A window of news in the order of arrival, and the story of each item as people see it."""

    items: list[Signature]
    stories: list[Any]


def fit(windows: Sequence[Grouped], threshold: float) -> LikenessFile:
    """The weights that tell stories apart in `windows`; items join from `threshold` log-odds on."""
    pairs = [pair for window in windows for pair in _pairs(window)]
    figures = np.array([pair_figures(one, other) for one, other, _, _ in pairs])
    same = np.array([belongs for _, _, belongs, _ in pairs])
    counts = np.array([count for _, _, _, count in pairs])
    words = _weights(PAIR, figures, same, counts)
    cosines = [_cosine(one, other) for one, other, _, _ in pairs]
    read = np.array([cosine is not None for cosine in cosines])
    sense = words
    if read.any():
        with_sense = np.column_stack([figures, np.array([cosine or 0.0 for cosine in cosines])])
        sense = _weights((*PAIR, SENSE), with_sense[read], same[read], counts[read])
    draft = LikenessFile(words=words, sense=sense, story=Weights(names=STORY, bias=0, weights=(0,) * 6), threshold=0)
    joins = [join for window in windows for join in _joins(window, Likeness(draft))]
    story = _weights(STORY, np.array([each for each, _ in joins]), np.array([right for _, right in joins]))
    return draft.model_copy(update={"story": story, "threshold": threshold})


def grouped_by(window: Grouped, likeness: Likeness) -> list[Hashable]:
    """The stories of `window` as the program finds them, item by item."""
    found: list[Hashable] = []
    for place, item in enumerate(window.items):
        near = _near(window.items, place)
        candidates = [
            Candidate(
                StoryId(str(story)), found.count(story), [window.items[at] for at in near if found[at] == story]
            )
            for story in dict.fromkeys(found[at] for at in near)
        ]
        found.append(choose(item, candidates, likeness) or str(place))
    return found


def _near(items: Sequence[Signature], place: int) -> list[int]:
    """The earlier items that the store would give as candidates for the one at `place`."""
    item = items[place]
    own = set(item.rarest(WORDS))
    shared: Counter[int] = Counter()
    for at, other in enumerate(items[:place]):
        if abs(item.at - other.at) <= WINDOW and (words := own & set(other.rarest(WORDS))):
            shared[at] = round(1_000 * sum(map(rarity, words)))
    return [at for at, _ in shared.most_common(MEMBERS)]


def _pairs(window: Grouped) -> Iterator[tuple[Signature, Signature, bool, float]]:
    """Every pair that is compared, whether it is one story, and its weight: large stories do not drown small ones."""
    sizes = Counter(window.stories)
    for place, item in enumerate(window.items):
        for at in _near(window.items, place):
            same = window.stories[place] == window.stories[at]
            weight = 1 / (sizes[window.stories[place]] - 1) ** 0.5 if same else 1.0
            yield item, window.items[at], same, weight


def _joins(window: Grouped, likeness: Likeness) -> Iterator[tuple[tuple[float, ...], bool]]:
    """Every item held against every story of its candidates, as they are by then if all before it is right."""
    sizes: Counter[Any] = Counter()
    for place, item in enumerate(window.items):
        near = _near(window.items, place)
        for story in dict.fromkeys(window.stories[at] for at in near):
            members = [window.items[at] for at in near if window.stories[at] == story]
            gap = min(abs((item.at - member.at).total_seconds()) for member in members) / DAY
            likenesses = [likeness.of_items(item, member) for member in members]
            yield story_figures(likenesses, sizes[story], gap), story == window.stories[place]
        sizes[window.stories[place]] += 1


def _cosine(one: Signature, other: Signature) -> float | None:
    return None if one.vector is None or other.vector is None else float(one.vector @ other.vector)


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
