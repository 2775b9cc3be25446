"""Who follows which story."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.model import Destination, StoryId
from bot.store.prepared import Prepared
from bot.store.schema import follows, stories

_FOLLOWERS = Prepared(
    sa.select(follows.c.destination)
    .where(follows.c.story_id == sa.bindparam("story", type_=sa.Text))
    .order_by(follows.c.made_at, follows.c.destination)
)


def follow(connection: sa.Connection, person: Destination, story_id: StoryId, *, now: datetime) -> bool:
    """False, and nothing changed, where they follow it already."""
    if is_following(connection, person, story_id):
        return False
    connection.execute(sa.insert(follows).values(destination=str(person), story_id=story_id, made_at=now))
    return True


def unfollow(connection: sa.Connection, person: Destination, story_id: StoryId) -> bool:
    """False where they did not follow it."""
    return connection.execute(sa.delete(follows).where(*_is(person, story_id))).rowcount > 0


def unfollow_all(connection: sa.Connection, person: Destination) -> int:
    """End every follow of a person; returns how many there were."""
    return connection.execute(sa.delete(follows).where(follows.c.destination == str(person))).rowcount


def is_following(connection: sa.Connection, person: Destination, story_id: StoryId) -> bool:
    return bool(connection.execute(sa.select(sa.exists().where(*_is(person, story_id)))).scalar_one())


def followers(connection: sa.Connection, story_id: StoryId) -> list[Destination]:
    """The people who follow a story, in the order in which they began to."""
    return [Destination.parse(row.destination) for row in _FOLLOWERS.rows(connection, {"story": story_id})]


def followed(connection: sa.Connection, person: Destination, *, limit: int) -> list[tuple[StoryId, str]]:
    """The id and title of the stories that a person follows, the last told of first."""
    rows = connection.execute(
        sa.select(stories.c.id, stories.c.title)
        .join(follows, follows.c.story_id == stories.c.id)
        .where(follows.c.destination == str(person))
        .order_by(stories.c.updated_at.desc(), stories.c.id)
        .limit(limit)
    )
    return [(StoryId(row.id), row.title) for row in rows]


def forget_closed(connection: sa.Connection, *, closed_before: datetime) -> int:
    """Delete the follows of stories without a report since then."""
    closed = sa.select(stories.c.id).where(stories.c.updated_at < closed_before)
    return connection.execute(sa.delete(follows).where(follows.c.story_id.in_(closed))).rowcount


def _is(person: Destination, story_id: StoryId) -> tuple[sa.ColumnElement[bool], ...]:
    return follows.c.destination == str(person), follows.c.story_id == story_id
