"""Hubs that push what is new in a feed

Revision: 0025, after 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "hub_subscriptions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("callback", sa.Text()),
        sa.Column("offered_at", TIME),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", TIME),
        sa.Column("lease_owner", sa.Text()),
        sa.Column("lease_until", TIME),
        sa.Column("asked_at", TIME),
        sa.Column("live_until", TIME),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("fault", sa.Text()),
        sa.Column("delivered_at", TIME),
        sa.Column("delivered_hash", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_hub_subscriptions"),
        sa.UniqueConstraint("token", name="uq_hub_subscriptions_token"),
    )
    op.create_index("ix_hub_subscriptions_source_id", "hub_subscriptions", ["source_id"])
    op.create_index("ix_hub_subscriptions_due_at", "hub_subscriptions", ["due_at"])
    op.create_table(
        "hub_deliveries",
        sa.Column("number", SERIAL, nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary()),
        sa.Column("received_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_hub_deliveries"),
    )
    op.create_index("ix_hub_deliveries_source_id", "hub_deliveries", ["source_id"])
    op.create_index("ix_hub_deliveries_received_at", "hub_deliveries", ["received_at"])


def downgrade() -> None:
    op.drop_table("hub_deliveries")
    op.drop_table("hub_subscriptions")
