"""Items and stories: what was read, and which of it is one event."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.codec import verdict_from_json, verdict_to_json
from bot.intake.identity import fingerprint
from bot.intake.links import web_link
from bot.model import Authority, Item, ItemKey, Mark, Notice, SourceId, Story, StoryId, Tier, Verdict
from bot.store import audience, searchable
from bot.store.prepared import Prepared
from bot.store.schema import among, decisions, items, stories

SHORTEST_REFERENCE = 6  # characters of a key: of a million items one in seventeen shares them with another
_KEY = 16  # characters: see intake/identity.py
_REFERENCE = re.compile(f"[0-9a-f]{{{SHORTEST_REFERENCE},{_KEY}}}")


_SOUGHT = sa.bindparam("sought", type_=sa.Text)
_ADD_ITEM = Prepared(sa.insert(items))
_ITEM = Prepared(sa.select(items).where(items.c.key == _SOUGHT))
_KNOWN_KEYS = Prepared(sa.select(items.c.key).where(among(items.c.key, "keys")))
_ADD_STORY = Prepared(sa.insert(stories))
_UPDATE_STORY = Prepared(sa.update(stories).where(stories.c.id == _SOUGHT))
_STORY = Prepared(sa.select(stories).where(stories.c.id == _SOUGHT))
_STORY_LOCKED = Prepared(sa.select(stories).where(stories.c.id == _SOUGHT).with_for_update())
_OPEN_STORY = Prepared(sa.select(stories).where(stories.c.open_key == _SOUGHT).with_for_update())


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldStory:
    """A story as channels were last told it; `number` grows with each telling and pages through them."""

    number: int
    notice: Notice
    story: Story
    lead: Item


GROUPING_LOCK = 0x7472_6164_65  # of PostgreSQL's advisory locks; any number that nothing else here uses


def group_alone(connection: sa.Connection) -> None:
    """Keep other writers from grouping items until this transaction ends.

    Two reports of one event that come at the same moment must see each other. SQLite has one writer anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(GROUPING_LOCK)))


def known_keys(connection: sa.Connection, keys: Collection[ItemKey]) -> set[ItemKey]:
    """Which of `keys` are stored already."""
    return {ItemKey(row.key) for row in _KNOWN_KEYS.rows(connection, {"keys": keys})}


def add_item(connection: sa.Connection, item: Item, story_id: StoryId, verdict: Verdict) -> None:
    _ADD_ITEM.run(
        connection,
        {
            "key": item.key,
            "story_id": story_id,
            "source_id": item.source_id,
            "title": item.title,
            "summary": item.summary,
            "body": item.body,
            "url": item.url,
            "outlet": item.outlet,
            "author": item.author,
            "authority": item.authority,
            "lang": item.lang,
            "published_at": item.published_at,
            "seen_at": item.seen_at,
            "content_hash": item.content_hash,
            "fingerprint": fingerprint(item),
            "verdict": verdict_to_json(verdict),
        },
    )
    searchable.put(connection, item)


def item(connection: sa.Connection, key: ItemKey) -> tuple[Item, Verdict, StoryId] | None:
    row = _ITEM.row(connection, {"sought": key})
    return None if row is None else (item_of(row), verdict_from_json(row.verdict), StoryId(row.story_id))


def find_item(connection: sa.Connection, text: str) -> ItemKey | None:
    """The newest item of that link, the lead of the story of that id, else the newest item whose key begins so.

    Of a key it wants SHORTEST_REFERENCE characters. Each is asked for by itself, so that each goes by its own index.
    """
    if link := web_link(text):
        return _newest(connection, items.c.url == link)
    reference = text.lower()
    lead = sa.select(stories.c.lead).where(stories.c.id == reference)
    if key := _newest(connection, items.c.key.in_(lead)):
        return key
    if not _REFERENCE.fullmatch(reference):
        return None
    first, last = reference.ljust(_KEY, "0"), reference.ljust(_KEY, "f")
    return _newest(connection, items.c.key.between(first, last))  # LIKE goes by no index where the locale is not C


