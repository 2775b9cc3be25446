"""Intervals: reproducible, around the figure, as wide as theory says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.signals.evaluation import resampling
from bot.signals.evaluation.metrics import Floats, Sample, average_precision, f1, precision_recall, ratio
from bot.signals.evaluation.resampling import (
    REPLICATES,
    Estimate,
    Replicates,
    estimates,
    ratios,
    replicate_figures,
    resampled,
)
from bot.signals.evaluation.scores import scores
from tests.unit.evaluation_samples import sample


def ranged(found: Estimate | None) -> tuple[float, float, float]:
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    return found.low, found.value, found.high


def test_every_replicate_has_as_many_records_as_the_sample() -> None:
    rows = np.concatenate([*resampled(np.array([3, 0, 7, 90]))])
    assert rows.shape == (REPLICATES, 4)
    assert set(rows.sum(axis=1)) == {100}
    assert rows[:, 1].sum() == 0
    assert rows.mean(axis=0) == pytest.approx([3, 0, 7, 90], abs=0.5)


def test_working_in_pieces_draws_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = np.array([5, 5, 20])
    whole = np.concatenate([*resampled(counts)])
    monkeypatch.setattr(resampling, "_CELLS", 21)
    pieces = [*resampled(counts)]
    assert len(pieces) > 100
    assert np.array_equal(np.concatenate(pieces), whole)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([0.1, 0.3, 0.5, 0.9]), st.booleans(), st.booleans()), min_size=1, max_size=30)
)
def test_a_replicate_equal_to_the_sample_has_its_figures(rows: list[tuple[float, bool, bool]]) -> None:
    """The two ways in which each figure is computed, for the sample and for a replicate, are one formula."""
    found = Sample.of([row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows])
    curve = precision_recall(found)
    expected = {
        "precision": ratio(found.hits, found.flags),
        "recall": ratio(found.hits, found.positives),
        "f1": f1(found.hits, found.flags, found.positives),
        "average_precision": average_precision(curve) if curve else None,
    }
    for name, values in replicate_figures(found, found.counts[np.newaxis]).items():
        (value,) = values
        assert (None if math.isnan(value) else value) == (
            None if expected[name] is None else pytest.approx(expected[name])
        )


def test_intervals_hold_the_estimate_and_are_the_same_each_time() -> None:
    mixed = sample(*[(0.9, 1)] * 40, *[(0.8, 0)] * 8, *[(0.3, 1)] * 10, *[(0.1, 0)] * 60)
    figures = scores(mixed)
    for found in (figures.precision, figures.recall, figures.f1, figures.average_precision):
        low, value, high = ranged(found)
        assert 0 <= low < value < high <= 1
    assert scores(mixed) == figures


def test_the_interval_of_a_share_is_as_wide_as_theory_says() -> None:
    low, value, high = ranged(scores(sample(*[(0.9, 1)] * 320, *[(0.1, 1)] * 80)).recall)
    standard_error = math.sqrt(0.8 * 0.2 / 400)
    assert value == 0.8
    assert high - low == pytest.approx(2 * 1.96 * standard_error, rel=0.1)


def test_more_records_make_a_narrower_interval() -> None:
    few = [(0.9, 1)] * 8 + [(0.7, 0)] * 4 + [(0.2, 1)] * 4 + [(0.1, 0)] * 20
    wide, narrow = (ranged(scores(sample(*few * times)).f1) for times in (1, 16))
    assert wide[1] == pytest.approx(narrow[1])
    assert narrow[2] - narrow[0] == pytest.approx((wide[2] - wide[0]) / 4, rel=0.2)


def test_a_figure_that_most_replicates_leave_undefined_has_no_interval() -> None:
    counts = np.array([1, 999])

    def figures(rows: Replicates) -> dict[str, Floats]:
        return {"rare": ratios(rows[:, 0], np.where(rows[:, 0] > 1, rows[:, 0], 0))}

    assert estimates({"rare": 1.0}, counts, figures) == {"rare": Estimate(1.0)}


def test_an_undefined_figure_has_no_estimate() -> None:
    def figures(rows: Replicates) -> dict[str, Floats]:
        return {"share": ratios(rows[:, 0], rows.sum(axis=1))}

    assert estimates({"share": None}, np.array([2, 2]), figures) == {"share": None}
