"""Which entries of a document are stored already, under whatever name, and what is remembered of each sighting."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.intake.identity import fingerprint
from bot.intake.recognition import MOST_ALIKE, RECOGNISED_FOR, Sighting, recognise, with_own_keys
from bot.intake.sameness import LEAD, Kept
from bot.model import Item, ItemKey, SourceId
from bot.store.prepared import Prepared
from bot.store.schema import among, items, sources

MOST_LISTED = 2_000  # keys of a document that are remembered; feeds hold up to a thousand entries

_KEPT = (
    items.c.key, items.c.alias, items.c.fingerprint, items.c.title, items.c.url, items.c.outlet,
    items.c.published_at, items.c.seen_at, items.c.content_hash,
    sa.func.coalesce(items.c.voice, items.c.source_id).label("source_id"),
    sa.func.substr(sa.func.coalesce(sa.func.nullif(items.c.summary, ""), items.c.body), 1, LEAD).label("lead"),
)  # fmt: skip

# One query an index: OR would read the whole table.
_CAME_AS, _KEYED = (
    Prepared(sa.select(*_KEPT).where(among(column, "names"))) for column in (items.c.alias, items.c.key)
)
_RANKED = (
    sa.select(
        items.c.key,
        sa.func.row_number()
        .over(partition_by=items.c.fingerprint, order_by=(items.c.seen_at.desc(), items.c.key))
        .label("place"),
    )
    .where(among(items.c.fingerprint, "prints"), items.c.seen_at >= sa.bindparam("since"))
    .subquery()
)
_PRINTED = Prepared(
    sa.select(*_KEPT).join(_RANKED, _RANKED.c.key == items.c.key).where(_RANKED.c.place <= MOST_ALIKE)
)
_SOURCES = Prepared(sa.select(sources.c.id, sources.c.active, sources.c.listing).where(among(sources.c.id, "ids")))
_LIST = Prepared(
    sa.update(sources).where(sources.c.id == sa.bindparam("source")).values(listing=sa.bindparam("listed"))
)
_SEE = Prepared(
    sa.update(items)
    .where(items.c.key == sa.bindparam("known"))
    .values(
        alias=sa.bindparam("came_as"),
        fingerprint=sa.bindparam("printed"),
        voice=sa.func.nullif(sa.bindparam("speaks", type_=sa.Text), items.c.source_id),
        content_hash=sa.func.coalesce(sa.bindparam("hashed", type_=sa.Text), items.c.content_hash),
    )
)


def recognised(
    connection: sa.Connection, document: Sequence[Item], standing: Collection[ItemKey] = (), *, now: datetime
) -> tuple[list[Item], dict[ItemKey, Kept]]:
    """The items of one document under the keys that hold, and the stored item of each that is known, by its key.

    `standing`: see `recognise`.
    """
    if not document:
        return [], {}
    kept = _named(connection, [item.key for item in document])
    items_now = with_own_keys(document, kept.values())
    moved = frozenset(item.key for item in items_now) - {item.key for item in document}
    if moved:
        kept = _named(connection, moved) | kept
    names = kept.keys() | {each.alias for each in kept.values()}
    unknown = {fingerprint(item) for item in items_now if item.key not in names}
    if unknown:
        kept = _alike(connection, unknown, now - RECOGNISED_FOR) | kept
    newest = sorted(kept.values(), key=lambda each: each.seen_at, reverse=True)
    source_ids = {item.source_id for item in document}
    return items_now, recognise(items_now, _as_sources_stand(connection, newest, source_ids), moved, standing)


def save(
    connection: sa.Connection, source_id: SourceId, seen: Sequence[Sighting], listing: Sequence[ItemKey]
) -> None:
    """Remember the names that known items came under, and what stood in the document of the source.

    The next change of the names must find the items again.
    """
    _LIST.run(connection, {"source": source_id, "listed": list(listing[:MOST_LISTED])})
    if not seen:
        return
    _SEE.run_all(
        connection,
        [
            {
                "known": each.key,
                "came_as": each.alias,
                "printed": each.fingerprint,
                "speaks": each.source_id,
                "hashed": each.content_hash,
            }
            for each in seen
        ],
    )


def _named(connection: sa.Connection, keys: Collection[ItemKey]) -> dict[ItemKey, Kept]:
    """The items that have one of `keys`, or came under it last."""
    return {
        ItemKey(row.key): _kept(row)
        for named in (_CAME_AS, _KEYED)
        for row in named.rows(connection, {"names": keys})
    }


def _alike(connection: sa.Connection, prints: Iterable[str], since: datetime) -> dict[ItemKey, Kept]:
    """The newest items of each outlet and headline: some come every day for years."""
    rows = _PRINTED.rows(connection, {"prints": prints, "since": since})
    return {ItemKey(row.key): _kept(row) for row in rows}


def _as_sources_stand(connection: sa.Connection, kept: Sequence[Kept], asking: Collection[SourceId]) -> list[Kept]:
    """`kept` with what the sources' last documents say of them."""
    ids = {each.source_id for each in kept} | set(asking)
    rows = _SOURCES.rows(connection, {"ids": ids})
    listed = {row.id: frozenset(row.listing) for row in rows if row.listing is not None}
    active = {row.id for row in rows if row.active}
    here = frozenset[str]().union(*(listed.get(each, ()) for each in asking))
    return [
        replace(
            each,
            listed=each.key in here,
            source_active=each.source_id in active,
            source_lists=each.source_id not in listed or each.key in listed[each.source_id],
        )
        for each in kept
    ]


def _kept(row: Any) -> Kept:
    return Kept(
        key=ItemKey(row.key),
        alias=None if row.alias is None else ItemKey(row.alias),
        source_id=SourceId(row.source_id),
        fingerprint=row.fingerprint,
        title=row.title,
        lead=row.lead,
        url=row.url,
        outlet=row.outlet,
        published_at=row.published_at,
        seen_at=row.seen_at,
        content_hash=row.content_hash,
    )
