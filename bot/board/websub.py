"""Where hubs say what they have to say: that they are asked for the right thing, and what is new in a feed.

Open to the internet, so it gives nothing away: the last part of its address is a secret of the hub's, and whatever is
wrong is answered as any page that is not there. https://www.w3.org/TR/websub/
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

import structlog
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from bot.board.reads import Reader, Unavailable
from bot.clock import Clock
from bot.intake.faults import one_line
from bot.intake.websub import Signature
from bot.model import SourceId
from bot.observe.metrics import Metrics
from bot.store import hubs, pushed
from bot.store.engine import Database, Work

log = structlog.get_logger()

P = ParamSpec("P")
T = TypeVar("T")

CALLBACK = rf"{hubs.PATH}{{token:[\w-]{{1,64}}}}"
LONGEST_CHALLENGE = 1_000  # characters; hubs send a few dozen
LONGEST_REASON = 200  # characters of a refusal's reason that are kept
LONGEST_TYPE = 200  # characters of a Content-Type
MOST_DELIVERED = 10 * 2**20  # bytes of one delivery that are read, to check its signature
MOST_KEPT = 2 * 2**20  # bytes of one delivery that are read as a document; a larger one is polled
DEADLINE = 20.0  # seconds for a delivery to come in
AT_ONCE = 8  # deliveries that come in at the same time, one of each source; more are asked to come again
TRY_AGAIN_S = 5
READS = 2  # look-ups of addresses at once
READ_DEADLINE = 5.0  # seconds

# What becomes of a delivery; the words of the metric.
ACCEPTED, UNWANTED, BAD_SIGNATURE, TOO_LARGE, CUT_OFF, BUSY = (
    "accepted",
    "unwanted",
    "bad_signature",
    "too_large",
    "cut_off",
    "busy",
)


@dataclass(frozen=True, slots=True)
class _Body:
    """What came; `kept` is None where it is too large to be stored."""

    kept: bytes | None
    digest: str


class HubCallback:
    """The handlers of one address for each subscription. `wake` is called once a delivery is stored."""

    def __init__(
        self, *, database: Database, clock: Clock, metrics: Metrics, wake: Callable[[], None] = lambda: None
    ) -> None:
        self._database = database
        self._reader = Reader(database, deadline=READ_DEADLINE, at_once=READS)
        self._clock = clock
        self._metrics = metrics
        self._wake = wake
        self._coming_in: set[SourceId] = set()
        self._complained: set[SourceId] = set()

    @property
    def routes(self) -> list[web.RouteDef]:
        # HEAD is not let in: it would confirm what it is asked for.
        return [web.get(CALLBACK, self.verify, allow_head=False), web.post(CALLBACK, self.deliver)]

    async def verify(self, request: web.Request) -> web.Response:
        """A hub asks whether we want what it was asked for, or says that it will not do it."""
        asked = request.query
        known = await self._reader.read(hubs.secret_of, request.match_info["token"])
        if known is None:
            raise web.HTTPNotFound
        challenge = asked.get("hub.challenge", "")
        if asked.get("hub.mode") == "denied":
            holds, challenge = await self._denied(request), ""
        else:
            holds = 0 < len(challenge) <= LONGEST_CHALLENGE and await self._confirmed(request)
        if holds:
            return web.Response(text=challenge, content_type="text/plain")
        self._complain("hub_verification_refused", known[0], why="not what we asked for")
        raise web.HTTPNotFound

    async def _denied(self, request: web.Request) -> bool:
        reason = one_line(request.query.get("hub.reason", ""), LONGEST_REASON)
        fault = f"the hub refuses: {reason}" if reason else "the hub refuses"
        token, now = request.match_info["token"], self._clock.now()
        return await self._write(hubs.denied, token, _topic(request), fault, now=now)

    async def _confirmed(self, request: web.Request) -> bool:
        mode, lease = request.query.get("hub.mode", ""), request.query.get("hub.lease_seconds", "")
        token, now = request.match_info["token"], self._clock.now()
        return await self._write(hubs.confirmed, token, mode, _topic(request), lease, now=now)

    async def deliver(self, request: web.Request) -> web.Response:
        """A hub delivers. Whether its signature held is not said: who tries to guess one learns nothing.

        https://www.w3.org/TR/websub/#signature-validation allows for that.
        """
        known = await self._reader.read(hubs.secret_of, request.match_info["token"])
        if known is None:
            raise web.HTTPNotFound
        source_id, secret = known
        if source_id in self._coming_in or len(self._coming_in) >= AT_ONCE:  # one slow hub holds up no other
            self._count(BUSY)
            return web.Response(status=503, headers={"Retry-After": str(TRY_AGAIN_S)})
        self._coming_in.add(source_id)
        try:
            return await self._deliver(request, source_id, secret)
        finally:
            self._coming_in.discard(source_id)

    async def _deliver(self, request: web.Request, source_id: SourceId, secret: str) -> web.Response:
        signature = Signature(request.headers.get("X-Hub-Signature", ""), secret)
        try:
            async with asyncio.timeout(DEADLINE):
                body = await _read(request, signature)
        except (TimeoutError, ConnectionError, web.RequestPayloadError):
            self._refuse(source_id, CUT_OFF)
            raise web.HTTPBadRequest from None
        if body is None:
            self._refuse(source_id, TOO_LARGE)
            raise web.HTTPRequestEntityTooLarge(max_size=MOST_DELIVERED, actual_size=MOST_DELIVERED)
        if not signature.holds:
            self._refuse(source_id, BAD_SIGNATURE)
            return web.Response(status=202)
        wanted = await self._write(
            pushed.receive,
            request.match_info["token"],
            body=body.kept,
            body_hash=body.digest,
            content_type=one_line(request.headers.get("Content-Type", ""), LONGEST_TYPE),
            now=self._clock.now(),
        )
        self._count(ACCEPTED if wanted else UNWANTED)
        self._complained.discard(source_id)
        if not wanted:
            raise web.HTTPGone  # the hub may forget it: https://www.w3.org/TR/websub/#content-distribution
        self._wake()
        return web.Response(status=202)

    async def _write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Raises Unavailable: hubs come again then."""
        try:
            return await self._database.write(work, *args, **kwargs)
        except SQLAlchemyError as error:
            log.warning("hub_not_heard", error=str(error).partition("\n")[0])
            raise Unavailable("The database cannot be written.") from None

    def _refuse(self, source_id: SourceId, why: str) -> None:
        self._count(why)
        self._complain("hub_delivery_refused", source_id, why=why)

    def _complain(self, event: str, source_id: SourceId, **about: str) -> None:
        """Once a source, until a delivery is good again: a stranger must not fill the log."""
        if source_id not in self._complained:
            self._complained.add(source_id)
            log.warning(event, source=source_id, meanwhile="polled as ever", **about)

    def _count(self, outcome: str) -> None:
        self._metrics.hub_deliveries.labels(outcome=outcome).inc()


def _topic(request: web.Request) -> str:
    """None of ours holds what PostgreSQL cannot be asked for, such as a zero byte."""
    topic = request.query.get("hub.topic", "")
    return topic if topic.isprintable() else ""


async def _read(request: web.Request, signature: Signature) -> _Body | None:
    """The body, shown to the signature piece by piece; None where it is too large."""
    if (request.content_length or 0) > MOST_DELIVERED:
        return None
    kept, size, digest = bytearray(), 0, hashlib.sha256()
    async for piece in request.content.iter_any():
        size += len(piece)
        if size > MOST_DELIVERED:
            return None
        signature.update(piece)
        digest.update(piece)
        if size <= MOST_KEPT:
            kept += piece
    return _Body(bytes(kept) if size <= MOST_KEPT else None, digest.hexdigest())
