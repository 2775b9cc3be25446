"""What may go with time. Keys, told facts and receipts stay: forgetting them would tell old news again."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.store.schema import decisions, deliveries, items


def prune(connection: sa.Connection, *, texts_before: datetime, decisions_before: datetime) -> tuple[int, int]:
    """Empty the texts of items seen before, delete silent decisions taken before; returns how many of each."""
    emptied = connection.execute(
        sa.update(items)
        .where(items.c.seen_at < texts_before, sa.or_(items.c.body != "", items.c.summary != ""))
        .values(body="", summary="")
    )
    forgotten = connection.execute(
        sa.delete(decisions).where(
            decisions.c.decided_at < decisions_before,
            decisions.c.id.not_in(sa.select(deliveries.c.decision_id)),
        )
    )
    return emptied.rowcount, forgotten.rowcount
