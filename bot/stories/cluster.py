"""Which story an item belongs to; open one with its first item, and let further items join it."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.model import Authority, Item, Mark, Story, StoryId, Tier, Verdict, fact_key
from bot.stories.likeness import DAY, Likeness
from bot.stories.signature import Signature, Signatures

WINDOW = timedelta(hours=72)  # news of one event further apart is a new event
WINDOW_DAYS = WINDOW / timedelta(days=1)
WORDS = 10  # rare ones that an item is found by, and looked up by
LEAST_WORDS = 3  # with numbers: "Markets wrap" says nothing of which event it is about
MEMBERS = 16  # items that one is compared with in full
HOPELESS = -3.0  # log-odds; a story with no item above them is not looked at further
OPEN_FOR = timedelta(hours=36)  # after its first item: later the same headline is a new event
REPEATED_AFTER = timedelta(hours=12)  # and sooner where the outlet itself brings it once more

_GRAVER: tuple[Mark, ...] = ("updated", "corrected", "withdrawn")
_RANK = {Authority.OUTLET: 0, Authority.WIRE: 1, Authority.OFFICIAL: 2}


@dataclass(frozen=True, slots=True)
class Near:
    """Stored items that share something rare with one, and the story of each."""

    signatures: Signatures
    stories: Sequence[StoryId]


def choose(signature: Signature, near: Near, likeness: Likeness) -> StoryId | None:
    """The story that the item most likely belongs to; None where it is more likely news of its own."""
    if not near.stories or signature["counts"][:2].sum() < LEAST_WORDS:
        return None
    odds = likeness.of_items(signature, near.signatures)
    if not (odds > HOPELESS).any():
        return None
    days = abs(near.signatures["at"] - signature["at"]) / DAY
    members: defaultdict[StoryId, list[tuple[float, float]]] = defaultdict(list)
    for story_id, likely, gap in zip(near.stories, odds.tolist(), days.tolist(), strict=True):
        if gap <= WINDOW_DAYS:
            members[story_id].append((likely, gap))
    judged = []
    for story_id, found in members.items():
        likenesses, gaps = zip(*found, strict=True)
        if max(likenesses) > HOPELESS:
            judged.append((likeness.of_story(likenesses, min(gaps)), story_id))
    best, chosen = max(judged, default=(HOPELESS, None))
    return chosen if best >= likeness.file.threshold else None


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
    """`story` with what became of it, never with less than it bears: what was withdrawn stays so."""
    if story.mark is not None and _GRAVER.index(mark) < _GRAVER.index(story.mark):
        return story
    if story.mark == "withdrawn":
        return story
    return replace(story, mark=mark, mark_note=note, version=story.version + 1, updated_at=now)


def rebuilt(story: Story, standing: Sequence[tuple[Item, Verdict]], tier: Tier) -> Story:
    """`story` as the items tell it that their publishers stand by; `tier` is the loudest of them.

    A story does not become calmer than it was told. Raises ValueError where no item stands.
    """
    lead = max(standing, key=lambda each: (_RANK[each[0].authority], each[0].key == story.lead))
    verdict = lead[1]
    for item, other in standing:
        if item.key != lead[0].key:
            verdict = _united(verdict, other, prefer_second=False)
    return replace(
        story,
        lead=lead[0].key,
        title=lead[0].title,
        verdict=verdict,
        tier=max(story.tier, tier, key=lambda each: each.rank),
        outlets=tuple(dict.fromkeys(item.outlet for item, _ in standing if item.outlet)),
        version=story.version + 1,
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
