"""When a source publishes, where it has moved to, what is wrong with it, and what the operators have heard of that

Revision: 0024, after 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
COLUMNS = (
    ("url", sa.Text()),
    ("moved_to", sa.Text()),
    ("rhythm", sa.Text()),
    ("trouble", sa.Text()),
    ("trouble_at", TIME),
    ("trouble_told", sa.Text()),
    ("trouble_told_at", TIME),
)


def upgrade() -> None:
    for name, kind in COLUMNS:
        op.add_column("sources", sa.Column(name, kind))


def downgrade() -> None:
    for name, _ in reversed(COLUMNS):
        op.drop_column("sources", name)
