"""What tells items apart, and the rare words by which they are found

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signatures",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("item_key", sa.Text(), nullable=False),
        sa.Column("story_id", sa.Text(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_signatures"),
        sa.UniqueConstraint("item_key", name="uq_signatures_item_key"),
        sa.ForeignKeyConstraint(["item_key"], ["items.key"], name="fk_signatures_item_key_items", ondelete="CASCADE"),
    )
    op.create_table(
        "rare_words",
        sa.Column("word", sa.Integer(), nullable=False),
        sa.Column("signature", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("word", "signature", name="pk_rare_words"),
        sa.ForeignKeyConstraint(
            ["signature"], ["signatures.number"], name="fk_rare_words_signature_signatures", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_rare_words_signature", "rare_words", ["signature"])


def downgrade() -> None:
    op.drop_table("rare_words")
    op.drop_table("signatures")
