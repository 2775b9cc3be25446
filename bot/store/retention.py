"""What may go with time. Keys, told facts and receipts stay: forgetting them would tell old news again.

A mark is kept as long as texts are (`[retention] items`, 90 days unless set): a label without its text is worth
little, and who said what needs no longer memory. Whoever wants to keep labels exports them: `tradewire feedback`.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.store import alike, searchable
from bot.store.schema import decisions, deliveries, items, marks

PORTION = 2_000  # rows in one transaction, so that nobody waits long for it


def prune(
    connection: sa.Connection, *, texts_before: datetime, decisions_before: datetime, signatures_before: datetime
) -> tuple[int, int, int, int]:
    """Empty the texts of items seen before, delete silent decisions, marks and signatures; returns how many of each.

    At most a portion of each: ask again while there were any.
    """
    emptied = _empty(connection, texts_before)
    sent = sa.exists().where(deliveries.c.decision_id == decisions.c.id)
    silent = sa.select(decisions.c.id).where(decisions.c.decided_at < decisions_before, ~sent).limit(PORTION)
    forgotten = connection.execute(sa.delete(decisions).where(decisions.c.id.in_(silent)))
    faded = sa.select(marks.c.id).where(marks.c.marked_at < texts_before).limit(PORTION)
    unmarked = connection.execute(sa.delete(marks).where(marks.c.id.in_(faded)))
    unsigned = alike.prune(connection, before=signatures_before, most=PORTION)
    return emptied, forgotten.rowcount, unmarked.rowcount, unsigned


def _empty(connection: sa.Connection, before: datetime) -> int:
    """Empty the texts of items seen before; their titles stay, and are what they are found by."""
    full = sa.or_(items.c.body != "", items.c.summary != "")
    old = sa.select(items.c.key).where(items.c.seen_at < before, full).limit(PORTION)
    emptying = sa.update(items).where(items.c.key.in_(old)).values(body="", summary="").returning(*searchable.READ)
    emptied = connection.execute(emptying).all()
    searchable.renew(connection, emptied)
    return len(emptied)
