"""An archive that is searched: items stored one after the other, each with a story of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.codec import verdict_from_json
from bot.model import Item, ItemKey, StoryId, Tier, Verdict
from bot.routing.query import Query, parse, subject
from bot.store import news, retention, searchable
from bot.store.engine import Database
from bot.store.schema import items, stories
from bot.store.search import find
from tests import samples


def key_of(number: int) -> ItemKey:
    return ItemKey(f"{number:08x}{number:08x}")


def story_of(number: int) -> StoryId:
    return StoryId(f"{number:06x}{number:06x}")


def store(
    connection: sa.Connection, /, number: int, *, verdict: Verdict | None = None, tier: Tier = Tier.ALERT, **item: Any
) -> Item:
    """Store item `number` with its story."""
    judged = samples.verdict() if verdict is None else verdict
    made = samples.item(**{"key": key_of(number), "url": f"https://news.example/{number}", "summary": ""} | item)
    story = samples.story(
        id=story_of(number), key=made.key, lead=made.key, title=made.title, verdict=judged, tier=tier
    )
    news.add_story(connection, replace(story, first_at=made.seen_at, updated_at=made.seen_at))
    news.add_item(connection, made, story_of(number), judged)
    return made


def amend(connection: sa.Connection, /, number: int, **texts: Any) -> None:
    found = news.item(connection, key_of(number))
    if found:
        news.revise_item(connection, replace(found[0], **texts), found[1], counts=True)


def delete(connection: sa.Connection, /, number: int) -> None:
    """A story goes with its items."""
    connection.execute(sa.delete(stories).where(stories.c.id == story_of(number)))


def fade(connection: sa.Connection, /, before: datetime) -> None:
    """What retention does with old texts."""
    retention.prune(connection, texts_before=before, decisions_before=before, signatures_before=before)


def forget_index(connection: sa.Connection) -> None:
    """As a database is that was filled before there was an index."""
    connection.execute(sa.delete(searchable.searchable))


def titles(database: Database, query: str, **how: Any) -> list[str]:
    found = database.read_now(find, parse(query), **{"limit": 1_000} | how)
    return [hit.item.title for hit in found.hits]


def by_index(connection: sa.Connection, query: Query, since: datetime | None = None) -> set[ItemKey]:
    found = find(connection, query, limit=1_000, since=since, longest_s=60.0)
    assert found.cut is None
    keys = [hit.item.key for hit in found.hits]
    assert len(keys) == len(set(keys))
    return set(keys)


def by_reading(connection: sa.Connection, query: Query, since: datetime | None = None) -> set[ItemKey]:
    """Every stored item held against the query, without any index."""
    rows: Iterable[Any] = connection.execute(
        sa.select(*items.c, stories.c.verdict.label("judged"), stories.c.tier).join(
            stories, stories.c.id == items.c.story_id
        )
    )
    found = set()
    for row in rows:
        item = news.item_of(row)
        seen = subject(item, verdict_from_json(row.judged), Tier(row.tier))
        if query.matches(seen) and (since is None or item.at >= since):
            found.add(item.key)
    return found
