"""Every table, once, for SQLite and PostgreSQL. Changes go through a migration in `migrations/versions`.

Work is found by `due_at` and taken by lease (`lease_owner`, `lease_until`): a source to poll, a destination to
drain. There is no generic queue.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB


class UtcTime(sa.TypeDecorator[datetime]):
    """Aware UTC in and out; SQLite keeps no zone, so it is put back there."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite numbers rows only in an INTEGER key

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def among(connection: sa.Connection, column: sa.Column[Any], values: Iterable[str]) -> sa.ColumnElement[bool]:
    """`column IN values` as one parameter: both databases limit how many a statement may have."""
    if connection.dialect.name == "postgresql":
        return column == sa.any_(sa.literal(list(values), ARRAY(sa.Text)))
    listed = sa.func.json_each(json.dumps(list(values))).table_valued("value")
    return column.in_(sa.select(listed.c.value))


def _lease_columns() -> list[sa.Column[Any]]:
    return [sa.Column("due_at", UtcTime), sa.Column("lease_owner", sa.Text), sa.Column("lease_until", UtcTime)]


sources = sa.Table(
    "sources",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("active", sa.Boolean, nullable=False),  # stands in the configuration and is enabled
    *_lease_columns(),
    sa.Column("etag", sa.Text),
    sa.Column("last_modified", sa.Text),
    sa.Column("body_hash", sa.Text),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("last_ok_at", UtcTime),
    sa.Column("listing", JSON),  # the keys of what stood in its last document
    sa.Column("read_at", UtcTime),  # when it first brought entries; null: its next document is its first
    sa.Column("last_new_at", UtcTime),
    sa.Column("fault_kind", sa.Text),
    sa.Column("fault", sa.Text),
    sa.Column("fault_at", UtcTime),
    sa.Index("ix_sources_due", "active", "due_at"),
)

