"""What was told keeps no receipt: every message that stands is found by its delivery

Revision: 0008, after 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("told", "receipt")


def downgrade() -> None:
    op.add_column("told", sa.Column("receipt", sa.JSON(), nullable=True))
