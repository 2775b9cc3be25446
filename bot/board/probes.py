"""What machines ask: is the process alive, is it ready, how is it doing."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from aiohttp import web
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from bot.board.reads import Reader, Unavailable
from bot.clock import Clock
from bot.observe import Metrics, Parts
from bot.store import outbox
from bot.store.outbox import Backlog


@dataclass(frozen=True, slots=True, kw_only=True)
class Probes:
    """`probe` has a turn of its own, so that slow pages do not make a process look dead."""

    reader: Reader
    probe: Reader
    parts: Parts
    metrics: Metrics
    clock: Clock

    async def alive(self, request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def ready(self, request: web.Request) -> web.Response:
        """Names only: this answer is open to everyone, the details are on the health page."""
        checks = {part.name: part.ok for part in self.parts}
        try:
            await self.probe.read(_ask)
            checks.setdefault("database", True)
        except Unavailable:
            checks["database"] = False
        not_ready = sorted(name for name, ok in checks.items() if not ok)
        return web.json_response(
            {"ready": not not_ready, "not_ready": not_ready, "parts": checks}, status=503 if not_ready else 200
        )

    async def prometheus(self, request: web.Request) -> web.Response:
        """The counters of this process, and what the outbox holds now."""
        try:
            waiting = await self.reader.read(outbox.backlog)
        except Unavailable:
            waiting = None
        body = generate_latest(self.metrics.registry) + generate_latest(self._gauges(waiting))
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    def _gauges(self, waiting: list[Backlog] | None) -> CollectorRegistry:
        """A registry of this moment, so that a platform that has emptied its outbox leaves no stale figure."""
        registry = CollectorRegistry()
        part_up = Gauge("tradewire_part_up", "1 where the part works", ["part"], registry=registry)
        for part in self.parts:
            part_up.labels(part.name).set(part.ok)
        database_up = Gauge("tradewire_database_up", "1 where the database answers the board", registry=registry)
        database_up.set(waiting is not None)
        if waiting is not None:
            self._add_outbox(registry, waiting)
        return registry

    def _add_outbox(self, registry: CollectorRegistry, waiting: list[Backlog]) -> None:
        now = self.clock.now()
        count = Gauge("tradewire_outbox_waiting", "Deliveries not yet sent", ["platform"], registry=registry)
        age = Gauge("tradewire_outbox_oldest_seconds", "Age of the oldest", ["platform"], registry=registry)
        for entry in reversed(waiting):  # the oldest comes first in `waiting`, so its age is set last
            count.labels(entry.destination.platform).inc(entry.waiting)
            age.labels(entry.destination.platform).set((now - entry.oldest).total_seconds())


def _ask(connection: sa.Connection) -> None:
    connection.execute(sa.select(1))
