"""Learning from the desk: what "Relevant" and "Not relevant" change in the place where people press them. Pure.

A mark shifts the place's threshold for the topics that it concerns, `STEP` in log-odds, by four rules:

- A mark that contradicts the threshold set for the place moves it: "Not relevant" on what was over it raises it,
  "Relevant" on what was not lowers it. One that agrees only takes back what others moved.
- A person counts for `MOST_OF_ONE` steps at most, a place moves by `MOST` at most: nobody silences a channel alone,
  and all together they cannot silence it either.
- A mark counts for `COUNTS_FOR`, then the threshold is as if it had never been made.
- What is urgent or flash is never held back. A shift is about a topic as a whole, a single press must not cost the
  one alert that matters. (What a desk wants silent, it mutes.)

Log-odds, because a step then means the same evidence at any threshold and never leaves 0 to 1. Two steps turn 0.50
into 0.62, all six into 0.82 or 0.18; docs/decisions/0006 has what they cost in recall.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.model import Destination, ItemKey, Label, Tier, Verdict

TOPICS: tuple[Label, ...] = ("trade", "market")  # urgency is no topic: a mark does not say how loud is right

STEP = 0.25  # log-odds
MOST_OF_ONE = 3  # steps of one person
MOST = 6  # steps of a place
COUNTS_FOR = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What one person said of one item in one place. `topics` are those that it concerns; there may be none.

    `verdict` is the story's as it stood then, without its facts and evidence. `flagged` are the topics for which that
    was over the thresholds set for the place, before any shift: what a mark contradicts must not change with others'.
    """

    place: Destination
    person: Destination
    item_key: ItemKey
    relevant: bool
    topics: tuple[Label, ...]
    flagged: tuple[Label, ...]
    verdict: Verdict
    marked_at: datetime

    @property
    def says(self) -> str:
        return "Relevant" if self.relevant else "Not relevant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How far the marks of a place move its threshold for one topic; more than 0 steps: fewer alerts."""

    steps: int = 0
    relevant: int = 0  # marks that count, for the explanation
    irrelevant: int = 0

    def threshold(self, base: float) -> float:
        """The shifted threshold; a `base` of 0 (everything) or 1 (only certainty) stays as the owner set it."""
        if not self.steps or not 0 < base < 1:
            return base
        return 1 / (1 + math.exp(-(math.log(base / (1 - base)) + STEP * self.steps)))

    def describe(self, base: float) -> str:
        """ "0.62 (0.50 shifted by 2 Not relevant marks)" """
        if not self.relevant and not self.irrelevant:
            return f"{base:.2f}"
        if not self.steps:
            return f"{base:.2f} (not shifted by {self._marks()})"
        limit = ", as far as marks go" if abs(self.steps) == MOST else ""
        return f"{self.threshold(base):.2f} ({base:.2f} shifted by {self._marks()}{limit})"

    def _marks(self) -> str:
        counts = {"Not relevant": self.irrelevant, "Relevant": self.relevant}
        said = " and ".join(f"{count} {name}" for name, count in counts.items() if count)
        return f"{said} mark{'s' if self.relevant + self.irrelevant > 1 else ''}"


Shifts = Mapping[Label, Shift]


def shifts_of(marks: Iterable[Mark]) -> dict[Destination, dict[Label, Shift]]:
    """The shift of every place and topic that the marks concern. The caller leaves out what no longer counts."""
    concerned: defaultdict[Destination, defaultdict[Label, list[Mark]]] = defaultdict(lambda: defaultdict(list))
    for mark in marks:
        for topic in mark.topics:
            concerned[mark.place][topic].append(mark)
    return {
        place: {topic: _shift(found, topic) for topic, found in topics.items()} for place, topics in concerned.items()
    }


def _shift(marks: Sequence[Mark], topic: Label) -> Shift:
    by_person: defaultdict[Destination, list[Mark]] = defaultdict(list)
    for mark in marks:
        by_person[mark.person].append(mark)
    net = false_alarms = misses = 0
    for own in by_person.values():
        net += _within(MOST_OF_ONE, sum(-1 if mark.relevant else 1 for mark in own))
        false_alarms += min(MOST_OF_ONE, sum(not mark.relevant and topic in mark.flagged for mark in own))
        misses += min(MOST_OF_ONE, sum(mark.relevant and topic not in mark.flagged for mark in own))
    relevant = sum(mark.relevant for mark in marks)
    return Shift(
        steps=_within(MOST, max(-misses, min(false_alarms, net))),
        relevant=relevant,
        irrelevant=len(marks) - relevant,
    )


