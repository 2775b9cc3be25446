"""People who follow a story: they hear its further news by direct message, whatever the routes say. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.model import Destination, Story, Told
from bot.routing.novelty import keys_after
from bot.routing.routes import FOLLOW, Match

KEPT_FOR = timedelta(days=14)  # after a story's last report a follow is forgotten; corrections come sooner


def with_followers(matches: Sequence[Match], followers: Iterable[Destination], story: Story) -> list[Match]:
    """`matches` with those who follow `story`: at once, as loud as the story is.

    A person whom a route tells in direct messages anyway gets it once, by that route, whose quiet hours always hold.
    """
    found = {match.destination: match for match in matches}
    for person in followers:
        match = Match(destination=person, route=FOLLOW, wanted=True, detail="you follow this story", tier=story.tier)
        other = found.get(person)
        if other is None:
            found[person] = match
        elif not other.wanted:
            found[person] = replace(match, hits=other.hits, quiet=other.quiet, loud=other.loud)
    return list(found.values())


def informed(told: Told | None, person: Destination, story: Story) -> Told:
    """What `person` has heard after reading the story as it stands: only what comes later is news to them."""
    known: frozenset[str] = told.fact_keys if told else frozenset()
    return Told(
        destination=person,
        story_id=story.id,
        fact_keys=keys_after(known, story.verdict.facts, story.verdict.direction),
        tier=max(told.tier, story.tier, key=lambda tier: tier.rank) if told else story.tier,
        version=story.version,
    )
