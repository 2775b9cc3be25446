"""What a mark contradicts: the topics for which the item was over the thresholds set for the place

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("marks", sa.Column("flagged", JSON, nullable=True))


def downgrade() -> None:
    op.drop_column("marks", "flagged")
