"""Messages that are edited: a delivery's action, and what became of a story and of its items since they were told

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("action", sa.Text(), nullable=False, server_default="post"))
    for table in ("stories", "items"):
        op.add_column(table, sa.Column("mark", sa.Text(), nullable=True))
        op.add_column(table, sa.Column("mark_note", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    for table in ("stories", "items"):
        op.drop_column(table, "mark_note")
        op.drop_column(table, "mark")
    op.drop_column("deliveries", "action")
