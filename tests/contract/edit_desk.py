"""A story, a place where it is told, and the drain between them: for the suites on what is edited."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bot.deliver.compose import Composer
from bot.deliver.drain import Drain
from bot.deliver.pace import Pace
from bot.model import Delivery, DeliveryId, Notice, Reason, Story, Tier, Told
from bot.store import audience, edits, news, outbox
from bot.store.engine import Database
from bot.store.schema import deliveries
from tests import samples
from tests.contract.edit_places import Place
from tests.fakes.clock import FakeClock

_keys = itertools.count(1)


@dataclass
class Desk:
    """A story in the store, a place where it is told, and the drain between them."""

    database: Database
    place: Place
    clock: FakeClock
    story: Story = field(default_factory=samples.story)
    told: list[Reason] = field(default_factory=list)  # what `on_sent` heard

    def __post_init__(self) -> None:
        self.database.write_now(news.add_story, self.story)
        self.database.write_now(news.add_item, samples.item(), self.story.id, samples.verdict())

    def becomes(self, **changes: Any) -> None:
        """The story in the store changes."""
        self.story = replace(self.story, **changes)
        self.database.write_now(news.update_story, self.story)

    def post(self, reason: Reason = Reason.FIRST, tier: Tier = Tier.ALERT) -> DeliveryId:
        def enqueue(connection: sa.Connection) -> DeliveryId:
            notice = self._notice(reason, tier)
            audience.save_told(connection, self._told(tier), now=self.clock.now())
            return outbox.enqueue(connection, notice, audience.save_decision(connection, notice))

        return self.database.write_now(enqueue)

    def edit(self, reason: Reason = Reason.NOTHING_NEW, *, soon: bool = False) -> DeliveryId | None:
        def enqueue(connection: sa.Connection) -> DeliveryId | None:
            notice = self._notice(reason, Tier.ALERT)
            return edits.enqueue(connection, notice, audience.save_decision(connection, notice), soon=soon)

        return self.database.write_now(enqueue)

    def _notice(self, reason: Reason, tier: Tier) -> Notice:
        return samples.notice(
            destination=self.place.destination, reason=reason, tier=tier, decided_at=self.clock.now()
        )

    def _told(self, tier: Tier) -> Told:
        return Told(
            destination=self.place.destination,
            story_id=self.story.id,
            fact_keys=frozenset(),
            tier=tier,
            version=1,
        )

    async def drain(self) -> None:
        """A new process delivers what is due now."""

        def heard(delivery: Delivery, *_: object) -> None:
            self.told.append(delivery.notice.reason)

        drain = Drain(
            database=self.database,
            channels={self.place.destination.platform: self.place.channel},
            compose=Composer(public_url=None, local_url=None).compose,
            clock=self.clock,
            process=f"process-{next(_keys)}",
            pace=Pace(self.database, self.clock),
            on_sent=heard,
        )
        for leased in await drain.claim(9):
            await drain.run(leased)

    async def drain_after(self, wait: timedelta) -> None:
        self.clock.advance(wait)
        await self.drain()

    def states(self, action: str = "edit") -> list[str]:
        rows = sa.select(deliveries.c.state).where(deliveries.c.action == action).order_by(deliveries.c.seq)
        return self.database.read_now(lambda connection: list(connection.execute(rows).scalars()))

    @property
    def text(self) -> str:
        (text,) = self.place.texts
        return text
