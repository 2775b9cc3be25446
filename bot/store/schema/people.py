"""What people asked for, prefer and have seen."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.schema.base import JSON, Serial, UtcTime, metadata

marks = sa.Table(
    "marks",
    metadata,
    sa.Column("id", Serial, primary_key=True),  # the order in which they were made
    sa.Column("destination", sa.Text, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("item_key", sa.Text, nullable=False, index=True),
    sa.Column("relevant", sa.Boolean, nullable=False),
    sa.Column("topics", JSON, nullable=False),  # that the mark concerns
    sa.Column("flagged", JSON),  # topics over the place's own thresholds; null before schema 0003: `labels` stand in
    # the story's verdict as it stood then
    sa.Column("trade", sa.Float, nullable=False),
    sa.Column("market", sa.Float, nullable=False),
    sa.Column("urgent", sa.Float, nullable=False),
    sa.Column("labels", JSON, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("marked_at", UtcTime, nullable=False, index=True),
    sa.UniqueConstraint("destination", "item_key", "person"),  # of one person the latest counts
)

mutes = sa.Table(
    "mutes",
    metadata,
    sa.Column("id", Serial, primary_key=True),  # the order in which they were made
    sa.Column("destination", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("author_name", sa.Text, nullable=False),  # as the platform showed it then
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("made_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime),  # null: a story's, which ends with its story
    sa.UniqueConstraint("destination", "kind", "value"),
)

follows = sa.Table(
    "follows",
    metadata,
    sa.Column("destination", sa.Text, primary_key=True),  # a person
    sa.Column("story_id", sa.Text, primary_key=True, index=True),
    sa.Column("made_at", UtcTime, nullable=False),
)

subscriptions = sa.Table(
    "subscriptions",
    metadata,
    sa.Column("id", Serial, primary_key=True),
    sa.Column("destination", sa.Text, nullable=False, index=True),
    sa.Column("owner", sa.Text, nullable=False, index=True),  # the person; the place itself once they are forgotten
    sa.Column("owner_name", sa.Text, nullable=False),  # as the platform showed it then
    sa.Column("query", sa.Text, nullable=False),
    sa.Column("tier", sa.Text, nullable=False),
    sa.Column("made_in", sa.Text, nullable=False),
    sa.Column("made_at", UtcTime, nullable=False),
    sa.Column("paused", sa.Text, nullable=False, server_default=""),  # why, in words; empty: it runs
    sqlite_autoincrement=True,  # a button names it by its number, which must not come to mean another
)

subscription_changes = sa.Table(
    "subscription_changes",
    metadata,
    sa.Column("subscription_id", sa.BigInteger, primary_key=True, autoincrement=False),  # may be deleted since
    sa.Column("number", sa.BigInteger, nullable=False, unique=True),  # grows with every change, in commit order
)

subscription_hits = sa.Table(
    "subscription_hits",
    metadata,
    sa.Column("decision_id", sa.BigInteger, sa.ForeignKey("decisions.id", ondelete="CASCADE"), primary_key=True),
    sa.Column(
        "subscription_id", sa.BigInteger, sa.ForeignKey("subscriptions.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("hit_at", UtcTime, nullable=False),
    sa.Index("ix_subscription_hits_subscription_id_hit_at", "subscription_id", "hit_at"),
)

places = sa.Table(
    "places",
    metadata,
    sa.Column("destination", sa.Text, primary_key=True),
    # what the place prefers; null: as its route or the configuration says
    sa.Column("zone", sa.Text),
    sa.Column("lang", JSON),
    sa.Column("tier", sa.Text),
    sa.Column("thresholds", JSON),
    sa.Column("quiet", sa.Text),
    sa.Column("loud", sa.Text),
    sa.Column("digest", sa.Text),
    sa.Column("cap", sa.Integer),
    sa.Column("hourly", sa.Integer),
    sa.Column("digest_slot", sa.Text),  # the local time, with its offset, up to which digests were sent
    sa.Column("digest_due", UtcTime, index=True),  # when to look again; null: no digest is planned
    sa.Column("changed_at", UtcTime, nullable=False),
)

summaries = sa.Table(
    "summaries",
    metadata,
    sa.Column("id", Serial, primary_key=True),  # grows with each summary that somebody asked for
    sa.Column("person", sa.Text, nullable=False, index=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("pages", JSON, nullable=False),  # the stories on each, under their headings
    sa.Column("made_at", UtcTime, nullable=False, index=True),
    sqlite_autoincrement=True,  # a button names it by its number, which must not come to mean another
)

summaries_seen = sa.Table(
    "summaries_seen",
    metadata,
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("story_id", sa.Text, primary_key=True),
    sa.Column(
        "summary_id",
        Serial,
        sa.ForeignKey("summaries.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        index=True,
    ),
    sa.Column("fact_keys", JSON, nullable=False),  # of the story as it was shown
)

written_use = sa.Table(
    "written_use",
    metadata,
    sa.Column("day", sa.Text, primary_key=True),  # of UTC, as an ISO date
    sa.Column("requests", sa.Integer, nullable=False),  # for written summaries
    sa.Column("tokens", sa.Integer, nullable=False),
)

reminders = sa.Table(
    "reminders",
    metadata,
    sa.Column("id", Serial, primary_key=True),
    sa.Column("destination", sa.Text, nullable=False),
    sa.Column("owner", sa.Text, nullable=False, index=True),
    sa.Column("query", sa.Text, nullable=False),  # in the subscription language; empty: every event
    sa.Column("lead", sa.Text, nullable=False),
    sa.Column("zone", sa.Text, nullable=False),  # of who asked for it, where their place has none
    sa.Column("made_at", UtcTime, nullable=False),
    sa.UniqueConstraint("destination", "query"),
    sqlite_autoincrement=True,  # a button names it by its number, which must not come to mean another
)

reminder_times = sa.Table(
    "reminder_times",
    metadata,
    sa.Column("reminder_id", sa.BigInteger, sa.ForeignKey("reminders.id", ondelete="CASCADE"), primary_key=True),
    sa.Column(
        "event_id", sa.Text, sa.ForeignKey("calendar_events.id", ondelete="CASCADE"), primary_key=True, index=True
    ),
    sa.Column("due_at", UtcTime, index=True),  # null once it was sent
    sa.Column("told", sa.Text),  # the days that were told, or that it is off; null: nothing yet
)
