"""Sources that bring much at once, what is held back of it, and the messages of an hour that a place takes

Revision: 0021, after 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "floods",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("began_at", TIME, nullable=False),
        sa.Column("older_than", TIME),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("ended_at", TIME),
        sa.Column("ended_by", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_floods"),
    )
    op.create_index("ix_floods_source_id_began_at", "floods", ["source_id", "began_at"])
    op.create_table(
        "flood_items",
        sa.Column("item_key", sa.Text(), nullable=False),
        sa.Column("flood_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("item_key", name="pk_flood_items"),
        sa.ForeignKeyConstraint(
            ["item_key"], ["items.key"], name="fk_flood_items_item_key_items", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["flood_id"], ["floods.id"], name="fk_flood_items_flood_id_floods", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_flood_items_flood_id", "flood_items", ["flood_id"])
    op.add_column("places", sa.Column("hourly", sa.Integer()))


def downgrade() -> None:
    op.drop_column("places", "hourly")
    op.drop_table("flood_items")
    op.drop_table("floods")
