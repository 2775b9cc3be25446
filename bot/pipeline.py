"""The way of an item, step by step: the table of contents of the program. No step's logic is here.

    fetch ── normalise ── known? ── judge ── [ same story? ── who should know? ── outbox ] ══ drain ── send ── receipt
    network, no transaction                  [ one transaction, the cursor after the last ]

What is judged before the transaction is judged once; what is decided is decided inside it, so nothing is ever
"seen" before all that follows from it is durable. A long document is admitted in portions, and the cursor moves
only after the last of them. The second half, from the outbox to a receipt, is
`deliver/drain.py`. `worker.py` runs both halves whenever a row is due.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa
import structlog

from bot.clock import Clock
from bot.intake.delta import completed
from bot.intake.fetch import Intake
from bot.intake.normalise import normalise
from bot.intake.pacing import next_poll
from bot.intake.recognition import Sighting, edited, listing, sightings_of
from bot.intake.sameness import Kept
from bot.model import Destination, Entry, Fault, Fetched, FetchState, Item, ItemKey, Notice, Source, Verdict
from bot.operations import flooding
from bot.operations.operators import Operators
from bot.routing.first_poll import Brake, brake_for
from bot.routing.floods import Flood, FloodKind
from bot.signals.classifier import Classifier
from bot.steps.agenda import Agenda
from bot.steps.grouping import Joined, Judged, place, revise
from bot.steps.settling import Settling
from bot.steps.telling import News, Teller
from bot.store import feeds, news, restoring, sightings
from bot.store.engine import Database
from bot.store.feeds import Quiet
from bot.stories.sense import Sense
from bot.stories.signature import signature

log = structlog.get_logger()

T = TypeVar("T")

PORTION = 25  # items in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What one poll came to, for logs and metrics."""

    source: Source
    fetched: Fetched
    kept: bool  # False: the lease was another's by then, who polls it anew
    new: tuple[Item, ...] = ()
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """The first half of the way: from a source that is due to rows in the outbox."""

    database: Database
    intake: Intake
    classifier: Classifier
    sense: Sense
    teller: Teller
    agenda: Agenda
    clock: Clock
    settling: Settling
    operators: Operators = field(default_factory=lambda: Operators(places=()))

    async def poll(self, source: Source, state: FetchState, holder: str) -> Polled:
        """Poll one source leased to `holder` and commit all that follows from it; then the lease is given back."""
        fetched = await self.intake.fetch(source, state, self.clock.now())
        now = self.clock.now()
        if fetched.is_quiet:
            due_at = next_poll(source, fetched, now)
            quiet = Quiet(source_id=source.id, state=fetched.state, owner=holder, now=now, due_at=due_at)
            return Polled(source=source, fetched=fetched, kept=await self.settling.settle(quiet))
        items, standing = await self._items(source, fetched, now), fetched.standing
        items, found = await self.database.read(sightings.recognised, items, standing, now=now)
        if items or standing:
            seen = await asyncio.to_thread(sightings_of, items, found)
            await self.database.write(self.sight, source, seen, listing(items, found, standing), holder)
            fetched = identified(fetched, items, found)
        judged = await self._judged([item for item in items if item.key not in found])
        brakes = await self._first_poll_brakes(source, judged, now) if judged else {}
        flood = await self._floods(source, [each.item for each in judged], holder, now) if judged else []
        notices: list[Notice] = []
        for portion in _portions(judged):
            notices += await self.database.write(self.admit, source, portion, holder, self.clock.now(), brakes, flood)
        for portion in _portions(await self._judged(edited(items, found))):
            notices += await self.database.write(self.amend, source, portion, holder, self.clock.now())
        kept = await self.database.write(self.settle, source, fetched, holder, now, brought_new=bool(judged))
        new = tuple(each.item for each in judged)
        return Polled(source=source, fetched=fetched, new=new, kept=kept, notices=tuple(notices))

    async def fail(self, source: Source, state: FetchState, holder: str, fault: Fault) -> None:
        """Record a poll that broke down in our own code, and back off as for any other fault."""
        fetched = Fetched(state=replace(state, failures=state.failures + 1), fault=fault)
        await self.database.write(self.settle, source, fetched, holder, self.clock.now())

    async def _items(self, source: Source, fetched: Fetched, now: datetime) -> list[Item]:
        """The entries as items, in the order of the document; of two with one key the first stands."""
        items: dict[ItemKey, Item] = {}
        for entries in _portions(fetched.entries):
            for item in await asyncio.to_thread(clean, source, entries, now):
                items.setdefault(item.key, item)
        return list(items.values())

    async def _judged(self, unseen: Sequence[Item]) -> list[Judged]:
        """The items with their verdicts, oldest first: feeds are newest first, people read oldest first."""
        judged: list[Judged] = []
        for portion in _portions(sorted(unseen, key=lambda item: item.at)):
            judged += await asyncio.to_thread(judge, self.classifier, self.sense, portion)
        return judged

    async def _first_poll_brakes(
        self, source: Source, judged: Sequence[Judged], now: datetime
    ) -> dict[Destination, Brake]:
        told = await self.database.read(feeds.told_in_first_poll, source.id)
        if told is None:
            return {}
        wanted = await self.database.read(self.teller.wanted, source, judged, now)
        brakes = {place: brake_for(source, items, told.get(place, []), now) for place, items in wanted.items()}
        return {place: brake for place, brake in brakes.items() if brake is not None}

    async def _floods(self, source: Source, new: Sequence[Item], holder: str, now: datetime) -> list[Flood]:
        """What of the new items its source never brought so much of; the operators hear of it once."""
        found = await self.database.read(flooding.look, source, new, now)
        if all(flood.number is not None for flood in found):
            return found
        return await self.database.write(flooding.begin, self.operators, source, found, new, holder)

    def sight(
        self,
        connection: sa.Connection,
        source: Source,
        seen: Sequence[Sighting],
        listed: Sequence[ItemKey],
        holder: str,
    ) -> None:
        """The names under which known items came, and what stands in the document, in one transaction."""
        if feeds.holds(connection, source.id, owner=holder):
            sightings.save(connection, source.id, seen, listed)

    def admit(
        self,
        connection: sa.Connection,
        source: Source,
        judged: Sequence[Judged],
        holder: str,
        now: datetime,
        brakes: Mapping[Destination, Brake] | None = None,
        flood: Sequence[Flood] = (),
    ) -> list[Notice]:
        """One portion of a poll's items with all that follows from them, in one transaction.

        The cursor follows with `settle`, after the last portion: until then a crash only makes the feed be read
        again, and what is stored by then is known.
        """
        notices: list[Notice] = []
        if feeds.holds(connection, source.id, owner=holder):
            news.group_alone(connection)
            known = news.known_keys(connection, [each.item.key for each in judged])  # another source was faster
            fresh = [each for each in judged if each.item.key not in known]
            joining = (place(connection, each, now) for each in fresh)
            notices = self._tell(connection, source, joining, now, brakes or {}, flood)
        return notices

    def amend(
        self, connection: sa.Connection, source: Source, judged: Sequence[Judged], holder: str, now: datetime
    ) -> list[Notice]:
        """Stored items that their publisher has changed, with all that follows from it, in one transaction."""
        notices: list[Notice] = []
        if feeds.holds(connection, source.id, owner=holder):
            news.group_alone(connection)
            joining = (joined for each in judged if (joined := revise(connection, each, now)))
            notices = self._tell(connection, source, joining, now, {})
        return notices

    def _tell(
        self,
        connection: sa.Connection,
        source: Source,
        joining: Iterable[Joined],
        now: datetime,
        brakes: Mapping[Destination, Brake],
        flood: Sequence[Flood] = (),
    ) -> list[Notice]:
        """All that follows from each item before the next one joins its story."""
        self.teller.listeners.catch_up(connection)
        learned = self.teller.learned(connection, now)
        restored = restoring.in_force(connection, source.id)
        notices: list[Notice] = []
        burst = next((f"{source.id}: {each.detail}" for each in flood if each.kind is FloodKind.BURST), "")
        for joined in joining:
            known = restored if restored and restored.covers(joined.item, revised=joined.revised) else None
            held = next((each for each in flood if each.holds(joined.item) and not joined.revised), None)
            news = News(
                source=source, joined=joined, now=now, learned=learned, brakes=brakes, restored=known,
                held_back=flooding.words_of(held, source) if held else "", burst=burst,
            )  # fmt: skip
            if held is None:
                self.agenda.note(connection, joined, now, told_until=known.told_until if known else None)
                notices += self.teller.tell(connection, news)
            else:
                notices += flooding.hold(connection, self.teller, news, held)
        return notices

    def settle(
        self,
        connection: sa.Connection,
        source: Source,
        fetched: Fetched,
        holder: str,
        now: datetime,
        *,
        brought_new: bool = False,
    ) -> bool:
        """The cursor or the fault of a poll, and the lease given back. False, with nothing written: it was lost."""
        if not feeds.holds(connection, source.id, owner=holder):
            return False
        if fetched.fault:
            feeds.save_fault(
                connection, source.id, fetched.fault, failures=fetched.state.failures, owner=holder, now=now
            )
        else:
            feeds.save_cursor(
                connection,
                source.id,
                fetched.state,
                owner=holder,
                now=now,
                brought_new=brought_new,
                brought_entries=bool(fetched.entries),
            )
            if fetched.entries or fetched.standing:
                feeds.remember(connection, source.id, fetched.state.memory, owner=holder)
        feeds.give_back(connection, source.id, owner=holder, due_at=next_poll(source, fetched, now))
        return True


