"""The maths, against values worked out by hand and against slow definitions."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.signals.evaluation.metrics import (
    Sample,
    average_precision,
    best_f1,
    brier,
    expected_calibration_error,
    f1,
    precision_recall,
    reliability,
)
from bot.signals.evaluation.scores import scores
from tests.unit.evaluation_samples import sample

Outcome = tuple[float, int]
outcomes = st.lists(
    st.tuples(st.integers(0, 20).map(lambda twentieths: twentieths / 20), st.integers(0, 1)), min_size=1, max_size=40
)


def ap(*pairs: Outcome) -> float:
    curve = precision_recall(sample(*pairs))
    assert curve is not None
    return average_precision(curve)


def slow_ap(pairs: list[Outcome]) -> float:
    """From the definition: at every threshold, the gain in recall times the precision."""
    positives = sum(truth for _, truth in pairs)
    total, recall_before = 0.0, 0.0
    for threshold in sorted({probability for probability, _ in pairs}, reverse=True):
        passed = [truth for probability, truth in pairs if probability >= threshold]
        recall = sum(passed) / positives
        total += (recall - recall_before) * sum(passed) / len(passed)
        recall_before = recall
    return total


def test_average_precision_of_a_small_ranking() -> None:
    assert ap((0.9, 1), (0.8, 0), (0.7, 1), (0.6, 0)) == pytest.approx(1 / 2 * 1 + 1 / 2 * 2 / 3)
    assert ap((0.9, 0), (0.8, 1)) == pytest.approx(1 / 2)


def test_average_precision_is_1_for_a_perfect_ranking_and_the_share_of_positives_for_none() -> None:
    assert ap((0.9, 1), (0.8, 1), (0.3, 0), (0.2, 0), (0.1, 0)) == 1.0
    assert ap(*[(0.5, 1)] * 3, *[(0.5, 0)] * 9) == pytest.approx(0.25)


def test_equal_probabilities_pass_the_threshold_together() -> None:
    assert ap((0.5, 1), (0.5, 0)) == ap((0.5, 0), (0.5, 1)) == pytest.approx(0.5)


@settings(deadline=None)
@given(outcomes.filter(lambda pairs: any(truth for _, truth in pairs)))
def test_average_precision_and_best_f1_agree_with_their_definitions(pairs: list[Outcome]) -> None:
    assert ap(*pairs) == pytest.approx(slow_ap(pairs))
    curve = precision_recall(sample(*pairs))
    assert curve is not None
    best = best_f1(curve)
    positives = sum(truth for _, truth in pairs)
    reachable = {}
    for threshold in {probability for probability, _ in pairs}:
        passed = [truth for probability, truth in pairs if probability >= threshold]
        reachable[threshold] = 2 * sum(passed) / (len(passed) + positives)
    assert best.f1 == pytest.approx(max(reachable.values()))
    assert reachable[best.threshold] == pytest.approx(best.f1)


@settings(deadline=None)
@given(outcomes, st.randoms(use_true_random=False))
def test_the_order_of_the_records_changes_nothing(pairs: list[Outcome], shuffler: random.Random) -> None:
    shuffled = pairs[:]
    shuffler.shuffle(shuffled)
    assert scores(sample(*pairs)) == scores(sample(*shuffled))


def test_counts_of_flags() -> None:
    found = Sample.of([0.9, 0.9, 0.2, 0.8], [True, False, True, False], [True, True, False, False])
    assert (found.n, found.positives, found.flags, found.hits, found.false_alarms) == (4, 2, 2, 1, 1)
    figures = scores(found)
    assert figures.precision is not None
    assert figures.recall is not None
    assert figures.f1 is not None
    assert (figures.precision.value, figures.recall.value, figures.f1.value) == (0.5, 0.5, 0.5)


def test_flags_are_taken_as_given_and_not_made_from_probabilities() -> None:
    """An urgent item that is neither trade nor market is not flagged, however probable."""
    figures = scores(Sample.of([0.99, 0.1], [True, False], [False, False]))
    assert figures.recall is not None
    assert figures.recall.value == 0
    assert figures.average_precision is not None
    assert figures.average_precision.value == 1


def test_what_is_undefined_is_none_and_not_zero() -> None:
    nothing_positive = scores(sample((0.2, 0), (0.1, 0)))
    assert nothing_positive.precision is nothing_positive.recall is nothing_positive.f1 is None
    assert nothing_positive.average_precision is None
    only_false_alarms = scores(sample((0.9, 0), (0.1, 0)))
    assert only_false_alarms.precision is not None
    assert only_false_alarms.precision.value == 0
    assert only_false_alarms.recall is None
    assert f1(0, 0, 0) is None


def test_calibration_error_of_honest_probabilities_is_zero() -> None:
    honest = sample(*[(0.25, 1)], *[(0.25, 0)] * 3, *[(0.75, 1)] * 3, *[(0.75, 0)])
    assert expected_calibration_error(reliability(honest)) == pytest.approx(0)


def test_calibration_error_weighs_each_bin_by_its_records() -> None:
    assert expected_calibration_error(reliability(sample((1.0, 1), (1.0, 0)))) == pytest.approx(0.5)
    mixed = sample((1.0, 1), (1.0, 0), *[(0.0, 0)] * 8)
    assert expected_calibration_error(reliability(mixed)) == pytest.approx(0.5 * 2 / 10)
    # within one bin two mistakes of opposite sign cancel out: 0.41 and 0.49 are both "0.45"
    assert expected_calibration_error(reliability(sample((0.41, 1), (0.49, 0)))) == pytest.approx(0.05)


def test_bins_hold_their_lower_edge_and_the_last_one_also_its_upper() -> None:
    edges = sample(*[(place / 10, 0) for place in range(11)])
    assert [each.n for each in reliability(edges)] == [1] * 9 + [2]
    empty = reliability(sample((0.05, 1)))[5]
    assert (empty.n, empty.mean_probability, empty.share_positive) == (0, None, None)


@settings(deadline=None)
@given(outcomes)
def test_bins_add_up_to_the_records(pairs: list[Outcome]) -> None:
    bins = reliability(sample(*pairs))
    assert sum(each.n for each in bins) == len(pairs)
    said = sum(each.n * each.mean_probability for each in bins if each.mean_probability is not None)
    assert said == pytest.approx(sum(probability for probability, _ in pairs))
    means = [(each.low, each.mean_probability, each.high) for each in bins if each.mean_probability is not None]
    assert all(low - 1e-9 <= mean <= high + 1e-9 for low, mean, high in means)  # a mean is off by a last digit


def test_brier_score_is_the_mean_square_of_the_error() -> None:
    assert brier(sample((1.0, 1), (0.0, 0))) == 0
    assert brier(sample((0.8, 1), (0.6, 0))) == pytest.approx((0.04 + 0.36) / 2)
