"""Messages that are edited: a delivery's action, and what became of a story since it was told

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
    op.add_column("stories", sa.Column("mark", sa.Text(), nullable=True))
    op.add_column("stories", sa.Column("mark_note", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("stories", "mark_note")
    op.drop_column("stories", "mark")
    op.drop_column("deliveries", "action")
