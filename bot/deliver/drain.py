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
from sqlalchemy.exc import DBAPIError

from bot.clock import Clock
from bot.deliver.card import Card
from bot.deliver.ports import Channel, Closed, Message, Refused, SendError, UnknownOutcome
from bot.model import Delivery, DeliveryState, Destination, Receipt
from bot.store import audience, leases, outbox
from bot.store.engine import Database

log = structlog.get_logger()

LEASE = timedelta(seconds=120)  # renewed for every message; longer than any send's own deadline
FIRST_RETRY = timedelta(seconds=1)
LONGEST_RETRY = timedelta(minutes=5)
CLOSED_RETRY = timedelta(minutes=5)  # a person has to act first; nothing is lost while they do
MOST_FAULTS = 8  # of ours in one delivery, before it is given up and the next has its turn


@dataclass(frozen=True, slots=True)
class Leased:
    """A destination that this claim holds."""

    destination: Destination
    holder: str

    def __str__(self) -> str:
        return str(self.destination)


Compose = Callable[[sa.Connection, Delivery], Card]
Sent = Callable[[Delivery, Card, Receipt], None]


def _ignore(delivery: Delivery, card: Card, receipt: Receipt) -> None:
    """Nobody asked to hear of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drain:
    """Sends what waits for one destination after the other. `on_sent` hears of a message before it is recorded."""

    database: Database
    channels: Mapping[str, Channel]  # by platform
    compose: Compose
    clock: Clock
    process: str  # of this process: the leases of each claim begin with it
    on_sent: Sent = _ignore

    async def claim(self, limit: int) -> list[Leased]:
        holder = leases.holder(self.process)
        claimed = await self.database.write(
            outbox.claim_due, list(self.channels), owner=holder, now=self.clock.now(), lease=LEASE, limit=limit
        )
        return [Leased(destination, holder) for destination in claimed]

    async def run(self, leased: Leased) -> None:
        """Send until nothing more is due here or the platform asks for a pause; then give the lease back."""
        destination, holder = leased.destination, leased.holder
        retry_at: datetime | None = self.clock.now() + FIRST_RETRY  # where something breaks
        try:
            while delivery := await self.database.write(
                outbox.begin_next, destination, owner=holder, now=self.clock.now(), lease=LEASE
            ):
                retry_at = await self._deliver(delivery, holder)
                if retry_at is not None:
                    return
            retry_at = None
        except outbox.InDoubt as doubt:
            retry_at = doubt.until
        finally:
            await self.database.write(outbox.give_back, destination, owner=holder, retry_at=retry_at)

    async def _deliver(self, delivery: Delivery, holder: str) -> datetime | None:
        """Send one delivery and record what came of it; returns when to go on, None for at once."""
        try:
            card, receipt = await self._send(delivery)
            self.on_sent(delivery, card, receipt)
        except Refused as error:
            await self._give_up(delivery, str(error), holder)
            return None
        except SendError as error:
            return await self._retry(delivery, error, holder)
        except DBAPIError as error:
            # Nothing is wrong with the delivery; it has perhaps gone out already.
            return await self._retry(delivery, UnknownOutcome(f"the database failed: {type(error).__name__}"), holder)
        except Exception as error:
            # A fault of ours must not stop the destination for ever, nor post twice.
            log.exception("delivery_failed", delivery=delivery.id, destination=str(delivery.destination))
            if delivery.own_faults + 1 >= MOST_FAULTS:
                await self._give_up(delivery, f"given up after {MOST_FAULTS} internal faults: {error}", holder)
                return None
            fault = UnknownOutcome(f"internal fault: {type(error).__name__}")
            return await self._retry(delivery, fault, holder, own_fault=True)
        kept = await self.database.write(outbox.record_sent, delivery, receipt, owner=holder, now=self.clock.now())
        if kept:
            log.info(
                "delivered",
                delivery=delivery.id,
                destination=str(delivery.destination),
                reason=delivery.notice.reason,
            )
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

    async def _give_up(self, delivery: Delivery, why: str, holder: str) -> None:
        log.warning("delivery_refused", delivery=delivery.id, destination=str(delivery.destination), why=why)
        await self.database.write(outbox.record_refused, delivery, why, owner=holder, now=self.clock.now())

    async def _retry(self, delivery: Delivery, error: SendError, holder: str, *, own_fault: bool = False) -> datetime:
        maybe_sent = isinstance(error, UnknownOutcome) or delivery.state is DeliveryState.SENDING
        attempts = await self.database.write(
            outbox.record_retry,
            delivery,
            str(error),
            maybe_sent=maybe_sent,
            own_fault=own_fault,
            owner=holder,
            now=self.clock.now(),
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
