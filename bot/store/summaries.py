"""The stories of a time for a summary, the summaries that people asked for, and what they saw in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.model import Authority, Destination, Item, StoryId
from bot.store.news import item_of, story_of
from bot.store.schema import among, items, stories, summaries, summaries_seen
from bot.summary.entries import Entry

TOPICS = ("trade", "market", "urgent")
ITEMS_AT_ONCE = 500

Section = tuple[str, tuple[StoryId, ...]]  # a heading, and the stories under it
Page = tuple[Section, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A summary as its person got it: which stories stand on which page, the first of them is 1."""

    number: int
    person: Destination
    title: str
    pages: tuple[Page, ...]
    made_at: datetime


# --- the stories ------------------------------------------------------------------------------------------


def flagged_since(connection: sa.Connection, since: datetime, *, limit: int) -> tuple[list[Entry], int]:
    """The stories with a topic that were reported since then, the last reported first; and how many there are."""
    labels = sa.cast(stories.c.verdict["labels"], sa.Text)
    wanted = stories.c.updated_at >= since, sa.or_(*(labels.contains(f'"{topic}"') for topic in TOPICS))
    count = connection.execute(sa.select(sa.func.count()).select_from(stories).where(*wanted)).scalar_one()
    chosen = sa.select(stories.c.id).where(*wanted).order_by(stories.c.updated_at.desc()).limit(limit)
    return entries_of(connection, list(connection.execute(chosen).scalars())), count


def entries_of(connection: sa.Connection, ids: Sequence[StoryId]) -> list[Entry]:
    """These stories, in this order; one that is gone is left out."""
    authorities: dict[str, set[Authority]] = {}
    voices = sa.select(items.c.story_id, items.c.authority).where(among(items.c.story_id, ids)).distinct()
    for row in connection.execute(voices):
        authorities.setdefault(row.story_id, set()).add(Authority(row.authority))
    query = (
        sa.select(stories, items.c.url.label("lead_url"))
        .join(items, items.c.key == stories.c.lead)
        .where(among(stories.c.id, ids))
    )
    found = {
        row.id: Entry(story=story_of(row), url=row.lead_url, authority=min(authorities[row.id], key=_rank))
        for row in connection.execute(query)
    }
    return [found[story_id] for story_id in ids if story_id in found]


def _rank(authority: Authority) -> int:
    return list(Authority).index(authority)


def items_of(connection: sa.Connection, ids: Collection[StoryId]) -> Iterator[tuple[StoryId, Item]]:
    """Every item of these stories, read in portions."""
    query = sa.select(items).where(among(items.c.story_id, ids)).order_by(items.c.story_id)
    for row in connection.execute(query.execution_options(yield_per=ITEMS_AT_ONCE)):
        yield StoryId(row.story_id), item_of(row)


# --- what a person saw ------------------------------------------------------------------------------------


def with_seen(
    connection: sa.Connection, entries: Sequence[Entry], person: Destination, *, before: int | None = None
) -> list[Entry]:
    """`entries` with the facts that the person saw of each in summaries, in those earlier than `before`."""
    seen = summaries_seen
    query = sa.select(seen.c.story_id, seen.c.fact_keys).where(
        seen.c.person == str(person), among(seen.c.story_id, [entry.story.id for entry in entries])
    )
    if before is not None:
        query = query.where(seen.c.summary_id < before)
    known: dict[str, frozenset[str]] = {}
    for row in connection.execute(query):
        known[row.story_id] = known.get(row.story_id, frozenset()) | frozenset(row.fact_keys)
    return [replace(entry, seen=known.get(entry.story.id)) for entry in entries]


def last_made(connection: sa.Connection, person: Destination, *, before: int | None = None) -> datetime | None:
    """When the person asked for their last summary, for the last earlier than `before`; None: there was none."""
    query = sa.select(sa.func.max(summaries.c.made_at)).where(summaries.c.person == str(person))
    if before is not None:
        query = query.where(summaries.c.id < before)
    made_at: datetime | None = connection.execute(query).scalar_one()
    return made_at


def save_seen(connection: sa.Connection, person: Destination, number: int, entries: Iterable[Entry]) -> None:
    """Record that these stories stood on a page of the summary `number` which the person looked at."""
    seen = summaries_seen
    for entry in entries:
        values = {"fact_keys": sorted(entry.fact_keys)}
        where = seen.c.person == str(person), seen.c.story_id == entry.story.id, seen.c.summary_id == number
        if not connection.execute(sa.update(seen).where(*where).values(**values)).rowcount:
            row = {"person": str(person), "story_id": entry.story.id, "summary_id": number}
            connection.execute(sa.insert(seen).values(**row, **values))


# --- summaries --------------------------------------------------------------------------------------------


def save(connection: sa.Connection, person: Destination, title: str, pages: Sequence[Page], *, now: datetime) -> int:
    """Keep a summary, so that its further pages are pages of the same; returns its number."""
    number: int = connection.execute(
        sa.insert(summaries)
        .values(person=str(person), title=title, pages=[list(page) for page in pages], made_at=now)
        .returning(summaries.c.id)
    ).scalar_one()
    return number


def kept(connection: sa.Connection, number: int) -> Kept | None:
    row = connection.execute(sa.select(summaries).where(summaries.c.id == number)).one_or_none()
    return None if row is None else _kept(row)


def forget_person(connection: sa.Connection, person: Destination) -> int:
    """Delete the summaries of a person, and with them what they saw; returns how many there were."""
    return connection.execute(sa.delete(summaries).where(summaries.c.person == str(person))).rowcount


def forget(connection: sa.Connection, *, made_before: datetime) -> int:
    """Delete the summaries made before, and with them what was seen in them; returns how many there were."""
    return connection.execute(sa.delete(summaries).where(summaries.c.made_at < made_before)).rowcount


def _kept(row: Any) -> Kept:
    pages = tuple(
        tuple((heading, tuple(StoryId(story_id) for story_id in ids)) for heading, ids in page) for page in row.pages
    )
    return Kept(
        number=row.id, person=Destination.parse(row.person), title=row.title, pages=pages, made_at=row.made_at
    )
