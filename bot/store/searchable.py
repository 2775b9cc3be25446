"""By which terms each item is searched, written in the transaction that writes the item.

On SQLite triggers keep the full text index `search_index` up to date with the table, PostgreSQL indexes it itself:
see migration 0015. Numbers grow in the order of arrival, so the newest come first without being sorted. What was
stored before there was an index is put below it by `catch_up`, the newest first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSVECTOR

from bot.model import Item
from bot.routing.indexing import terms_of
from bot.store.prepared import Prepared
from bot.store.schema import Serial, items, metadata

PORTION = 200  # items in one transaction of `catch_up`, so that nobody waits long for it
_CATCHING_UP = 0x7365_6172_6368  # of PostgreSQL's advisory locks; any number that nothing else here uses

Place = tuple[datetime, str]  # in the archive: when an item came, and its key


class Terms(sa.TypeDecorator[Collection[str]]):
    """A tsvector on PostgreSQL, elsewhere the same terms between spaces."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        return dialect.type_descriptor(TSVECTOR() if dialect.name == "postgresql" else sa.Text())

    def process_bind_param(self, value: Collection[str] | None, dialect: sa.Dialect) -> str | None:
        if value is None:
            return None
        return " ".join(map(lexeme, value) if dialect.name == "postgresql" else value)


def lexeme(term: str) -> str:
    """A term as PostgreSQL reads it in a tsvector or a tsquery, whatever it holds."""
    return "'{}'".format(term.replace("\\", "\\\\").replace("'", "''"))


searchable = sa.Table(
    "searchable",
    metadata,
    sa.Column("number", Serial, primary_key=True),
    sa.Column("item_key", sa.Text, sa.ForeignKey("items.key", ondelete="CASCADE"), nullable=False, unique=True),
    sa.Column("terms", Terms, nullable=False),
    sa.Index("ix_searchable_terms", "terms", postgresql_using="gin").ddl_if(dialect="postgresql"),
)

_PUT = Prepared(sa.insert(searchable).inline())  # nobody asks for its number
READ = (items.c.key, items.c.title, items.c.summary, items.c.body, items.c.outlet, items.c.source_id)


def put(connection: sa.Connection, item: Item) -> None:
    """Let a new item be found."""
    _PUT.run(connection, {"item_key": item.key, "terms": _terms(item)})


def renew(connection: sa.Connection, changed: Sequence[Any]) -> None:
    """Let stored items be found by the texts that they have now; `changed` are rows with the columns READ."""
    if changed:
        connection.execute(
            sa.update(searchable)
            .where(searchable.c.item_key == sa.bindparam("changed_key"))
            .values(terms=sa.bindparam("new_terms")),
            [{"changed_key": row.key, "new_terms": _terms(row)} for row in changed],
        )


# --- what is not in it ------------------------------------------------------------------------------------


def is_behind(connection: sa.Connection) -> bool:
    """Whether there are items that cannot be found."""
    indexed = sa.select(sa.func.count()).select_from(searchable).scalar_subquery()
    stored = sa.select(sa.func.count()).select_from(items).scalar_subquery()
    return bool(connection.execute(sa.select(indexed < stored)).scalar_one())


def catch_up(connection: sa.Connection, before: Place | None) -> Place | None:
    """Let the newest items be found that cannot be, of those that came before `before`; None: there are none left.

    A portion of them: ask again with what is returned.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_CATCHING_UP)))
    rows = connection.execute(_missing(before)).all()
    if not rows:
        return None
    lowest = connection.execute(sa.select(sa.func.min(searchable.c.number))).scalar_one()
    first = min(0, 0 if lowest is None else lowest) - 1
    connection.execute(
        sa.insert(searchable),
        [{"number": first - place, "item_key": row.key, "terms": _terms(row)} for place, row in enumerate(rows)],
    )
    return rows[-1].seen_at, rows[-1].key


def _missing(before: Place | None) -> sa.Select[Any]:
    is_there = sa.exists().where(searchable.c.item_key == items.c.key)
    newest_first = (items.c.seen_at.desc(), items.c.key.desc())
    query = sa.select(*READ, items.c.seen_at).where(~is_there).order_by(*newest_first).limit(PORTION)
    if before is None:
        return query
    at, key = before
    return query.where(items.c.seen_at <= at, sa.or_(items.c.seen_at < at, items.c.key < key))


def _terms(item: Any) -> list[str]:
    """Of an item, or of its row."""
    return terms_of((item.title, item.summary, item.body), item.outlet, item.source_id)
