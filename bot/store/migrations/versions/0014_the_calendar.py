"""What items say of days to come, the events made of it, and who is reminded of them when

Revision: 0014, after 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


TIME = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "calendar_events",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("parties", JSON, nullable=False),
        sa.Column("record", JSON, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_events"),
    )
    op.create_index("ix_calendar_events_last", "calendar_events", ["last"])
    op.create_table(
        "calendar_reports",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("item_key", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("opens", sa.Date(), nullable=False),
        sa.Column("closes", sa.Date(), nullable=False),
        sa.Column("record", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_reports"),
        sa.ForeignKeyConstraint(
            ["item_key"], ["items.key"], name="fk_calendar_reports_item_key_items", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_calendar_reports_item_key", "calendar_reports", ["item_key"])
    op.create_index("ix_calendar_reports_event_id", "calendar_reports", ["event_id"])
    op.create_index("ix_calendar_reports_kind_closes", "calendar_reports", ["kind", "closes"])
    op.create_table(
        "reminders",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("lead", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reminders"),
        sa.UniqueConstraint("destination", "query", name="uq_reminders_destination_query"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reminders_owner", "reminders", ["owner"])
    op.create_table(
        "reminder_times",
        sa.Column("reminder_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("due_at", TIME, nullable=True),
        sa.Column("told", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("reminder_id", "event_id", name="pk_reminder_times"),
        sa.ForeignKeyConstraint(
            ["reminder_id"], ["reminders.id"], name="fk_reminder_times_reminder_id_reminders", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["calendar_events.id"],
            name="fk_reminder_times_event_id_calendar_events",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_reminder_times_event_id", "reminder_times", ["event_id"])
    op.create_index("ix_reminder_times_due_at", "reminder_times", ["due_at"])


def downgrade() -> None:
    op.drop_table("reminder_times")
    op.drop_table("reminders")
    op.drop_table("calendar_reports")
    op.drop_table("calendar_events")
