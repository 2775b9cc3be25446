"""Open a story with its first item, and let further items join it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from bot.model import Authority, Item, Story, StoryId, Tier, Verdict, fact_key

OPEN_FOR = timedelta(hours=36)  # after its last item a story is closed: the same headline is then a new event

_RANK = {Authority.OUTLET: 0, Authority.WIRE: 1, Authority.OFFICIAL: 2}


def open_story(item: Item, verdict: Verdict, key: str, tier: Tier, now: datetime) -> Story:
    """A new story with `item` as its lead. Its id is of the item, so that a retried transaction gives the same."""
    return Story(
        id=StoryId(hashlib.sha256(f"{key}:{item.key}".encode()).hexdigest()[:12]),
        key=key,
        lead=item.key,
        title=item.title,
        verdict=verdict,
        tier=tier,
        outlets=(item.outlet,) if item.outlet else (),
        first_at=now,
        updated_at=now,
    )


def join(story: Story, lead: Item, item: Item, verdict: Verdict, tier: Tier, now: datetime) -> Story:
    """`story` with `item` in it: facts and labels united, the louder tier, an official source in the lead."""
    leads = _RANK[item.authority] > _RANK[lead.authority]
    outlets = dict.fromkeys([*story.outlets, *([item.outlet] if item.outlet else [])])
    return replace(
        story,
        lead=item.key if leads else story.lead,
        title=item.title if leads else story.title,
        verdict=_united(story.verdict, verdict, prefer_second=leads),
        tier=max(story.tier, tier, key=lambda each: each.rank),
        outlets=tuple(outlets),
        version=story.version + 1,
        updated_at=now,
    )


def _united(first: Verdict, second: Verdict, *, prefer_second: bool) -> Verdict:
    lead, other = (second, first) if prefer_second else (first, second)
    facts = {fact_key(fact): fact for fact in (*other.facts, *lead.facts)}
    return replace(
        lead,
        trade=max(first.trade, second.trade),
        market=max(first.market, second.market),
        urgent=max(first.urgent, second.urgent),
        labels=tuple(dict.fromkeys([*lead.labels, *other.labels])),
        direction=lead.direction or other.direction,
        kind=lead.kind or other.kind,
        facts=tuple(facts.values()),
    )
