"""Items are known again under a new name, and a source's first document is known as such

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("items", sa.Column("fingerprint", sa.Text(), nullable=True))
    op.add_column("items", sa.Column("alias", sa.Text(), nullable=True))
    op.add_column("items", sa.Column("revisions", sa.Integer(), server_default="0", nullable=False))
    op.create_index("ix_items_fingerprint", "items", ["fingerprint"])
    op.create_index("ix_items_alias", "items", ["alias"])
    op.add_column("sources", sa.Column("read_at", TIME, nullable=True))
    op.execute("UPDATE sources SET read_at = last_ok_at")


def downgrade() -> None:
    op.drop_column("sources", "read_at")
    op.drop_index("ix_items_alias", "items")
    op.drop_index("ix_items_fingerprint", "items")
    for name in ("revisions", "alias", "fingerprint"):
        op.drop_column("items", name)
