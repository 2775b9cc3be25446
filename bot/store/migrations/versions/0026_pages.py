"""What became of the pages of items that were to be read in full

Revision: 0026, after 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("items", sa.Column("page", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("items", "page")
