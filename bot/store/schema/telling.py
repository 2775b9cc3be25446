"""Who was told what: decisions, the outbox, and what waits for a digest."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.schema.base import JSON, Serial, UtcTime, lease_columns, metadata

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("id", Serial, primary_key=True),
    sa.Column("item_key", sa.Text, nullable=False, index=True),
    sa.Column("story_id", sa.Text, nullable=False),
    sa.Column("destination", sa.Text, nullable=False),
    sa.Column("route", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("tier", sa.Text, nullable=False),
    sa.Column("new_facts", JSON, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("decided_at", UtcTime, nullable=False, index=True),
    sa.Column("until", UtcTime),
    sa.Index("ix_decisions_story_id_destination", "story_id", "destination"),  # tens of thousands may be told of one
)

told = sa.Table(
    "told",
    metadata,
    sa.Column("destination", sa.Text, primary_key=True),
    sa.Column("story_id", sa.Text, primary_key=True, index=True),
    sa.Column("fact_keys", JSON, nullable=False),
    sa.Column("tier", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("told_at", UtcTime, nullable=False, index=True),
)

destinations = sa.Table(
    "destinations",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("platform", sa.Text, nullable=False),
    *lease_columns(),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),  # in a row without success
    sa.Column("fault", sa.Text),  # why the last attempt did not deliver, in words
    sa.Column("fault_at", UtcTime),
    sa.Index("ix_destinations_due", "platform", "due_at"),
)

# Of all that was ever sent little waits: without an index of that alone the next of a place would be looked for among
# all of it, as soon as a database takes waiting for common.
_WAITS = sa.text("state IN ('pending', 'sending', 'unknown')")

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("seq", Serial, primary_key=True),  # the order within a destination
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("decision_id", Serial, sa.ForeignKey("decisions.id", ondelete="CASCADE"), index=True),
    sa.Column("bulletin", JSON),  # what is sent where no decision is: exactly one of the two is set
    sa.Column("bulletin_key", sa.Text),  # a bulletin of the same key is not put in twice at a destination
    sa.Column("destination", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False, server_default="post"),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("not_before", UtcTime, nullable=False),  # later than its creation where quiet hours hold it
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("started_at", UtcTime),  # of an attempt whose end nobody recorded
    sa.Column("own_faults", sa.Integer, nullable=False, server_default="0"),  # attempts that failed in our own code
    sa.Column("fault", sa.Text),
    sa.Column("receipt", JSON),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("finished_at", UtcTime, index=True),
    sa.Column("changed_at", UtcTime),  # when it came into its state; null before schema 0018, until it changes
    sa.Index("ix_deliveries_destination_state_seq", "destination", "state", "seq"),
    sa.Index("ix_deliveries_waiting", "destination", "seq", postgresql_where=_WAITS, sqlite_where=_WAITS),
    sa.Index("ix_deliveries_destination_not_before", "destination", "not_before"),
    sa.UniqueConstraint("destination", "bulletin_key"),
)

outages = sa.Table(
    "outages",
    metadata,
    sa.Column("place", sa.Text, primary_key=True),  # a destination, or the name of a platform: all of it
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("passing", sa.Boolean, nullable=False),  # a pause that the platform asked for: nobody has to act
    sa.Column("since", UtcTime, nullable=False),
    sa.Column("probe_at", UtcTime, nullable=False),  # when it is tried again
    sa.Column("told_at", UtcTime),  # when the operators heard of it
    sa.Column("over_at", UtcTime),  # when it was, and the operators have yet to hear so
)

digest_entries = sa.Table(
    "digest_entries",
    metadata,
    sa.Column("id", Serial, primary_key=True),  # the order in which they came
    sa.Column("destination", sa.Text, nullable=False),
    sa.Column("story_id", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),  # it is not told at once
    sa.Column("added_at", UtcTime, nullable=False),
    sa.UniqueConstraint("destination", "story_id"),
)
