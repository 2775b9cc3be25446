"""What a desk wants to know of a replay, in figures. Pure.

Days are UTC; a message counts on the day on which it is sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from bot.model import Destination, Reason, Tier


@dataclass(frozen=True, slots=True)
class Days:
    """From `first` to `last`, both included."""

    first: date
    last: date

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    def columns(self, most: int) -> list[Days]:
        """These days in at most `most` stretches of the same length; the last may be shorter."""
        width = -(-len(self) // most)
        starts = range(0, len(self), width)
        return [
            Days(self.first + timedelta(start), min(self.first + timedelta(start + width - 1), self.last))
            for start in starts
        ]


@dataclass(slots=True, kw_only=True)
class Traffic:
    """What one route sent to one destination, and what it kept quiet about."""

    by_day: Counter[date] = field(default_factory=Counter)
    threads: int = 0  # of the messages, those that answer in the thread of an earlier one
    tiers: Counter[Tier] = field(default_factory=Counter)
    reasons: Counter[Reason] = field(default_factory=Counter)
    quiet: Counter[Reason] = field(default_factory=Counter)
    superseded: int = 0  # held by quiet hours, and said by a later message instead

    @property
    def messages(self) -> int:
        return self.by_day.total()

    def busiest(self) -> date | None:
        """The day with the most messages, of several the first."""
        return min(self.by_day, key=lambda day: (-self.by_day[day], day), default=None)

    def means(self, columns: Sequence[Days]) -> list[float]:
        """Messages a day in each stretch of days."""
        return [
            sum(self.by_day[column.first + timedelta(place)] for place in range(len(column))) / len(column)
            for column in columns
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a route alone would send to each of its destinations, by threshold (None: as it is)."""

    route: str
    threshold: float | None  # that it has now; None: the classifier's own labels
    messages: Mapping[float | None, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A whole replay. `traffic` has every route and destination that was asked for, in the order of the file."""

    days: Days
    items: int
    traffic: Mapping[tuple[str, Destination], Traffic]
    trials: Sequence[Trial] = ()

    def together(self) -> list[tuple[str, list[Destination], Traffic]]:
        """The traffic by route, destinations that hear the same together."""
        found: list[tuple[str, list[Destination], Traffic]] = []
        for (route, destination), traffic in self.traffic.items():
            for name, destinations, known in found:
                if name == route and known == traffic:
                    destinations.append(destination)
                    break
            else:
                found.append((route, [destination], traffic))
        return found
