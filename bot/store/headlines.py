"""The headlines of stories alone, for whoever only needs to name them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from bot.store.schema import among, stories

SCANNED = 2_000  # of the newest stories, flagged or not


def newest(connection: sa.Connection, *, since: datetime, limit: int) -> list[tuple[str, str]]:
    """The leads and titles of the newest stories that were flagged, among the newest that there are."""
    recent = (
        sa.select(stories.c.lead, stories.c.title, stories.c.verdict, stories.c.updated_at, stories.c.id)
        .where(stories.c.updated_at >= since)
        .order_by(stories.c.updated_at.desc(), stories.c.id.desc())
        .limit(SCANNED)
        .subquery()
    )
    has_label = sa.cast(recent.c.verdict["labels"], sa.Text).contains('"')
    rows = connection.execute(
        sa.select(recent.c.lead, recent.c.title)
        .where(has_label)
        .order_by(recent.c.updated_at.desc(), recent.c.id.desc())
        .limit(limit)
    )
    return [(row.lead, row.title) for row in rows]


def titles(connection: sa.Connection, ids: Collection[str]) -> dict[str, str]:
    """By story."""
    if not ids:
        return {}
    rows = connection.execute(sa.select(stories.c.id, stories.c.title).where(among(stories.c.id, ids)))
    return {row.id: row.title for row in rows}
