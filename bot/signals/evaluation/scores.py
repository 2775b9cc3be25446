"""Every figure of one topic over one set of records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.model import Label
from bot.signals.evaluation.labels import Judged
from bot.signals.evaluation.metrics import (
    Bin,
    Sample,
    average_precision,
    brier,
    expected_calibration_error,
    f1,
    precision_recall,
    ratio,
    reliability,
)
from bot.signals.evaluation.resampling import Estimate, estimates, replicate_figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Precision, recall and F1 are those of the flags as given, at the classifier's own threshold.

    Average precision and calibration are those of the probabilities, whatever the threshold.
    """

    n: int
    positives: int
    flagged: int
    precision: Estimate | None
    recall: Estimate | None
    f1: Estimate | None
    average_precision: Estimate | None
    brier: float | None
    calibration_error: float | None
    reliability: tuple[Bin, ...]


def sample_of(judged: Iterable[Judged], topic: Label) -> Sample:
    """The records that are labelled for `topic`."""
    outcomes = [
        (each.probability(topic), truth, each.flagged(topic))
        for each in judged
        if (truth := each.truth(topic)) is not None
    ]
    return Sample.of([row[0] for row in outcomes], [row[1] for row in outcomes], [row[2] for row in outcomes])


def scores(sample: Sample) -> Scores:
    """`sample` must hold at least one record."""
    curve = precision_recall(sample)
    bins = reliability(sample)
    found = estimates(
        {
            "precision": ratio(sample.hits, sample.flags),
            "recall": ratio(sample.hits, sample.positives),
            "f1": f1(sample.hits, sample.flags, sample.positives),
            "average_precision": average_precision(curve) if curve else None,
        },
        sample.counts,
        lambda rows: replicate_figures(sample, rows),
    )
    return Scores(
        n=sample.n,
        positives=sample.positives,
        flagged=sample.flags,
        precision=found["precision"],
        recall=found["recall"],
        f1=found["f1"],
        average_precision=found["average_precision"],
        brier=brier(sample),
        calibration_error=expected_calibration_error(bins),
        reliability=bins,
    )
