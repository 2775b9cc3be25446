"""Which entries of a document are stored already, under whatever name, and the name under which each came last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.intake.identity import fingerprint
from bot.intake.recognition import RECOGNISED_FOR, Kept, Sighting, recognise
from bot.model import Item, ItemKey, SourceId
from bot.store.schema import among, items

_KEPT = (
    items.c.key, items.c.alias, items.c.source_id, items.c.fingerprint, items.c.published_at, items.c.content_hash
)  # fmt: skip


def recognised(connection: sa.Connection, document: Sequence[Item], *, now: datetime) -> dict[ItemKey, Kept]:
    """The stored item of each item of one document that is known, by the key under which it comes now."""
    keys = [item.key for item in document]
    recent = sa.and_(
        among(connection, items.c.fingerprint, map(fingerprint, document)), items.c.seen_at >= now - RECOGNISED_FOR
    )
    kept: dict[ItemKey, Kept] = {}
    # One query an index: with OR between them the whole table would be read.
    for where in (among(connection, items.c.key, keys), among(connection, items.c.alias, keys), recent):
        for row in connection.execute(sa.select(*_KEPT).where(where).order_by(items.c.seen_at.desc())):
            kept.setdefault(ItemKey(row.key), _kept(row))
    return recognise(document, list(kept.values()))


def save(connection: sa.Connection, seen: Sequence[Sighting]) -> None:
    """Remember the names that known items came under: the next change of either must find them again."""
    connection.execute(
        sa.update(items)
        .where(items.c.key == sa.bindparam("known"))
        .values(
            alias=sa.bindparam("came_as"),
            fingerprint=sa.bindparam("printed"),
            # Stored before schema 0004: its hash was made in another way and says nothing.
            content_hash=sa.case((items.c.fingerprint.is_(None), sa.bindparam("hashed")), else_=items.c.content_hash),
        ),
        [
            {"known": each.key, "came_as": each.alias, "printed": each.fingerprint, "hashed": each.content_hash}
            for each in seen
        ],
    )


def _kept(row: Any) -> Kept:
    return Kept(
        key=ItemKey(row.key),
        alias=None if row.alias is None else ItemKey(row.alias),
        source_id=SourceId(row.source_id),
        fingerprint=row.fingerprint,
        published_at=row.published_at,
        content_hash=row.content_hash,
    )
