"""The stories that wait for the digest of a place, each once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.codec import facts_from_json
from bot.model import Destination, Reason, Story, StoryId, fact_key
from bot.routing.holding import Why
from bot.store.news import story_of
from bot.store.schema import among, decisions, digest_entries, items, stories


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A story that waits for a digest, and why."""

    story_id: StoryId
    why: Why


def add(connection: sa.Connection, place: Destination, story_id: StoryId, why: Why, *, now: datetime) -> None:
    """Put a story into the digest; one that waits keeps its place there.

    Why it waits now counts, but for the brake: what could have been told says more than that its source is new.
    """
    kept = sa.case((sa.literal(why) == Why.BRAKE, digest_entries.c.why), else_=why)
    # Written also where nothing changes: a digest that is made meanwhile waits, and tells what this brings.
    known = connection.execute(sa.update(digest_entries).where(_is(place, story_id)).values(why=kept))
    if not known.rowcount:
        values = {"destination": str(place), "story_id": story_id, "why": why, "added_at": now}
        connection.execute(sa.insert(digest_entries).values(**values))


def waits(connection: sa.Connection, place: Destination, story_id: StoryId) -> bool:
    return connection.execute(sa.select(digest_entries.c.id).where(_is(place, story_id))).first() is not None


def take(connection: sa.Connection, place: Destination, story_id: StoryId) -> frozenset[str] | None:
    """Take a story out of the digest, because it is told; returns the keys of what waited to be told, if it did."""
    since = connection.execute(
        sa.delete(digest_entries).where(_is(place, story_id)).returning(digest_entries.c.added_at)
    ).scalar_one_or_none()
    if since is None:
        return None
    held = connection.execute(
        sa.select(decisions.c.new_facts).where(
            decisions.c.story_id == story_id,
            decisions.c.destination == str(place),
            decisions.c.reason == Reason.HELD,
            decisions.c.decided_at >= since,
        )
    ).scalars()
    return frozenset(fact_key(fact) for facts in held for fact in facts_from_json(facts))


def waiting(connection: sa.Connection, place: Destination) -> list[Entry]:
    """What waits for the digest of a place, in the order in which it came."""
    own = sa.select(digest_entries).where(digest_entries.c.destination == str(place)).order_by(digest_entries.c.id)
    return [_entry(row) for row in connection.execute(own)]


def take_all(connection: sa.Connection, place: Destination) -> list[Entry]:
    """What waits for the digest of a place, which is empty then: what comes meanwhile is for the next."""
    taken = sa.delete(digest_entries).where(digest_entries.c.destination == str(place)).returning(digest_entries)
    return [_entry(row) for row in sorted(connection.execute(taken), key=lambda row: row.id)]


def stories_of(connection: sa.Connection, entries: Iterable[Entry]) -> list[tuple[Story, str | None]]:
    """The stories as they stand now with the links of their leads; what was withdrawn is left out."""
    rows = connection.execute(
        sa.select(stories, items.c.url)
        .join(items, items.c.key == stories.c.lead)
        .where(
            among(connection, stories.c.id, [entry.story_id for entry in entries]),
            stories.c.mark.is_distinct_from("withdrawn"),
        )
    )
    return [(story_of(row), row.url) for row in rows]


def _entry(row: Any) -> Entry:
    return Entry(story_id=StoryId(row.story_id), why=Why(row.why))


def _is(place: Destination, story_id: StoryId) -> sa.ColumnElement[bool]:
    return sa.and_(digest_entries.c.destination == str(place), digest_entries.c.story_id == story_id)
