"""Preferences of places, what waits for their digests, and deliveries that are about no single story

Revision: 0012, after 0011
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "places",
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("lang", JSON, nullable=True),
        sa.Column("tier", sa.Text(), nullable=True),
        sa.Column("thresholds", JSON, nullable=True),
        sa.Column("quiet", sa.Text(), nullable=True),
        sa.Column("loud", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("cap", sa.Integer(), nullable=True),
        sa.Column("digest_slot", sa.Text(), nullable=True),
        sa.Column("digest_due", TIME, nullable=True),
        sa.Column("changed_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("destination", name="pk_places"),
    )
    op.create_index("ix_places_digest_due", "places", ["digest_due"])
    op.create_table(
        "digest_entries",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("story_id", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("added_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_digest_entries"),
        sa.UniqueConstraint("destination", "story_id", name="uq_digest_entries_destination_story_id"),
    )
    with op.batch_alter_table("deliveries") as deliveries:
        deliveries.alter_column("decision_id", existing_type=SERIAL, nullable=True)
        deliveries.add_column(sa.Column("bulletin", JSON, nullable=True))
        deliveries.add_column(sa.Column("bulletin_key", sa.Text(), nullable=True))
        deliveries.create_unique_constraint("uq_deliveries_destination_bulletin_key", ["destination", "bulletin_key"])
    op.create_index("ix_deliveries_destination_not_before", "deliveries", ["destination", "not_before"])


def downgrade() -> None:
    op.drop_index("ix_deliveries_destination_not_before", "deliveries")
    op.execute("DELETE FROM deliveries WHERE decision_id IS NULL")
    with op.batch_alter_table("deliveries") as deliveries:
        deliveries.drop_constraint("uq_deliveries_destination_bulletin_key", type_="unique")
        deliveries.drop_column("bulletin_key")
        deliveries.drop_column("bulletin")
        deliveries.alter_column("decision_id", existing_type=SERIAL, nullable=False)
    op.drop_table("digest_entries")
    op.drop_table("places")
