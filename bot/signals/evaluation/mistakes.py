"""The records to look at first: where we were wrong and most sure of it, with the words that misled us."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.model import Evidence, Label
from bot.signals.evaluation.confusion import NONE_GIVEN
from bot.signals.evaluation.labels import TOPICS, Judged

QUOTES = 4  # of evidence, the strongest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One record. `labelled` and `said` are "1" and "0" for a topic, else a direction or a kind."""

    id: str
    title: str
    outlet: str
    lang: str | None
    probability: float
    labelled: str
    said: str
    evidence: tuple[Evidence, ...]  # what spoke for the wrong answer; empty where nothing quoted did


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistakes:
    """Of all the mistakes of one sort (`total`), the worst."""

    total: int
    worst: tuple[Mistake, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AllMistakes:
    false_alarms: dict[Label, Mistakes]
    misses: dict[Label, Mistakes]
    direction: Mistakes
    kind: Mistakes


def worst(judged: Sequence[Judged], most: int) -> AllMistakes:
    """Of each sort at most `most`.

    A false alarm is the worse the higher its probability, a miss the worse the lower. A direction or kind is wrong
    only where the topic was flagged rightly; escalation taken for de-escalation, or the reverse, comes first.
    """
    return AllMistakes(
        false_alarms={topic: _false_alarms(judged, topic, most) for topic in TOPICS},
        misses={topic: _misses(judged, topic, most) for topic in TOPICS},
        direction=_directions(judged, most),
        kind=_kinds(judged, most),
    )


def _false_alarms(judged: Iterable[Judged], topic: Label, most: int) -> Mistakes:
    wrong = [each for each in judged if each.truth(topic) is False and each.flagged(topic)]
    wrong.sort(key=lambda each: (-each.probability(topic), each.labelled.id))
    return Mistakes(
        total=len(wrong),
        worst=tuple(_mistake(each, topic, "0", "1", _spoke_for(topic, each)) for each in wrong[:most]),
    )


def _misses(judged: Iterable[Judged], topic: Label, most: int) -> Mistakes:
    wrong = [each for each in judged if each.truth(topic) and not each.flagged(topic)]
    wrong.sort(key=lambda each: (each.probability(topic), each.labelled.id))
    return Mistakes(
        total=len(wrong),
        worst=tuple(_mistake(each, topic, "1", "0", _spoke_against(topic, each)) for each in wrong[:most]),
    )


def _directions(judged: Iterable[Judged], most: int) -> Mistakes:
    def rank(each: Judged) -> tuple[bool, float, str]:
        mild = "neutral" in (each.labelled.direction, each.verdict.direction)
        return mild, -each.verdict.trade, each.labelled.id

    wrong = [
        each
        for each in judged
        if each.labelled.direction and each.flagged("trade") and each.verdict.direction != each.labelled.direction
    ]
    worst_ones = [
        _mistake(each, "trade", str(each.labelled.direction), said, _spoke_for(said, each))
        for each in sorted(wrong, key=rank)[:most]
        for said in [each.verdict.direction or NONE_GIVEN]
    ]
    return Mistakes(total=len(wrong), worst=tuple(worst_ones))


def _kinds(judged: Iterable[Judged], most: int) -> Mistakes:
    wrong = [
        each
        for each in judged
        if each.labelled.kind and each.flagged("market") and each.verdict.kind != each.labelled.kind
    ]
    wrong.sort(key=lambda each: (-each.verdict.market, each.labelled.id))
    worst_ones = [
        _mistake(each, "market", str(each.labelled.kind), said, _spoke_for("market", each))
        for each in wrong[:most]
        for said in [each.verdict.kind or NONE_GIVEN]
    ]
    return Mistakes(total=len(wrong), worst=tuple(worst_ones))


def _mistake(judged: Judged, topic: Label, labelled: str, said: str, evidence: tuple[Evidence, ...]) -> Mistake:
    item = judged.labelled.item
    return Mistake(
        id=judged.labelled.id,
        title=item.title,
        outlet=item.outlet,
        lang=item.lang,
        probability=judged.probability(topic),
        labelled=labelled,
        said=said,
        evidence=evidence,
    )


def _spoke_for(label: str, judged: Judged) -> tuple[Evidence, ...]:
    spoke = [each for each in judged.verdict.evidence if each.label == label and each.weight > 0]
    return tuple(sorted(spoke, key=lambda each: -each.weight)[:QUOTES])


def _spoke_against(label: str, judged: Judged) -> tuple[Evidence, ...]:
    spoke = [each for each in judged.verdict.evidence if each.label == label and each.weight < 0]
    return tuple(sorted(spoke, key=lambda each: each.weight)[:QUOTES])
