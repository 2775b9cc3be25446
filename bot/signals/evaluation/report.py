"""The whole report on a set of judged records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from bot.model import Label
from bot.signals.evaluation.confusion import Confusion, Pair, direction_confusion, directions, kind_confusion, kinds
from bot.signals.evaluation.labels import TOPICS, Judged
from bot.signals.evaluation.metrics import Curve, Operating, best_f1, precision_recall
from bot.signals.evaluation.mistakes import AllMistakes, worst
from bot.signals.evaluation.natural import Stream, stream
from bot.signals.evaluation.scores import Scores, sample_of, scores

UNKNOWN = "unknown"  # the language of a text too short to tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Abstained:
    """Records in languages that are not ours. They are in no figure: nothing was claimed about them."""

    n: int
    languages: dict[str, int]
    positives: dict[Label, int]  # what a reader of these languages misses


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What the figures are about."""

    judged: int
    languages: dict[str, int]
    first: date | None  # days, UTC, of the dated records
    last: date | None
    undated: int
    repeated_ids: int  # records whose id an earlier one has: they count again
    abstained: Abstained


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicReport:
    """`best` is the threshold with the highest F1 on these very records: elsewhere it gives less."""

    overall: Scores
    curve: Curve | None
    best: Operating | None
    by_language: dict[str, Scores]
    by_outlet: dict[str, Scores]
    by_stratum: dict[str, Scores]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Groups are in order of size, the largest first."""

    model: str
    coverage: Coverage
    topics: dict[Label, TopicReport]  # those that any record is labelled for
    direction: Confusion | None
    direction_by_language: dict[str, Confusion]
    kind: Confusion | None
    stream: Stream
    mistakes: AllMistakes | None
    min_outlet: int


def evaluate(
    judged: Sequence[Judged], *, natural: Sequence[str] = (), min_outlet: int = 1, mistakes: int = 0
) -> Report:
    """The report on `judged`; `natural` names the strata that were drawn as they came.

    `min_outlet`: how many records an outlet needs. `mistakes`: how many of each sort to list. Raises ValueError where
    no record could be judged, or a stratum in `natural` has none.
    """
    ours = [each for each in judged if not each.abstained]
    if not ours:
        raise ValueError("no record to judge: every one is in a language that is not ours" if judged else "no record")
    return Report(
        model=ours[0].verdict.model,
        coverage=_coverage(ours, [each for each in judged if each.abstained]),
        topics={topic: _topic(ours, topic, min_outlet) for topic in TOPICS if _labelled_for(ours, topic)},
        direction=direction_confusion(directions(ours)),
        direction_by_language=_direction_by_language(ours),
        kind=kind_confusion(kinds(ours)),
        stream=stream(ours, natural),
        mistakes=worst(ours, mistakes) if mistakes else None,
        min_outlet=min_outlet,
    )


def _coverage(ours: Sequence[Judged], abstained: Sequence[Judged]) -> Coverage:
    days = [at.date() for each in ours if (at := each.labelled.item.published_at)]
    ids = Counter(each.labelled.id for each in (*ours, *abstained))
    return Coverage(
        judged=len(ours),
        languages={name: len(records) for name, records in _groups(ours, _language).items()},
        first=min(days, default=None),
        last=max(days, default=None),
        undated=len(ours) - len(days),
        repeated_ids=ids.total() - len(ids),
        abstained=Abstained(
            n=len(abstained),
            languages={name: len(records) for name, records in _groups(abstained, _language).items()},
            positives={topic: sum(each.truth(topic) is True for each in abstained) for topic in TOPICS},
        ),
    )


def _topic(judged: Sequence[Judged], topic: Label, min_outlet: int) -> TopicReport:
    records = [each for each in judged if each.truth(topic) is not None]
    sample = sample_of(records, topic)
    curve = precision_recall(sample)

    def by(name: Callable[[Judged], str], fewest: int = 1) -> dict[str, Scores]:
        groups = _groups(records, name)
        return {key: scores(sample_of(group, topic)) for key, group in groups.items() if len(group) >= fewest}

    return TopicReport(
        overall=scores(sample),
        curve=curve,
        best=best_f1(curve) if curve else None,
        by_language=by(_language),
        by_outlet=by(lambda each: each.labelled.item.outlet, min_outlet),
        by_stratum=by(lambda each: each.labelled.stratum),
    )


def _direction_by_language(judged: Iterable[Judged]) -> dict[str, Confusion]:
    found = {}
    for name, records in _groups(judged, _language).items():
        pairs: list[Pair] = directions(records)
        if confusion := direction_confusion(pairs):
            found[name] = confusion
    return found


def _labelled_for(judged: Iterable[Judged], topic: Label) -> bool:
    return any(each.truth(topic) is not None for each in judged)


def _language(judged: Judged) -> str:
    return judged.labelled.item.lang or UNKNOWN


def _groups(judged: Iterable[Judged], name: Callable[[Judged], str]) -> dict[str, list[Judged]]:
    """The records under each name, the largest group first; those without a name are in none."""
    groups: dict[str, list[Judged]] = {}
    for each in judged:
        if key := name(each):
            groups.setdefault(key, []).append(each)
    return dict(sorted(groups.items(), key=lambda group: (-len(group[1]), group[0])))
