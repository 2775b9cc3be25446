"""Sources that were added or paused from chat

Revision: 0016, after 0015
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "added_sources",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("every_s", sa.Integer(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("max_age_s", sa.Integer(), nullable=True),
        sa.Column("first_poll", sa.Text(), nullable=False),
        sa.Column("lang", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("added_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_added_sources"),
        sa.UniqueConstraint("place", name="uq_added_sources_place"),
    )
    op.create_table(
        "source_pauses",
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("paused_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("source_id", name="pk_source_pauses"),
    )
    op.create_table(
        "source_offers",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("source", JSON, nullable=False),
        sa.Column("offered_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("reference", name="pk_source_offers"),
    )
    op.create_index("ix_source_offers_offered_at", "source_offers", ["offered_at"])
    changes = op.create_table(
        "source_changes",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_source_changes"),
    )
    op.bulk_insert(changes, [{"number": 0}])


def downgrade() -> None:
    op.drop_table("source_changes")
    op.drop_table("source_offers")
    op.drop_table("source_pauses")
    op.drop_table("added_sources")
