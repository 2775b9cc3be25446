"""Which sources need a person, and what of that the operators have heard: once when it begins, once when it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.intake.rhythm import Rhythm
from bot.intake.trouble import Trouble
from bot.model import SourceId
from bot.store.schema import sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwell:
    """`trouble` is None where it is over. `since` when: the last good answer, else when it was noticed."""

    id: SourceId
    trouble: Trouble | None
    since: datetime | None
    fault: str
    rhythm: Rhythm | None


_BEGUN = sa.and_(
    sources.c.trouble.is_not(None),
    # From one trouble into another is one; but what is gone for good is given up by us too.
    sa.or_(
        sources.c.trouble_told.is_(None),
        sa.and_(sources.c.trouble == Trouble.RETIRED, sources.c.trouble_told != Trouble.RETIRED),
    ),
)
_OVER = sa.and_(sources.c.trouble.is_(None), sources.c.trouble_told.is_not(None))
_UNREPORTED = sa.and_(sources.c.active, sa.or_(_BEGUN, _OVER))


def is_news(connection: sa.Connection) -> bool:
    return connection.execute(sa.select(sa.literal(1)).where(_UNREPORTED).limit(1)).first() is not None


def unreported(connection: sa.Connection) -> list[Unwell]:
    """What the operators have not heard yet; locked until the transaction ends, so that one process tells."""
    rows = connection.execute(sa.select(sources).where(_UNREPORTED).order_by(sources.c.id).with_for_update())
    return [
        Unwell(
            id=SourceId(row.id),
            trouble=Trouble(row.trouble) if row.trouble else None,
            since=row.trouble_at if row.trouble == Trouble.RETIRED else row.last_ok_at or row.trouble_at,
            fault=row.fault or "",
            rhythm=Rhythm.load(row.rhythm),
        )
        for row in rows
    ]


def last_told(connection: sa.Connection) -> datetime | None:
    last = sa.func.max(sources.c.trouble_told_at, type_=sources.c.trouble_told_at.type)
    told_at: datetime | None = connection.execute(sa.select(last)).scalar_one()
    return told_at


def reported(connection: sa.Connection, told: Sequence[Unwell], *, now: datetime) -> None:
    """They have heard of it."""
    for each in told:
        values = {"trouble_told": each.trouble, "trouble_told_at": now}
        connection.execute(sa.update(sources).where(sources.c.id == each.id).values(values))


def ask_now(connection: sa.Connection, source_id: SourceId, *, now: datetime) -> bool:
    """Have a source that waits because it failed, or was given up, asked at once and as if it had not.

    False where there is nothing to be ended. What is wrong with it stands until it gives a good answer.
    """
    waits = sa.or_(sources.c.failures > 0, sources.c.moved_to.is_not(None), sources.c.trouble.is_not(None))
    # A poll that is under way would put off the next one again: it writes nothing any more.
    values = {"failures": 0, "moved_to": None, "due_at": now, "lease_owner": None, "lease_until": None}
    mine = sources.c.id == source_id, sources.c.active, waits
    return bool(connection.execute(sa.update(sources).where(*mine).values(values)).rowcount)
