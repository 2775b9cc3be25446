"""What the processes on one database have in common."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.schema.base import UtcTime, metadata

paces = sa.Table(
    "paces",
    metadata,
    sa.Column("platform", sa.Text, primary_key=True),
    sa.Column("taken_until", UtcTime, nullable=False),  # up to when its turns are given away
)

compatibility = sa.Table(  # one row
    "compatibility",
    metadata,
    sa.Column("oldest", sa.Text, primary_key=True),  # a program whose schema is this or a later one may run
)
