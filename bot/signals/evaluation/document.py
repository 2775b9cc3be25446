"""The report as one JSON document. Its keys are an interface: they change with a note in the CHANGELOG only.

- `format`: 1. `model`: which classifier.
- `labels`: `file`, `records` (lines with an item), `broken` (lines left out, with an error), `since`, `until`,
  `outside` (left out by these: another day, or none).
- `coverage`: `judged`, `languages` (records each), `first`, `last` (days), `undated`, `repeated_ids`,
  `abstained`: `n`, `languages`, `positives` (by topic). The abstained are in no figure below.
- `intervals`: `confidence`, `replicates`, `seed`.
- `topics`: by topic (trade, market, urgent; only what is labelled): `overall`; `best_f1` (`threshold`, `precision`,
  `recall`, `f1`; on these very records); `by_language`, `by_outlet`, `by_stratum` (name to figures). Figures: `n`,
  `positives`, `flagged`, `precision`, `recall`, `f1`, `average_precision` (estimates), `brier`, `calibration_error`,
  `reliability` (10 bins: `low`, `high`, `n`, `mean_probability`, `share_positive`).
- `min_outlet`: records that an outlet needs to be in `by_outlet`.
- `direction`, `kind`: `n` (labelled), `flagged`, `accuracy` (of the flagged), `accuracy_of_all` (a missed one is
  wrong), `macro_f1`, `most_frequent`, `classes` (by name: `labelled`, `said`, `precision`, `recall`; of the flagged),
  `confusion` (labelled, then said; also "none" and "not flagged"). `direction_by_language`: the same by language.
- `stream`: `basis` (named, found, all), `strata`, `n`, `meaning`, `topics` (by topic and `alert`, which is trade or
  market): `n`, `positives`, `false_alarms`, `false_alarms_per_1000`, `recall`.
- `mistakes` (only where asked for): `false_alarms`, `misses` (by topic), `direction`, `kind`: each `total` and
  `worst`, a list of `id`, `title`, `outlet`, `lang`, `probability`, `labelled`, `said`, `evidence` (as in a verdict).

An estimate is `value`, `low`, `high`. What is undefined is null. Numbers are rounded to six digits.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from bot.signals.evaluation.confusion import Confusion
from bot.signals.evaluation.labels import Period
from bot.signals.evaluation.natural import Stream
from bot.signals.evaluation.report import Report, TopicReport
from bot.signals.evaluation.resampling import CONFIDENCE, REPLICATES, SEED

FORMAT = 1
_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What became of the lines of the label file."""

    file: str
    records: int
    broken: int
    outside: int  # of the period, or without a date where there is one
    period: Period


def document(report: Report, reading: Reading) -> dict[str, Any]:
    whole = {
        "format": FORMAT,
        "model": report.model,
        "labels": _labels(reading),
        "coverage": _coverage(report),
        "intervals": {"confidence": CONFIDENCE, "replicates": REPLICATES, "seed": SEED},
        "topics": {topic: _topic(each) for topic, each in report.topics.items()},
        "min_outlet": report.min_outlet,
        "direction": _confusion(report.direction),
        "direction_by_language": {name: _confusion(each) for name, each in report.direction_by_language.items()},
        "kind": _confusion(report.kind),
        "stream": _stream(report.stream),
    }
    if report.mistakes:
        whole["mistakes"] = asdict(report.mistakes)
    rounded: dict[str, Any] = _rounded(whole)
    return rounded


def _labels(reading: Reading) -> dict[str, Any]:
    since, until = reading.period.since, reading.period.until
    return {
        "file": reading.file,
        "records": reading.records,
        "broken": reading.broken,
        "since": since.isoformat() if since else None,
        "until": until.isoformat() if until else None,
        "outside": reading.outside,
    }


def _coverage(report: Report) -> dict[str, Any]:
    first, last = report.coverage.first, report.coverage.last
    return asdict(report.coverage) | {
        "first": first.isoformat() if first else None,
        "last": last.isoformat() if last else None,
    }


def _topic(topic: TopicReport) -> dict[str, Any]:
    return {
        "overall": asdict(topic.overall),
        "best_f1": asdict(topic.best) if topic.best else None,
        "by_language": {name: asdict(each) for name, each in topic.by_language.items()},
        "by_outlet": {name: asdict(each) for name, each in topic.by_outlet.items()},
        "by_stratum": {name: asdict(each) for name, each in topic.by_stratum.items()},
    }


def _confusion(confusion: Confusion | None) -> dict[str, Any] | None:
    if confusion is None:
        return None
    plain = asdict(confusion)
    plain["confusion"] = plain.pop("counts")
    return plain


def _stream(stream: Stream) -> dict[str, Any]:
    return asdict(stream) | {"basis": str(stream.basis), "meaning": stream.meaning}


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(each) for each in value]
    return value
