"""The private database of a replay, and in it the archive: the items in the order of their times.

An item takes part at the time it was published. One without a plausible time (`run` would not believe it either)
takes the time of the item before it in the files, the first ones that of the first item that has one: archives are
mostly written as items came in. How many there were is said.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from bot.intake.dates import plausible
from bot.model import Item
from bot.store.engine import Database
from bot.store.schema import UtcTime
from bot.store.upgrade import upgrade

Identity = str | int  # of a record, as it stands in the file

_item = TypeAdapter(Item)

archive = sa.Table(
    "archive",
    sa.MetaData(),
    sa.Column("seq", sa.Integer, primary_key=True),  # the order in the files
    sa.Column("key", sa.Text, nullable=False, index=True),
    sa.Column("identity", sa.JSON, nullable=False),
    sa.Column("at", UtcTime),  # null until the first dated item is known
    sa.Column("item", sa.Text, nullable=False),
    sa.Index("ix_archive_order", "at", "seq"),
)


@contextmanager
def private_database() -> Iterator[Database]:
    """An empty database in a temporary folder, gone at the end."""
    with TemporaryDirectory(prefix="tradewire-replay-", ignore_cleanup_errors=True) as folder:
        database = Database(f"sqlite:///{Path(folder, 'replay.db')}")
        sa.event.listen(database.engine, "connect", _without_waiting)
        try:
            upgrade(database)
            database.write_now(archive.metadata.create_all)
            yield database
        finally:
            database.close()


def _without_waiting(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")  # nothing here has to survive a power cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What of the files is replayed: `items`, from `first` to `last` (None: there is none, or none with a time)."""

    read: int
    undated: int
    outside: int  # of the period that was asked for
    repeated: int  # another item with its id came earlier
    items: int
    first: datetime | None = None
    last: datetime | None = None


class Archive:
    """The items of the files, kept on disk: first `add` all, then `settle`, then take `chunks`."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._read = 0
        self._undated = 0
        self._first: datetime | None = None
        self._before: datetime | None = None

    def add(self, records: Sequence[tuple[Identity, Item]]) -> None:
        """Further items, in the order of the files."""
        if records:
            rows = [self._row(identity, item) for identity, item in records]
            self.database.write_now(lambda connection: connection.execute(sa.insert(archive), rows))

    def _row(self, identity: Identity, item: Item) -> dict[str, object]:
        at = plausible(item.published_at, datetime.now(UTC))
        self._read += 1
        self._undated += at is None
        self._before = at or self._before
        self._first = self._first or at
        dated = replace(item, published_at=at)
        return {
            "key": item.key,
            "identity": identity,
            "at": self._before,
            "item": _item.dump_json(dated).decode(),
        }

    def settle(self, since: datetime | None, until: datetime | None) -> Contents:
        """Leave out what is before `since`, at `until` or later, or has the id of an earlier item."""
        return self.database.write_now(self._settle, since, until)

    def _settle(self, connection: sa.Connection, since: datetime | None, until: datetime | None) -> Contents:
        at = archive.c.at
        connection.execute(sa.update(archive).where(at.is_(None)).values(at=self._first))
        outside = 0
        if since is not None:
            outside += connection.execute(sa.delete(archive).where(at < since)).rowcount
        if until is not None:
            outside += connection.execute(sa.delete(archive).where(at >= until)).rowcount
        place = sa.func.row_number().over(partition_by=archive.c.key, order_by=(at, archive.c.seq))
        ranked = sa.select(archive.c.seq, place.label("place")).subquery()
        later = sa.select(ranked.c.seq).where(ranked.c.place > 1)
        repeated = connection.execute(sa.delete(archive).where(archive.c.seq.in_(later))).rowcount
        items, first, last = connection.execute(
            sa.select(sa.func.count(), sa.func.min(at, type_=at.type), sa.func.max(at, type_=at.type))
        ).one()
        return Contents(
            read=self._read,
            undated=self._undated,
            outside=outside,
            repeated=repeated,
            items=items,
            first=first,
            last=last,
        )

    def chunks(self, size: int) -> Iterator[list[Item]]:
        """The items by their times, `seen_at` set to it; of those of one time the first in the files is first."""
        after: tuple[datetime, int] | None = None
        while rows := self.database.read_now(_next, after, size):
            after = rows[-1].at, rows[-1].seq
            yield [replace(_item.validate_json(row.item), seen_at=row.at) for row in rows]


def _next(
    connection: sa.Connection, after: tuple[datetime, int] | None, size: int
) -> Sequence[sa.Row[Any, Any, Any]]:
    query = sa.select(archive.c.seq, archive.c.at, archive.c.item).order_by(archive.c.at, archive.c.seq).limit(size)
    if after is not None:
        query = query.where(sa.tuple_(archive.c.at, archive.c.seq) > after)
    return connection.execute(query).all()
