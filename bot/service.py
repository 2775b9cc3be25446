"""What a process does from start to stop: `run` until a signal, or `once` until nothing is due."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Clock
from bot.deliver.drain import Drain, Leased
from bot.digesting import Digester
from bot.model import Fault, FaultKind, FetchState, Source, SourceId
from bot.observe import Metrics
from bot.owner import is_dead
from bot.pipeline import Pipeline, Polled
from bot.routing.follows import KEPT_FOR
from bot.schedule import ticking
from bot.settings import RetentionSettings
from bot.sourcing import SourceChanges, polled, within
from bot.store import (
    added_sources,
    alike,
    bulletins,
    calendar,
    feeds,
    follows,
    leases,
    mutes,
    outbox,
    reminders,
    retention,
    searchable,
    subscriptions,
    summaries,
    written_use,
)
from bot.store.engine import Database
from bot.store.schema import destinations as destination_rows
from bot.store.schema import sources as source_rows
from bot.stories.cluster import OPEN_FOR
from bot.worker import Worker

log = structlog.get_logger()

POLL_LEASE = timedelta(seconds=180)  # longer than a fetch, a parse and a commit together
IMPATIENCE_S = 1.0  # a second Ctrl-C within it is the same one: some terminals and tools send two
CONFIRM_WITHIN = timedelta(days=1)  # a subscription that its owner was warned of
STOP_PATIENCE_S = 2.0  # a stop is done within three seconds
ONCE_PATIENCE = timedelta(minutes=2)  # how long `once` waits for a platform that asked for a pause
DESTINATIONS_AT_ONCE = 32

Part = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class DueSource:
    """A source that this claim holds, with its cursor."""

    source: Source
    state: FetchState
    holder: str

    def __str__(self) -> str:
        return self.source.id


@dataclass(kw_only=True)
class Service:
    """The working half of the program: polls what is due, delivers what is due."""

    database: Database
    pipeline: Pipeline
    drain: Drain
    digester: Digester
    sources: Sequence[Source]  # of the file; those added from chat come from the store
    clock: Clock
    process: str
    parallel: int
    keep: RetentionSettings
    metrics: Metrics
    max_age: timedelta | None = None  # of sources that have none of their own
    _by_id: dict[SourceId, Source] = field(init=False)
    _changes_seen: int = field(init=False, default=-1)
    pollers: Worker[DueSource] = field(init=False)
    senders: Worker[Leased] = field(init=False)
    reminders: Worker[str] = field(init=False)

    def __post_init__(self) -> None:
        self._by_id = {}
        self.pollers = Worker("poll", claim=self._claim_sources, run=self._poll, parallel=self.parallel)
        self.senders = Worker("send", claim=self.drain.claim, run=self.drain.run, parallel=DESTINATIONS_AT_ONCE)
        self.reminders = Worker("remind", claim=self._claim_reminders, run=self._remind, parallel=1)

    async def prepare(self) -> None:
        """Rows for the sources of file and chat, and everybody's queries; leases of a killed predecessor end now."""
        self._take(await self.database.write(added_sources.settle, self.sources, now=self.clock.now()))
        for table in (source_rows, destination_rows):
            await self.database.write(leases.release_dead, table, is_dead)
        await self.pipeline.teller.listeners.load(self.database)

    async def once(self) -> list[outbox.Backlog]:
        """Poll all that is due and deliver all of it; returns what a platform would not take in reasonable time."""
        await self.database.write(outbox.retry_now, list(self.drain.channels), now=self.clock.now())
        try:
            await self.pollers.run_due()
            await self.reminders.run_due()
            await self.digester.send_due()
            return await self._deliver_all(give_up=self.clock.now() + ONCE_PATIENCE)
        finally:
            await self._drain()

    async def _deliver_all(self, give_up: datetime) -> list[outbox.Backlog]:
        while True:
            await self.senders.run_due()
            due = await self.database.read(outbox.next_due, list(self.drain.channels))
            if due is None or max(due, self.clock.now()) > give_up:
                waiting = await self.database.read(outbox.backlog)
                return [entry for entry in waiting if entry.fault]
            await self.clock.sleep(max((due - self.clock.now()).total_seconds(), 0.05))

    async def serve(self) -> None:
        """Poll and deliver until cancelled, then let what runs end."""
        scheduler = ticking(self._wake, self.prune, self.send_digests)
        scheduler.start()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._index_from_the_start())
                group.create_task(self.pollers.serve())
                group.create_task(self.senders.serve())
                group.create_task(self.reminders.serve())
        finally:
            scheduler.shutdown(wait=False)
            await self._drain()

    async def _drain(self) -> None:
        """Let what runs end."""
        workers = (self.pollers, self.senders, self.reminders)
        await asyncio.gather(*(worker.drain(STOP_PATIENCE_S) for worker in workers))

    async def send_digests(self) -> None:
        """Digests that are due go into the outbox, and from there to where they are for."""
        if await self.digester.send_due():
            self.senders.wake()

    async def prune(self) -> None:
        now = self.clock.now()
        await self.database.write(bulletins.forget_before, now - self.keep.decisions)
        await self.database.write(subscriptions.forget_unconfirmed, made_before=now - CONFIRM_WITHIN)
        await self.database.write(mutes.forget_ended, now=now, closed_before=now - OPEN_FOR)
        await self.database.write(follows.forget_closed, closed_before=now - KEPT_FOR)
        await self.database.write(summaries.forget, made_before=now - self.keep.decisions)
        await self.database.write(written_use.forget, before=(now - self.keep.decisions).date())
        before = {
            "texts_before": now - self.keep.items,
            "decisions_before": now - self.keep.decisions,
            "signatures_before": now - alike.KEPT_FOR,
        }
        while any(await self.database.write(retention.prune, **before)):
            pass
        past = (now - self.keep.items).date()
        while await self.database.write(calendar.prune, before=past, most=retention.PORTION):
            pass
        await self.database.write(self.pipeline.agenda.put_right, now)
        await self.index()

    async def index(self) -> None:
        """Let be found what was stored before there was an index to search, and by older processes beside this one.

        A portion in a transaction, the newest first. It takes some minutes for a million items.
        """
        if not await self.database.read(searchable.is_behind):
            return
        log.info("archive_indexing", why="search does not find everything until this is done")
        before: searchable.Place | None = None
        while (before := await self.database.write(searchable.catch_up, before)) is not None:
            pass
        log.info("archive_indexed")

    async def _index_from_the_start(self) -> None:
        try:
            await self.index()
        except SQLAlchemyError as error:  # the database is away: polls say so, and every hour this is tried again
            log.warning("archive_not_indexed", error=str(error).partition("\n")[0])

    def _wake(self) -> None:
        self.pollers.wake()
        self.senders.wake()
        self.reminders.wake()

    def _take(self, changes: SourceChanges) -> None:
        self._changes_seen = changes.number
        self._by_id = {source.id: within(source, self.max_age) for source in polled(self.sources, changes)}

    async def _claim_sources(self, room: int) -> list[DueSource]:
        await self.pipeline.teller.listeners.load(self.database)
        if changes := await self.database.read(added_sources.changes_since, self._changes_seen):
            self._take(changes)
        holder, ours = leases.holder(self.process), list(self._by_id)
        claimed = await self.database.write(
            feeds.claim_due, ours, owner=holder, now=self.clock.now(), lease=POLL_LEASE, limit=room
        )
        return [DueSource(self._by_id[source_id], state, holder) for source_id, state in claimed]

    async def _poll(self, due: DueSource) -> None:
        try:
            polled = await self.pipeline.poll(due.source, due.state, due.holder)
        except Exception as error:
            why = f"{due.source.id}: internal fault ({type(error).__name__}: {error}); the log has the details"
            fault = Fault(kind=FaultKind.UNREADABLE, message=why)
            await self.pipeline.fail(due.source, due.state, due.holder, fault)
            raise
        self._report(polled, before=due.state)
        if any(notice.reason.tells for notice in polled.notices):
            self.senders.wake()

    async def _claim_reminders(self, room: int) -> list[str]:
        """One job for all that is due: each takes its share and locks it."""
        is_due = await self.database.read(reminders.is_due, now=self.clock.now())
        return ["due"] if is_due else []

    async def _remind(self, job: str) -> None:
        if await self.database.write(self.pipeline.agenda.remind, self.clock.now()):
            self.senders.wake()

    def _report(self, polled: Polled, before: FetchState) -> None:
        fault = polled.fetched.fault
        self.metrics.polls.labels(outcome=fault.kind if fault else "ok").inc()
        self.metrics.items.labels(source=polled.source.id).inc(polled.new)
        for notice in polled.notices:
            self.metrics.decisions.labels(reason=notice.reason).inc()
        if fault and not before.failures:  # said once, not at every poll; `status` keeps showing it
            log.warning("source_failed", source=polled.source.id, why=fault.message)
        elif before.failures and not fault:
            log.info("source_recovered", source=polled.source.id)
        for skipped in polled.fetched.skipped:
            log.warning("article_skipped", source=polled.source.id, why=skipped.message)


@contextmanager
def stop_on_signals() -> Iterator[asyncio.Event]:
    """An event that SIGINT and SIGTERM set. Wrap the clean-up in it too, so that nothing tears it.

    Whoever asks again a second later gets a hard end: nothing is lost by it, every step is durable by itself.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    first = 0.0

    def ask() -> None:
        nonlocal first
        if stop.is_set() and loop.time() - first > IMPATIENCE_S:
            os._exit(128 + signal.SIGINT)
        first = first or loop.time()
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ask)
    try:
        yield stop
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def until_stopped(parts: Sequence[Part], stop: asyncio.Event) -> None:
    """Run `parts` side by side until `stop` is set, then cancel them and wait for their clean end.

    A part may end by itself (a chat client that needs a person); one that fails stops the others and raises.
    """
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_coroutine(part)) for part in parts]
        await stop.wait()
        for task in tasks:
            task.cancel()


async def _coroutine(part: Part) -> None:
    await part()
