"""The stories that wait for the digest of a place, each once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.model import Destination, Reason, Story, StoryId
from bot.routing.holding import Why
from bot.routing.mutes import TAKEN_BACK
from bot.store.messages import keys_by_place
from bot.store.news import story_of
from bot.store.prepared import Prepared
from bot.store.schema import among, decisions, deliveries, digest_entries, items, stories

KEY = "digest "  # what the keys of digests begin with, among bulletins


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A story that waits for a digest, why, and since when."""

    story_id: StoryId
    why: Why
    added_at: datetime


def add(connection: sa.Connection, whys: Mapping[Destination, Why], story_id: StoryId, *, now: datetime) -> None:
    """Put a story into the digests of places; where it waits already it keeps its place.

    Why it waits now counts, but for the brake: what could have been told says more than that its source is new.
    And what an earlier digest told wrongly is told as put right, whatever else comes of it.
    """
    for why in Why:
        if wanted := [place for place, each in whys.items() if each is why]:
            _add(connection, wanted, story_id, why, now)


_WHY = sa.bindparam("new_why", type_=sa.Text)
_KEEPS = sa.or_(_WHY == Why.BRAKE, digest_entries.c.why == Why.AMENDED)
# Written also where nothing changes: a digest that is made meanwhile waits, and tells what this brings.
_WAITS = Prepared(
    sa.update(digest_entries)
    .where(digest_entries.c.story_id == sa.bindparam("story"), among(digest_entries.c.destination, "places"))
    .values(why=sa.case((_KEEPS, digest_entries.c.why), else_=_WHY))
    .returning(digest_entries.c.destination)
)
_ADD = Prepared(sa.insert(digest_entries).inline())  # nobody asks for its number


def _add(
    connection: sa.Connection, wanted: Collection[Destination], story_id: StoryId, why: Why, now: datetime
) -> None:
    there = _WAITS.rows(connection, {"story": story_id, "places": wanted, "new_why": why})
    if missing := sorted({str(place) for place in wanted} - {row.destination for row in there}):
        values = {"story_id": story_id, "why": why, "added_at": now}
        _ADD.run_all(connection, [{"destination": place, **values} for place in missing])


def waits_since(
    connection: sa.Connection, wanted: Collection[Destination], story_id: StoryId
) -> dict[Destination, datetime]:
    """Since when a story waits for the digests of these places, where it does.

    A digest that is just being made is waited for: what it tells does not wait any more.
    """
    entry = digest_entries.c
    rows = sa.select(entry.destination, entry.added_at).where(_of(wanted, story_id)).order_by(entry.id)
    return _times(connection.execute(rows.with_for_update()))


def told_in_one(
    connection: sa.Connection,
    wanted: Collection[Destination],
    story_id: StoryId,
    *,
    before: Mapping[Destination, datetime],
) -> set[Destination]:
    """Of these places those that a digest told of the story: what was held, and is neither a message nor waits.

    `before` is since when it waits for the next one, or did until now.
    """
    is_message = sa.exists().where(deliveries.c.decision_id == decisions.c.id)
    first = sa.func.min(decisions.c.decided_at, type_=decisions.c.decided_at.type).label("since")
    rows = connection.execute(
        sa.select(decisions.c.destination, first)
        .where(_held(wanted, story_id), ~is_message, ~taken_back())
        .group_by(decisions.c.destination)
    )
    return {place for place, held in _times(rows).items() if place not in before or held < before[place]}


_TAKE = Prepared(
    sa.delete(digest_entries)
    .where(
        digest_entries.c.story_id == sa.bindparam("story"),
        among(digest_entries.c.destination, "places"),
        digest_entries.c.why != Why.AMENDED,
    )
    .returning(digest_entries.c.destination, digest_entries.c.added_at)
)


def take(
    connection: sa.Connection, wanted: Collection[Destination], story_id: StoryId
) -> dict[Destination, datetime]:
    """Take a story out of the digests of these places, because it is told; returns since when it waited, where so.

    What a digest told wrongly stays in the next, which puts it right.
    """
    return _times(_TAKE.rows(connection, {"story": story_id, "places": wanted}))


def held_facts(
    connection: sa.Connection, since: Mapping[Destination, datetime], story_id: StoryId
) -> Mapping[Destination, frozenset[str]]:
    """The keys of what was held at these places since then."""
    rows = connection.execute(
        sa.select(decisions.c.destination, decisions.c.decided_at, decisions.c.new_facts).where(
            _held(since, story_id)
        )
    )
    return keys_by_place(row for row in rows if row.decided_at >= since[Destination.parse(row.destination)])


def waiting(connection: sa.Connection, place: Destination) -> list[Entry]:
    """What waits for the digest of a place, in the order in which it came."""
    own = sa.select(digest_entries).where(digest_entries.c.destination == str(place)).order_by(digest_entries.c.id)
    return [_entry(row) for row in connection.execute(own)]


def take_all(connection: sa.Connection, place: Destination) -> list[Entry]:
    """What waits for the digest of a place, which is empty then: what comes meanwhile is for the next."""
    taken = sa.delete(digest_entries).where(digest_entries.c.destination == str(place)).returning(digest_entries)
    return [_entry(row) for row in sorted(connection.execute(taken), key=lambda row: row.id)]


def stories_of(connection: sa.Connection, entries: Iterable[Entry]) -> list[tuple[Story, str | None]]:
    """The stories as they stand now with the links of their leads.

    What was withdrawn is left out, but where an earlier digest told it.
    """
    entries = list(entries)
    told = [entry.story_id for entry in entries if entry.why is Why.AMENDED]
    rows = connection.execute(
        sa.select(stories, items.c.url)
        .join(items, items.c.key == stories.c.lead)
        .where(
            among(stories.c.id, [entry.story_id for entry in entries]),
            sa.or_(stories.c.mark.is_distinct_from("withdrawn"), among(stories.c.id, told)),
        )
    )
    return [(story_of(row), row.url) for row in rows]


def _entry(row: Any) -> Entry:
    return Entry(story_id=StoryId(row.story_id), why=Why(row.why), added_at=row.added_at)


def _times(rows: Iterable[Any]) -> dict[Destination, datetime]:
    return {Destination.parse(place): at for place, at in rows}


def _of(wanted: Collection[Destination], story_id: StoryId) -> sa.ColumnElement[bool]:
    there = among(digest_entries.c.destination, map(str, wanted))
    return sa.and_(digest_entries.c.story_id == story_id, there)


def taken_back() -> sa.ColumnElement[bool]:
    """Whether a decision was muted before its digest came."""
    by = decisions.alias("silence")
    return sa.exists().where(
        by.c.item_key == decisions.c.item_key,
        by.c.destination == decisions.c.destination,
        by.c.detail.startswith(TAKEN_BACK),
        by.c.id > decisions.c.id,
    )


def _held(wanted: Collection[Destination], story_id: StoryId) -> sa.ColumnElement[bool]:
    there = among(decisions.c.destination, map(str, wanted))
    return sa.and_(decisions.c.story_id == story_id, decisions.c.reason == Reason.HELD, there)
