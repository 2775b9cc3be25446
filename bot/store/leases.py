"""Claim, renew and give back a row that has work due: one statement for both databases.

`FOR UPDATE SKIP LOCKED` is printed on PostgreSQL and left out on SQLite, where BEGIN IMMEDIATE already lets one
writer in at a time. A holder that lost its lease finds out by `holds` and writes nothing.

Leases end by the clock of whoever looks. A clock that differs from the holder's by less than a lease costs that time
at most; a lease that ends further in the future than that was taken by a clock that has been set back since.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from bot.store.prepared import Prepared


def holder(process: str) -> str:
    """A name for one claim: what an earlier claim of the same process still does can no longer write."""
    return f"{process}:{secrets.token_hex(4)}"


def claim(
    connection: sa.Connection,
    table: sa.Table,
    *where: sa.ColumnElement[bool],
    owner: str,
    now: datetime,
    lease: timedelta,
    limit: int,
    due_by: datetime | None = None,
) -> list[str]:
    """Lease up to `limit` rows of `table` that are due at `now`, or were at `due_by`, longest due first; returns
    their ids."""
    due = (
        sa.select(table.c.id)
        .where(
            table.c.due_at <= (due_by or now),
            is_free(table, now, lease),
            *where,
        )
        .order_by(table.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    taken = (
        sa.update(table)
        .where(table.c.id.in_(sa.select(due.c.id)))
        .values(lease_owner=owner, lease_until=now + lease)
        .returning(table.c.id)
    )
    return list(connection.execute(taken).scalars())


def is_free(table: sa.Table, now: datetime, lease: timedelta) -> sa.ColumnElement[bool]:
    """Whether nobody holds a row: its lease, which is `lease` long, is over or cannot be of this time."""
    until = table.c.lease_until
    return sa.or_(until.is_(None), until <= now, until > now + 2 * lease)


def renew(
    connection: sa.Connection, table: sa.Table, row_id: str, *, owner: str, now: datetime, lease: timedelta
) -> bool:
    """Lengthen a lease that is still ours; False where it is not."""
    renewed = connection.execute(
        sa.update(table)
        .where(table.c.id == row_id, table.c.lease_owner == owner)
        .values(lease_until=now + lease)
        .returning(table.c.id)
    )
    return renewed.first() is not None


def holds(connection: sa.Connection, table: sa.Table, row_id: str, *, owner: str) -> bool:
    """Is the lease still ours? Locks the row until the transaction ends, so that the answer stays true."""
    return _holding(table).row(connection, {"held": row_id, "owner": owner}) is not None


@cache
def _holding(table: sa.Table) -> Prepared:
    ours = table.c.id == sa.bindparam("held"), table.c.lease_owner == sa.bindparam("owner")
    return Prepared(sa.select(table.c.id).where(*ours).with_for_update())


def give_back(
    connection: sa.Connection, table: sa.Table, row_id: str, *, owner: str, due_at: datetime | None
) -> None:
    """End our lease and say when the row is due again (None: when something new comes)."""
    _giving_back(table).run(connection, {"held": row_id, "owner": owner, "next": due_at})


@cache
def _giving_back(table: sa.Table) -> Prepared:
    ours = table.c.id == sa.bindparam("held"), table.c.lease_owner == sa.bindparam("owner")
    ended: dict[str, Any] = {"lease_owner": None, "lease_until": None, "due_at": sa.bindparam("next")}
    return Prepared(sa.update(table).where(*ours).values(ended))


def release(connection: sa.Connection, table: sa.Table, row_id: str, *, owner: str) -> None:
    """End our lease; the row is due as it was."""
    ours = table.c.id == row_id, table.c.lease_owner == owner
    connection.execute(sa.update(table).where(*ours).values(lease_owner=None, lease_until=None))


def release_dead(connection: sa.Connection, table: sa.Table, dead: Callable[[str], bool]) -> None:
    """Free the leases of owners that `dead` knows to be gone, so that a killed process is replaced at once."""
    owners = connection.execute(sa.select(table.c.lease_owner).where(table.c.lease_owner.is_not(None)).distinct())
    for owner in list(owners.scalars()):
        if dead(owner):
            connection.execute(
                sa.update(table).where(table.c.lease_owner == owner).values(lease_owner=None, lease_until=None)
            )


def release_all(connection: sa.Connection, table: sa.Table, process: str) -> int:
    """Free what `process` still holds, at its stop: others go on at once. Returns how many leases those were."""
    ours = table.c.lease_owner.startswith(f"{process}:", autoescape=True)
    return connection.execute(sa.update(table).where(ours).values(lease_owner=None, lease_until=None)).rowcount
