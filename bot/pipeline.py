"""The way of an item, step by step: the table of contents of the program. No step's logic is here.

    fetch ── normalise ── judge ── [ same story? ── who should know? ── outbox ] ══ drain ── send ── receipt
    network, no transaction        [ one transaction: items, stories, decisions, outbox; the cursor after the last ]

What is judged before the transaction is judged once; what is decided is decided inside it, so nothing is ever
"seen" before all that follows from it is durable. A long document is admitted in portions, and the cursor moves
only after the last of them. The second half, from the outbox to a receipt, is
`deliver/drain.py`. `worker.py` runs both halves whenever a row is due.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa
import structlog

from bot.clock import Clock
from bot.intake.fetch import Intake
from bot.intake.normalise import normalise
from bot.intake.pacing import next_poll
from bot.model import Entry, Fault, Fetched, FetchState, Item, ItemKey, Notice, Source, Story, Tier, Verdict
from bot.routing.decide import after, decide
from bot.routing.learning import Learned, shifts_of
from bot.routing.routes import Route, match_routes, refuse_stale
from bot.routing.tiers import tier_of
from bot.signals.classifier import Classifier
from bot.store import audience, feedback, feeds, news, outbox
from bot.store.engine import Database
from bot.stories.cluster import OPEN_FOR, join, open_story
from bot.stories.fingerprint import story_key

log = structlog.get_logger()

T = TypeVar("T")
Judged = tuple[Item, Verdict]

PORTION = 25  # items in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What one poll came to, for logs and metrics."""

    source: Source
    fetched: Fetched
    new: int
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """The first half of the way: from a source that is due to rows in the outbox."""

    database: Database
    intake: Intake
    classifier: Classifier
    routes: Sequence[Route]
    clock: Clock

    async def poll(self, source: Source, state: FetchState, holder: str) -> Polled:
        """Poll one source leased to `holder` and commit all that follows from it; then the lease is given back."""
        fetched = await self.intake.fetch(source, state, self.clock.now())
        now = self.clock.now()
        judged = await self._judge_unseen(source, fetched, now)
        notices: list[Notice] = []
        for portion in _portions(judged):
            notices += await self.database.write(self.admit, source, portion, holder, now)
        await self.database.write(self.settle, source, fetched, holder, now, brought_new=bool(judged))
        return Polled(source=source, fetched=fetched, new=len(judged), notices=tuple(notices))

    async def fail(self, source: Source, state: FetchState, holder: str, fault: Fault) -> None:
        """Record a poll that broke down in our own code, and back off as for any other fault."""
        fetched = Fetched(state=replace(state, failures=state.failures + 1), fault=fault)
        await self.database.write(self.settle, source, fetched, holder, self.clock.now())

    async def _judge_unseen(self, source: Source, fetched: Fetched, now: datetime) -> list[Judged]:
        items: dict[ItemKey, Item] = {}
        for entries in _portions(fetched.entries):
            for item in await asyncio.to_thread(clean, source, entries, now):
                items.setdefault(item.key, item)  # of two with one key the first stands
        known = await self.database.read(news.known_keys, list(items)) if items else set()
        judged: list[Judged] = []
        fresh = [item for key, item in items.items() if key not in known]
        fresh.sort(key=lambda item: item.at)  # feeds are newest first, people read oldest first
        for unseen in _portions(fresh):
            judged += await asyncio.to_thread(judge, self.classifier, unseen)
        return judged

    def admit(
        self, connection: sa.Connection, source: Source, judged: Sequence[Judged], holder: str, now: datetime
    ) -> list[Notice]:
        """One portion of a poll's items with all that follows from them, in one transaction.

        The cursor follows with `settle`, after the last portion: until then a crash only makes the feed be read
        again, and what is stored by then is known.
        """
        notices: list[Notice] = []
        if feeds.holds(connection, source.id, owner=holder):
            known = news.known_keys(connection, [item.key for item, _ in judged])  # another source was faster
            learned = self._learned(connection, now)
            for item, verdict in judged:
                if item.key not in known:
                    story = self._to_story(connection, item, verdict, now)
                    notices += self._to_audience(connection, source, story, item, tier_of(verdict), learned, now)
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
    ) -> None:
        """The cursor or the fault of a poll, and the lease given back."""
        if fetched.fault:
            feeds.save_fault(
                connection, source.id, fetched.fault, failures=fetched.state.failures, owner=holder, now=now
            )
        else:
            feeds.save_cursor(connection, source.id, fetched.state, owner=holder, now=now, brought_new=brought_new)
        feeds.give_back(connection, source.id, owner=holder, due_at=next_poll(source, fetched, now))

    def _to_story(self, connection: sa.Connection, item: Item, verdict: Verdict, now: datetime) -> Story:
        key, tier = story_key(item), tier_of(verdict)
        story = news.open_story(connection, key, since=now - OPEN_FOR)
        lead = news.item(connection, story.lead) if story else None
        if story and lead:
            story = join(story, lead[0], item, verdict, tier, now)
            news.update_story(connection, story)
        else:
            story = open_story(item, verdict, key, tier, now)
            news.add_story(connection, story)
        news.add_item(connection, item, story.id, verdict)
        return story

    def _learned(self, connection: sa.Connection, now: datetime) -> Learned:
        """What people made of earlier alerts, by destination."""
        places = {destination for route in self.routes for destination in route.to}
        marks = feedback.counting(connection, places, now=now)
        return Learned(thresholds=self.classifier.thresholds, shifts=shifts_of(marks))

    def _to_audience(
        self,
        connection: sa.Connection,
        source: Source,
        story: Story,
        item: Item,
        tier: Tier,
        learned: Learned,
        now: datetime,
    ) -> list[Notice]:
        """Decide for every destination that a route names; what tells goes into the outbox, all of it is kept."""
        matches = match_routes(self.routes, item, story.verdict, story.tier, learned)
        matches = refuse_stale(matches, item, source, now)
        told = audience.told_about(connection, story.id, [match.destination for match in matches])
        notices = []
        for match in matches:
            heard = told.get(match.destination)
            notice = decide(heard, story, item, match, tier=tier, now=now)
            if (
                heard
                and notice.reason.tells
                and outbox.supersede_held(connection, match.destination, story.id, now=now)
            ):
                heard = None
                notice = decide(heard, story, item, match, tier=tier, now=now)
            decision = audience.save_decision(connection, notice)
            if notice.reason.tells:
                outbox.enqueue(connection, notice, decision)
                audience.save_told(connection, after(heard, notice, story), now=now)
            notices.append(notice)
        return notices


def clean(source: Source, entries: Sequence[Entry], now: datetime) -> list[Item]:
    """The entries as items. One that our own code stumbles over is logged and left out: its feed goes on."""
    items = []
    for entry in entries:
        try:
            items.append(normalise(entry, source, now))
        except Exception:
            log.exception("entry_failed", source=source.id, guid=entry.guid, url=entry.url)
    return [item for item in items if item is not None]


def judge(classifier: Classifier, items: Sequence[Item]) -> list[Judged]:
    """The items with their verdicts; one that cannot be judged is kept, unjudged, so that it is not lost."""
    judged = []
    for item in items:
        try:
            verdict = classifier.classify(item)
        except Exception:
            log.exception("item_unjudged", item=item.key, source=item.source_id)
            verdict = Verdict()
        judged.append((item, verdict))
    return judged


def _portions(whole: Sequence[T]) -> Iterator[Sequence[T]]:
    """Small enough for one short transaction, and for a stop not to wait for the rest."""
    for start in range(0, len(whole), PORTION):
        yield whole[start : start + PORTION]
