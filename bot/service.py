"""What a process does from start to stop: `run` until a signal, or `once` until nothing is due."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Clock
from bot.deliver.drain import Drain, Leased
from bot.intake.fetched import Fault, FaultKind, FetchState
from bot.intake.watching import FolderWatch
from bot.model import Source, SourceId
from bot.observe.health import Parts
from bot.observe.metrics import Metrics
from bot.observe.redaction import redacted
from bot.observe.seen import report, report_new
from bot.operations.reporting import Reporting
from bot.operations.upkeep import Upkeep
from bot.owner import is_dead
from bot.pipeline import Pipeline, Polled
from bot.pushing import AskHub, Delivered, Pushing
from bot.schedule import put_forward, ticking, watch_clock
from bot.settings import RetentionSettings
from bot.sources.sourcing import SourceChanges, polled, within
from bot.steps.digesting import Digester
from bot.store import (
    added_sources,
    breaker,
    feeds,
    leases,
    outages,
    outbox,
    reminders,
    searchable,
    set_back,
    wakeup,
)
from bot.store.due import make_due
from bot.store.engine import Database
from bot.store.pushed import PUSHED
from bot.store.schema import destinations, hub_subscriptions
from bot.store.schema import sources as source_rows
from bot.worker import Worker, Workers

log = structlog.get_logger()

POLL_LEASE = timedelta(seconds=180)  # longer than a fetch, a parse and a commit together
LONGEST_TURN = timedelta(seconds=10)  # what waited longer for its turn is claimed anew
STOP_PATIENCE_S = 2.0  # a stop is done within three seconds
ONCE_PATIENCE = timedelta(minutes=2)  # how long `once` waits for a platform that asked for a pause
DESTINATIONS_AT_ONCE = 32

# The parts of the work; one that is not heard of for so long hangs, or its database is away.
POLLS, SENDS, REMINDS, DIGESTS = "poll", "send", "remind", "digests"
SILENT_S = 60.0

LEASED = (source_rows, destinations, hub_subscriptions)  # whose leases end when the process does


@dataclass(frozen=True, slots=True)
class DueSource:
    """A source that this claim holds, with its cursor."""

    source: Source
    state: FetchState
    holder: str
    claimed_at: datetime

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
    reporting: Reporting
    metrics: Metrics
    parts: Parts
    pushing: Pushing
    max_age: timedelta | None = None  # of sources that have none of their own
    _by_id: dict[SourceId, Source] = field(init=False)
    _lanes: dict[SourceId, str] = field(init=False)
    _changes_seen: int = field(init=False, default=-1)
    _due_by: datetime | None = field(init=False, default=None)  # polls that became due later are not for now
    pollers: Worker[DueSource] = field(init=False)
    senders: Workers[Leased] = field(init=False)
    reminders: Worker[str] = field(init=False)
    subscriber: Worker[AskHub] = field(init=False)
    readers: Worker[Delivered] = field(init=False)

    def __post_init__(self) -> None:
        self._by_id, self._lanes = {}, {}
        self.pollers = Worker(
            POLLS,
            claim=self._claim_sources,
            run=self._poll,
            parallel=self.parallel,
            release=self._release_source,
            on_round=self._beats(POLLS),
            lane=self._lane_of,
            in_batches=True,
        )
        self.senders = Workers({platform: self._sender(platform) for platform in self.drain.channels})
        self.reminders = Worker(
            REMINDS, claim=self._claim_reminders, run=self._remind, parallel=1, on_round=self._beats(REMINDS)
        )
        self.subscriber = self.pushing.subscriber(lambda: self._by_id)
        self.readers = self.pushing.reader(lambda: self._by_id, self._heard)

    def _sender(self, platform: str) -> Worker[Leased]:
        """Each platform has its own: where one is slow or asks us to wait, the other's alerts go on."""
        name, claim = f"{SENDS} {platform}", partial(self.drain.claim, platforms=[platform])
        return Worker(
            name,
            claim=claim,
            run=self.drain.run,
            parallel=DESTINATIONS_AT_ONCE,
            release=self.drain.release,
            on_round=self._beats(name),
        )

    def _beats(self, name: str) -> Callable[[], None]:
        """How a worker says that it runs; whoever asks whether this process is ready looks at it."""
        return partial(self.parts.beat, name)

    async def prepare(self) -> None:
        """Rows for the sources of file and chat, and everybody's queries; leases of a killed predecessor end now."""
        self._take(await self.database.write(added_sources.settle, self.sources, now=self.clock.now()))
        for table in LEASED:
            await self.database.write(leases.release_dead, table, is_dead)
        await self.database.write(outages.probe_now, list(self.drain.channels), now=self.clock.now())
        await self.database.write(set_back.put_right, now=self.clock.now())
        await self.reporting.expire()
        await self.pipeline.admission.teller.listeners.load(self.database)

    def expect_work(self) -> None:
        """From now on this process is well only while each part of its work is heard of."""
        for name in (POLLS, REMINDS, DIGESTS, *(f"{SENDS} {platform}" for platform in self.drain.channels)):
            self.parts.expect(name, within=SILENT_S)

    async def once(self) -> list[outbox.Backlog]:
        """Poll all that is due and deliver all of it; returns what a platform would not take in reasonable time."""
        self._due_by = self.clock.now()  # what is due again meanwhile is for the next time, or this might never end
        await self.database.write(outbox.retry_now, list(self.drain.channels), now=self._due_by)
        try:
            await self.pollers.run_due()
            await self.reminders.run_due()
            await self.digester.send_due()
            await self.reporting.tell()
            return await self._deliver_all(give_up=self.clock.now() + ONCE_PATIENCE)
        except asyncio.CancelledError:
            self.drain.stopping.set()  # or the messages that follow are begun too, and one of them is cut off
            raise
        finally:
            self._due_by = None
            await self._drain()
            await self._release()

    async def _deliver_all(self, give_up: datetime) -> list[outbox.Backlog]:
        while True:
            await self.senders.run_due()
            due = await self.database.read(breaker.next_due, list(self.drain.channels))
            if due is None or max(due, self.clock.now()) > give_up:
                waiting = await self.database.read(outbox.backlog)
                return [entry for entry in waiting if entry.fault]
            await self.clock.sleep(max((due - self.clock.now()).total_seconds(), 0.05))

    async def serve(self) -> None:
        """Poll and deliver until cancelled, then let what runs end."""
        scheduler = ticking(self._wake, self.prune, self.send_digests, self.tell_operators)
        scheduler.start()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._index_from_the_start())
                group.create_task(wakeup.listen(self.database, self._announced))
                group.create_task(watch_clock(self.clock, partial(self._set_back, scheduler)))
                group.create_task(self.pollers.serve())
                group.create_task(FolderWatch(folders=self._folders, wake=self._wake_folders).run())
                group.create_task(self.senders.serve())
                group.create_task(self.reminders.serve())
                group.create_task(self.subscriber.serve())
                group.create_task(self.readers.serve())
        finally:
            scheduler.shutdown(wait=False)
            self.drain.stopping.set()
            await self._drain()
            await self._release()

    async def _drain(self) -> None:
        """Let what runs end."""
        workers = (self.pollers, self.senders, self.reminders, self.subscriber, self.readers)
        await asyncio.gather(*(worker.drain(STOP_PATIENCE_S) for worker in workers))

    async def _release(self) -> None:
        """Give back what a claim took and nobody began, and what was cancelled: others need not wait for its end."""
        try:
            async with asyncio.timeout(STOP_PATIENCE_S):
                for table in LEASED:
                    await self.database.write(leases.release_all, table, self.process)
        except (SQLAlchemyError, TimeoutError) as error:  # the database is away: the leases end by time
            log.warning("leases_kept", error=type(error).__name__)

    async def send_digests(self) -> None:
        """Digests that are due go into the outbox, and from there to where they are for."""
        if await self.digester.send_due():
            self.senders.wake()
        self.parts.beat(DIGESTS)

    async def tell_operators(self) -> None:
        """What needs a person goes into the outbox too."""
        if await self.reporting.tell():
            self.senders.wake()

    async def prune(self) -> None:
        now = self.clock.now()
        await self.reporting.expire()
        await Upkeep(database=self.database, keep=self.keep).prune(now)
        await self.database.write(self.pipeline.admission.agenda.put_right, now)
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

    async def _set_back(self, scheduler: AsyncIOScheduler) -> None:
        """The clock was: nothing waits for the time as it was, nor what is under way and ends by that."""
        put_forward(scheduler)
        await self._put_right()
        await asyncio.gather(*(worker.settled() for worker in (self.pollers, self.senders, self.reminders)))
        await self._put_right()

    async def _put_right(self) -> None:
        await self.database.write(set_back.put_right, now=self.clock.now())
        self._wake()

    def _wake(self) -> None:
        self.pollers.wake()
        self.senders.wake()
        self.reminders.wake()
        self.subscriber.wake()
        self.readers.wake()

    def _announced(self, kind: str | None) -> None:
        """By another process, or by this one: a platform that is to be written to, or something that was pushed."""
        self.senders.wake(kind)
        if kind in {None, PUSHED}:
            self.readers.wake()

    def _heard(self, pushed: Sequence[Polled]) -> None:
        """From a hub, of one source. That is due to be polled now."""
        for each in pushed:
            report_new(each, self.metrics)
            self._wake_senders(each)
        self.pollers.wake()

    def _wake_senders(self, polled: Polled) -> None:
        """To the platforms that it has something for: a claim of the others would go before theirs."""
        for platform in {notice.destination.platform for notice in polled.notices if notice.reason.tells}:
            self.senders.wake(platform)

    def _folders(self) -> dict[SourceId, Path]:
        root = self.pipeline.intake.root
        return {source.id: root / source.path for source in self._by_id.values() if source.path}

    async def _wake_folders(self, changed: Collection[SourceId]) -> Collection[SourceId]:
        """What changed in folders is read now; returns those of them that are to be tried again."""
        try:
            busy = await self.database.write(make_due, changed, now=self.clock.now())
        except SQLAlchemyError:  # the database is away: polls say so
            return changed
        self.pollers.wake()
        return busy

    def _take(self, changes: SourceChanges) -> None:
        self._changes_seen = changes.number
        self._by_id = {source.id: within(source, self.max_age) for source in polled(self.sources, changes)}
        self._lanes = {
            source.id: self.pipeline.intake.client.hosts.lane_of(source) for source in self._by_id.values()
        }

    async def _claim_sources(self, room: int) -> list[DueSource]:
        changes, _ = await asyncio.gather(
            self.database.read(added_sources.changes_since, self._changes_seen),
            self.pipeline.admission.teller.listeners.load(self.database),
        )
        if changes:
            self._take(changes)
        busy = self.pollers.busy
        holder, ours = leases.holder(self.process), [each for each, lane in self._lanes.items() if lane not in busy]
        now = self.clock.now()
        claimed = await self.database.write_lazily(
            feeds.claim_due, ours, owner=holder, now=now, lease=POLL_LEASE, limit=room, due_by=self._due_by
        )
        return [DueSource(self._by_id[source_id], state, holder, now) for source_id, state in claimed]

    def _lane_of(self, due: DueSource) -> str:
        """Where a source has moved is known once it is claimed: no more of that host are claimed meanwhile."""
        lane = self.pipeline.intake.client.hosts.lane_of(due.source, due.state.moved_to)
        self._lanes[due.source.id] = lane
        return lane

    async def _poll(self, due: DueSource) -> None:
        if self.clock.now() - due.claimed_at > LONGEST_TURN:
            await self._release_source(due)
            return
        structlog.contextvars.bind_contextvars(source=due.source.id)  # of this task alone
        try:
            async with self._lease_kept(due):
                polled = await self.pipeline.poll(due.source, due.state, due.holder)
        except Exception as error:
            why = f"{due.source.id}: internal fault ({type(error).__name__}: {redacted(str(error))}); see the log"
            fault = Fault(kind=FaultKind.UNREADABLE, message=why)
            await self.pipeline.fail(due.source, due.state, due.holder, fault)
            raise
        report(polled, due.state, self.metrics)
        self._wake_senders(polled)

    @asynccontextmanager
    async def _lease_kept(self, due: DueSource) -> AsyncIterator[None]:
        """A folder of a thousand files, or pages that are slow to come, may take longer than a lease."""

        async def renew() -> None:
            while True:
                await asyncio.sleep(POLL_LEASE.total_seconds() / 3)
                now = self.clock.now()
                with suppress(SQLAlchemyError):  # the database is away: who goes on finds that out
                    await self.database.write_lazily(
                        leases.renew, source_rows, due.source.id, owner=due.holder, now=now, lease=POLL_LEASE
                    )

        renewing = asyncio.create_task(renew())
        try:
            yield
        finally:
            renewing.cancel()

    async def _release_source(self, due: DueSource) -> None:
        await self.database.write_lazily(leases.release, source_rows, due.source.id, owner=due.holder)

    async def _claim_reminders(self, room: int) -> list[str]:
        """One job for all that is due: each takes its share and locks it."""
        is_due = await self.database.read(reminders.is_due, now=self.clock.now())
        return ["due"] if is_due else []

    async def _remind(self, job: str) -> None:
        if await self.database.write(self.pipeline.admission.agenda.remind, self.clock.now()):
            self.senders.wake()
