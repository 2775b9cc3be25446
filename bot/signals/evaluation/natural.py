"""What a reader of a stream would feel: false alarms per 1,000 items, and the recall that they buy.

Precision says little about that: it depends on how many positives were put into the label file. On a stream, trade
news is a few items in a hundred, so a small share of false flags among the rest is many wrong alerts a day.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.model import Label
from bot.signals.evaluation.labels import TOPICS, Judged
from bot.signals.evaluation.metrics import Floats, Sample, ratio
from bot.signals.evaluation.resampling import Estimate, Replicates, estimates, ratios

PER = 1_000  # items

ALERT = "alert"  # trade or market: what a reader is told of
_ALERTING: tuple[Label, ...] = ("trade", "market")
_NATURAL = re.compile(r"(?:^|[^a-z])natural(?:$|[^a-z])")


class Basis(StrEnum):
    """Which records stand for the stream."""

    NAMED = "named"  # strata that the reader named
    FOUND = "found"  # strata called natural in the file
    ALL = "all"  # every record, since nothing says which were drawn as they came


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamScore:
    """One topic on the stream. `false_alarms_per_1000` are of all its items, not of those flagged."""

    n: int
    positives: int
    false_alarms: int
    false_alarms_per_1000: Estimate | None
    recall: Estimate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    basis: Basis
    strata: tuple[str, ...]
    n: int
    topics: dict[str, StreamScore]  # by topic, and ALERT

    @property
    def meaning(self) -> str:
        """What the figures say, for a person."""
        if self.basis is Basis.ALL:
            return (
                "Over all records, since no stratum is called natural and none was named: they are what a desk would "
                "see only if the records were drawn as they came, and too high where hard cases were picked."
            )
        return f"Over the records drawn as they came: stratum {', '.join(self.strata)}."


def stream(judged: Sequence[Judged], named: Sequence[str] = ()) -> Stream:
    """The figures over the strata in `named`; without them over those called natural, else over all records.

    Raises ValueError where a named stratum has no record.
    """
    known = {each.labelled.stratum for each in judged}
    missing = [name for name in named if name not in known]
    if missing:
        offered = ", ".join(sorted(filter(None, known))) or "none at all"
        raise ValueError(f"no judged record has the stratum {missing[0]!r}; those of the file: {offered}")
    found = sorted(name for name in known if _NATURAL.search(name.casefold()))
    basis = Basis.NAMED if named else Basis.FOUND if found else Basis.ALL
    strata = tuple(dict.fromkeys(named)) or tuple(found)
    records = [each for each in judged if not strata or each.labelled.stratum in strata]
    samples = {topic: _sample(records, (topic,)) for topic in TOPICS} | {ALERT: _sample(records, _ALERTING)}
    return Stream(
        basis=basis,
        strata=strata,
        n=len(records),
        topics={name: _score(sample) for name, sample in samples.items() if sample.n},
    )


def _sample(records: Iterable[Judged], topics: Sequence[Label]) -> Sample:
    """Is any of `topics` true, and is any flagged? Records whose labels leave that open are out."""
    outcomes = [
        (any(answers), any(map(each.flagged, topics)))
        for each in records
        if None not in (answers := [each.truth(topic) for topic in topics]) or any(answers)
    ]
    return Sample.of([0.0] * len(outcomes), [truth for truth, _ in outcomes], [flag for _, flag in outcomes])


def _score(sample: Sample) -> StreamScore:
    def figures(rows: Replicates) -> dict[str, Floats]:
        false_alarms = rows[:, sample.flagged & ~sample.truth].sum(axis=1)
        hits = rows[:, sample.flagged & sample.truth].sum(axis=1)
        return {
            "false_alarms": ratios(PER * false_alarms, rows.sum(axis=1)),
            "recall": ratios(hits, rows[:, sample.truth].sum(axis=1)),
        }

    values = {
        "false_alarms": ratio(PER * sample.false_alarms, sample.n),
        "recall": ratio(sample.hits, sample.positives),
    }
    found = estimates(values, sample.counts, figures)
    return StreamScore(
        n=sample.n,
        positives=sample.positives,
        false_alarms=sample.false_alarms,
        false_alarms_per_1000=found["false_alarms"],
        recall=found["recall"],
    )
