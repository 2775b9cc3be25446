"""What we took for what: directions of trade news, kinds of market news."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bot.model import Label
from bot.signals.evaluation.labels import DIRECTIONS, KINDS, Judged
from bot.signals.evaluation.metrics import Floats, f1, ratio
from bot.signals.evaluation.resampling import Estimate, Replicates, estimates, ratios

NOT_FLAGGED = "not flagged"  # the topic was missed, so there is nothing to tell apart
NONE_GIVEN = "none"  # flagged, but without a direction or kind

Pair = tuple[str, str]  # as labelled; as we said: a name, NONE_GIVEN or NOT_FLAGGED


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassScore:
    """One name among the flagged records: `share` of those labelled so that we called so, and the reverse."""

    labelled: int
    said: int
    precision: float | None
    recall: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """`counts[labelled][said]`; accuracy over the flagged records, and over all, where a missed one is wrong."""

    n: int
    flagged: int
    counts: dict[str, dict[str, int]]
    classes: dict[str, ClassScore]
    accuracy: Estimate | None
    accuracy_of_all: Estimate | None
    macro_f1: float | None  # the mean F1 over the names that occur: a rare one counts as much as a frequent one
    most_frequent: float | None  # the accuracy of always saying the most frequent name


def directions(judged: Iterable[Judged]) -> list[Pair]:
    """The records that are labelled trade with a direction."""
    return [
        (each.labelled.direction, _said(each, "trade", each.verdict.direction))
        for each in judged
        if each.labelled.direction
    ]


def kinds(judged: Iterable[Judged]) -> list[Pair]:
    """The records that are labelled market with a kind."""
    return [(each.labelled.kind, _said(each, "market", each.verdict.kind)) for each in judged if each.labelled.kind]


def direction_confusion(pairs: Sequence[Pair]) -> Confusion | None:
    return confusion(pairs, DIRECTIONS)


def kind_confusion(pairs: Sequence[Pair]) -> Confusion | None:
    return confusion(pairs, KINDS)


def confusion(pairs: Sequence[Pair], names: Sequence[str]) -> Confusion | None:
    """None where there is no record."""
    if not pairs:
        return None
    found = Counter(pairs)
    counts = {row: {said: found[row, said] for said in (*names, NONE_GIVEN, NOT_FLAGGED)} for row in names}
    right = sum(counts[name][name] for name in names)
    flagged = sum(said != NOT_FLAGGED for _, said in pairs)
    classes = {name: _class_score(counts, name) for name in names}
    accuracies = _accuracies(right, flagged, len(pairs))
    return Confusion(
        n=len(pairs),
        flagged=flagged,
        counts=counts,
        classes=classes,
        accuracy=accuracies["flagged"],
        accuracy_of_all=accuracies["all"],
        macro_f1=_macro_f1(counts, classes),
        most_frequent=ratio(max(score.labelled for score in classes.values()), flagged),
    )


def _said(judged: Judged, topic: Label, name: str | None) -> str:
    return (name or NONE_GIVEN) if judged.flagged(topic) else NOT_FLAGGED


def _class_score(counts: dict[str, dict[str, int]], name: str) -> ClassScore:
    labelled = sum(number for said, number in counts[name].items() if said != NOT_FLAGGED)
    said = sum(row[name] for row in counts.values())
    right = counts[name][name]
    return ClassScore(labelled=labelled, said=said, precision=ratio(right, said), recall=ratio(right, labelled))


def _macro_f1(counts: dict[str, dict[str, int]], classes: dict[str, ClassScore]) -> float | None:
    each = [f1(counts[name][name], score.said, score.labelled) for name, score in classes.items()]
    defined = [value for value in each if value is not None]
    return ratio(sum(defined), len(defined))


def _accuracies(right: int, flagged: int, n: int) -> dict[str, Estimate | None]:
    """With intervals: a record is right, wrong or not flagged, in this order."""

    def figures(rows: Replicates) -> dict[str, Floats]:
        return {
            "flagged": ratios(rows[:, 0], rows[:, 0] + rows[:, 1]),
            "all": ratios(rows[:, 0], rows.sum(axis=1)),
        }

    outcomes = np.array([right, flagged - right, n - flagged], np.int64)
    return estimates({"flagged": ratio(right, flagged), "all": ratio(right, n)}, outcomes, figures)
