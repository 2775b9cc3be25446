"""The second half of an item's way: take a leased destination, send what waits for it in order, keep the receipts.

One sender at a time holds a destination, so order is kept and each rate limit has one owner. What may have been
sent is marked before it is sent; after a crash the platform is asked before anything is posted again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from bot.clock import Clock
from bot.deliver.card import Card
from bot.deliver.ports import Channel, Closed, Message, Refused, SendError, UnknownOutcome
from bot.model import Delivery, DeliveryState, Destination, Receipt
from bot.store import audience, outbox
from bot.store.engine import Database

log = structlog.get_logger()

LEASE = timedelta(seconds=120)  # renewed for every message; longer than any send's own deadline
FIRST_RETRY = timedelta(seconds=1)
LONGEST_RETRY = timedelta(minutes=5)
CLOSED_RETRY = timedelta(minutes=5)  # a person has to act first; nothing is lost while they do
MOST_FAILURES = 8  # of one delivery by a fault of ours, before it is given up and the next has its turn

Compose = Callable[[sa.Connection, Delivery], Card]
Sent = Callable[[Delivery, Card, Receipt], None]


def _ignore(delivery: Delivery, card: Card, receipt: Receipt) -> None:
    """Nobody asked to hear of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drain:
    """Sends what waits for one destination after the other."""

    database: Database
    channels: Mapping[str, Channel]  # by platform
    compose: Compose
    clock: Clock
    owner: str
    on_sent: Sent = _ignore

    async def claim(self, limit: int) -> list[Destination]:
        return await self.database.write(
            outbox.claim_due, list(self.channels), owner=self.owner, now=self.clock.now(), lease=LEASE, limit=limit
        )

    async def run(self, destination: Destination) -> None:
        """Send until nothing more is due here or the platform asks for a pause; then give the lease back."""
        retry_at: datetime | None = None
        while retry_at is None:
            delivery = await self.database.write(
                outbox.begin_next, destination, owner=self.owner, now=self.clock.now(), lease=LEASE
            )
            if delivery is None:
                break
            retry_at = await self._deliver(delivery)
        await self.database.write(outbox.give_back, destination, owner=self.owner, retry_at=retry_at)

    async def _deliver(self, delivery: Delivery) -> datetime | None:
        """Send one delivery and record what came of it; returns when to go on, None for at once."""
        try:
            card, receipt = await self._send(delivery)
        except Refused as error:
            await self._give_up(delivery, str(error))
            return None
        except SendError as error:
            return await self._retry(delivery, error)
        except Exception as error:
            # A fault of ours must not stop the destination for ever, nor post twice.
            log.exception("delivery_failed", delivery=delivery.id, destination=str(delivery.destination))
            if delivery.attempts + 1 >= MOST_FAILURES:
                await self._give_up(delivery, f"given up after {MOST_FAILURES} attempts: {error}")
                return None
            return await self._retry(delivery, UnknownOutcome(f"internal fault: {type(error).__name__}"))
        kept = await self.database.write(
            outbox.record_sent, delivery, receipt, owner=self.owner, now=self.clock.now()
        )
        if kept:
            log.info(
                "delivered",
                delivery=delivery.id,
                destination=str(delivery.destination),
                reason=delivery.notice.reason,
            )
            self.on_sent(delivery, card, receipt)
        return None

    async def _send(self, delivery: Delivery) -> tuple[Card, Receipt]:
        card, thread = await self.database.read(self._prepare, delivery)
        message = Message(
            delivery_id=delivery.id,
            destination=delivery.destination,
            card=card,
            reply_to=thread,
            maybe_sent=delivery.state is DeliveryState.SENDING,
        )
        return card, await self.channels[delivery.destination.platform].send(message)

    def _prepare(self, connection: sa.Connection, delivery: Delivery) -> tuple[Card, Receipt | None]:
        notice = delivery.notice
        told = audience.told_about(connection, notice.story_id, [notice.destination]).get(notice.destination)
        return self.compose(connection, delivery), told.receipt if told else None

    async def _give_up(self, delivery: Delivery, why: str) -> None:
        log.warning("delivery_refused", delivery=delivery.id, destination=str(delivery.destination), why=why)
        await self.database.write(outbox.record_refused, delivery, why, owner=self.owner, now=self.clock.now())

    async def _retry(self, delivery: Delivery, error: SendError) -> datetime:
        maybe_sent = isinstance(error, UnknownOutcome) or delivery.state is DeliveryState.SENDING
        attempts = await self.database.write(
            outbox.record_retry, delivery, str(error), maybe_sent=maybe_sent, owner=self.owner, now=self.clock.now()
        )
        wait = CLOSED_RETRY if isinstance(error, Closed) else error.after or backoff(attempts)
        log.info(
            "delivery_waits",
            delivery=delivery.id,
            destination=str(delivery.destination),
            seconds=wait.total_seconds(),
            why=str(error),
        )
        return self.clock.now() + wait


def backoff(attempts: int) -> timedelta:
    """1 s, 2 s, 4 s ... up to 5 minutes."""
    doublings = min(max(attempts - 1, 0), 16)
    return min(FIRST_RETRY * (1 << doublings), LONGEST_RETRY)
