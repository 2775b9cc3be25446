"""What items are searched by

Revision: 0015, after 0014

Items that are stored already are indexed by the running program, a portion at a time: see `store/searchable.py`.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# The index keeps which words stand in an item and nothing else: it is small, and cheap to write. Its words are made
# by routing/indexing; beside letters and digits they hold the signs that are named here.
# https://www.sqlite.org/fts5.html#external_content_tables
FTS5 = (
    "CREATE VIRTUAL TABLE search_index USING fts5(terms, content='searchable', content_rowid='number', "
    "detail=none, columnsize=0, tokenize=\"ascii tokenchars '.,_-'\")"
)
PUT = "INSERT INTO search_index(rowid, terms) VALUES (new.number, new.terms);"
TAKE = "INSERT INTO search_index(search_index, rowid, terms) VALUES ('delete', old.number, old.terms);"
TRIGGERS = (
    f"CREATE TRIGGER searchable_insert AFTER INSERT ON searchable BEGIN {PUT} END",
    f"CREATE TRIGGER searchable_delete AFTER DELETE ON searchable BEGIN {TAKE} END",
    f"CREATE TRIGGER searchable_update AFTER UPDATE OF terms ON searchable BEGIN {TAKE} {PUT} END",
)


def upgrade() -> None:
    op.create_table(
        "searchable",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("item_key", sa.Text(), nullable=False),
        sa.Column("terms", sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_searchable"),
        sa.UniqueConstraint("item_key", name="uq_searchable_item_key"),
        sa.ForeignKeyConstraint(["item_key"], ["items.key"], name="fk_searchable_item_key_items", ondelete="CASCADE"),
    )
    if op.get_context().dialect.name == "postgresql":
        op.create_index("ix_searchable_terms", "searchable", ["terms"], postgresql_using="gin")
    else:
        for statement in (FTS5, *TRIGGERS):
            op.execute(statement)


def downgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        op.execute("DROP TABLE search_index")
    op.drop_table("searchable")