items = sa.Table(
    "items",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("story_id", sa.Text, sa.ForeignKey("stories.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("source_id", sa.Text, nullable=False, index=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("url", sa.Text, index=True),
    sa.Column("outlet", sa.Text, nullable=False),
    sa.Column("author", sa.Text),
    sa.Column("authority", sa.Text, nullable=False),
    sa.Column("lang", sa.Text),
    sa.Column("published_at", UtcTime),
    sa.Column("seen_at", UtcTime, nullable=False, index=True),
    sa.Column("content_hash", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.Text, index=True),  # of outlet and title; null before schema 0004, until seen again
    sa.Column("alias", sa.Text, index=True),  # the key under which it came last, where that is not its own
    sa.Column("voice", sa.Text),  # the source whose edits count, where that is not source_id any more
    sa.Column("revisions", sa.Integer, nullable=False, server_default="0"),  # changes of its content that counted
    sa.Column("mark", sa.Text),  # what its publisher made of it since: corrected, updated, withdrawn
    sa.Column("mark_note", sa.Text, nullable=False, server_default=""),
    sa.Column("verdict", JSON, nullable=False),
)

signatures = sa.Table(
    "signatures",
    metadata,
    sa.Column("number", Serial, primary_key=True),  # in the order of arrival
    sa.Column("item_key", sa.Text, sa.ForeignKey("items.key", ondelete="CASCADE"), nullable=False, unique=True),
    sa.Column("story_id", sa.Text, nullable=False),
    sa.Column("record", sa.LargeBinary, nullable=False),  # see stories/signature.py
)

rare_words = sa.Table(
    "rare_words",
    metadata,
    sa.Column("word", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column(
        "signature",
        sa.BigInteger,
        sa.ForeignKey("signatures.number", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
    sqlite_with_rowid=False,  # it is read by its key only
)

stories = sa.Table(
    "stories",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column(
        "open_key", sa.Text, unique=True
    ),  # the key while further items may join; two writers cannot both open it
    sa.Column("lead", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("verdict", JSON, nullable=False),
    sa.Column("tier", sa.Text, nullable=False),
    sa.Column("outlets", JSON, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("mark", sa.Text),
    sa.Column("mark_note", sa.Text, nullable=False, server_default=""),
    sa.Column("first_at", UtcTime, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False, index=True),
)

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("id", Serial, primary_key=True),
    sa.Column("item_key", sa.Text, nullable=False, index=True),
    sa.Column("story_id", sa.Text, nullable=False, index=True),
    sa.Column("destination", sa.Text, nullable=False),
    sa.Column("route", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("tier", sa.Text, nullable=False),
    sa.Column("new_facts", JSON, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("decided_at", UtcTime, nullable=False, index=True),
    sa.Column("until", UtcTime),
)

told = sa.Table(
    "told",
    metadata,
    sa.Column("destination", sa.Text, primary_key=True),
    sa.Column("story_id", sa.Text, primary_key=True),
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
    *_lease_columns(),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),  # in a row without success
    sa.Column("fault", sa.Text),  # why the last attempt did not deliver, in words
    sa.Column("fault_at", UtcTime),
    sa.Index("ix_destinations_due", "platform", "due_at"),
)

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
    sa.Column("finished_at", UtcTime),
    sa.Index("ix_deliveries_destination_state_seq", "destination", "state", "seq"),
    sa.Index("ix_deliveries_destination_not_before", "destination", "not_before"),
    sa.UniqueConstraint("destination", "bulletin_key"),
)

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
    sa.Column("digest_slot", sa.Text),  # the local time, with its offset, up to which digests were sent
    sa.Column("digest_due", UtcTime, index=True),  # when to look again; null: no digest is planned
    sa.Column("changed_at", UtcTime, nullable=False),
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

added_sources = sa.Table(  # from chat; see sourcing.py
    "added_sources",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("place", sa.Text, nullable=False, unique=True),  # what the spellings of one address have in common
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("every_s", sa.Integer, nullable=False),
    sa.Column("authority", sa.Text, nullable=False),
    sa.Column("max_age_s", sa.Integer),
    sa.Column("first_poll", sa.Text, nullable=False),
    sa.Column("lang", sa.Text),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("author_name", sa.Text, nullable=False),
    sa.Column("added_at", UtcTime, nullable=False),
)

source_pauses = sa.Table(
    "source_pauses",
    metadata,
    sa.Column("source_id", sa.Text, primary_key=True),  # of the file or added
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("author_name", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("paused_at", UtcTime, nullable=False),
)

source_offers = sa.Table(  # feeds that a button adds: their addresses are too long for one
    "source_offers",
    metadata,
    sa.Column("reference", sa.Text, primary_key=True),
    sa.Column("source", JSON, nullable=False),
    sa.Column("offered_at", UtcTime, nullable=False, index=True),
)

source_changes = sa.Table(  # one row: how often the tables above were changed, so that every process sees it
    "source_changes",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
)

calendar_events = sa.Table(
    "calendar_events",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("first", sa.Date, nullable=False),
    sa.Column("last", sa.Date, nullable=False, index=True),
    sa.Column("parties", JSON, nullable=False),
    sa.Column("record", JSON, nullable=False),  # all of it: see bot/calendar/events.py
    sa.Column("changed_at", UtcTime, nullable=False),
)

calendar_reports = sa.Table(
    "calendar_reports",
    metadata,
    sa.Column("id", Serial, primary_key=True),
    sa.Column("item_key", sa.Text, sa.ForeignKey("items.key", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("event_id", sa.Text, index=True),  # that it is counted to; null: it says nothing of any
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("opens", sa.Date, nullable=False),  # the first and the last day that it can be about
    sa.Column("closes", sa.Date, nullable=False),
    sa.Column("record", JSON, nullable=False),
    sa.Index("ix_calendar_reports_kind_closes", "kind", "closes"),
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
