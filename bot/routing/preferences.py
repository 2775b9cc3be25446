"""What a place prefers, in place of what its route or the configuration says. Pure.

A channel's preferences are for everybody there, a person's are for their direct messages. What is not said stays as
the route has it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.model import Destination, Item, Label, Tier
from bot.routing.digests import DigestPlan, day_end
from bot.routing.quiet import QuietHours
from bot.routing.routes import Match, Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """Of one place. `loud` and louder pass quiet hours.

    `cap` is messages a local day, `hourly` messages in sixty minutes; flash is free of both.
    """

    place: Destination
    zone: str | None = None  # IANA
    lang: tuple[str, ...] = ()  # ISO 639-1: items in other languages are not told; empty: all are
    tier: Tier | None = None  # the lowest that is told at once
    thresholds: Mapping[Label, float] = field(default_factory=dict)
    quiet: QuietHours | None = None
    loud: Tier | None = None
    digest: DigestPlan | None = None
    cap: int | None = None
    hourly: int | None = None

    @property
    def is_default(self) -> bool:
        return self == Preferences(place=self.place)

    def local(self, usual: ZoneInfo) -> ZoneInfo:
        """The zone of the place, `usual` where it never said one."""
        return ZoneInfo(self.zone) if self.zone else usual

    def next_digest(self, now: datetime, usual: ZoneInfo) -> datetime | None:
        """When the next planned digest comes, which quiet hours put off to their end. None: none is planned."""
        if self.digest is None:
            return None
        return self.not_quiet(self.digest.following(now, self.local(usual)))

    def rest_of_day(self, now: datetime, usual: ZoneInfo) -> datetime:
        """When what is more than the cap is told: with the next digest, else when the local day ends."""
        return self.next_digest(now, usual) or self.not_quiet(day_end(now, self.local(usual)))

    def rest_of_hour(self, at: datetime, usual: ZoneInfo) -> datetime:
        """When what is more than an hour takes is told: with the next digest, else at the next full hour."""
        return self.next_digest(at, usual) or self.not_quiet(_EVERY_HOUR.following(at, self.local(usual)))

    def not_quiet(self, at: datetime) -> datetime:
        """`at`, or where that is in the place's own quiet hours their end."""
        return (self.quiet.ends(at) if self.quiet else None) or at


_EVERY_HOUR = DigestPlan()


def hourly_at(routes: Sequence[Route], place: Destination, own: Preferences | None, usual: int | None) -> int | None:
    """The most messages in an hour there: the least of what the bot, the routes there and the place say."""
    said = [usual, own.hourly if own else None, *(route.hourly for route in routes if place in route.to)]
    return min((each for each in said if each is not None), default=None)


def with_quiet_of(routes: Sequence[Route], own: Preferences) -> Preferences:
    """`own` with the quiet hours that the first route there names, where the place chose none: digests keep them."""
    if own.quiet is not None:
        return own
    return replace(own, quiet=next((route.quiet for route in routes if route.quiet and own.place in route.to), None))


Known = Mapping[Destination, Preferences]  # of the places that prefer anything


def routes_there(routes: Sequence[Route], known: Known) -> list[Route]:
    """`routes` as the places have them: of a route whose places differ there is one for each that prefers its own."""
    found: list[Route] = []
    for route in routes:
        own = [place for place in route.to if place in known and _changes(known[place])]
        if others := tuple(place for place in route.to if place not in own):
            found.append(route if not own else replace(route, to=others))
        found += [_changed(route, known[place]) for place in own]
    return found


def _changes(preferences: Preferences) -> bool:
    return preferences.tier is not None or bool(preferences.thresholds)


def _changed(route: Route, own: Preferences) -> Route:
    return replace(
        route, to=(own.place,), tier=own.tier or route.tier, thresholds={**route.thresholds, **own.thresholds}
    )


def preferred(matches: Sequence[Match], known: Known, item: Item) -> list[Match]:
    """`matches` with the quiet hours of their places, and without what these cannot read or have no digest for."""
    return [_preferred(match, known.get(match.destination), item) for match in matches]


def _preferred(match: Match, own: Preferences | None, item: Item) -> Match:
    if own is None:
        return replace(match, digest=False) if match.digest else match
    asked = match.wanted or match.digest
    if asked and own.lang and item.lang and item.lang not in own.lang:
        place = "you have" if match.destination.person else "this channel has"
        detail = f"it is in {item.lang}, and {place} {', '.join(own.lang)} only (/wire settings language)"
        return replace(match, wanted=False, digest=False, detail=detail)
    return replace(
        match,
        quiet=own.quiet or match.quiet,
        loud=own.loud or match.loud,
        digest=match.digest and own.digest is not None,
    )
