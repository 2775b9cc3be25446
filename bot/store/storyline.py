"""What a story's page is made of: its items with their verdicts, and what was decided on each."""

from __future__ import annotations

import sqlalchemy as sa

from bot.codec import verdict_from_json
from bot.model import Destination, Item, ItemKey, Reason, StoryId, Verdict
from bot.routing.decide import reason_behind
from bot.store import audience, news
from bot.store.schema import decisions, items


def reports(connection: sa.Connection, story_id: StoryId, *, limit: int) -> list[tuple[Item, Verdict]]:
    """The first items of a story with their verdicts, in the order in which they were seen."""
    rows = connection.execute(
        sa.select(items).where(items.c.story_id == story_id).order_by(items.c.seen_at, items.c.key).limit(limit)
    )
    return [(news.item_of(row), verdict_from_json(row.verdict)) for row in rows]


def standing(connection: sa.Connection, story_id: StoryId, *, limit: int = 200) -> list[tuple[Item, Verdict]]:
    """The newest items of a story that their publishers stand by, in the order in which they were seen."""
    rows = connection.execute(
        sa.select(items)
        .where(items.c.story_id == story_id, items.c.mark.is_distinct_from("withdrawn"))
        .order_by(items.c.seen_at.desc(), items.c.key)
        .limit(limit)
    ).all()
    return [(news.item_of(row), verdict_from_json(row.verdict)) for row in reversed(rows)]


def count(connection: sa.Connection, story_id: StoryId) -> int:
    """How many items report the story."""
    number: int = connection.execute(
        sa.select(sa.func.count()).select_from(items).where(items.c.story_id == story_id)
    ).scalar_one()
    return number


def told_for(connection: sa.Connection, story_id: StoryId, reader: Destination) -> dict[ItemKey, set[Reason]]:
    """Why each item of a story was told to a channel or to `reader`; what other people were told is theirs."""
    silent = [reason for reason in Reason if not reason.tells]
    rows = connection.execute(
        sa.select(decisions.c.item_key, decisions.c.reason, decisions.c.detail)
        .where(
            decisions.c.story_id == story_id,
            decisions.c.reason.not_in(silent),
            sa.or_(audience.is_channel(decisions), decisions.c.destination == str(reader)),
        )
        .distinct()
    )
    reasons: dict[ItemKey, set[Reason]] = {}
    for row in rows:
        reasons.setdefault(ItemKey(row.item_key), set()).add(reason_behind(Reason(row.reason), row.detail))
    return reasons
