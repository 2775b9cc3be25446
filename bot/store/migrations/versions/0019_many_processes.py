"""What processes share: the rate of each platform, and which programs may still run on this schema

Revision: 0019, after 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "paces",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("taken_until", TIME, nullable=False),
        sa.PrimaryKeyConstraint("platform", name="pk_paces"),
    )
    compatibility = op.create_table(
        "compatibility",
        sa.Column("oldest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("oldest", name="pk_compatibility"),
    )
    op.bulk_insert(compatibility, [{"oldest": revision}])


def downgrade() -> None:
    op.drop_table("compatibility")
    op.drop_table("paces")
