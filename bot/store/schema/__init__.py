"""Every table, once, for SQLite and PostgreSQL. Changes go through a migration in `migrations/versions`.

Work is found by `due_at` and taken by lease (`lease_owner`, `lease_until`): a source to poll, a destination to
drain. There is no generic queue.
"""

from bot.store.schema.base import JSON, Serial, UtcTime, among, metadata
from bot.store.schema.floods import flood_items, floods
from bot.store.schema.hubs import hub_deliveries, hub_subscriptions
from bot.store.schema.news import (
    added_sources,
    calendar_events,
    calendar_reports,
    documents,
    items,
    rare_words,
    signatures,
    source_changes,
    source_offers,
    source_pauses,
    sources,
    stories,
)
from bot.store.schema.people import (
    follows,
    marks,
    mutes,
    places,
    reminder_times,
    reminders,
    subscription_changes,
    subscription_hits,
    subscriptions,
    summaries,
    summaries_seen,
    written_use,
)
from bot.store.schema.processes import chats, compatibility, invocations, paces
from bot.store.schema.restored import restorations
from bot.store.schema.telling import (
    decisions,
    deliveries,
    destinations,
    digest_entries,
    outages,
    told,
)

__all__ = [
    "JSON",
    "Serial",
    "UtcTime",
    "added_sources",
    "among",
    "calendar_events",
    "calendar_reports",
    "chats",
    "compatibility",
    "decisions",
    "deliveries",
    "destinations",
    "digest_entries",
    "documents",
    "flood_items",
    "floods",
    "follows",
    "hub_deliveries",
    "hub_subscriptions",
    "invocations",
    "items",
    "marks",
    "metadata",
    "mutes",
    "outages",
    "paces",
    "places",
    "rare_words",
    "reminder_times",
    "reminders",
    "restorations",
    "signatures",
    "source_changes",
    "source_offers",
    "source_pauses",
    "sources",
    "stories",
    "subscription_changes",
    "subscription_hits",
    "subscriptions",
    "summaries",
    "summaries_seen",
    "told",
    "written_use",
]
