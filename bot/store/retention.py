"""What may go with time. The keys of items stay for ever: forgetting them would tell old news again.

What was told, and the receipts by which it can be corrected, go with the whole story, long after its last news: no
item joins it any more, and a publisher's late change is told to nobody (`routing/first_poll.py`).

A mark is kept as long as texts are (`[retention] items`, 90 days unless set): a label without its text is worth
little, and who said what needs no longer memory. Whoever wants to keep labels exports them: `tradewire feedback`.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.store import alike, searchable
from bot.store.schema import decisions, deliveries, digest_entries, items, marks, stories, told

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


def forget_told(connection: sa.Connection, *, quiet_since: datetime) -> int:
    """Delete what was decided, sent and told of stories without any news since then; returns how many rows.

    At most a portion of each. The stories and their items stay, and what is still on its way stays with its decision.
    """
    of_quiet = sa.exists().where(stories.c.id == decisions.c.story_id, stories.c.updated_at < quiet_since)
    ended_late = sa.or_(deliveries.c.finished_at.is_(None), deliveries.c.finished_at >= quiet_since)
    in_use = sa.exists().where(deliveries.c.decision_id == decisions.c.id, ended_late)
    old = (
        sa.select(decisions.c.id)
        .where(decisions.c.decided_at < quiet_since, of_quiet, ~in_use)
        .order_by(decisions.c.decided_at)
        .limit(PORTION)
    )
    forgotten = connection.execute(sa.delete(decisions).where(decisions.c.id.in_(old))).rowcount  # with deliveries
    told_of_quiet = sa.exists().where(stories.c.id == told.c.story_id, stories.c.updated_at < quiet_since)
    key = sa.tuple_(told.c.destination, told.c.story_id)
    faded = sa.select(told.c.destination, told.c.story_id).where(told.c.told_at < quiet_since, told_of_quiet)
    return forgotten + connection.execute(sa.delete(told).where(key.in_(faded.limit(PORTION)))).rowcount


def forget_unsent_digests(connection: sa.Connection, *, added_before: datetime) -> int:
    """Delete what has waited for a digest since before then: it could not be sent there all that time."""
    old = sa.select(digest_entries.c.id).where(digest_entries.c.added_at < added_before).limit(PORTION)
    return connection.execute(sa.delete(digest_entries).where(digest_entries.c.id.in_(old))).rowcount


def _empty(connection: sa.Connection, before: datetime) -> int:
    """Empty the texts of items seen before; their titles stay, and are what they are found by."""
    full = sa.or_(items.c.body != "", items.c.summary != "")
    old = sa.select(items.c.key).where(items.c.seen_at < before, full).limit(PORTION)
    emptying = sa.update(items).where(items.c.key.in_(old)).values(body="", summary="").returning(*searchable.READ)
    emptied = connection.execute(emptying).all()
    searchable.renew(connection, emptied)
    return len(emptied)
