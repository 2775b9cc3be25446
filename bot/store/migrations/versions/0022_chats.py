"""Commands that a process has taken up, and when a chat was last connected

Revision: 0022, after 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "invocations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("taken_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_invocations"),
    )
    op.create_index("ix_invocations_taken_at", "invocations", ["taken_at"])
    op.create_table(
        "chats",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("up_at", TIME, nullable=False),
        sa.Column("told_at", TIME),
        sa.PrimaryKeyConstraint("name", name="pk_chats"),
    )


def downgrade() -> None:
    op.drop_table("chats")
    op.drop_table("invocations")
