"""Tell this destination about this story, or not, and why. Pure: the same input gives the same decision."""

from __future__ import annotations

from datetime import datetime

from bot.model import Fact, Item, Measure, Meeting, Move, Notice, Rate, Reason, Story, Tier, Told, fact_key
from bot.routing.routes import Match

# A further name or country is not news by itself; these are what a desk acts on.
_MATERIAL = (Measure, Rate, Move, Meeting)


def decide(told: Told | None, story: Story, item: Item, match: Match, *, tier: Tier, now: datetime) -> Notice:
    """The decision about `item`, which has just joined `story`, for one destination.

    `told` is what the destination has heard (None: nothing of this story). A fact that it was told is never a
    reason to tell again. `tier` is the item's own: a calm follow-up to a flash is told calmly. Where the thresholds
    there make the story louder or quieter than it is elsewhere, that is how all of it is told.
    """
    reason, detail, fresh = _judge(told, story, item, match)
    calm = told is not None and tier.rank < told.tier.rank and match.tier is story.tier
    until = match.quiet.ends(now) if match.quiet and reason.tells else None
    if until is not None and match.quiet is not None:
        detail = f"{reason}, held until {match.quiet.end:%H:%M} {match.quiet.zone}: {detail}"
        reason = Reason.HELD
    return Notice(
        destination=match.destination,
        story_id=story.id,
        item_key=item.key,
        route=match.route,
        reason=reason,
        detail=detail,
        tier=tier if calm else match.tier,
        new_facts=fresh,
        version=story.version,
        decided_at=now,
        until=until,
    )


def _judge(told: Told | None, story: Story, item: Item, match: Match) -> tuple[Reason, str, tuple[Fact, ...]]:
    if not match.wanted:
        return Reason.BELOW_THRESHOLD, match.detail, ()
    if told is None:
        return Reason.FIRST, match.detail, story.verdict.facts
    fresh = tuple(
        fact for fact in story.verdict.facts if isinstance(fact, _MATERIAL) and fact_key(fact) not in told.fact_keys
    )
    if match.tier.rank > told.tier.rank:
        return Reason.ESCALATED, f"{told.tier} became {match.tier}", fresh
    if fresh:
        return Reason.NEW_FACT, f"{item.outlet or item.source_id} adds {len(fresh)} new to this story", fresh
    return Reason.NOTHING_NEW, f"{item.outlet or item.source_id} reports what was told already", ()


def after(told: Told | None, notice: Notice, story: Story) -> Told:
    """What the destination will have heard once `notice` is delivered."""
    known = told.fact_keys if told else frozenset()
    tier = max(told.tier, notice.tier, key=lambda each: each.rank) if told else notice.tier
    return Told(
        destination=notice.destination,
        story_id=story.id,
        fact_keys=known | {fact_key(fact) for fact in story.verdict.facts},
        tier=tier,
        version=story.version,
        receipt=told.receipt if told else None,
    )
