"""What machines ask: is the process alive, is it ready, how is it doing."""

from __future__ import annotations

import sqlalchemy as sa
from aiohttp import web
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from pydantic import SecretStr

from bot.board.access import add_headers, guard
from bot.board.gauges import at_this_moment
from bot.board.reads import Reader, Unavailable
from bot.clock import Clock
from bot.observe.health import DATABASE, Parts
from bot.observe.metrics import Metrics
from bot.store import gauges
from bot.store.engine import Database

READ_DEADLINE = 5.0  # seconds for the figures of a scrape
PROBE_DEADLINE = 2.0


class Probes:
    """What is asked here has turns of its own: slow pages, and slow figures, do not make a process look dead."""

    def __init__(self, *, database: Database, parts: Parts, metrics: Metrics, clock: Clock) -> None:
        self._figures = Reader(database, deadline=READ_DEADLINE, at_once=1)
        self._probe = Reader(database, deadline=PROBE_DEADLINE, at_once=1)
        self._parts = parts
        self._metrics = metrics
        self._clock = clock

    @property
    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/healthz", self.alive),
            web.get("/readyz", self.ready),
            web.get("/metrics", self.prometheus),
        ]

    async def alive(self, request: web.Request) -> web.Response:
        """That there is an answer is the answer: the event loop runs. Whether the work does, `ready` says."""
        return web.Response(text="ok\n")

    async def ready(self, request: web.Request) -> web.Response:
        """Names only: this answer is open to everyone, the details are on the health page.

        But for the database, without which that page is none: what to do about it names nothing.
        """
        parts = list(self._parts)
        checks = {part.name: part.ok for part in parts}
        try:
            await self._probe.read(_ask)
            checks.setdefault(DATABASE, True)
        except Unavailable:
            checks[DATABASE] = False
        not_ready = sorted(name for name, ok in checks.items() if not ok)
        found: dict[str, object] = {"ready": not not_ready, "not_ready": not_ready, "parts": checks}
        if cure := next((part.detail for part in parts if part.name == DATABASE and not part.ok), None):
            found["cure"] = cure
        return web.json_response(found, status=503 if not_ready else 200)

    async def prometheus(self, request: web.Request) -> web.Response:
        """What this process counted, and what the rows say now."""
        now = self._clock.now()
        try:
            found = await self._figures.read(gauges.moment, now=now)
        except Unavailable:
            found = None
        body = generate_latest(self._metrics.registry) + generate_latest(at_this_moment(self._parts, found, now))
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


def build_probes(
    *,
    database: Database,
    parts: Parts,
    metrics: Metrics,
    clock: Clock,
    token: SecretStr | None,
    local_only: bool,
) -> web.Application:
    """The probes alone, for a process without the board; guarded as it is."""
    app = web.Application(middlewares=[guard(token, local_only=local_only)])
    app.on_response_prepare.append(add_headers)
    app.add_routes(Probes(database=database, parts=parts, metrics=metrics, clock=clock).routes)
    return app


def _ask(connection: sa.Connection) -> None:
    connection.execute(sa.select(1))
