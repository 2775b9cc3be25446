"""Which story an item belongs to: looked up among the stored ones and recorded, in the transaction that admits it.

The same headline is the same story at once, whatever else; for the rest, candidates come from the store by the rare
words they share, and `bot/stories` judges them. What is right is not decided here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from bot.model import Item, Mark, Story, Verdict
from bot.routing.tiers import tier_of
from bot.store import alike, news
from bot.stories.cluster import OPEN_FOR, choose, join, marked, open_story, recounted
from bot.stories.fingerprint import story_key
from bot.stories.likeness import Likeness
from bot.stories.revision import MOST_REVISIONS, declared, revision
from bot.stories.signature import Signature


@dataclass(frozen=True, slots=True)
class Judged:
    """An item with all that is known of it before it meets the stored ones."""

    item: Item
    verdict: Verdict
    signature: Signature


@dataclass(frozen=True, slots=True)
class Joined:
    """An item in its story. `mark` is what the item made of the story; None: it only reports it."""

    item: Item
    said: Verdict
    story: Story
    mark: Mark | None = None
    adds_outlet: bool = False  # nobody had named its outlet among those that report the story


def place(connection: sa.Connection, judged: Judged, now: datetime) -> Joined:
    """Put an item into its story, or open one with it."""
    item, verdict = judged.item, judged.verdict
    key, tier = story_key(item), tier_of(verdict)
    found = news.open_story(connection, key, since=now - OPEN_FOR) or _likeliest(connection, judged.signature)
    lead = news.item(connection, found.lead) if found else None
    mark = declared(item) if found and lead else None
    if found and lead:
        story = join(found, lead[0], item, verdict, tier, now)
        story = marked(story, mark, f"{item.outlet or item.source_id}: {item.title}", now) if mark else story
        news.update_story(connection, story)
    else:
        story = open_story(item, verdict, key, tier, now)
        news.add_story(connection, story)
    news.add_item(connection, item, story.id, verdict)
    alike.add(connection, item.key, story.id, judged.signature)
    return Joined(item, verdict, story, mark, adds_outlet=found is not None and story.outlets != found.outlets)


def revise(connection: sa.Connection, judged: Judged, now: datetime) -> Joined | None:
    """Put the new text of a stored item in the place of the old one; None where no reader would notice."""
    item, verdict = judged.item, judged.verdict
    stored = news.item(connection, item.key)
    story = news.story(connection, stored[2], lock=True) if stored else None
    if stored is None or story is None:
        return None
    revised = revision(stored[0], stored[1], item, verdict)
    if revised and news.revisions(connection, item.key) >= MOST_REVISIONS:
        return None
    news.revise_item(connection, item, verdict, counts=revised is not None)
    if revised is None:
        return None
    alike.remove(connection, item.key)
    alike.add(connection, item.key, story.id, judged.signature)
    if story.lead == item.key:
        story = replace(story, title=item.title)
    story = recounted(story, news.verdicts_of(connection, story.id))
    story = marked(story, revised.mark, revised.note, now)
    news.update_story(connection, story)
    return Joined(item, verdict, story, revised.mark)


def _likeliest(connection: sa.Connection, signature: Signature) -> Story | None:
    chosen = choose(signature, alike.near(connection, signature), Likeness.load())
    return news.story(connection, chosen, lock=True) if chosen else None
