"""What takes no messages at present, and when each delivery came into its state

Revision: 0018, after 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "outages",
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("passing", sa.Boolean(), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("probe_at", TIME, nullable=False),
        sa.Column("told_at", TIME, nullable=True),
        sa.Column("over_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("place", name="pk_outages"),
    )
    op.add_column("deliveries", sa.Column("changed_at", TIME, nullable=True))
    op.create_index("ix_deliveries_finished_at", "deliveries", ["finished_at"])


def downgrade() -> None:
    op.drop_index("ix_deliveries_finished_at", "deliveries")
    op.execute("UPDATE deliveries SET state = 'sending', started_at = NULL WHERE state = 'unknown'")
    op.execute("UPDATE deliveries SET state = 'failed' WHERE state = 'expired'")
    op.drop_column("deliveries", "changed_at")
    op.drop_table("outages")
