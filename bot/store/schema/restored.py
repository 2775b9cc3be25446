"""That this is an earlier state of the database: see bot/store/restoring.py."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.schema.base import Serial, UtcTime, metadata

restorations = sa.Table(
    "restorations",
    metadata,
    sa.Column("id", Serial, primary_key=True),  # the order in which they came; the last counts
    sa.Column("restored_at", UtcTime, nullable=False),
    sa.Column("told_until", UtcTime, nullable=False),  # what was published up to then counts as told
)
