"""What one process counts and measures, for Prometheus: https://prometheus.io/docs/practices/naming/

Every label has a small set of values that are ours. What feeds, people or platforms wrote never becomes one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Histogram, Info
from prometheus_client.process_collector import ProcessCollector

from bot import __version__

# From a fast send to a missed morning.
SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 21_600)
LAG = (0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 5)
LAG_EVERY_S = 0.5

PUBLISHED_TO_SEEN = "published_to_seen"
SEEN_TO_DECIDED = "seen_to_decided"
DECIDED_TO_SENT = "decided_to_sent"
PUBLISHED_TO_SENT = "published_to_sent"

NO_ANSWER = "none"  # in the place of a request's status

Count = Callable[[str], None]  # of one more thing of a kind


def uncounted(kind: str) -> None:
    """Nobody counts it."""


class Metrics:
    """The metrics of one process, in a registry of their own so that two can live in one test."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)  # memory, open files, processor time
        Info("tradewire_build", "Which Tradewire this is", registry=self.registry).info({"version": __version__})
        self.polls = self._counter("polls", "Polls of sources by outcome: ok, or the kind of fault", "outcome")
        self.items = self._counter("items", "Items that were new")
        self.decisions = self._counter("decisions", "Decisions by reason, the silent ones too", "reason")
        self.deliveries = self._counter(
            "deliveries", "Deliveries that this process ended, by outcome", "platform", "action", "outcome"
        )
        self.retries = self._counter(
            "delivery_retries", "Attempts to deliver that will be repeated, by why", "platform", "reason"
        )
        self.resolved = self._counter(
            "unknown_resolved", "Deliveries of unknown outcome of which the end is known now", "platform"
        )
        self.requests = self._counter(
            "api_requests", "HTTP requests made to deliver, by status; none: no answer came", "platform", "status"
        )
        self.lease_losses = self._counter(
            "lease_losses", "Work whose lease was lost to another process before it was recorded", "kind"
        )
        self.hub_deliveries = self._counter(
            "hub_deliveries", "What hubs of feeds delivered, by what became of it", "outcome"
        )
        self.parse_restarts = self._counter(
            "parse_worker_restarts", "Parsing processes that were ended by time, memory or a crash"
        )
        self.pages = self._counter("pages", "Pages of articles asked for: read, or the kind of fault", "outcome")
        self.latency = Histogram(
            "tradewire_alert_latency_seconds",
            "How long an alert took, by stage; an item without a date counts as published when it was seen",
            ["platform", "stage"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.loop_lag = Histogram(
            "tradewire_event_loop_lag_seconds",
            "How late the event loop came back to a timer",
            buckets=LAG,
            registry=self.registry,
        )

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(f"tradewire_{name}", about, labels, registry=self.registry)

    def requests_of(self, platform: str) -> Count:
        """Counts the requests to one platform by their status."""
        return lambda status: self.requests.labels(platform=platform, status=status).inc()

    def count_page(self, outcome: str) -> None:
        self.pages.labels(outcome=outcome).inc()

    async def watch_loop(self) -> None:
        """Measure, until cancelled, how long work keeps the event loop from what is due."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LAG_EVERY_S
            await asyncio.sleep(LAG_EVERY_S)
            self.loop_lag.observe(max(loop.time() - due, 0.0))
