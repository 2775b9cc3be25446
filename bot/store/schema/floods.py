"""Sources that brought much at once, and what is held back of it: see bot/operations/flooding.py."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.schema.base import Serial, UtcTime, metadata

floods = sa.Table(
    "floods",
    metadata,
    sa.Column("id", Serial, primary_key=True),
    sa.Column("source_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("began_at", UtcTime, nullable=False),
    sa.Column("older_than", UtcTime),  # what was published up to then is held back; null: nothing is
    sa.Column("detail", sa.Text, nullable=False),  # the figures, in words
    sa.Column("ended_at", UtcTime),  # when it was released or dropped; null: somebody may still decide
    sa.Column("ended_by", sa.Text),  # how, and by whom, in words
    sa.Index("ix_floods_source_id_began_at", "source_id", "began_at"),
)

flood_items = sa.Table(
    "flood_items",
    metadata,
    sa.Column("item_key", sa.Text, sa.ForeignKey("items.key", ondelete="CASCADE"), primary_key=True),
    sa.Column("flood_id", sa.BigInteger, sa.ForeignKey("floods.id", ondelete="CASCADE"), nullable=False, index=True),
)
