"""Sources that shall be polled now, whatever their pace."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from bot.model import SourceId
from bot.store.schema import among, sources


def make_due(connection: sa.Connection, ids: Collection[SourceId], *, now: datetime) -> set[SourceId]:
    """Have these sources polled at once, those that are paused or off aside.

    Returns those that are polled just now: what was changed meanwhile that poll may not see, so ask again.
    """
    wanted = sa.and_(among(sources.c.id, [str(source_id) for source_id in ids]), sources.c.active)
    free = sources.c.lease_owner.is_(None)
    connection.execute(sa.update(sources).where(wanted, free, sources.c.due_at > now).values(due_at=now))
    held = connection.execute(sa.select(sources.c.id).where(wanted, sources.c.lease_owner.is_not(None)))
    return {SourceId(source_id) for source_id in held.scalars()}
