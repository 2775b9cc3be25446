"""Sources added, removed and paused from chat. Every process that polls reads them again when they have changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.model import Authority, Destination, Source, SourceId
from bot.sources.sourcing import AddedSource, Pause, SourceChanges, all_sources, make_id, place_of, places_of, polled
from bot.store import feeds
from bot.store.schema import added_sources, among, source_changes, source_offers, source_pauses, sources

OFFERED_FOR = timedelta(days=1)  # how long a button adds what it offered
REFERENCE = 10  # hex digits


# --- reading ----------------------------------------------------------------------------------------------


def changes(connection: sa.Connection) -> SourceChanges:
    """All that was added and paused, the sources in the order in which they were added."""
    number = _number(connection)
    in_order = sa.select(added_sources).order_by(added_sources.c.added_at, added_sources.c.id)
    added = connection.execute(in_order).mappings()
    pauses = connection.execute(sa.select(source_pauses).order_by(source_pauses.c.source_id))
    return SourceChanges(
        number=number, added=tuple(_added(dict(row)) for row in added), pauses=tuple(map(_pause, pauses))
    )


def changes_since(connection: sa.Connection, number: int) -> SourceChanges | None:
    """All of it, where something has changed since `number`, else None."""
    return None if _number(connection) == number else changes(connection)


def settle(connection: sa.Connection, configured: Sequence[Source], *, now: datetime) -> SourceChanges:
    """The rows of the sources as file and chat want them; at the start of a process."""
    connection.execute(sa.select(source_changes.c.number).with_for_update())  # nobody changes them meanwhile
    stored = changes(connection)
    feeds.sync(connection, polled(configured, stored), now=now)
    return stored


# --- changing: each begins with `_change`, which lets one writer in at a time -------------------------------


def add(
    connection: sa.Connection,
    configured: Sequence[Source],
    wanted: Sequence[Source],
    *,
    author: Destination,
    author_name: str,
    most: int,
    now: datetime,
) -> list[AddedSource]:
    """Add those of `wanted` whose place nobody has yet, with ids of their own, until there are `most`.

    One that is not enabled is paused.
    """
    _change(connection)
    there = changes(connection).added
    known = all_sources(configured, there)
    places, ids = set(places_of(known)), {source.id for source in (*known, *(each.source for each in there))}
    new: list[AddedSource] = []
    for source in wanted:
        if place_of(source) not in places and len(there) + len(new) < most:
            free = source.id and source.id not in ids
            source_id = source.id if free else make_id(source.name, source.url or "", ids)
            named = replace(source, id=source_id, name=source.name or source_id)
            new.append(AddedSource(source=named, author=author, author_name=author_name, added_at=now))
            places.add(place_of(source))
            ids.add(source_id)
    if new:
        _make_room(connection, [each.source for each in new])
        connection.execute(sa.insert(added_sources), [_values(each) for each in new])
        _begin_anew(connection, [each.source for each in new], now)
    for each in new:
        if not each.source.enabled:
            pause(connection, _not_enabled(each))
    return new


def _not_enabled(added: AddedSource) -> Pause:
    return Pause(
        source_id=added.source.id,
        author=added.author,
        author_name=added.author_name,
        reason="not enabled when it was added",
        paused_at=added.added_at,
    )


def remove(connection: sa.Connection, source_id: SourceId) -> AddedSource | None:
    """Take out a source that was added, and its pause; its items stay. None where there is none.

    A poll under way writes nothing more.
    """
    _change(connection)
    found = sa.select(added_sources).where(added_sources.c.id == source_id)
    row = connection.execute(found).mappings().one_or_none()
    if row is None:
        return None
    connection.execute(sa.delete(added_sources).where(added_sources.c.id == source_id))
    connection.execute(sa.delete(source_pauses).where(source_pauses.c.source_id == source_id))
    _rest(connection, source_id)
    return _added(dict(row))


def pause(connection: sa.Connection, wanted: Pause) -> Pause | None:
    """Stop polling a source; what a poll under way found tells nobody. Returns the earlier pause where it has one.

    That one stands, with who paused it and why.
    """
    _change(connection)
    earlier = connection.execute(
        sa.select(source_pauses).where(source_pauses.c.source_id == wanted.source_id)
    ).one_or_none()
    if earlier is not None:
        return _pause(earlier)
    connection.execute(
        sa.insert(source_pauses).values(
            source_id=wanted.source_id,
            author=str(wanted.author),
            author_name=wanted.author_name,
            reason=wanted.reason,
            paused_at=wanted.paused_at,
        )
    )
    _rest(connection, wanted.source_id)
    return None


def resume(connection: sa.Connection, source_id: SourceId, *, now: datetime) -> bool:
    """End a pause: the source is due at once. False where there is none."""
    _change(connection)
    ended = connection.execute(sa.delete(source_pauses).where(source_pauses.c.source_id == source_id))
    if not ended.rowcount:
        return False
    values = {"active": True, "due_at": now}
    row = connection.execute(sa.update(sources).where(sources.c.id == source_id).values(values))
    if not row.rowcount:  # it was paused before any process had begun with it
        connection.execute(sa.insert(sources).values(id=source_id, **values))
    return True


# --- offers -----------------------------------------------------------------------------------------------


def offer(connection: sa.Connection, source: Source, *, now: datetime) -> str:
    """Keep a source for a button that adds it, and give back what the button says; the same for the same offer."""
    connection.execute(sa.delete(source_offers).where(source_offers.c.offered_at < now - OFFERED_FOR))
    document = _document(source)
    reference = hashlib.sha256(repr(sorted(document.items())).encode()).hexdigest()[:REFERENCE]
    connection.execute(sa.delete(source_offers).where(source_offers.c.reference == reference))
    connection.execute(sa.insert(source_offers).values(reference=reference, source=document, offered_at=now))
    return reference


def offered(connection: sa.Connection, reference: str, *, now: datetime) -> Source | None:
    """What was offered under `reference`; None where that is too long ago."""
    row = connection.execute(
        sa.select(source_offers.c.source).where(
            source_offers.c.reference == reference, source_offers.c.offered_at >= now - OFFERED_FOR
        )
    ).one_or_none()
    return _source(row.source) if row else None


# --- rows -------------------------------------------------------------------------------------------------


def _number(connection: sa.Connection) -> int:
    number: int = connection.execute(sa.select(source_changes.c.number)).scalar_one()
    return number


def _change(connection: sa.Connection) -> None:
    """Count a change. The row's lock, held to the end of the transaction, keeps a second writer waiting."""
    connection.execute(sa.update(source_changes).values(number=source_changes.c.number + 1))


