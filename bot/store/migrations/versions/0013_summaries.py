"""Summaries that people asked for, what they saw in them, and what written ones cost a day

Revision: 0013, after 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
TIME = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "summaries",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("pages", JSON, nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_summaries"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_summaries_person", "summaries", ["person"])
    op.create_index("ix_summaries_made_at", "summaries", ["made_at"])
    op.create_table(
        "summaries_seen",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("story_id", sa.Text(), nullable=False),
        sa.Column("summary_id", SERIAL, nullable=False),
        sa.Column("fact_keys", JSON, nullable=False),
        sa.PrimaryKeyConstraint("person", "story_id", "summary_id", name="pk_summaries_seen"),
        sa.ForeignKeyConstraint(
            ["summary_id"], ["summaries.id"], name="fk_summaries_seen_summary_id_summaries", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_summaries_seen_summary_id", "summaries_seen", ["summary_id"])
    op.create_table(
        "written_use",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("tokens", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_written_use"),
    )


def downgrade() -> None:
    op.drop_table("written_use")
    op.drop_table("summaries_seen")
    op.drop_table("summaries")