def identified(fetched: Fetched, items: Sequence[Item], found: Mapping[ItemKey, Kept]) -> Fetched:
    """`fetched` with a memory that says which items its new entries are."""
    keys = {item.trace: found[item.key].key if item.key in found else item.key for item in items if item.trace}
    return replace(fetched, state=replace(fetched.state, memory=completed(fetched.state.memory, keys)))


def clean(source: Source, entries: Sequence[Entry], now: datetime) -> list[Item]:
    """The entries as items. One that our own code stumbles over is logged and left out: its feed goes on."""
    items = []
    for entry in entries:
        try:
            items.append(normalise(entry, source, now))
        except Exception:
            log.exception("entry_failed", source=source.id, guid=entry.guid, url=entry.url)
    return [item for item in items if item is not None]


def judge(classifier: Classifier, sense: Sense, items: Sequence[Item]) -> list[Judged]:
    """The items with their verdicts; one that cannot be judged is kept, unjudged, so that it is not lost."""
    judged = []
    for item in items:
        try:
            verdict = classifier.classify(item)
        except Exception:
            log.exception("item_unjudged", item=item.key, source=item.source_id)
            verdict = Verdict()
        # What no topic is alerted for is grouped by its words alone: reading it costs more than it tells.
        sign = signature(item, sense.of(item) if verdict.labels else None)
        judged.append(Judged(item, verdict, sign))
    return judged


def _portions(whole: Sequence[T]) -> Iterator[Sequence[T]]:
    """Small enough for one short transaction, and for a stop not to wait for the rest."""
    for start in range(0, len(whole), PORTION):
        yield whole[start : start + PORTION]
