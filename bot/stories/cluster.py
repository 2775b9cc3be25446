"""Which story an item belongs to; open one with its first item, and let further items join it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.model import Authority, Item, Mark, Story, StoryId, Tier, Verdict, fact_key
from bot.stories.likeness import Likeness
from bot.stories.signature import Signature

WINDOW = timedelta(hours=72)  # news of one event further apart is a new event
WORDS = 10  # rare ones that an item is found by, and looked up by
MEMBERS = 48  # items that one is compared with in full
OPEN_FOR = timedelta(hours=36)  # after its last item a story is closed: the same headline is then a new event

_RANK = {Authority.OUTLET: 0, Authority.WIRE: 1, Authority.OFFICIAL: 2}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A story that an item may belong to: how many items it has, and those that share something rare with it."""

    story_id: StoryId
    size: int
    members: list[Signature]


def choose(signature: Signature, candidates: Sequence[Candidate], likeness: Likeness) -> StoryId | None:
    """The story that the item most likely belongs to; None where it is more likely news of its own."""
    judged = [
        (likeness.of_story(signature, candidate.members, candidate.size), candidate.story_id)
        for candidate in candidates
    ]
    best, story_id = max(judged, default=(0.0, None), key=lambda each: each[0])
    return story_id if judged and best >= likeness.file.threshold else None


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


def marked(story: Story, mark: Mark, note: str, now: datetime) -> Story:
    """`story` with what became of it; what was withdrawn stays so."""
    if story.mark == "withdrawn":
        return story
    return replace(story, mark=mark, mark_note=note, version=story.version + 1, updated_at=now)


def recounted(story: Story, verdicts: Sequence[Verdict]) -> Story:
    """`story` with the facts of `verdicts`, those of its items as they stand now: what was corrected is gone."""
    facts = {fact_key(fact): fact for verdict in verdicts for fact in verdict.facts}
    return replace(story, verdict=replace(story.verdict, facts=tuple(facts.values())))


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
