"""Full text search over every stored item, in the subscription language.

The index gives candidates, the newest first, and `Query.matches` decides: the answers are those that a subscription
would have brought. What the index knows nothing of (a topic, what is excluded) is asked of each item, so a query of
nothing else walks over the newest. How far it goes is bounded, and what it left out is said.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY

from bot.codec import verdict_from_json
from bot.model import Item, Mark, StoryId, Tier, Verdict
from bot.routing.indexing import AllOf, Asked, Term, asked_of
from bot.routing.query import Query, subject
from bot.store import news, searchable
from bot.store.deadline import Overdue, time_limit
from bot.store.schema import items, stories

MOST_READ = 10_000  # items that one search looks at
LONGEST_S = 2.5  # that it takes
_PORTIONS = (50, 400)  # items read at once, at first and at most: each time twice as many
_COLUMNS = [column for column in items.c if column is not items.c.verdict]  # what counts is the story's


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An item that matches; `mark` is what its publisher has made of it since."""

    item: Item
    story_id: StoryId
    tier: Tier  # of the story
    mark: Mark | None = None


class Cut(StrEnum):
    BOUNDS = "bounds"  # as many items as one search looks at, or its time
    INDEX = "index"  # what was stored before there was an index is not in it yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search found, the newest first.

    `cut`: why there may be more than these that it did not come to; `back_to`: how far back it looked then, None
    where it did not get anywhere.
    """

    hits: Sequence[Hit]
    cut: Cut | None = None
    back_to: datetime | None = None


def find(
    connection: sa.Connection,
    query: Query,
    *,
    limit: int,
    since: datetime | None = None,
    most_read: int = MOST_READ,
    longest_s: float = LONGEST_S,
) -> Found:
    """The newest `limit` items that match; `since`: only those published then or later. Takes `longest_s` at most."""
    search = _Search(connection, query, since, limit, most_read)
    try:
        with time_limit(connection, longest_s):
            cut = search.run(until=time.monotonic() + longest_s)
            if cut is None and len(search.hits) < limit and searchable.is_behind(connection):
                cut = Cut.INDEX
    except Overdue:
        cut = Cut.BOUNDS
    return Found(hits=search.hits[:limit], cut=cut, back_to=search.back_to)


class _Search:
    """One search on its way from the newest item back."""

    def __init__(
        self, connection: sa.Connection, query: Query, since: datetime | None, limit: int, most_read: int
    ) -> None:
        self._connection, self._query, self._since = connection, query, since
        self._limit, self._most_read = limit, most_read
        self._asked = asked_of(query.root)
        self.hits: list[Hit] = []
        self.back_to: datetime | None = None

    def run(self, until: float) -> Cut | None:
        """Go on until there are enough, or no more."""
        read, before = 0, None
        portion, largest = _PORTIONS
        while rows := self._rows(before, portion):
            if read >= self._most_read or time.monotonic() > until:
                return Cut.BOUNDS
            for row in rows:
                self._look_at(row)
            read, before, portion = read + len(rows), rows[-1].number, min(2 * portion, largest)
            self.back_to = rows[-1].seen_at
            if len(self.hits) >= self._limit or self._past(rows):
                break
        return None

    def _rows(self, before: int | None, portion: int) -> Sequence[Any]:
        """The next candidates: their numbers by the index alone, then what is to be known of them."""
        wanted = _numbers(self._connection, self._asked, before).limit(portion)
        numbers = self._connection.execute(wanted).scalars().all()
        if not numbers:
            return []
        verdict = stories.c.verdict if self._query.needs_verdict else sa.null()
        return self._connection.execute(
            sa.select(
                searchable.searchable.c.number,
                *_COLUMNS,
                verdict.label("story_verdict"),
                stories.c.tier.label("story_tier"),
            )
            .join(items, items.c.key == searchable.searchable.c.item_key)
            .join(stories, stories.c.id == items.c.story_id)
            .where(searchable.searchable.c.number.in_(numbers))
            .order_by(searchable.searchable.c.number.desc())
        ).all()

    def _look_at(self, row: Any) -> None:
        if self._since is not None and (row.published_at or row.seen_at) < self._since:
            return
        item, tier = news.item_of(row), Tier(row.story_tier)
        verdict = verdict_from_json(row.story_verdict) if self._query.needs_verdict else Verdict()
        if self._query.matches(subject(item, verdict, tier)):
            self.hits.append(Hit(item=item, story_id=StoryId(row.story_id), tier=tier, mark=row.mark))

    def _past(self, rows: Sequence[Any]) -> bool:
        """Whether all that is left came earlier than is asked for; an item is published before it comes."""
        return self._since is not None and all(row.seen_at < self._since for row in rows)


# --- the indexes' own languages ---------------------------------------------------------------------------


def _numbers(connection: sa.Connection, asked: Asked | None, before: int | None) -> sa.Select[Any]:
    table = searchable.searchable
    if asked is None:
        number: sa.ColumnElement[int] = table.c.number
        query = sa.select(number)
    elif connection.dialect.name == "postgresql":
        number = table.c.number
        wanted = sa.cast(sa.literal(_tsquery(asked), sa.Text), TSQUERY)
        query = sa.select(number).where(table.c.terms.op("@@")(wanted))
    else:
        index = sa.table("search_index", sa.column("rowid", sa.Integer))
        number = index.c.rowid
        query = sa.select(number).where(sa.literal_column("search_index").op("MATCH")(_fts5(asked)))
    if before is not None:
        query = query.where(number < before)
    return query.order_by(number.desc())


def _fts5(asked: Asked) -> str:
    """https://www.sqlite.org/fts5.html#full_text_query_syntax: every term stands in quotes."""
    if isinstance(asked, Term):
        quoted = '"{}"'.format(asked.text.replace('"', '""'))
        return f"{quoted} *" if asked.prefix else quoted
    return "({})".format((" AND " if isinstance(asked, AllOf) else " OR ").join(map(_fts5, asked.parts)))


def _tsquery(asked: Asked) -> str:
    """https://www.postgresql.org/docs/current/datatype-textsearch.html#DATATYPE-TSQUERY: likewise."""
    if isinstance(asked, Term):
        return searchable.lexeme(asked.text) + (":*" if asked.prefix else "")
    return "({})".format((" & " if isinstance(asked, AllOf) else " | ").join(map(_tsquery, asked.parts)))
