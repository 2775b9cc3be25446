"""The maths of one topic: a yes-no question, answered with a probability and with a flag.

Undefined values (the recall of no positives, the precision of no flags) are None, never 0 or 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 10  # of the reliability table, equally wide

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sample:
    """The distinct outcomes of one topic, the most probable first, and how many records had each.

    Every figure is a function of these, so the order of the records cannot matter; and since probabilities are
    rounded, a million records are a few thousand outcomes.
    """

    probability: Floats
    truth: Flags
    flagged: Flags
    counts: Counts

    @classmethod
    def of(cls, probability: Sequence[float], truth: Sequence[bool], flagged: Sequence[bool]) -> Sample:
        """One record a place in the three sequences."""
        rows = np.column_stack(
            [np.asarray(probability, np.float64), np.asarray(truth, np.float64), np.asarray(flagged, np.float64)]
        )
        distinct, counts = np.unique(rows, axis=0, return_counts=True)
        distinct, counts = distinct[::-1], counts[::-1]
        return cls(distinct[:, 0], distinct[:, 1] > 0, distinct[:, 2] > 0, counts.astype(np.int64))

    @property
    def n(self) -> int:
        return int(self.counts.sum())

    @property
    def positives(self) -> int:
        return int(self.counts[self.truth].sum())

    @property
    def flags(self) -> int:
        return int(self.counts[self.flagged].sum())

    @property
    def hits(self) -> int:
        """Flagged, and rightly."""
        return int(self.counts[self.flagged & self.truth].sum())

    @property
    def false_alarms(self) -> int:
        return self.flags - self.hits


def ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def f1(hits: float, flags: float, positives: float) -> float | None:
    """The harmonic mean of precision and recall; None where nothing is positive and nothing flagged."""
    return ratio(2 * hits, flags + positives)


# --- ranking ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Curve:
    """Precision and recall at each distinct probability taken as the threshold, from the highest down."""

    threshold: Floats
    precision: Floats
    recall: Floats


def precision_recall(sample: Sample) -> Curve | None:
    """None where nothing is positive. Records of equal probability pass the threshold together."""
    if not sample.positives:
        return None
    last = last_of_ties(sample.probability)
    passed = np.cumsum(sample.counts)[last]
    hits = np.cumsum(sample.counts * sample.truth)[last]
    return Curve(sample.probability[last], hits / passed, hits / hits[-1])


def last_of_ties(probability: Floats) -> NDArray[np.intp]:
    """The place of the last outcome of each distinct probability; `probability` is sorted."""
    return np.flatnonzero(np.append(probability[1:] != probability[:-1], True))


def average_precision(curve: Curve) -> float:
    """The mean of precision over recall, by steps and without interpolation: sum of (R_k - R_k-1) P_k."""
    return float(np.sum(np.diff(curve.recall, prepend=0.0) * curve.precision))


@dataclass(frozen=True, slots=True)
class Operating:
    """A threshold, and what it gives."""

    threshold: float
    precision: float
    recall: float
    f1: float


def best_f1(curve: Curve) -> Operating:
    """The threshold with the highest F1; of equals the highest."""
    product, total = 2 * curve.precision * curve.recall, curve.precision + curve.recall
    scores = np.divide(product, total, out=np.zeros_like(total), where=total > 0)
    best = int(np.argmax(scores))
    return Operating(
        float(curve.threshold[best]), float(curve.precision[best]), float(curve.recall[best]), float(scores[best])
    )


# --- calibration ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bin:
    """One line of the reliability table: the records with low <= probability < high (the last one: <= high)."""

    low: float
    high: float
    n: int
    mean_probability: float | None
    share_positive: float | None


def reliability(sample: Sample) -> tuple[Bin, ...]:
    places = np.clip((sample.probability * BINS).astype(np.int64), 0, BINS - 1)
    counts = np.bincount(places, sample.counts, BINS)
    probability = np.bincount(places, sample.counts * sample.probability, BINS)
    positive = np.bincount(places, sample.counts * sample.truth, BINS)
    return tuple(
        Bin(
            place / BINS,
            (place + 1) / BINS,
            int(counts[place]),
            ratio(float(probability[place]), float(counts[place])),
            ratio(float(positive[place]), float(counts[place])),
        )
        for place in range(BINS)
    )


def expected_calibration_error(bins: Sequence[Bin]) -> float | None:
    """The mean distance between probability and share positive over the bins, each weighted by its records."""
    gaps = [
        each.n * abs(each.mean_probability - each.share_positive)
        for each in bins
        if each.mean_probability is not None and each.share_positive is not None
    ]
    return ratio(sum(gaps), sum(each.n for each in bins))


def brier(sample: Sample) -> float | None:
    """The mean square of probability minus truth (Brier 1950): 0 is perfect; it punishes both kinds of error."""
    squares = (sample.probability - sample.truth) ** 2
    return ratio(float(np.sum(squares * sample.counts)), sample.n)