def _make_room(connection: sa.Connection, new: Sequence[Source]) -> None:
    """Take out what would be in their way without being in effect.

    That is a source that was added and is hidden by one of the file with its id, and the pause of a source that has
    left the file.
    """
    places, ids = [place_of(source) for source in new], [str(source.id) for source in new]
    connection.execute(sa.delete(added_sources).where(among(added_sources.c.place, places)))
    connection.execute(sa.delete(source_pauses).where(among(source_pauses.c.source_id, ids)))


def _begin_anew(connection: sa.Connection, new: Sequence[Source], now: datetime) -> None:
    """Rows that are due, without the cursor of an earlier source of the same name."""
    ids = [str(source.id) for source in new]
    connection.execute(sa.delete(sources).where(among(sources.c.id, ids)))
    connection.execute(sa.insert(sources), [{"id": source_id, "active": True, "due_at": now} for source_id in ids])


def _rest(connection: sa.Connection, source_id: SourceId) -> None:
    """Not polled any more. Whoever polls it just now loses the lease, and so writes nothing."""
    values = {"active": False, "lease_owner": None, "lease_until": None}
    connection.execute(sa.update(sources).where(sources.c.id == source_id).values(values))


def _values(added: AddedSource) -> dict[str, object]:
    source = added.source
    return {
        **_document(source),
        "place": place_of(source),
        "author": str(added.author),
        "author_name": added.author_name,
        "added_at": added.added_at,
    }


def _document(source: Source) -> dict[str, object]:
    return {
        "id": str(source.id),
        "url": source.url or "",
        "name": source.name,
        "every_s": round(source.every.total_seconds()),
        "authority": str(source.authority),
        "max_age_s": round(source.max_age.total_seconds()) if source.max_age else None,
        "first_poll": source.first_poll,
        "lang": source.lang,
    }


def _source(document: Mapping[str, Any]) -> Source:
    return Source(
        id=SourceId(document["id"]),
        name=document["name"],
        url=document["url"],
        every=timedelta(seconds=document["every_s"]),
        authority=Authority(document["authority"]),
        max_age=timedelta(seconds=document["max_age_s"]) if document["max_age_s"] else None,
        first_poll=document["first_poll"],
        lang=document["lang"],
    )


def _added(row: Mapping[str, Any]) -> AddedSource:
    return AddedSource(
        source=_source(row),
        author=Destination.parse(row["author"]),
        author_name=row["author_name"],
        added_at=row["added_at"],
    )


def _pause(row: sa.Row[Any]) -> Pause:
    return Pause(
        source_id=SourceId(row.source_id),
        author=Destination.parse(row.author),
        author_name=row.author_name,
        reason=row.reason,
        paused_at=row.paused_at,
    )
