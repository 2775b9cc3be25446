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

invocations = sa.Table(  # commands and presses that a process has taken up, so that no other does
    "invocations",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # the platform, and its own name for it
    sa.Column("taken_at", UtcTime, nullable=False, index=True),
)

chats = sa.Table(
    "chats",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),  # a platform, or some shards of it
    sa.Column("up_at", UtcTime, nullable=False),  # when a process was last connected to it
    sa.Column("told_at", UtcTime),  # when the operators heard that none is
)

compatibility = sa.Table(  # one row
    "compatibility",
    metadata,
    sa.Column("oldest", sa.Text, primary_key=True),  # a program whose schema is this or a later one may run
)
