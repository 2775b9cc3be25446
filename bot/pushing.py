"""What hubs push (https://www.w3.org/TR/websub/), on the side of the workers: subscriptions kept, deliveries read.

A hub is a short cut, never the truth: what it delivers is told at once, and the source is polled all the same. The
other side, which hubs speak to, is `board/websub.py`; between the two are rows (`store/hubs.py`, `store/pushed.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa
import structlog

from bot.clock import Clock
from bot.intake.faults import FetchFailed, shown
from bot.intake.http import Answer
from bot.intake.parsing import parse_feed
from bot.intake.websub import request_form
from bot.model import Source, SourceId
from bot.observe.complaint import is_outage
from bot.pipeline import Pipeline, Polled
from bot.retry_after import retry_after
from bot.store import hubs, leases, pushed
from bot.store.engine import Database
from bot.store.hubs import LONGEST_PAUSE, HubSubscription
from bot.store.pushed import HubDelivery
from bot.store.schema import sources as source_rows
from bot.worker import Worker

log = structlog.get_logger()

LEASE = timedelta(seconds=180)  # longer than a request to a hub, or the parse of what it delivered
HUBS = "hubs"  # the name of the worker
HUBS_AT_ONCE, READ_AT_ONCE = 4, 4
_GONE = {404, 410}


@dataclass(frozen=True, slots=True)
class AskHub:
    """A hub to be asked, claimed by `holder`."""

    subscription: HubSubscription
    holder: str

    def __str__(self) -> str:
        return str(self.subscription)


@dataclass(frozen=True, slots=True)
class Delivered:
    """A source for which deliveries wait, leased to `holder`."""

    source: Source
    holder: str

    def __str__(self) -> str:
        return self.source.id


Sources = Callable[[], Mapping[SourceId, Source]]  # those that are polled at this moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushing:
    """`base` is where hubs reach us, without a final slash; None: nowhere, and none is asked for anything."""

    database: Database
    pipeline: Pipeline
    clock: Clock
    process: str
    base: str | None

    def subscriber(self, sources: Sources) -> Worker[AskHub]:
        """Keeps the subscriptions of these sources."""
        return Worker(HUBS, claim=partial(self._claim_hubs, sources), run=self.ask, parallel=HUBS_AT_ONCE)

    def reader(self, sources: Sources, heard: Callable[[Sequence[Polled]], None]) -> Worker[Delivered]:
        """Reads what was delivered of these sources; `heard` is called with what came of it, once a source is due."""

        async def read(delivered: Delivered) -> None:
            heard(await self.read(delivered))

        return Worker(
            pushed.PUSHED,
            claim=partial(self._claim_delivered, sources),
            run=read,
            parallel=READ_AT_ONCE,
            release=self.give_up,
        )

    # --- subscriptions ----------------------------------------------------------------------------------------

    async def _claim_hubs(self, sources: Sources, room: int) -> list[AskHub]:
        now = self.clock.now()
        if not await self.database.read(hubs.is_due, self.base, now=now, lease=LEASE):
            return []
        holder = leases.holder(self.process)
        feeds = {source.id: source.url for source in sources().values()}
        claimed = await self.database.write(self._claim, feeds, holder, now, room)
        return [AskHub(subscription, holder) for subscription in claimed]

    def _claim(
        self,
        connection: sa.Connection,
        feeds: Mapping[SourceId, str | None],
        holder: str,
        now: datetime,
        room: int,
    ) -> list[HubSubscription]:
        """The operators hear, once for each address, that it seems to be out of the hubs' reach."""
        claimed = hubs.claim(connection, self.base, feeds, owner=holder, now=now, lease=LEASE, limit=room)
        if self.base and hubs.none_reaches_us(connection):
            self.pipeline.operators.tell(
                connection, key=f"push:{self.base}", title="Hubs of feeds cannot reach this bot.",
                lines=[
                    f"✗ They take our requests, and none confirms them at {self.base}{hubs.PATH}…",
                    "Every feed is polled as before; with hubs, alerts come within seconds of publication.",
                    "Let public_url under [web] be reached from the internet, or set push = false there.",
                ],
                now=now,
            )  # fmt: skip
        return claimed

    async def ask(self, due: AskHub) -> None:
        """Ask a hub to push, to go on, or to stop. Whether it does is said when it confirms."""
        asked = due.subscription
        form = request_form(asked.mode, topic=asked.topic, callback=asked.callback, secret=asked.secret)
        wait = timedelta(0)
        try:
            answer = await self.pipeline.intake.client.post(asked.hub, form)
            fault, wait = self._judged(answer)
        except FetchFailed as failure:
            fault = failure.fault.message
        about = {"source": asked.source_id, "hub": shown(asked.hub), "mode": asked.mode}
        if fault:
            log.warning("hub_failed", why=fault, meanwhile="polled as ever", **about)
        else:
            log.info("hub_asked", renewal=asked.is_renewal, **about)
        await self.database.write(
            hubs.answered, asked.id, owner=due.holder, fault=fault, wait=wait, now=self.clock.now()
        )

    def _judged(self, answer: Answer) -> tuple[str | None, timedelta]:
        """What is wrong with an answer, and how long to wait then."""
        if 200 <= answer.status < 300:
            return None, timedelta(0)
        said = retry_after(answer.headers.get("Retry-After"), self.clock.now(), most=LONGEST_PAUSE)
        wait = LONGEST_PAUSE if answer.status in _GONE else said or timedelta(0)
        return f"the hub refuses (HTTP {answer.status})", wait

    # --- deliveries -------------------------------------------------------------------------------------------

    async def _claim_delivered(self, sources: Sources, room: int) -> list[Delivered]:
        if not await self.database.read(pushed.is_any):
            return []
        holder, ours = leases.holder(self.process), dict(sources())
        claimed = await self.database.write(
            pushed.claim, list(ours), owner=holder, now=self.clock.now(), lease=LEASE, limit=room
        )
        return [Delivered(ours[source_id], holder) for source_id in claimed]

    async def read(self, delivered: Delivered) -> list[Polled]:
        """Tell what is new in what was delivered of a source; then it is polled."""
        source, holder = delivered.source, delivered.holder
        found = await self.database.read(pushed.waiting, source.id)
        read = [await self._read(source, each, holder) for each in found if each.body is not None]
        polled = [each for each in read if each]
        news = any(each.new for each in polled)
        await self.database.write(
            pushed.settle, source.id, found, brought_new=news, owner=holder, now=self.clock.now()
        )
        return polled

    async def give_up(self, delivered: Delivered) -> None:
        """The database was away: what was delivered waits."""
        await self.database.write(leases.release, source_rows, delivered.source.id, owner=delivered.holder)

    async def _read(self, source: Source, delivery: HubDelivery, holder: str) -> Polled | None:
        """None where it cannot be read: the poll that follows says more."""
        told = delivery.content_type, delivery.topic
        try:
            entries = await self.pipeline.intake.pool.run(
                parse_feed, delivery.body, *told, subject=f"a delivery of {source.id}"
            )
            return await self.pipeline.push(source, entries, holder)
        except FetchFailed as failure:
            log.warning("hub_delivery_unreadable", source=source.id, why=failure.fault.message)
        except Exception as error:
            if is_outage(error):
                raise
            log.exception("hub_delivery_failed", source=source.id)
        return None