def _newest(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> ItemKey | None:
    newest = sa.select(items.c.key).where(condition).order_by(items.c.seen_at.desc()).limit(1)
    found = connection.execute(newest).scalar_one_or_none()
    return None if found is None else ItemKey(found)


def open_story(connection: sa.Connection, key: str, *, since: datetime) -> Story | None:
    """The story that items with `key` may still join, if it was opened after `since`; an older one is closed.

    The row stays locked until the transaction ends: two items that join at once must not overwrite each other.
    """
    row = _OPEN_STORY.row(connection, {"sought": key})
    if row is None:
        return None
    if row.first_at < since:
        connection.execute(sa.update(stories).where(stories.c.id == row.id).values(open_key=None))
        return None
    return story_of(row)


def add_story(connection: sa.Connection, story: Story, *, closed: bool = False) -> None:
    """`closed`: no further item joins it by its headline.

    Raises IntegrityError where another writer has just opened a story with this key: run again and join it.
    """
    _ADD_STORY.run(connection, {"open_key": None if closed else story.key, **_story_values(story)})


def update_story(connection: sa.Connection, story: Story) -> None:
    _UPDATE_STORY.run(connection, {"sought": story.id, **_story_values(story)})


def story(connection: sa.Connection, story_id: StoryId, *, lock: bool = False) -> Story | None:
    """The story; with `lock` its row is held until the transaction ends, as by `open_story`."""
    row = (_STORY_LOCKED if lock else _STORY).row(connection, {"sought": story_id})
    return None if row is None else story_of(row)


def close_story(connection: sa.Connection, story_id: StoryId) -> None:
    """Let no further item join by its headline."""
    connection.execute(sa.update(stories).where(stories.c.id == story_id).values(open_key=None))


def mark_item(connection: sa.Connection, key: ItemKey, mark: Mark, note: str) -> None:
    """Keep what its publisher has made of an item; what was withdrawn stays so."""
    connection.execute(
        sa.update(items)
        .where(items.c.key == key, items.c.mark.is_distinct_from("withdrawn"))
        .values(mark=mark, mark_note=note)
    )


def mark_of(connection: sa.Connection, key: ItemKey) -> tuple[Mark, str] | None:
    """What its publisher has made of an item since it was told, and what changed in one line."""
    row = connection.execute(sa.select(items.c.mark, items.c.mark_note).where(items.c.key == key)).one_or_none()
    return None if row is None or row.mark is None else (row.mark, row.mark_note)


def last_of_outlet(connection: sa.Connection, story_id: StoryId, item: Item) -> ItemKey | None:
    """The newest item in the story by the publisher of `item`."""
    same = items.c.outlet == item.outlet if item.outlet else items.c.source_id == item.source_id
    return connection.execute(
        sa.select(items.c.key)
        .where(items.c.story_id == story_id, same, items.c.mark.is_distinct_from("withdrawn"))
        .order_by(items.c.seen_at.desc(), items.c.key)
        .limit(1)
    ).scalar_one_or_none()


def revise_item(connection: sa.Connection, item: Item, verdict: Verdict, *, counts: bool) -> None:
    """Put the text that a publisher changed in the place of the old one; `counts`: readers would notice it."""
    changed = connection.execute(
        sa.update(items)
        .where(items.c.key == item.key)
        .values(
            title=item.title,
            summary=item.summary,
            body=item.body,
            content_hash=item.content_hash,
            fingerprint=fingerprint(item),
            verdict=verdict_to_json(verdict),
            revisions=items.c.revisions + int(counts),
        )
        .returning(*searchable.READ)
    )
    searchable.renew(connection, changed.all())


def revisions(connection: sa.Connection, key: ItemKey) -> int:
    """How many changes of an item's content have counted."""
    count: int = connection.execute(sa.select(items.c.revisions).where(items.c.key == key)).scalar_one()
    return count


def latest_stories(
    connection: sa.Connection, *, labels: Collection[str], since: datetime | None, limit: int, offset: int = 0
) -> list[tuple[Story, Item]]:
    """The newest stories that carry one of `labels`, each with its lead item, but for the first `offset` of them."""
    wanted = [sa.cast(stories.c.verdict["labels"], sa.Text).contains(f'"{label}"') for label in labels]
    query = (
        sa.select(stories, *[column.label(f"item_{column.name}") for column in items.c])
        .join(items, items.c.key == stories.c.lead)
        .where(sa.or_(*wanted))
        .order_by(stories.c.updated_at.desc(), stories.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    if since is not None:
        query = query.where(stories.c.updated_at >= since)
    return [(story_of(row), item_of(row, "item_")) for row in connection.execute(query)]


def told_stories(connection: sa.Connection, *, label: str | None, before: int | None, limit: int) -> list[ToldStory]:
    """The stories that channels were told, the last told first; `before` is a `number` to go on from.

    What only a person was told, in direct messages, is not among them.
    """
    newer = decisions.alias("newer")
    told_again = sa.exists().where(
        newer.c.story_id == decisions.c.story_id, newer.c.id > decisions.c.id, audience.told_a_channel(newer)
    )
    query = (
        sa.select(decisions)
        .join(stories, stories.c.id == decisions.c.story_id)
        .join(items, items.c.key == stories.c.lead)
        .where(audience.told_a_channel(decisions), ~told_again)
        .order_by(decisions.c.id.desc())
        .limit(limit)
    )
    if label is not None:
        query = query.where(sa.cast(stories.c.verdict["labels"], sa.Text).contains(f'"{label}"'))
    if before is not None:
        query = query.where(decisions.c.id < before)
    rows = connection.execute(query).all()
    known = {found.id: (found, lead) for found, lead in _with_leads(connection, {row.story_id for row in rows})}
    return [
        ToldStory(
            number=row.id, notice=audience.notice_of(row), story=known[row.story_id][0], lead=known[row.story_id][1]
        )
        for row in rows
    ]


def recent_stories(
    connection: sa.Connection, *, flagged: bool | None, before: tuple[datetime, StoryId] | None, limit: int
) -> list[tuple[Story, Item]]:
    """The newest stories with their lead items: those with a label, those without, or (None) both.

    `before` is the `updated_at` and `id` of the story to go on from.
    """
    query = sa.select(stories.c.id).order_by(stories.c.updated_at.desc(), stories.c.id.desc()).limit(limit)
    if flagged is not None:
        has_label = sa.cast(stories.c.verdict["labels"], sa.Text).contains('"')
        query = query.where(has_label if flagged else ~has_label)
    if before is not None:
        at, story_id = before
        query = query.where(
            sa.or_(stories.c.updated_at < at, sa.and_(stories.c.updated_at == at, stories.c.id < story_id))
        )
    return _with_leads(connection, connection.execute(query).scalars().all())


def items_of(connection: sa.Connection, story_id: StoryId, *, limit: int) -> list[Item]:
    """The items that report one story, in the order in which they were seen."""
    rows = connection.execute(
        sa.select(items).where(items.c.story_id == story_id).order_by(items.c.seen_at, items.c.key).limit(limit)
    )
    return [item_of(row) for row in rows]


def read_since(
    connection: sa.Connection, since: datetime, *, before: tuple[datetime, ItemKey] | None, limit: int
) -> list[tuple[Item, Verdict]]:
    """The newest items that were seen since then; `before` is the `seen_at` and `key` of the item to go on from."""
    query = sa.select(items).where(items.c.seen_at >= since).order_by(items.c.seen_at.desc(), items.c.key.desc())
    if before is not None:
        at, key = before
        earlier = sa.or_(items.c.seen_at < at, sa.and_(items.c.seen_at == at, items.c.key < key))
        query = query.where(items.c.seen_at <= at, earlier)
    return [(item_of(row), verdict_from_json(row.verdict)) for row in connection.execute(query.limit(limit))]


def counts(connection: sa.Connection, *, since: datetime) -> tuple[int, int]:
    """How many items were read, and how many stories opened, since then."""
    read = connection.execute(sa.select(sa.func.count()).select_from(items).where(items.c.seen_at >= since))
    opened = connection.execute(sa.select(sa.func.count()).select_from(stories).where(stories.c.first_at >= since))
    return read.scalar_one(), opened.scalar_one()


def _with_leads(connection: sa.Connection, ids: Collection[str]) -> list[tuple[Story, Item]]:
    rows = connection.execute(
        sa.select(stories, *[column.label(f"item_{column.name}") for column in items.c])
        .join(items, items.c.key == stories.c.lead)
        .where(stories.c.id.in_(list(ids)))
        .order_by(stories.c.updated_at.desc(), stories.c.id.desc())
    )
    return [(story_of(row), item_of(row, "item_")) for row in rows]


def item_of(row: Any, prefix: str = "") -> Item:
    """A row of `items` as the item it stores; `prefix` stands before its column names in a joined row."""

    def column(name: str) -> Any:
        return getattr(row, prefix + name)

    return Item(
        key=ItemKey(column("key")),
        source_id=SourceId(column("source_id")),
        title=column("title"),
        summary=column("summary"),
        body=column("body"),
        url=column("url"),
        outlet=column("outlet"),
        author=column("author"),
        authority=Authority(column("authority")),
        lang=column("lang"),
        published_at=column("published_at"),
        seen_at=column("seen_at"),
        content_hash=column("content_hash"),
    )


def story_of(row: Any) -> Story:
    """A row of `stories` as the story it stores."""
    return Story(
        id=StoryId(row.id),
        key=row.key,
        lead=ItemKey(row.lead),
        title=row.title,
        verdict=verdict_from_json(row.verdict),
        tier=Tier(row.tier),
        outlets=tuple(row.outlets),
        version=row.version,
        mark=row.mark,
        mark_note=row.mark_note,
        first_at=row.first_at,
        updated_at=row.updated_at,
    )


def _story_values(story: Story) -> dict[str, Any]:
    return {
        "id": story.id,
        "key": story.key,
        "lead": story.lead,
        "title": story.title,
        "verdict": verdict_to_json(story.verdict),
        "tier": story.tier,
        "outlets": list(story.outlets),
        "version": story.version,
        "mark": story.mark,
        "mark_note": story.mark_note,
        "first_at": story.first_at,
        "updated_at": story.updated_at,
    }
