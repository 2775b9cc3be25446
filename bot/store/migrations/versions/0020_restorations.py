"""When the database was restored from a backup, and up to when what was published counts as told

Revision: 0020, after 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "restorations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("restored_at", TIME, nullable=False),
        sa.Column("told_until", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_restorations"),
    )


def downgrade() -> None:
    op.drop_table("restorations")
