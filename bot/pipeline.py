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
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

import structlog

from bot.clock import Clock
from bot.intake.fetch import Intake
from bot.intake.fetched import Fault, Fetched, FetchState
from bot.intake.normalise import normalise
from bot.intake.pacing import next_poll
from bot.intake.recognition import edited
from bot.intake.rhythm import learned
from bot.intake.trouble import trouble_of
from bot.model import Entry, Item, ItemKey, Notice, Source, Verdict
from bot.operations import flooding
from bot.operations.operators import Operators
from bot.routing.floods import Flood
from bot.signals.classifier import Classifier
from bot.steps.admission import Admission, Brakes, Ending, Portion
from bot.steps.grouping import Judged
from bot.steps.reading import Reading, Turns
from bot.steps.settling import Settling
from bot.store import pages, sightings
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
    admission: Admission
    clock: Clock
    settling: Settling
    operators: Operators = field(default_factory=lambda: Operators(places=()))
    reading: Reading = field(default_factory=Reading)
    # One portion after the other: two would take turns at the interpreter and end later than one by one, and each
    # takes memory of its own in the encoders, which give none of it back.
    judging: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def poll(self, source: Source, state: FetchState, holder: str) -> Polled:
        """Poll one source leased to `holder` and commit all that follows from it; then the lease is given back."""
        fetched = await self.intake.fetch(source, state, self.clock.now())
        now = self.clock.now()
        if fetched.is_quiet:
            fetched = learned(fetched, now) if source.url else fetched
            quiet = Quiet(
                source_id=source.id, state=fetched.state, owner=holder, now=now,
                due_at=next_poll(source, fetched, now), trouble=trouble_of(source, fetched, now),
            )  # fmt: skip
            return Polled(source=source, fetched=fetched, kept=await self.settling.settle(quiet))
        items = await self._items(source, fetched, now)
        items, found = await self.database.read(sightings.recognised, items, fetched.standing, now=now)
        new = await self._judged([item for item in items if item.key not in found])
        if source.url:
            fetched = learned(fetched, now, stands=[each.at for each in items], new=[each.item.at for each in new])
        poll = Ending(fetched=fetched, polled_at=now, items=items, found=found, brings_news=bool(new))
        notices, kept = await self._admitted(source, new, holder, now, poll)
        return Polled(
            source=source, fetched=fetched, new=tuple(each.item for each in new), kept=kept, notices=tuple(notices)
        )

    async def push(self, source: Source, entries: tuple[Entry, ...], holder: str) -> Polled:
        """What a hub delivered of a source leased to `holder`: what is new in it goes the same way, at once.

        What it says of known items, and the cursor, are left to the poll that follows.
        """
        fetched, now = Fetched(entries=entries), self.clock.now()
        items = await self._items(source, fetched, now)
        items, found = await self.database.read(sightings.recognised, items, now=now)
        new = await self._judged([item for item in items if item.key not in found])
        notices, kept = await self._admitted(source, new, holder, now)
        return Polled(
            source=source, fetched=fetched, new=tuple(each.item for each in new), kept=kept, notices=tuple(notices)
        )

    async def _admitted(
        self, source: Source, new: Sequence[Judged], holder: str, now: datetime, poll: Ending | None = None
    ) -> tuple[list[Notice], bool]:
        """Store the new items, and with `poll` what it changes and its end, with all that follows from them.

        False: the lease was lost on the way.
        """
        brakes, flood = await self._brakes(source, new, holder, now) if new else (None, [])
        edits = edited(poll.items, poll.found) if poll else []
        notices: list[Notice] = []
        kept = True
        backlog = brakes is not None or bool(flood)
        async with self.reading.begun(source, new, self._judged, now, backlog=backlog) as turns:
            async for portion in self._in_portions(source, turns, edits, now):
                at = self.clock.now()
                told, kept = await self.database.write(
                    self.admission.commit, source, portion, holder, at, brakes, flood, poll
                )
                notices += told
        return notices, kept

    async def _in_portions(
        self, source: Source, turns: Turns, edits: Sequence[Item], now: datetime
    ) -> AsyncIterator[Portion]:
        """In their order; nearly always one, for which nobody waits. The last one ends the poll."""
        *before, last = [*_portions(turns.at_once)] or [()]
        for portion in before:
            yield Portion(new=portion)
        if turns.nobody_waits and not edits:
            yield Portion(new=last, is_last=True)
            return
        yield Portion(new=last)
        async for each in turns.waiting():
            yield Portion(new=[each])
        async for each in turns.afterwards():
            yield Portion(revised=[each])
        for portion in _portions(await self._judged(await self._with_pages(source, edits, now))):
            yield Portion(revised=portion)
        yield Portion(is_last=True)

    async def _with_pages(self, source: Source, edits: Sequence[Item], now: datetime) -> Sequence[Item]:
        """What publishers changed, with the pages of what was read in full."""
        in_full = await self.database.read(pages.read_in_full, [item.key for item in edits]) if edits else {}
        return await self.reading.again(source, edits, in_full, now) if in_full else edits

    async def fail(self, source: Source, state: FetchState, holder: str, fault: Fault) -> None:
        """Record a poll that broke down in our own code, and back off as for any other fault."""
        fetched = Fetched(state=replace(state, failures=state.failures + 1), fault=fault)
        await self.database.write(self.admission.settle, source, fetched, holder, self.clock.now())

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
            async with self.judging:
                judged += await asyncio.to_thread(judge, self.classifier, self.sense, portion)
        return judged

    async def _brakes(
        self, source: Source, new: Sequence[Judged], holder: str, now: datetime
    ) -> tuple[Brakes | None, Sequence[Flood]]:
        """What holds new items back: that this is the first poll of their source (else None), or that it brings so
        much. The operators hear of a flood once."""
        brakes, flood = await self.database.read(self.admission.held_back, source, new, now)
        if any(each.number is None for each in flood):
            items = [each.item for each in new]
            flood = await self.database.write(flooding.begin, self.operators, source, flood, items, holder)
        return brakes, flood


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
