"""What stood in a source's last document, and whose word on an item counts

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.add_column("sources", sa.Column("listing", JSON, nullable=True))
    op.add_column("items", sa.Column("voice", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("items", "voice")
    op.drop_column("sources", "listing")
