"""Learning from the desk

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


TIME = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "marks",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("item_key", sa.Text(), nullable=False),
        sa.Column("relevant", sa.Boolean(), nullable=False),
        sa.Column("topics", JSON, nullable=False),
        sa.Column("trade", sa.Float(), nullable=False),
        sa.Column("market", sa.Float(), nullable=False),
        sa.Column("urgent", sa.Float(), nullable=False),
        sa.Column("labels", JSON, nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("marked_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_marks"),
        sa.UniqueConstraint("destination", "item_key", "person", name="uq_marks_destination_item_key_person"),
    )
    op.create_index("ix_marks_item_key", "marks", ["item_key"])
    op.create_index("ix_marks_marked_at", "marks", ["marked_at"])


def downgrade() -> None:
    op.drop_table("marks")
