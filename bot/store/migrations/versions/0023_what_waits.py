"""Indexes that cost the same however much was ever sent, and to however many places one story was told

Revision: 0023, after 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

WAITS = sa.text("state IN ('pending', 'sending', 'unknown')")


def upgrade() -> None:
    op.create_index(
        "ix_deliveries_waiting", "deliveries", ["destination", "seq"], postgresql_where=WAITS, sqlite_where=WAITS
    )
    op.create_index("ix_decisions_story_id_destination", "decisions", ["story_id", "destination"])
    op.drop_index("ix_decisions_story_id", "decisions")
    op.create_index("ix_told_story_id", "told", ["story_id"])


def downgrade() -> None:
    op.drop_index("ix_told_story_id", "told")
    op.create_index("ix_decisions_story_id", "decisions", ["story_id"])
    op.drop_index("ix_decisions_story_id_destination", "decisions")
    op.drop_index("ix_deliveries_waiting", "deliveries")
