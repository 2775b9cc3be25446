"""What is read and what it is about: sources, items, stories, and the calendar made of them."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.schema.base import JSON, Serial, UtcTime, lease_columns, metadata

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("active", sa.Boolean, nullable=False),  # stands in the configuration and is enabled
    *lease_columns(),
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
    sa.Column("url", sa.Text),  # as configured, that all of this was learned of; null: not known yet, or a folder
    sa.Column("moved_to", sa.Text),
    sa.Column("rhythm", sa.Text),  # see intake/rhythm.py
    sa.Column("trouble", sa.Text),  # that needs a person: see intake/trouble.py
    sa.Column("trouble_at", UtcTime),
    sa.Column("trouble_told", sa.Text),  # what of it the operators have heard
    sa.Column("trouble_told_at", UtcTime),
    sa.Index("ix_sources_due", "active", "due_at"),
)

documents = sa.Table(
    "documents",
    metadata,
    sa.Column("source_id", sa.Text, sa.ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("memory", sa.Text, nullable=False),  # of the entries of its last document: see intake/delta.py
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
    sa.Column("page", sa.Text),  # what became of its page, where that was asked for: see store/pages.py
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
