"""Everybody's subscriptions in memory, brought up to date from the store inside the transaction that decides.

The truth is in rows: whatever process changed a subscription, an item that is admitted after that commit is decided
by the change. Only what changed since is read.
"""

from __future__ import annotations

from threading import Lock

import sqlalchemy as sa
import structlog

from bot.model import Destination, Item, Tier, Verdict
from bot.routing.query import QueryError, parse
from bot.routing.subscriptions import Hits, Subscribers
from bot.store import subscriptions
from bot.store.engine import Database
from bot.store.subscriptions import Change
from bot.stories.rarity import share_of_news

log = structlog.get_logger()

PORTION = 500  # subscriptions read and parsed at a time: about a tenth of a second


class Listeners:
    """For several threads at once: one process has more than one writer on PostgreSQL."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._subscribers = Subscribers(share_of_news)
        self._heard_of = 0  # the number of the last change that is in `_subscribers`

    async def load(self, database: Database) -> None:
        """Read what there is, in portions and off the event loop, so that no transaction that decides has to.

        Where nothing has changed this is a look at one index.
        """
        while await database.read(self._next_portion):
            pass

    def catch_up(self, connection: sa.Connection) -> None:
        """First thing in a transaction that decides: it goes by what was committed before."""
        with self._lock:
            while self._read(connection):
                pass

    def hits(self, item: Item, verdict: Verdict, tier: Tier) -> Hits:
        """What the item, judged so, matches: exactly as by asking every subscription that runs."""
        with self._lock:
            return self._subscribers.hits(item, verdict, tier)

    def places(self) -> set[Destination]:
        """Every place that subscribes to anything."""
        with self._lock:
            return self._subscribers.places()

    def _next_portion(self, connection: sa.Connection) -> bool:
        """False where there was nothing to read."""
        with self._lock:
            return self._read(connection)

    def _read(self, connection: sa.Connection) -> bool:
        changes = subscriptions.changed_since(connection, self._heard_of, limit=PORTION)
        for change in changes:
            self._apply(change)
            self._heard_of = change.number
        return bool(changes)

    def _apply(self, change: Change) -> None:
        subscription = change.subscription
        if subscription is None or subscription.paused:
            self._subscribers.drop(change.id)
            return
        try:
            query = parse(subscription.query)
        except QueryError as error:  # another version of this program stored it
            self._subscribers.drop(change.id)
            log.warning("subscription_unreadable", subscription=change.id, why=error.problem)
        else:
            self._subscribers.put(subscription, query)
