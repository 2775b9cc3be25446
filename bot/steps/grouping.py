"""Which story an item belongs to: looked up among the stored ones and recorded, in the transaction that admits it.

The same headline is the same story at once, whatever else; for the rest, candidates come from the store by the rare
words they share, and `bot/stories` judges them. What is right is not decided here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from bot.model import Authority, Item, Mark, Story, Verdict
from bot.routing.tiers import tier_of
from bot.store import alike, news, pages, storyline
from bot.stories.cluster import OPEN_FOR, REPEATED_AFTER, choose, join, marked, open_story, rebuilt
from bot.stories.fingerprint import story_key
from bot.stories.likeness import Likeness
from bot.stories.revision import MOST_REVISIONS, Revision, declared, revision
from bot.stories.signature import Signature


@dataclass(frozen=True, slots=True)
class Judged:
    """An item with all that is known of it before it meets the stored ones."""

    item: Item
    verdict: Verdict
    signature: Signature
    page: str = ""  # what became of its page, where that was asked for: see store/pages.py


@dataclass(frozen=True, slots=True)
class Joined:
    """An item in its story.

    `mark` is what its publisher has made of what it said before, with `note` in one line; None: it is news.
    `replaced` are the keys of the facts that stand in the place of wrong ones.
    """

    item: Item
    said: Verdict
    story: Story
    mark: Mark | None = None
    note: str = ""
    replaced: frozenset[str] = frozenset()
    adds_outlet: bool = False  # nobody had named its outlet among those that report the story
    revised: bool = False  # it is no new item

    @property
    def opened(self) -> bool:
        """Whether it is the first of its story, of which nobody was told."""
        return self.story.version == 1 and not self.revised


def place(connection: sa.Connection, judged: Judged, now: datetime) -> Joined:
    """Put an item into its story, or open one with it.

    An item by which a publisher takes back or corrects what it said in the story is applied to that.
    """
    item, verdict, said = judged.item, judged.verdict, declared(judged.item)
    key = story_key(item)
    found = _found(connection, judged, key, now)
    earlier = news.last_of_outlet(connection, found.id, item) if found and said else None
    if found is None or (said == "withdrawn" and earlier is None):
        return _open(connection, judged, key, said, now)
    if earlier is not None:
        _record(connection, judged, found, now)
        # What it says stands with the earlier one from now on: a second correction must not meet the first.
        news.mark_item(connection, item.key, "withdrawn", "")
        applied = replace(judged, item=replace(item, key=earlier), page="")
        return revise(connection, applied, now) or Joined(item, verdict, found)
    story = _joined(connection, found, item, verdict, now)
    _record(connection, judged, story, now)
    return Joined(item, verdict, story, adds_outlet=story.outlets != found.outlets)


def revise(connection: sa.Connection, judged: Judged, now: datetime) -> Joined | None:
    """Put the new text of a stored item in the place of the old one; None where no reader would notice."""
    stored = news.item(connection, judged.item.key)
    story = news.story(connection, stored[2], lock=True) if stored else None
    if stored is None or story is None:
        return None
    if judged.page:
        return _deepened(connection, judged, stored[0], stored[1], story, now)
    verdict = judged.verdict
    # A bumped date is none: when it was news is when it first stood there.
    item = replace(judged.item, seen_at=stored[0].seen_at, published_at=stored[0].published_at)
    revised = revision(stored[0], stored[1], item, verdict) or _louder(stored[1], verdict)
    if declared(item) is None and news.revisions(connection, item.key) >= MOST_REVISIONS:
        revised = None
    news.revise_item(connection, item, verdict, counts=revised is not None)
    if revised is None:
        return None
    news.mark_item(connection, item.key, revised.mark, revised.note)
    alike.remove(connection, item.key)
    alike.add(connection, item.key, story.id, judged.signature, now)
    mark, note = revised.mark, revised.note
    if standing := storyline.standing(connection, story.id):
        story = rebuilt(story, standing, max((tier_of(each) for _, each in standing), key=lambda tier: tier.rank))
        if mark == "withdrawn":  # others stand by it
            mark, note = "corrected", f"{item.outlet or item.source_id} has withdrawn its report"
    if mark != "updated":
        story = marked(story, mark, note, now)
    news.update_story(connection, replace(story, updated_at=now))
    if story.mark == "withdrawn":
        news.close_story(connection, story.id)
    return Joined(item, verdict, story, mark, note, revised.replaced, revised=True)


def _deepened(
    connection: sa.Connection, judged: Judged, before: Item, was: Verdict, story: Story, now: datetime
) -> Joined | None:
    """A stored item of which no more was known than its teaser, with what its page says; None where that is nothing.

    Its publisher has changed nothing: the item joins its story once more, and no page turns the way it points.
    """
    if judged.item.content_hash != before.content_hash or story.mark == "withdrawn":
        return None  # it was changed while its page was on its way
    pages.note(connection, before.key, judged.page)
    if judged.page != pages.READ_IN_FULL:
        return None
    item = replace(judged.item, seen_at=before.seen_at, published_at=before.published_at)
    verdict = replace(judged.verdict, direction=was.direction or judged.verdict.direction)
    news.revise_item(connection, item, verdict, counts=False)
    alike.remove(connection, item.key)
    alike.add(connection, item.key, story.id, judged.signature, now)
    story = _joined(connection, story, item, verdict, now)
    return Joined(item, verdict, story, revised=True)


def _louder(was: Verdict, verdict: Verdict) -> Revision | None:
    """A text that grew into news, though its headline and figures are what they were."""
    return Revision("updated", "") if tier_of(verdict).rank > tier_of(was).rank else None


def _found(connection: sa.Connection, judged: Judged, key: str, now: datetime) -> Story | None:
    """The story that an item may join. Who confirms what another has withdrawn has news of his own."""
    item = judged.item
    found = news.open_story(connection, key, since=now - OPEN_FOR)
    if found and _comes_again(item, found, now):
        news.close_story(connection, found.id)
        found = None
    elif found is None:
        chosen = choose(judged.signature, alike.near(connection, judged.signature), Likeness.load())
        found = news.story(connection, chosen, lock=True) if chosen else None
    return None if found and found.mark == "withdrawn" else found


def _comes_again(item: Item, found: Story, now: datetime) -> bool:
    """Whether the same headline is of another day: "Wall Street closes higher"."""
    repeated = item.outlet in found.outlets and not declared(item)
    return abs(now - found.first_at) > (REPEATED_AFTER if repeated else OPEN_FOR)


def _joined(connection: sa.Connection, story: Story, item: Item, verdict: Verdict, now: datetime) -> Story:
    """`story` with the item in it. Who leads it matters to no outlet's item: that takes the lead from nobody."""
    lead = None if item.authority is Authority.OUTLET else news.item(connection, story.lead)
    story = join(story, lead[0] if lead else item, item, verdict, tier_of(verdict), now)
    news.update_story(connection, story)
    return story


def _open(connection: sa.Connection, judged: Judged, key: str, said: Mark | None, now: datetime) -> Joined:
    """A story of its own; where the item only takes back what nobody here was told, nobody is."""
    item, verdict = judged.item, judged.verdict
    story = open_story(item, verdict, key, tier_of(verdict), now)
    if said != "withdrawn":
        news.add_story(connection, story)
        _record(connection, judged, story, now)
        return Joined(item, verdict, story)
    story = marked(story, said, item.title, now)
    news.add_story(connection, story, closed=True)
    _record(connection, judged, story, now)
    return Joined(item, verdict, story, said)


def _record(connection: sa.Connection, judged: Judged, story: Story, now: datetime) -> None:
    news.add_item(connection, judged.item, story.id, judged.verdict)
    if judged.page:
        pages.note(connection, judged.item.key, judged.page)
    alike.add(connection, judged.item.key, story.id, judged.signature, now)
