"""The routes of `routes.toml`: which stories go to which destination.

A destination that several routes name is told once, for the first route that wants the story. Where none does, the
reason that `why` shows is of the first route for which it was only too quiet, else of the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.model import Destination, Item, Label, Source, Tier, Verdict
from bot.routing.learning import TOPICS, UNTAUGHT, Learned, Seen, Shift
from bot.routing.query import Query, Subject, subject
from bot.routing.quiet import QuietHours

# These stand for a route in decisions: for people who follow a story, and for those who subscribed to a query.
FOLLOW = "follow"
SUBSCRIPTION = "subscription"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One rule; `threshold` is the least probability of a topic, in place of the classifier's own label.

    So it also decides what is an alert there, and what only a digest. `thresholds` are a topic's own, before that.
    `loud` and louder pass the quiet hours, and `hourly`, the most messages of an hour at each of its places.
    """

    name: str
    to: tuple[Destination, ...]
    when: Query
    tier: Tier = Tier.ALERT
    threshold: float | None = None
    thresholds: Mapping[Label, float] = field(default_factory=dict)
    quiet: QuietHours | None = None
    loud: Tier | None = None
    hourly: int | None = None

    def threshold_of(self, topic: Label) -> float | None:
        """None: the classifier's own stands."""
        return self.thresholds.get(topic, self.threshold)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What the routes say of one story for one destination; `tier` is how loud the story is there.

    `digest`: it was asked for there, but is too quiet to be told at once. `hits` are the numbers of the
    subscriptions of that place whose query matches, whatever tells it.
    """

    destination: Destination
    route: str
    wanted: bool
    detail: str
    tier: Tier
    quiet: QuietHours | None = None
    loud: Tier | None = None
    muted_by: str | None = None  # the mute that holds it back, in words
    digest: bool = False
    hits: tuple[int, ...] = ()


def match_routes(
    routes: Sequence[Route], item: Item, verdict: Verdict, tier: Tier, learned: Learned = UNTAUGHT
) -> list[Match]:
    """One match a destination, in the order in which the routes name them."""
    prepared = subject(item, verdict, tier)
    best: dict[Destination, Match] = {}
    for route in routes:
        judged: dict[Seen, tuple[bool, bool, str]] = {}  # most destinations see it alike
        for destination in route.to:
            seen = _seen(route, destination, verdict, tier, learned)
            if seen not in judged:
                judged[seen] = _judge(route, prepared, verdict, seen)
            wanted, digest, detail = judged[seen]
            if destination not in best or (wanted, digest) > (best[destination].wanted, best[destination].digest):
                best[destination] = Match(
                    destination=destination,
                    route=route.name,
                    wanted=wanted,
                    detail=detail,
                    tier=seen.tier,
                    quiet=route.quiet,
                    loud=route.loud,
                    digest=digest,
                )
    return list(best.values())


def refuse_stale(matches: list[Match], item: Item, source: Source, now: datetime) -> list[Match]:
    """Nobody is alerted to what a source published longer ago than its `max_age`; the reason says so."""
    if source.max_age is None or item.published_at is None or now - item.published_at <= source.max_age:
        return matches
    hours = source.max_age.total_seconds() / 3600
    detail = (
        f"published {item.published_at:%Y-%m-%d %H:%M} UTC, older than the {hours:g} h that {source.id} looks back"
    )
    return [replace(match, wanted=False, digest=False, detail=detail) for match in matches]


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A threshold of one place: `base` is the classifier's or the route's, `shift` what the marks make of it."""

    topic: Label
    base: float
    shift: Shift


def thresholds_at(routes: Sequence[Route], place: Destination, learned: Learned) -> list[Threshold]:
    """Each threshold that decides what reaches `place`; none where no route names it."""
    here = [route for route in routes if place in route.to]
    shifts = learned.shifts.get(place, {})
    bases = {
        (topic, base)
        for route in here
        for topic in _asked_for(route)
        if (base := learned.threshold(topic, route.threshold_of(topic))) is not None
    }
    return [
        Threshold(topic=topic, base=base, shift=shifts.get(topic, Shift()))
        for topic, base in sorted(bases, key=lambda each: (TOPICS.index(each[0]), each[1]))
    ]


def topics_concerned(
    routes: Sequence[Route], place: Destination, verdict: Verdict, tier: Tier, learned: Learned
) -> tuple[Label, ...]:
    """The topics that a mark in `place` concerns: those that the story was flagged for, of those asked for there."""
    here = [route for route in routes if place in route.to]
    flagged = set(verdict.labels).union(*(_seen(route, place, verdict, tier, learned).topics for route in here))
    asked = {topic for route in here for topic in _asked_for(route)} or flagged
    return tuple(topic for topic in TOPICS if topic in flagged & asked)


def topics_flagged(routes: Sequence[Route], place: Destination, verdict: Verdict) -> tuple[Label, ...]:
    """The topics for which the story is over the thresholds set for `place`, before any shift.

    For a topic that no route here asks for, the classifier's label stands.
    """
    here = [route for route in routes if place in route.to]
    thresholds = {
        topic: {route.threshold_of(topic) for route in here if topic in _asked_for(route)} for topic in TOPICS
    }
    return tuple(
        topic
        for topic in TOPICS
        if any(_is_over(verdict, topic, threshold) for threshold in thresholds[topic] or {None})
    )


def _asked_for(route: Route) -> tuple[Label, ...]:
    """The topics that the route names; both where it names none, since the tier still goes with the topics."""
    return tuple(topic for topic in TOPICS if topic in route.when.topics) or TOPICS


def _seen(route: Route, place: Destination, verdict: Verdict, tier: Tier, learned: Learned) -> Seen:
    topics = frozenset(topic for topic in _LABELS if _is_over(verdict, topic, route.threshold_of(topic)))
    return learned.seen(place, verdict, tier, topics=topics, of_route=route.threshold_of)


def _judge(route: Route, prepared: Subject, verdict: Verdict, seen: Seen) -> tuple[bool, bool, str]:
    """Whether it is told at once, whether it is only too quiet for that, and why."""
    prepared = replace(prepared, topics=seen.topics, tier=seen.tier)
    own = _own_thresholds(route)
    figures = f"trade {verdict.trade:.2f}, market {verdict.market:.2f}{own}"
    described = route.when.describe(prepared)
    learnt = f"; {seen.note}" if seen.note else ""
    if not route.when.matches(prepared):
        return False, False, f"{described} ({figures}){learnt}"
    if seen.tier.rank < route.tier.rank:
        lowest = f"the lowest that route {route.name} posts at once"
        return False, True, f"tier {seen.tier} is below {route.tier}, {lowest} ({figures}){learnt}"
    return True, False, f"{described} ({figures}, tier {seen.tier}){learnt}"


def _own_thresholds(route: Route) -> str:
    """ ", threshold 0.70, trade 0.80": what is not the classifier's."""
    named = [f"threshold {route.threshold:.2f}"] if route.threshold is not None else []
    named += [f"{topic} threshold {threshold:.2f}" for topic, threshold in route.thresholds.items()]
    return "".join(f", {each}" for each in named)


_LABELS: tuple[Label, ...] = (*TOPICS, "urgent")


def _is_over(verdict: Verdict, topic: Label, threshold: float | None) -> bool:
    """Whether a topic is over the threshold set for it; without one the classifier's label stands."""
    if threshold is None:
        return topic in verdict.labels
    return {"trade": verdict.trade, "market": verdict.market, "urgent": verdict.urgent}[topic] >= threshold
