"""What a person labelled, and what we said of the same record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TypeVar, get_args

from bot.intake.normalise import from_record
from bot.model import Direction, Item, Kind, Label, Verdict
from bot.signals.document import language_of

TOPICS: tuple[Label, ...] = get_args(Label)
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
KINDS: tuple[Kind, ...] = get_args(Kind)

_Name = TypeVar("_Name", bound=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """One labelled record. `truth` holds the topics that were labelled: a record counts for these only."""

    id: str
    item: Item
    truth: Mapping[Label, bool]
    direction: Direction | None = None  # read only where trade is labelled 1
    kind: Kind | None = None  # read only where market is labelled 1
    stratum: str = ""  # how the record was drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A labelled record with our verdict on it."""

    labelled: Labelled
    verdict: Verdict

    @property
    def abstained(self) -> bool:
        """The language is not one of ours: the verdict says nothing, and its probabilities mean nothing."""
        return language_of(self.labelled.item) is None

    def truth(self, topic: Label) -> bool | None:
        """None: not labelled for `topic`."""
        return self.labelled.truth.get(topic)

    def probability(self, topic: Label) -> float:
        value: float = getattr(self.verdict, topic)
        return value

    def flagged(self, topic: Label) -> bool:
        return topic in self.verdict.labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The days (UTC) whose records count, both included; None: no limit on that side."""

    since: date | None = None
    until: date | None = None

    @property
    def limited(self) -> bool:
        return self.since is not None or self.until is not None

    def holds(self, moment: datetime) -> bool:
        day = moment.astimezone(UTC).date()
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


def labelled(record: Mapping[str, object], now: datetime) -> Labelled:
    """The labelled record of one JSON object: an item as `from_record` reads it, with its labels.

    `trade`, `market` and `urgent` are 0 or 1; one that is missing or null is not labelled. Raises ValueError that
    names the key and the cure.
    """
    truth = {topic: answer for topic in TOPICS if (answer := _answer(record, topic)) is not None}
    if not truth:
        raise ValueError("trade, market, urgent: none is given; label at least one of them with 0 or 1")
    return Labelled(
        id=str(record.get("id")),
        item=from_record(record, now),
        truth=truth,
        direction=_one_of(record, "direction", DIRECTIONS) if truth.get("trade") else None,
        kind=_one_of(record, "kind", KINDS) if truth.get("market") else None,
        stratum=_text(record, "stratum"),
    )


def _answer(record: Mapping[str, object], key: str) -> bool | None:
    value = record.get(key)
    if value is None:
        return None
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    raise ValueError(f"{key}: {_shown(value)} instead of 0, 1 or null")


def _one_of(record: Mapping[str, object], key: str, names: tuple[_Name, ...]) -> _Name | None:
    value = record.get(key)
    if value is None:
        return None
    for name in names:
        if value == name:
            return name
    raise ValueError(f"{key}: {_shown(value)} is none of {', '.join(names)}, null")


def _text(record: Mapping[str, object], key: str) -> str:
    value = record.get(key)
    if value is None or isinstance(value, str):
        return " ".join((value or "").split())
    raise ValueError(f"{key}: {_shown(value)} instead of text")


def _shown(value: object) -> str:
    return repr(value)[:40]
