"""What tells items apart, and the rare words by which they are found

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "signatures",
        sa.Column("item_key", sa.Text(), nullable=False),
        sa.Column("story_id", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.Column("numbers", sa.Text(), nullable=False),
        sa.Column("lede", sa.Text(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("item_key", name="pk_signatures"),
        sa.ForeignKeyConstraint(["item_key"], ["items.key"], name="fk_signatures_item_key_items", ondelete="CASCADE"),
    )
    op.create_table(
        "rare_words",
        sa.Column("word", sa.Integer(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("item_key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("word", "at", "item_key", name="pk_rare_words"),
        sa.ForeignKeyConstraint(["item_key"], ["items.key"], name="fk_rare_words_item_key_items", ondelete="CASCADE"),
    )
    op.create_index("ix_rare_words_item_key", "rare_words", ["item_key"])


def downgrade() -> None:
    op.drop_table("rare_words")
    op.drop_table("signatures")
