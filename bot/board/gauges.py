"""The gauges of a scrape: what the parts of this process and the rows of the database say at that moment.

They are made anew for every scrape, so that a platform that has emptied its outbox leaves no stale figure. Those of
the rows are the same in every process that shares the database: take `max`, not `sum`, over processes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TypeVar

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from bot.observe.health import Parts
from bot.store.gauges import Feeds, Moment, Queue

Gauge = GaugeMetricFamily
Labels = TypeVar("Labels", bound=tuple[str, ...])


class Gauges(Collector):
    """`found` is what the rows say; None where the database did not answer."""

    def __init__(self, parts: Parts, found: Moment | None, now: datetime) -> None:
        self._parts = parts
        self._found = found
        self._now = now

    def collect(self) -> Iterator[Gauge]:
        up = {(part.name,): float(part.ok) for part in self._parts}
        yield _gauge("part_up", "1 where this part of the process works", up, "part")
        answers = float(self._found is not None)
        yield Gauge("tradewire_database_up", "1 where the database answers this process", value=answers)
        if self._found is not None:
            yield from self._rows(self._found)

    def _rows(self, found: Moment) -> Iterator[Gauge]:
        yield Gauge("tradewire_database_size_bytes", "Bytes on disk", value=float(found.size))
        yield from self._outbox(found)
        yield from self._feeds(found.feeds)
        hubs = {(state,): float(count) for state, count in found.hubs.items()}
        yield _gauge("hub_subscriptions", "Sources whose feed offers a hub, by how that is", hubs, "state")

    def _outbox(self, found: Moment) -> Iterator[Gauge]:
        yield _gauge(
            "outbox_waiting",
            "Deliveries not finished: due, held until their time, or of unknown outcome",
            {
                (queue.name, state): float(getattr(queue, state))
                for queue in found.platforms
                for state in ("due", "held", "unknown")
            },
            "platform",
            "state",
        )
        ages = {(queue.name,): self._age(queue) for queue in found.platforms}
        yield _gauge("outbox_oldest_due_seconds", "For how long the oldest delivery has been due", ages, "platform")
        places = {(queue.name,): float(queue.due + queue.unknown) for queue in found.places}
        yield _gauge(
            "outbox_channel_waiting",
            "Deliveries that are due or unknown, of the channels that wait longest",
            places,
            "destination",
        )
        ages = {(queue.name,): self._age(queue) for queue in found.places}
        yield _gauge(
            "outbox_channel_oldest_due_seconds",
            "For how long the oldest has been due, of the channels that wait longest",
            ages,
            "destination",
        )
        shut = {(queue.name,): float(queue.name in found.shut) for queue in found.platforms}
        shut |= {(platform,): 1.0 for platform in found.shut}
        yield _gauge("platform_down", "1 where a platform takes nothing at all at present", shut, "platform")
        down = {(platform,): float(count) for platform, count in found.down.items()}
        yield _gauge("destinations_down", "Destinations that take nothing until a person acts", down, "platform")

    def _age(self, queue: Queue) -> float:
        return _seconds(self._now, queue.oldest)

    def _feeds(self, feeds: Feeds) -> Iterator[Gauge]:
        names = ("active", "failing", "blocked", "retired", "frozen", "moved", "unread")
        yield _gauge(
            "feeds",
            "Sources: active are polled; of those failing, among them blocked; retired (410), frozen (nothing new "
            "for long), moved (asked at another address) and unread (never read)",
            {(name,): float(getattr(feeds, name)) for name in names},
            "state",
        )
        late = _seconds(self._now, feeds.oldest_due)
        yield Gauge("tradewire_feed_oldest_due_seconds", "How late the most overdue poll is", value=late)
        read = {(feed.id,): feed.last_ok_at.timestamp() for feed in feeds.stalest if feed.last_ok_at}
        yield _gauge(
            "feed_last_success_timestamp_seconds", "When a source was last read, of the stalest", read, "source"
        )
        new = {(feed.id,): feed.last_new_at.timestamp() for feed in feeds.stalest if feed.last_new_at}
        yield _gauge("feed_last_item_timestamp_seconds", "When a source last brought an item", new, "source")


def at_this_moment(parts: Parts, found: Moment | None, now: datetime) -> CollectorRegistry:
    """A registry with the gauges alone."""
    registry = CollectorRegistry()
    registry.register(Gauges(parts, found, now))
    return registry


def _gauge(name: str, about: str, values: Mapping[Labels, float], *labels: str) -> Gauge:
    """`values` by the values of the labels."""
    family = Gauge(f"tradewire_{name}", about, labels=labels)
    for named, value in values.items():
        family.add_metric(named, value)
    return family


def _seconds(now: datetime, since: datetime | None) -> float:
    return 0.0 if since is None else max((now - since).total_seconds(), 0.0)
