"""The routes of `routes.toml`: which stories go to which destination.

A destination that several routes name is told once, for the first route that wants the story; where none does,
the first route's refusal is the reason that `why` shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.model import Destination, Item, Label, Source, Tier, Verdict
from bot.routing.learning import TOPICS, UNTAUGHT, Learned, Seen, Shift
from bot.routing.query import Query, Subject, subject
from bot.routing.quiet import QuietHours

FOLLOW = "follow"  # stands for a route in the decisions for people who follow a story


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One rule; `threshold` is the least probability of a topic, in place of the classifier's own label.

    So it also decides what is an alert there, and what only a digest.
    """

    name: str
    to: tuple[Destination, ...]
    when: Query
    tier: Tier = Tier.ALERT
    threshold: float | None = None
    quiet: QuietHours | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What the routes say of one story for one destination; `tier` is how loud the story is there."""

    destination: Destination
    route: str
    wanted: bool
    detail: str
    tier: Tier
    quiet: QuietHours | None = None
    muted_by: str | None = None  # the mute that holds it back, in words


def match_routes(
    routes: Sequence[Route], item: Item, verdict: Verdict, tier: Tier, learned: Learned = UNTAUGHT
) -> list[Match]:
    """One match a destination, in the order in which the routes name them."""
    prepared = subject(item, verdict, tier)
    best: dict[Destination, Match] = {}
    for route in routes:
        judged: dict[Seen, tuple[bool, str]] = {}  # most destinations see it alike
        for destination in route.to:
            seen = _seen(route, destination, verdict, tier, learned)
            if seen not in judged:
                judged[seen] = _judge(route, prepared, verdict, seen)
            wanted, detail = judged[seen]
            if destination not in best or (wanted and not best[destination].wanted):
                best[destination] = Match(
                    destination=destination,
                    route=route.name,
                    wanted=wanted,
                    detail=detail,
                    tier=seen.tier,
                    quiet=route.quiet,
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
    return [replace(match, wanted=False, detail=detail) for match in matches]


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
        if (base := learned.threshold(topic, route.threshold)) is not None
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
    thresholds = {topic: {route.threshold for route in here if topic in _asked_for(route)} for topic in TOPICS}
    return tuple(
        topic
        for topic in TOPICS
        if any(topic in _topics_over(verdict, threshold) for threshold in thresholds[topic] or {None})
    )


def _asked_for(route: Route) -> tuple[Label, ...]:
    """The topics that the route names; both where it names none, since the tier still goes with the topics."""
    return tuple(topic for topic in TOPICS if topic in route.when.topics) or TOPICS


def _seen(route: Route, place: Destination, verdict: Verdict, tier: Tier, learned: Learned) -> Seen:
    topics = _topics_over(verdict, route.threshold)
    return learned.seen(place, verdict, tier, topics=topics, of_route=route.threshold)


def _judge(route: Route, prepared: Subject, verdict: Verdict, seen: Seen) -> tuple[bool, str]:
    prepared = replace(prepared, topics=seen.topics, tier=seen.tier)
    own = "" if route.threshold is None else f", threshold {route.threshold:.2f}"
    figures = f"trade {verdict.trade:.2f}, market {verdict.market:.2f}{own}"
    described = route.when.describe(prepared)
    learnt = f"; {seen.note}" if seen.note else ""
    if not route.when.matches(prepared):
        return False, f"{described} ({figures}){learnt}"
    if seen.tier.rank < route.tier.rank:
        lowest = f"the lowest that route {route.name} posts at once"
        return False, f"tier {seen.tier} is below {route.tier}, {lowest} ({figures}){learnt}"
    return True, f"{described} ({figures}, tier {seen.tier}){learnt}"


def _topics_over(verdict: Verdict, threshold: float | None) -> frozenset[str]:
    """The topics over a route's own threshold; without one those that the classifier labelled."""
    if threshold is None:
        return frozenset(verdict.labels)
    scores = {"trade": verdict.trade, "market": verdict.market, "urgent": verdict.urgent}
    return frozenset(topic for topic, score in scores.items() if score >= threshold)
