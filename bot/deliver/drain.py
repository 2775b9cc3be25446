"""The second half of an item's way: take a leased destination, send what waits for it in order, keep the receipts.

One sender at a time holds a destination, so order is kept and each rate limit has one owner. What may have been
sent is marked before it is sent; after a crash the platform is asked before anything is posted again. An edit of
what was posted can be repeated, so nothing ever waits behind one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError

from bot.clock import Clock
from bot.deliver.card import Card
from bot.deliver.ports import Channel, Closed, Message, Refused, SendError, UnknownOutcome, Unreachable
from bot.model import Delivery, DeliveryAction, DeliveryState, Destination, Notice, Reason, Receipt
from bot.routing.routes import FOLLOW, SUBSCRIPTION
from bot.store import leases, messages, outbox, unreachable
from bot.store.engine import Database
from bot.store.messages import Circular, Queued, Standing

log = structlog.get_logger()

LEASE = timedelta(seconds=120)  # renewed for every message; longer than any send's own deadline
FIRST_RETRY = timedelta(seconds=1)
LONGEST_RETRY = timedelta(minutes=5)
CLOSED_RETRY = timedelta(minutes=5)  # a person has to act first; nothing is lost while they do
EDIT_RETRY = timedelta(seconds=30)  # where the platform does not say
MOST_FAULTS = 8  # of ours in one delivery, before it is given up and the next has its turn


@dataclass(frozen=True, slots=True)
class Leased:
    """A destination that this claim holds."""

    destination: Destination
    holder: str

    def __str__(self) -> str:
        return str(self.destination)


MOST_EDITED = 20  # messages that one correction changes
_TOLD_BY_EDIT = {Reason.CORRECTION, Reason.WITHDRAWN}

Compose = Callable[[sa.Connection, Delivery, str | None], Card]  # the link is to the story's first message there
Sent = Callable[[Delivery, Card, Receipt], None]
SentBulletin = Callable[[Circular, Receipt], None]


def _ignore(*_: object) -> None:
    """Nobody asked to hear of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drain:
    """Sends what waits for one destination after the other.

    `on_sent` hears of a message before it is recorded, and of an edit where that is how people are told (a
    correction, a withdrawal); `on_bulletin` of what is about no single story.
    """

    database: Database
    channels: Mapping[str, Channel]  # by platform
    compose: Compose
    clock: Clock
    process: str  # of this process: the leases of each claim begin with it
    on_sent: Sent = _ignore
    on_bulletin: SentBulletin = _ignore

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

    async def _deliver(self, delivery: Queued, holder: str) -> datetime | None:
        """Send one delivery and record what came of it; returns when to go on, None for at once."""
        try:
            sent = await self._perform(delivery)
        except Refused as error:
            await self._give_up(delivery, str(error), holder)
            return None
        except SendError as error:
            if isinstance(error, Unreachable) and await self._let_go(delivery, str(error), holder):
                return None
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
        await self._record(delivery, sent, holder)
        return None

    async def _perform(self, delivery: Queued) -> Receipt | None:
        """Post or edit; None where there is nothing to edit."""
        if isinstance(delivery, Circular):
            return await self._post_bulletin(delivery)
        sent = await (self._edit if delivery.action is DeliveryAction.EDIT else self._post)(delivery)
        if sent is None:
            return None
        card, receipt = sent
        if delivery.action is DeliveryAction.POST or delivery.notice.reason in _TOLD_BY_EDIT:
            self.on_sent(delivery, card, receipt)
        return receipt

    async def _post_bulletin(self, delivery: Circular) -> Receipt:
        message = Message(
            delivery_id=delivery.id,
            destination=delivery.destination,
            card=delivery.bulletin,
            maybe_sent=delivery.state is DeliveryState.SENDING,
        )
        receipt = await self.channels[delivery.destination.platform].send(message)
        self.on_bulletin(delivery, receipt)
        return receipt

    async def _post(self, delivery: Delivery) -> tuple[Card, Receipt]:
        card, message = await self.database.read(self._prepare_post, delivery)
        return card, await self.channels[delivery.destination.platform].send(message)

    def _prepare_post(self, connection: sa.Connection, delivery: Delivery) -> tuple[Card, Message]:
        earlier = messages.standing(connection, delivery.destination, delivery.notice.story_id)
        reply_to = thread_of(delivery.notice, earlier)
        first_url = earlier[0].receipt.url if earlier and reply_to is None else None
        card = self.compose(connection, delivery, first_url)
        return card, Message(
            delivery_id=delivery.id,
            destination=delivery.destination,
            card=card,
            reply_to=reply_to,
            maybe_sent=delivery.state is DeliveryState.SENDING,
        )

    async def _edit(self, delivery: Delivery) -> tuple[Card, Receipt] | None:
        """Edit what stands there; a message that cannot be edited does not keep the others from it."""
        edits = await self.database.read(self._prepare_edits, delivery)
        channel = self.channels[delivery.destination.platform]
        refusal: Refused | None = None
        edited: list[tuple[Card, Receipt]] = []
        for card, message, receipt in edits:
            try:
                await channel.edit(message, receipt)
            except Refused as error:
                refusal = error
            else:
                edited.append((card, receipt))
        if refusal and not edited:
            raise refusal
        return edited[0] if edited else None

    def _prepare_edits(self, connection: sa.Connection, delivery: Delivery) -> list[tuple[Card, Message, Receipt]]:
        """The newest message with what it says now; where something is put right the others that bear it, too."""
        posted = messages.posted(connection, delivery.destination, delivery.notice.story_id)
        in_channel = [message for message in posted if message.receipt.thread_id is None]
        others = posted if delivery.notice.reason in _TOLD_BY_EDIT else in_channel[-1:]
        edits: list[tuple[Card, Message, Receipt]] = []
        for each in reversed(others):
            is_later = each in in_channel[1:]
            card = self.compose(connection, each.delivery, in_channel[0].receipt.url if is_later else None)
            if card.mark is not None or each is in_channel[-1]:
                message = Message(delivery_id=each.delivery.id, destination=delivery.destination, card=card)
                edits.append((card, message, each.receipt))
        return edits[:MOST_EDITED]

    async def _record(self, delivery: Queued, receipt: Receipt | None, holder: str) -> None:
        now = self.clock.now()
        if receipt is None:
            await self.database.write(outbox.record_superseded, delivery, owner=holder, now=now)
            return
        if await self.database.write(outbox.record_sent, delivery, receipt, owner=holder, now=now):
            log.info(
                "delivered",
                delivery=delivery.id,
                destination=str(delivery.destination),
                action=delivery.action,
                reason="bulletin" if isinstance(delivery, Circular) else delivery.notice.reason,
            )

    async def _give_up(self, delivery: Queued, why: str, holder: str) -> None:
        log.warning("delivery_refused", delivery=delivery.id, destination=str(delivery.destination), why=why)
        await self.database.write(outbox.record_refused, delivery, why, owner=holder, now=self.clock.now())

    async def _let_go(self, delivery: Queued, why: str, holder: str) -> bool:
        """Nothing is kept for those who asked for it themselves and cannot be written to.

        Nobody but they can mend it, and they may not know. False for what a route sends, and for a channel's digest.
        """
        asked_for = (
            delivery.destination.person
            if isinstance(delivery, Circular)
            else delivery.notice.route in {FOLLOW, SUBSCRIPTION}
        )
        if not asked_for:
            return False
        ended = await self.database.write(unreachable.let_go, delivery, why, owner=holder, now=self.clock.now())
        if ended:
            log.warning(
                "follows_ended",
                destination=str(delivery.destination),
                follows=ended.follows,
                subscriptions=ended.subscriptions,
                why=why,
            )
        return True

    async def _retry(
        self, delivery: Queued, error: SendError, holder: str, *, own_fault: bool = False
    ) -> datetime | None:
        """Put it off; returns until when all that goes there waits with it, None where the rest goes on."""
        if isinstance(delivery, Delivery) and delivery.action is DeliveryAction.EDIT:
            await self._postpone(delivery, error, holder, own_fault=own_fault)
            return None
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
        _say_it_waits(delivery, wait, error)
        return self.clock.now() + wait

    async def _postpone(self, delivery: Delivery, error: SendError, holder: str, *, own_fault: bool) -> None:
        """News does not wait until an edit succeeds."""
        now, wait = self.clock.now(), CLOSED_RETRY if isinstance(error, Closed) else error.after or EDIT_RETRY
        await self.database.write(
            outbox.postpone, delivery, str(error), until=now + wait, own_fault=own_fault, owner=holder, now=now
        )
        _say_it_waits(delivery, wait, error)


def thread_of(notice: Notice, standing: Sequence[Standing]) -> Receipt | None:
    """The message that `notice` answers: the newest about the story. None: it is a message of its own.

    That is the first, and an escalation, also one whose reason is now that quiet hours held it.
    """
    if not standing or notice.reason is Reason.ESCALATED:
        return None
    newest = standing[-1]
    return None if notice.tier.rank > newest.delivery.notice.tier.rank else newest.receipt


def _say_it_waits(delivery: Queued, wait: timedelta, error: SendError) -> None:
    log.info(
        "delivery_waits",
        delivery=delivery.id,
        destination=str(delivery.destination),
        action=delivery.action,
        seconds=wait.total_seconds(),
        why=str(error),
    )


def backoff(attempts: int) -> timedelta:
    """1 s, 2 s, 4 s ... up to 5 minutes."""
    doublings = min(max(attempts - 1, 0), 16)
    return min(FIRST_RETRY * (1 << doublings), LONGEST_RETRY)
