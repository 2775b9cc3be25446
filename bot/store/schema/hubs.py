"""What is asked of hubs, and what they delivered: see intake/websub.py."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.schema.base import Serial, UtcTime, lease_columns, metadata

hub_subscriptions = sa.Table(
    "hub_subscriptions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("source_id", sa.Text, nullable=False, index=True),  # one that is not to end, and what is left of others
    sa.Column("feed", sa.Text, nullable=False),  # the address of the source, as configured
    sa.Column("hub", sa.Text, nullable=False),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("token", sa.Text, nullable=False, unique=True),  # the last part of its address with us
    sa.Column("secret", sa.Text, nullable=False),  # that the hub signs with
    sa.Column("callback", sa.Text),  # the whole address, as the hub was last told
    sa.Column("offered_at", UtcTime),  # since when the feed has named it; null: it does no more
    sa.Column("state", sa.Text, nullable=False),
    *lease_columns(),
    sa.Column("asked_at", UtcTime),  # while the hub has not answered
    sa.Column("live_until", UtcTime),  # as the hub said when it last confirmed it
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),  # in a row
    sa.Column("fault", sa.Text),
    sa.Column("delivered_at", UtcTime),
    sa.Column("delivered_hash", sa.Text),  # of the body
    sa.Index("ix_hub_subscriptions_due_at", "due_at"),
)

hub_deliveries = sa.Table(  # until they are read, which is at once
    "hub_deliveries",
    metadata,
    sa.Column("number", Serial, primary_key=True),
    sa.Column("source_id", sa.Text, nullable=False, index=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("content_type", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary),  # null: only that there was one; it is polled then
    sa.Column("received_at", UtcTime, nullable=False, index=True),
)
