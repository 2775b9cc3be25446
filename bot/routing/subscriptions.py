"""Subscriptions: queries of persons, told by direct message, and of channels. Pure.

However many queries of one place a story matches, the place is told once, and all of them are named. What a route
tells there anyway is told by the route.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.model import Destination, Item, Tier, Verdict
from bot.routing.percolator import Percolator
from bot.routing.query import Query, subject
from bot.routing.routes import SUBSCRIPTION, Match
from bot.routing.signs import Share

MOST_AT_ONE_PLACE = 50  # a person who needs more wants a channel, a channel that does wants a route
UNCONFIRMED = "not confirmed yet"  # stands in `paused` until its owner, warned how much it matches, confirms it
SHOWN = 60  # characters of a query where it is only named


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A query of one place; `tier` is the lowest that is told at once.

    `paused` says in words why it rests; empty: it runs. `owner` is who made it, or the place itself once they had
    themselves forgotten.
    """

    id: int
    place: Destination  # a channel, or a person's direct messages
    owner: Destination
    owner_name: str = ""  # as the platform shows it; empty where it does not say
    query: str
    tier: Tier
    made_in: Destination  # where somebody typed it
    made_at: datetime
    paused: str = ""

    @property
    def by(self) -> str:
        """The owner, for people."""
        return "someone" if self.owner == self.place and not self.place.person else self.owner_name or str(self.owner)

    @property
    def name(self) -> str:
        """The query, short enough to be listed."""
        return f"“{self.query if len(self.query) <= SHOWN else self.query[: SHOWN - 1] + '…'}”"

    def asks_for(self, tier: Tier) -> bool:
        """Whether a story of that tier is told at once."""
        return self.tier.rank <= tier.rank


Hits = Mapping[Destination, Sequence[Subscription]]  # what an item matches, by place, the oldest first


class Subscribers:
    """All subscriptions that run, found by what they match. Not for several threads at once."""

    def __init__(self, share: Share) -> None:
        """`share`: see Percolator."""
        self._percolator = Percolator[int](share)
        self._by_id: dict[int, Subscription] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def put(self, subscription: Subscription, query: Query) -> None:
        """Add it, or put it in the place of what it was before."""
        self.drop(subscription.id)
        self._percolator.add(subscription.id, query)
        self._by_id[subscription.id] = subscription

    def drop(self, number: int) -> None:
        """Take out the subscription of that number, where there is one."""
        if self._by_id.pop(number, None) is not None:
            self._percolator.remove(number)

    def places(self) -> set[Destination]:
        return {subscription.place for subscription in self._by_id.values()}

    def hits(self, item: Item, verdict: Verdict, tier: Tier) -> Hits:
        if not self._by_id:
            return {}
        found: dict[Destination, list[Subscription]] = {}
        for number in sorted(self._percolator.matching(subject(item, verdict, tier))):
            subscription = self._by_id[number]
            found.setdefault(subscription.place, []).append(subscription)
        return found


def with_subscribers(matches: Sequence[Match], hits: Hits, tier: Tier) -> list[Match]:
    """`matches` with the places whose subscriptions match a story of that tier, each once.

    Where a route names the place its quiet hours hold, whatever tells the story.
    """
    found = {match.destination: match for match in matches}
    for place, subscriptions in hits.items():
        own, other = _match(place, subscriptions, tier), found.get(place)
        if other is None:
            found[place] = own
        elif (own.wanted, own.digest) > (other.wanted, other.digest):
            found[place] = replace(own, quiet=other.quiet, loud=other.loud)
        else:
            named = subscriptions if not other.wanted else _reached(subscriptions, tier)
            detail = f"{other.detail}; {_asked(place, named)}" if named else other.detail
            found[place] = replace(other, detail=detail, hits=own.hits)
    return list(found.values())


def _match(place: Destination, subscriptions: Sequence[Subscription], tier: Tier) -> Match:
    """What the subscriptions of one place, all of which match, say of a story of that tier."""
    lowest = min((subscription.tier for subscription in subscriptions), key=lambda each: each.rank)
    wanted = lowest.rank <= tier.rank
    if wanted:
        detail = _asked(place, _reached(subscriptions, tier))
    else:
        asked = _asked(place, subscriptions)
        detail = f"tier {tier} is below {lowest}, the lowest that is told at once: {asked}"
    return Match(
        destination=place,
        route=SUBSCRIPTION,
        wanted=wanted,
        detail=detail,
        tier=tier,
        digest=not wanted,
        hits=tuple(subscription.id for subscription in subscriptions),
    )


def _reached(subscriptions: Sequence[Subscription], tier: Tier) -> list[Subscription]:
    """Those that ask for a story of that tier to be told at once."""
    return [subscription for subscription in subscriptions if subscription.asks_for(tier)]


def _asked(place: Destination, subscriptions: Sequence[Subscription]) -> str:
    whose = "you subscribe to" if place.person else "this channel subscribes to"
    return f"{whose} {', '.join(dict.fromkeys(subscription.name for subscription in subscriptions))}"