def _within(limit: int, steps: int) -> int:
    return max(-limit, min(limit, steps))


# --- at the routes ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A story as one place takes it: the topics over its thresholds, and how loud that makes it.

    `note` says in words what the marks changed; empty where they changed nothing.
    """

    topics: frozenset[str]
    tier: Tier
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """The classifier's own thresholds, and how the marks of each place shift them."""

    thresholds: Mapping[Label, float] = field(default_factory=dict)
    shifts: Mapping[Destination, Shifts] = field(default_factory=dict)

    def threshold(self, topic: Label, of_route: float | None) -> float | None:
        """Before any shift: what the route sets, else the classifier's."""
        return self.thresholds.get(topic) if of_route is None else of_route

    def seen(
        self,
        place: Destination,
        verdict: Verdict,
        tier: Tier,
        *,
        topics: frozenset[str],
        of_route: Callable[[Label], float | None],
    ) -> Seen:
        """What `place` sees of a story whose `topics` are over the thresholds before any shift, `of_route` each."""
        owner = "this person's" if place.person else "this channel's"
        there, notes = set(topics), []
        for topic, shift in self.shifts.get(place, {}).items():
            base, flagged = self.threshold(topic, of_route(topic)), topic in topics
            if base is None or _over(shift, base, _probability(verdict, topic), flagged=flagged) == flagged:
                continue
            figure = f"{owner} {topic} threshold {shift.describe(base)}"
            if not flagged:
                there.add(topic)
                notes.append(f"over {figure}")
            elif tier.rank >= Tier.URGENT.rank:
                notes.append(f"{tier}, so not held back by {figure}")
            else:
                there.discard(topic)
                notes.append(f"below {figure}")
        taken = frozenset(there)
        return Seen(topics=taken, tier=_tier_there(tier, taken), note="; ".join(notes))


UNTAUGHT = Learned()


def _over(shift: Shift, base: float, probability: float, *, flagged: bool) -> bool:
    """Whether a topic is over the shifted threshold. Where nothing is shifted, what was flagged stands."""
    if shift.steps > 0:
        return flagged and probability >= shift.threshold(base)
    return flagged or (shift.steps < 0 and probability >= shift.threshold(base))


def _tier_there(tier: Tier, topics: frozenset[str]) -> Tier:
    """The tier goes with the topics: one is an alert, none a digest. What is urgent or flash is so everywhere."""
    if tier.rank >= Tier.URGENT.rank:
        return tier
    return Tier.DIGEST if topics.isdisjoint(TOPICS) else Tier.ALERT


def _probability(verdict: Verdict, topic: Label) -> float:
    return {"trade": verdict.trade, "market": verdict.market, "urgent": verdict.urgent}[topic]


# --- as labels --------------------------------------------------------------------------------------------


def labels_of(marks: Sequence[Mark]) -> dict[Label, int]:
    """What the marks on one item, oldest first, say of its topics as training labels: 1, 0, or nothing.

    "Not relevant" says 0 for each topic that it concerns. "Relevant" says 1 where it concerns one topic; of two it
    only says that one of them is right, not which. Of urgency neither says anything. For each topic a person's latest
    mark counts, wherever it was made, then the majority of the persons; where they are even there is no label.
    """
    votes: defaultdict[Label, dict[Destination, int | None]] = defaultdict(dict)
    for mark in marks:
        for topic in mark.topics:
            certain = len(mark.topics) == 1 if mark.relevant else True
            votes[topic][mark.person] = int(mark.relevant) if certain else None
    labels: dict[Label, int] = {}
    for topic in TOPICS:
        said = [vote for vote in votes[topic].values() if vote is not None]
        if 2 * sum(said) != len(said):
            labels[topic] = int(2 * sum(said) > len(said))
    return labels
