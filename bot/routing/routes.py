"""The routes of `routes.toml`: which stories go to which destination.

A destination that several routes name is told once, for the first route that wants the story; where none does,
the first route's refusal is the reason that `why` shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.model import Destination, Item, Source, Tier, Verdict
from bot.routing.query import Query, Subject, subject
from bot.routing.quiet import QuietHours


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One rule; `threshold` is the least probability of a topic, in place of the classifier's own label."""

    name: str
    to: tuple[Destination, ...]
    when: Query
    tier: Tier = Tier.ALERT
    threshold: float | None = None
    quiet: QuietHours | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What the routes say of one story for one destination."""

    destination: Destination
    route: str
    wanted: bool
    detail: str
    quiet: QuietHours | None = None


def match_routes(routes: Sequence[Route], item: Item, verdict: Verdict, tier: Tier) -> list[Match]:
    """One match a destination, in the order in which the routes name them."""
    prepared = subject(item, verdict, tier)
    best: dict[Destination, Match] = {}
    for route in routes:
        wanted, detail = _judge(route, prepared, verdict, tier)
        for destination in route.to:
            if destination not in best or (wanted and not best[destination].wanted):
                best[destination] = Match(
                    destination=destination, route=route.name, wanted=wanted, detail=detail, quiet=route.quiet
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


def _judge(route: Route, prepared: Subject, verdict: Verdict, tier: Tier) -> tuple[bool, str]:
    if route.threshold is not None:
        prepared = replace(prepared, topics=_topics_over(verdict, route.threshold))
    figures = f"trade {verdict.trade:.2f}, market {verdict.market:.2f}"
    described = route.when.describe(prepared)
    if not route.when.matches(prepared):
        return False, f"{described} ({figures})"
    if tier.rank < route.tier.rank:
        return False, f"tier {tier} is below {route.tier}, the lowest that route {route.name} posts at once"
    return True, f"{described} ({figures}, tier {tier})"


def _topics_over(verdict: Verdict, threshold: float) -> frozenset[str]:
    scores = {"trade": verdict.trade, "market": verdict.market, "urgent": verdict.urgent}
    return frozenset(topic for topic, score in scores.items() if score >= threshold)
