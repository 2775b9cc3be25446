"""What may go with time. Keys, told facts and receipts stay: forgetting them would tell old news again."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.store.schema import decisions, deliveries, items

PORTION = 2_000  # rows in one transaction, so that nobody waits long for it


def prune(connection: sa.Connection, *, texts_before: datetime, decisions_before: datetime) -> tuple[int, int]:
    """Empty the texts of items seen before, delete silent decisions taken before; returns how many of each.

    At most a portion of each: ask again while there were any.
    """
    full = sa.or_(items.c.body != "", items.c.summary != "")
    old = sa.select(items.c.key).where(items.c.seen_at < texts_before, full).limit(PORTION)
    emptied = connection.execute(sa.update(items).where(items.c.key.in_(old)).values(body="", summary=""))
    sent = sa.exists().where(deliveries.c.decision_id == decisions.c.id)
    silent = sa.select(decisions.c.id).where(decisions.c.decided_at < decisions_before, ~sent).limit(PORTION)
    forgotten = connection.execute(sa.delete(decisions).where(decisions.c.id.in_(silent)))
    return emptied.rowcount, forgotten.rowcount
