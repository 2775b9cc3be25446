"""Bootstrap intervals: how far a figure would move if other records of the same kind had been labelled.

Percentile bootstrap (Efron 1979) over records: a new sample of n records drawn with replacement is a multinomial
draw of how often each distinct outcome occurs, so all replicates are rows of one array. The seed is fixed: the same
labels give the same interval. Records are taken as independent; where many report one event, the truth is wider.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from bot.signals.evaluation.metrics import Counts, Floats, Sample, last_of_ties

REPLICATES = 1_000
CONFIDENCE = 0.95
SEED = 20_250_506
_CELLS = 2_000_000  # of one array: 16 MB

Replicates = Counts  # one replicate a row, one distinct outcome a column


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval; `low` and `high` are None where most replicates leave the figure undefined."""

    value: float
    low: float | None = None
    high: float | None = None


def estimates(
    values: dict[str, float | None], counts: Counts, figures: Callable[[Replicates], dict[str, Floats]]
) -> dict[str, Estimate | None]:
    """Each of `values` with its interval.

    `figures` gives the same figures of some replicates: one number a replicate, NaN where it is undefined.
    """
    chunks = [figures(rows) for rows in resampled(counts)]
    return {
        name: None if value is None else _with_interval(value, np.concatenate([chunk[name] for chunk in chunks]))
        for name, value in values.items()
    }


def resampled(counts: Counts) -> Iterator[Replicates]:
    """How often each outcome occurs in each replicate, some rows at a time; `counts` must not be all zero."""
    generator = np.random.default_rng(SEED)
    total = counts.sum()
    rows = max(1, _CELLS // len(counts))
    for start in range(0, REPLICATES, rows):
        yield generator.multinomial(total, counts / total, size=min(rows, REPLICATES - start))


def replicate_figures(sample: Sample, rows: Replicates) -> dict[str, Floats]:
    """Precision, recall, F1 and average precision of each replicate of `sample`."""
    positives = rows[:, sample.truth].sum(axis=1)
    flags = rows[:, sample.flagged].sum(axis=1)
    hits = rows[:, sample.flagged & sample.truth].sum(axis=1)
    return {
        "precision": ratios(hits, flags),
        "recall": ratios(hits, positives),
        "f1": ratios(2 * hits, flags + positives),
        "average_precision": _average_precisions(sample, rows, positives),
    }


def _average_precisions(sample: Sample, rows: Replicates, positives: Counts) -> Floats:
    last = last_of_ties(sample.probability)
    passed = np.cumsum(rows, axis=1)[:, last]
    hits = np.cumsum(rows * sample.truth, axis=1)[:, last]
    precision = np.divide(hits, passed, out=np.zeros(passed.shape), where=passed > 0)
    return ratios((np.diff(hits, axis=1, prepend=0) * precision).sum(axis=1), positives)


def ratios(part: Counts | Floats, whole: Counts) -> Floats:
    """Row by row; NaN where `whole` is 0."""
    undefined: Floats = np.full(len(whole), np.nan)
    return np.divide(part, whole, out=undefined, where=whole > 0)


def _with_interval(value: float, replicates: Floats) -> Estimate:
    defined = replicates[~np.isnan(replicates)]
    if 2 * len(defined) < len(replicates):
        return Estimate(value)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return Estimate(value, float(low), float(high))
