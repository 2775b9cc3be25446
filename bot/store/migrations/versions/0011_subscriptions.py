"""Subscriptions of persons and channels, what changed of them in which order, and what they matched

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("owner_name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("made_in", sa.Text(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("paused", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_subscriptions_destination", "subscriptions", ["destination"])
    op.create_index("ix_subscriptions_owner", "subscriptions", ["owner"])
    op.create_table(
        "subscription_changes",
        sa.Column("subscription_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subscription_id", name="pk_subscription_changes"),
        sa.UniqueConstraint("number", name="uq_subscription_changes_number"),
    )
    op.create_table(
        "subscription_hits",
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("subscription_id", sa.BigInteger(), nullable=False),
        sa.Column("hit_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("decision_id", "subscription_id", name="pk_subscription_hits"),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["decisions.id"],
            name="fk_subscription_hits_decision_id_decisions",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name="fk_subscription_hits_subscription_id_subscriptions",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_subscription_hits_subscription_id_hit_at", "subscription_hits", ["subscription_id", "hit_at"])


def downgrade() -> None:
    op.drop_table("subscription_hits")
    op.drop_table("subscription_changes")
    op.drop_table("subscriptions")
