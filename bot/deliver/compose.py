"""The card of a delivery, made from what the store knows at the moment it is sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import quote

import sqlalchemy as sa

from bot.deliver.card import Action, Card, build_card
from bot.model import Delivery, DeliveryState, Destination, Item, ItemKey, Mark, Reason, Story, StoryId, Verdict
from bot.routing.decide import decide
from bot.routing.routes import Match
from bot.routing.tiers import tier_of
from bot.signals.gist import gist
from bot.store import audience, messages, news, subscriptions
from bot.stories.cluster import open_story
from bot.stories.fingerprint import bare_title, story_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Composer:
    """`public_url` is where people reach the board; `local_url` where this machine does, for the console."""

    public_url: str | None
    local_url: str | None

    def compose(self, connection: sa.Connection, delivery: Delivery, first_url: str | None = None) -> Card:
        """`first_url`: of the story's first message there, where this is another beside it.

        Raises LookupError where retention has deleted the story or item since.
        """
        notice = delivery.notice
        story, found = news.story(connection, notice.story_id), news.item(connection, notice.item_key)
        if story is None or found is None:
            raise LookupError(f"story {notice.story_id} is no longer stored")
        item, verdict, _ = found
        own_mark = news.mark_of(connection, item.key) if _stands(delivery) else None
        own_mark = own_mark or _mark_of_story(connection, delivery, story)
        if own_mark or story.mark:  # which says it, so the headline need not
            item = replace(item, title=bare_title(item.title))
        matched = subscriptions.matched_by(connection, delivery.id)
        return build_card(
            notice=notice,
            story=story,
            item=item,
            gist=gist(item, verdict),
            actions=card_actions(story.id, item.key),
            item_url=self.item_url(item, notice.destination),
            first_url=first_url,
            own_mark=own_mark,
            asked=tuple(each.name for each in matched if each.asks_for(story.tier)),
        )

    def item_url(self, item: Item, destination: Destination) -> str | None:
        """The item's page on the board, for items without a link of their own (article files)."""
        return self.page_url(item.key, destination)

    def page_url(self, key: ItemKey, destination: Destination) -> str | None:
        """The page of an item on the board; None where nobody there could reach it."""
        base = self.local_url or self.public_url if destination.platform == "console" else self.public_url
        return f"{base.rstrip('/')}/items/{quote(key)}" if base else None


def _stands(delivery: Delivery) -> bool:
    """Whether the message is older than what may have become of its item: a reply is posted because of it."""
    return delivery.state is DeliveryState.SENT or delivery.notice.reason is not Reason.NEW_FACT


def _mark_of_story(connection: sa.Connection, delivery: Delivery, story: Story) -> tuple[Mark, str] | None:
    """What became of the story since, where a new fact is the first message about it: no other there can say it.

    So it is with those who follow a story. None elsewhere: the first message bears it.
    """
    notice = delivery.notice
    if story.mark is None or notice.reason is not Reason.NEW_FACT:
        return None
    first = messages.standing(connection, notice.destination, story.id)[:1]
    if any(each.delivery.id != delivery.id for each in first) or not audience.amended_since(connection, notice):
        return None
    return story.mark, story.mark_note


def preview_card(item: Item, verdict: Verdict) -> Card:
    """The card that a first alert on `item` would be, without a store or a route."""
    tier, now = tier_of(verdict), item.seen_at
    story = open_story(item, verdict, story_key(item), tier, now)
    match = Match(destination=Destination("console"), route="preview", wanted=True, detail="preview", tier=tier)
    return build_card(
        notice=decide(None, story, item, match, said=verdict, tier=tier, now=now),
        story=story,
        item=item,
        gist=gist(item, verdict),
        actions=card_actions(story.id, item.key),
    )


def card_actions(story_id: StoryId, key: ItemKey) -> tuple[Action, ...]:
    """The buttons of an alert, at most five so that they stand in one row: each is a command that exists."""
    return (
        Action(label="Follow", command=f"follow:{story_id}"),
        Action(label="Mute", command=f"mute:story {story_id}"),
        Action(label="Why", command=f"why:{key}"),
        Action(label="Not relevant", command=f"irrelevant:{key}"),
    )
