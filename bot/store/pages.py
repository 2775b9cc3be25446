"""What became of the pages of items: of the few that were asked for, see steps/reading.py."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from bot.model import ItemKey
from bot.store.schema import among, items

READ_IN_FULL = "read"


def note(connection: sa.Connection, key: ItemKey, page: str) -> None:
    """Keep what became of an item's page: READ_IN_FULL, else why it gave nothing, in words that follow "its page"."""
    connection.execute(sa.update(items).where(items.c.key == key).values(page=page))


def noted(connection: sa.Connection, key: ItemKey) -> str | None:
    """What became of an item's page; None where it was not asked for."""
    page: str | None = connection.execute(sa.select(items.c.page).where(items.c.key == key)).scalar_one_or_none()
    return page


def read_in_full(connection: sa.Connection, keys: Collection[ItemKey]) -> dict[ItemKey, str]:
    """The texts of those items whose pages were read."""
    if not keys:
        return {}
    rows = connection.execute(
        sa.select(items.c.key, items.c.body).where(among(items.c.key, keys), items.c.page == READ_IN_FULL)
    )
    return {ItemKey(row.key): row.body for row in rows}
