"""Label files as training examples, and the texts that labels without text belong to.

A label line is what `tradewire eval` reads. One without a title names a text by its id only, so that labels can be
kept where their texts, which belong to the outlets, cannot: the text is looked up in the files given with --texts.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from bot.intake.normalise import from_record
from bot.model import Item
from bot.signals.encoder import DIRECTIONS, KINDS, TOPICS
from bot.signals.evaluation.labels import Labelled, labelled

Record = dict[str, object]

UNLABELLED = -1  # the class of a direction or kind that is not labelled


def examples(labels: Iterable[Path], texts: Iterable[Path]) -> list[Labelled]:
    """Every label of the files, in their order. Raises ValueError that names the file and line that is wrong."""
    known = {str(record.get("id")): record for path in texts for _, record in _records(path)}
    now = datetime.now(UTC)
    found = []
    for path in labels:
        for number, record in _records(path):
            try:
                found.append(labelled(_with_text(record, known), now))
            except ValueError as error:
                raise ValueError(f"{path}, line {number}: {error}") from None
    return found


def unlabelled(texts: Iterable[Path], labelled_ids: Container[str], most: int) -> list[Item]:
    """At most `most` items of the files of texts that no label belongs to, evenly over the files."""
    now = datetime.now(UTC)
    found = [from_record(record, now) for record in _evenly(texts, labelled_ids, most)]
    return [item for item in found if item.title]


def _evenly(texts: Iterable[Path], labelled_ids: Container[str], most: int) -> list[Record]:
    rest = [record for path in texts for _, record in _records(path) if str(record.get("id")) not in labelled_ids]
    step = max(1.0, len(rest) / most)
    return [rest[int(at * step)] for at in range(int(len(rest) / step))]


def _with_text(record: Record, known: Mapping[str, Record]) -> Record:
    if "title" in record:
        return record
    text = known.get(str(record.get("id")))
    if text is None:
        raise ValueError("no title, and no text with its id in the files of --texts")
    return {**text, **record}


def _records(path: Path) -> Iterator[tuple[int, Record]]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            record = json.loads(line)
            if not isinstance(record, dict):
                raise TypeError(f"{path}, line {number}: not a JSON object")
            yield number, record


def topic_target(example: Labelled) -> list[float]:
    """1 or 0 for each topic; NaN where it was not labelled."""
    return [float(example.truth[topic]) if topic in example.truth else float("nan") for topic in TOPICS]


def direction_target(example: Labelled) -> int:
    return UNLABELLED if example.direction is None else DIRECTIONS.index(example.direction)


def kind_target(example: Labelled) -> int:
    return UNLABELLED if example.kind is None else KINDS.index(example.kind)
