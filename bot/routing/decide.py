"""Tell this destination about this story, or not, and why. Pure: the same input gives the same decision."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from bot.model import Fact, Item, Notice, Reason, Story, Tier, Told, Verdict
from bot.routing.novelty import fresh_facts, keys_after, keys_standing, reversal
from bot.routing.routes import Match


def decide(
    told: Told | None, story: Story, item: Item, match: Match, *, said: Verdict, tier: Tier, now: datetime
) -> Notice:
    """The decision about `item`, which has just joined `story`, for one destination.

    `told` is what the destination has heard (None: nothing of this story). A fact that it was told is never a
    reason to tell again. `said` is the verdict on the item by itself: who acts in it, and which way it turns. `tier`
    is the item's own: a calm follow-up to a flash is told calmly. Where the thresholds there make the story louder
    or quieter than it is elsewhere, that is how all of it is told.
    """
    reason, detail, fresh = _judge(told, story, item, match, said)
    calm = told is not None and tier.rank < told.tier.rank and match.tier is story.tier
    loudness = tier if calm else match.tier
    until = quiet_until(match, loudness, now) if reason.tells else None
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
        tier=loudness,
        new_facts=fresh,
        version=story.version,
        decided_at=now,
        until=until,
    )


def quiet_until(match: Match, tier: Tier, now: datetime) -> datetime | None:
    """When the quiet hours end that hold it; None where it passes."""
    passes = match.loud is not None and tier.rank >= match.loud.rank
    return match.quiet.ends(now) if match.quiet and not passes else None


def _judge(
    told: Told | None, story: Story, item: Item, match: Match, said: Verdict
) -> tuple[Reason, str, tuple[Fact, ...]]:
    if not (match.wanted or match.digest):
        return Reason.BELOW_THRESHOLD, match.detail, ()
    if match.muted_by is not None:
        return Reason.MUTED, match.muted_by, ()
    if told is None:
        return Reason.FIRST, match.detail, story.verdict.facts
    fresh = fresh_facts(story.verdict.facts, said.facts, told.fact_keys)
    if match.tier.rank > told.tier.rank:
        return Reason.ESCALATED, f"{told.tier} became {match.tier}", fresh
    outlet = item.outlet or item.source_id
    if turn := reversal(said, told.fact_keys):
        return Reason.NEW_FACT, f"reversal: {turn[0]} became {turn[1]}, says {outlet}", fresh
    if fresh:
        return Reason.NEW_FACT, f"{outlet} adds {len(fresh)} new to this story", fresh
    return Reason.NOTHING_NEW, f"{outlet} reports what was told already", ()


def amend(told: Told, story: Story, item: Item, note: str, *, route: str, now: datetime) -> Notice:
    """The decision to change what a destination was told: the publisher of `item` has changed it; `note` says how."""
    return Notice(
        destination=told.destination,
        story_id=story.id,
        item_key=item.key,
        route=route,
        reason=Reason.WITHDRAWN if story.mark == "withdrawn" else Reason.CORRECTION,
        detail=note,
        tier=told.tier,
        version=story.version,
        decided_at=now,
    )


def amended(told: Told, story: Story, replaced: Collection[str]) -> Told:
    """What a destination knows once it was amended: what still holds, and what stands in the place of errors."""
    keys = keys_standing(told.fact_keys, story.verdict.facts, replaced)
    return replace(told, fact_keys=keys, version=story.version)


def after(told: Told | None, notice: Notice, story: Story, said: Verdict) -> Told:
    """What the destination will have heard once `notice` is delivered."""
    known: frozenset[str] = told.fact_keys if told else frozenset()
    tier = max(told.tier, notice.tier, key=lambda each: each.rank) if told else notice.tier
    return Told(
        destination=notice.destination,
        story_id=story.id,
        fact_keys=keys_after(known, notice.new_facts, said.direction),
        tier=tier,
        version=story.version,
    )


def reason_behind(reason: Reason, detail: str) -> Reason:
    """Why there was something to tell; of what is HELD, `decide` writes that first into the detail."""
    first = detail.partition(",")[0]
    return Reason(first) if reason is Reason.HELD and first in set(Reason) else reason
