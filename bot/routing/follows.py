"""People who follow a story: they hear its further news by direct message, whatever the routes say. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from bot.model import Destination, Story, Told
from bot.routing.novelty import keys_after
from bot.routing.routes import FOLLOW, Match

KEPT_FOR = timedelta(days=14)  # after a story's last report a follow is forgotten; corrections come sooner


def with_followers(matches: Sequence[Match], followers: Iterable[Destination], story: Story) -> list[Match]:
    """`matches` with those who follow `story`: at once, as loud as the story is.

    A person whom a route tells in direct messages anyway gets it once, by that route.
    """
    found = {match.destination: match for match in matches}
    for person in followers:
        if person not in found or not found[person].wanted:
            hits = found[person].hits if person in found else ()
            found[person] = Match(
                destination=person,
                route=FOLLOW,
                wanted=True,
                detail="you follow this story",
                tier=story.tier,
                hits=hits,
            )
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
