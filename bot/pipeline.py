"""The way of an item, step by step: the table of contents of the program. No step's logic is here.

    fetch ── normalise ── judge ── [ same story? ── who should know? ── outbox ] ══ drain ── send ── receipt
    network, no transaction        [ one transaction: cursor + items + stories + decisions + outbox ]

What is judged before the transaction is judged once; what is decided is decided inside it, so nothing is ever
"seen" before all that follows from it is durable. The second half, from the outbox to a receipt, is
`deliver/drain.py`. `worker.py` runs both halves whenever a row is due.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.clock import Clock
from bot.intake.fetch import Intake
from bot.intake.normalise import normalise
from bot.intake.pacing import next_poll
from bot.model import Fetched, FetchState, Item, ItemKey, Notice, Source, Story, Tier, Verdict
from bot.routing.decide import after, decide
from bot.routing.routes import Route, match_routes, refuse_stale
from bot.routing.tiers import tier_of
from bot.signals.classifier import Classifier
from bot.store import audience, feeds, news, outbox
from bot.store.engine import Database
from bot.stories.cluster import OPEN_FOR, join, open_story
from bot.stories.fingerprint import story_key

Judged = tuple[Item, Verdict]


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
    owner: str  # who holds the leases

    async def poll(self, source: Source, state: FetchState) -> Polled:
        """Poll one leased source and commit all that follows from it; the lease is given back in the same step."""
        fetched = await self.intake.fetch(source, state, self.clock.now())
        now = self.clock.now()
        judged = await self._judge_unseen(source, fetched, now)
        notices = await self.database.write(self.settle, source, fetched, judged, now)
        return Polled(source=source, fetched=fetched, new=len(judged), notices=notices)

    async def _judge_unseen(self, source: Source, fetched: Fetched, now: datetime) -> list[Judged]:
        items = await asyncio.to_thread(clean, source, fetched, now)
        known = await self.database.read(news.known_keys, list(items)) if items else set()
        unseen = [item for key, item in items.items() if key not in known]
        return await asyncio.to_thread(lambda: [(item, self.classifier.classify(item)) for item in unseen])

    def settle(
        self, connection: sa.Connection, source: Source, fetched: Fetched, judged: list[Judged], now: datetime
    ) -> tuple[Notice, ...]:
        """The one transaction of a poll."""
        due_at = next_poll(source, fetched, now)
        notices: list[Notice] = []
        if fetched.fault:
            feeds.save_fault(
                connection, source.id, fetched.fault, failures=fetched.state.failures, owner=self.owner, now=now
            )
        elif feeds.save_cursor(
            connection, source.id, fetched.state, owner=self.owner, now=now, brought_new=bool(judged)
        ):
            known = news.known_keys(connection, [item.key for item, _ in judged])  # another source was faster
            for item, verdict in judged:
                if item.key not in known:
                    story = self._to_story(connection, item, verdict, now)
                    notices += self._to_audience(connection, source, story, item, tier_of(verdict), now)
        feeds.give_back(connection, source.id, owner=self.owner, due_at=due_at)
        return tuple(notices)

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

    def _to_audience(
        self, connection: sa.Connection, source: Source, story: Story, item: Item, tier: Tier, now: datetime
    ) -> list[Notice]:
        """Decide for every destination that a route names; what tells goes into the outbox, all of it is kept."""
        matches = refuse_stale(match_routes(self.routes, item, story.verdict, story.tier), item, source, now)
        told = audience.told_about(connection, story.id, [match.destination for match in matches])
        notices = []
        for match in matches:
            heard = told.get(match.destination)
            notice = decide(heard, story, item, match, tier=tier, now=now)
            decision = audience.save_decision(connection, notice)
            if notice.reason.tells:
                outbox.enqueue(connection, notice, decision)
                audience.save_told(connection, after(heard, notice, story), now=now)
            notices.append(notice)
        return notices


def clean(source: Source, fetched: Fetched, now: datetime) -> dict[ItemKey, Item]:
    """The entries as items, each key once (the first of two in one document stands)."""
    items: dict[ItemKey, Item] = {}
    for entry in fetched.entries:
        item = normalise(entry, source, now)
        if item is not None:
            items.setdefault(item.key, item)
    return items
