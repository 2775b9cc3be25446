"""The second half of an item's way: take a leased destination, send what waits for it in order, keep the receipts.

One sender at a time holds a destination, so order is kept and each rate limit has one owner. What may have been
sent is marked before it is sent; after a crash the platform is asked before anything is posted again. An edit of
what was posted can be repeated, so nothing ever waits behind one. What takes no messages until a person acts is noted
as down and tried rarely, a platform by one destination for all (`store/breaker.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError

from bot.clock import Clock
from bot.deliver.card import Card
from bot.deliver.pace import Pace, Paused
from bot.deliver.ports import (
    Channel,
    Closed,
    Message,
    PlatformClosed,
    Refused,
    SendError,
    StillOurs,
    TryLater,
    UnknownOutcome,
    Unreachable,
)
from bot.deliver.trouble import FIRST_RETRY, pause, place_down
from bot.model import Delivery, DeliveryAction, DeliveryState, Destination, Notice, Reason, Receipt
from bot.observe.redaction import redacted
from bot.routing.routes import FOLLOW, SUBSCRIPTION
from bot.store import breaker, leases, messages, outages, outbox, unreachable, waiting
from bot.store.engine import Database
from bot.store.messages import Circular, Queued, Standing

log = structlog.get_logger()

LEASE = timedelta(seconds=120)  # renewed for every message; longer than any send's own deadline
CLOSED_RETRY = outages.FIRST_PROBE  # of an edit: a person has to act first; nothing is lost while they do
EDIT_RETRY = timedelta(seconds=30)  # where the platform does not say
MOST_FAULTS = 8  # of ours in one delivery, before it is given up and the next has its turn


@dataclass(frozen=True, slots=True)
class Leased:
    """A destination that this claim holds. `down`: what of it took no messages; emptied once it does."""

    destination: Destination
    holder: str
    down: set[str] = field(default_factory=set)

    def __str__(self) -> str:
        return str(self.destination)


MOST_EDITED = 20  # messages that one correction changes
_TOLD_BY_EDIT = {Reason.CORRECTION, Reason.WITHDRAWN}

Compose = Callable[[sa.Connection, Delivery, str | None], Card]  # the link is to the story's first message there
Sent = Callable[[Delivery, Card, Receipt], None]
SentBulletin = Callable[[Circular, Receipt], None]
Ended = Callable[[Queued, DeliveryState], None]
Waits = Callable[[Queued, SendError], None]
Lost = Callable[[Destination], None]


def _ignore(*_: object) -> None:
    """Nobody asked to hear of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drain:
    """Sends what waits for one destination after the other.

    `on_sent` hears of a message before it is recorded, and of an edit where that is how people are told (a
    correction, a withdrawal); `on_bulletin` of what is about no single story. `on_end` and `on_wait` hear of what was
    recorded, and `on_lost` of a lease that was another's by then.
    """

    database: Database
    channels: Mapping[str, Channel]  # by platform
    compose: Compose
    clock: Clock
    process: str  # of this process: the leases of each claim begin with it
    pace: Pace
    on_sent: Sent = _ignore
    on_bulletin: SentBulletin = _ignore
    on_end: Ended = _ignore
    on_wait: Waits = _ignore
    on_lost: Lost = _ignore
    stopping: asyncio.Event = field(default_factory=asyncio.Event)  # set: what is under way ends, and nothing begins

    async def claim(self, limit: int, platforms: Collection[str] | None = None) -> list[Leased]:
        """Lease up to `limit` destinations that are due; of all our platforms, or of some."""
        holder, asked = leases.holder(self.process), list(self.channels if platforms is None else platforms)
        claimed = await self.database.write_lazily(
            breaker.claim_due, asked, owner=holder, now=self.clock.now(), lease=LEASE, limit=limit
        )
        return [Leased(destination, holder, down) for destination, down in claimed.items()]

    async def run(self, leased: Leased) -> None:
        """Send until nothing more is due here or the platform asks for a pause; then give the lease back."""
        retry_at: datetime | None = self.clock.now() + FIRST_RETRY  # where something breaks
        try:
            while delivery := await self._begin(leased):
                with structlog.contextvars.bound_contextvars(**ids_of(delivery)):
                    retry_at = await self._deliver(delivery, leased)
                if retry_at is not None:
                    return
            retry_at = None
        except (outbox.InDoubt, Paused) as wait:
            retry_at = wait.until
        finally:
            await self.release(leased, retry_at)

    async def release(self, leased: Leased, retry_at: datetime | None = None) -> None:
        """Give the lease back, if it is still ours."""
        await self.database.write(outbox.give_back, leased.destination, owner=leased.holder, retry_at=retry_at)

    async def _begin(self, leased: Leased) -> Queued | None:
        """The next delivery, when it is its turn; None where nothing is due, and at a stop."""
        if self.stopping.is_set():
            return None
        turn, delivery = await self.pace.turn(leased.destination), None
        try:
            delivery = await self.database.write(
                waiting.begin_next, leased.destination, owner=leased.holder, now=self.clock.now(), lease=LEASE
            )
        finally:
            if delivery is None:
                self.pace.unused(leased.destination, turn)
        return delivery

    def _still_ours(self) -> StillOurs:
        """Of what begins now: whether our lease still stands, with time to spare for a send.

        By this machine's clock alone, so that it can be asked right before the message leaves. A process that was
        stopped, or a machine that slept, finds out here that another may have sent it.
        """
        begun = self.clock.now()
        return lambda: timedelta(0) <= self.clock.now() - begun < LEASE / 2

    async def _deliver(self, delivery: Queued, leased: Leased) -> datetime | None:
        """Send one delivery and record what came of it; returns when to go on, None for at once."""
        holder = leased.holder
        try:
            sent = await self._perform(delivery, self._still_ours())
        except Refused as error:
            await self._give_up(delivery, str(error), holder)
            await self._came_back(leased, set(leased.down))
            return None
        except SendError as error:
            if isinstance(error, Closed) and not isinstance(error, PlatformClosed):
                await self._came_back(leased, {delivery.destination.platform})
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
                why = f"given up after {MOST_FAULTS} internal faults: {redacted(str(error))}"
                await self._give_up(delivery, why, holder)
                return None
            fault = UnknownOutcome(f"internal fault: {type(error).__name__}")
            return await self._retry(delivery, fault, holder, own_fault=True)
        await self._record(delivery, sent, holder)
        if sent is not None:
            await self._came_back(leased, set(leased.down))
        return None

    async def _came_back(self, leased: Leased, places: set[str]) -> None:
        """The platform took a message, or answered for this one place: what was down of `places` is not any more."""
        if back := leased.down & places:
            await self.database.write(outages.end, back, now=self.clock.now())
            leased.down.difference_update(back)
            log.info("outage_over", places=sorted(back))

    async def _perform(self, delivery: Queued, ours: StillOurs) -> Receipt | None:
        """Post or edit; None where there is nothing to edit."""
        if isinstance(delivery, Circular):
            return await self._post_bulletin(delivery, ours)
        sent = await (self._edit if delivery.action is DeliveryAction.EDIT else self._post)(delivery, ours)
        if sent is None:
            return None
        card, receipt = sent
        if delivery.action is DeliveryAction.POST or delivery.notice.reason in _TOLD_BY_EDIT:
            self.on_sent(delivery, card, receipt)
        return receipt

    async def _post_bulletin(self, delivery: Circular, ours: StillOurs) -> Receipt:
        message = Message(
            delivery_id=delivery.id,
            destination=delivery.destination,
            card=delivery.bulletin,
            maybe_sent=delivery.state is DeliveryState.UNKNOWN,
            still_ours=ours,
        )
        receipt = await self.channels[delivery.destination.platform].send(message)
        self.on_bulletin(delivery, receipt)
        return receipt

    async def _post(self, delivery: Delivery, ours: StillOurs) -> tuple[Card, Receipt]:
        card, message = await self.database.read(self._prepare_post, delivery)
        return card, await self.channels[delivery.destination.platform].send(replace(message, still_ours=ours))

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
            maybe_sent=delivery.state is DeliveryState.UNKNOWN,
        )

    async def _edit(self, delivery: Delivery, ours: StillOurs) -> tuple[Card, Receipt] | None:
        """Edit what stands there; a message that cannot be edited does not keep the others from it."""
        edits = await self.database.read(self._prepare_edits, delivery)
        channel = self.channels[delivery.destination.platform]
        refusal: Refused | None = None
        edited: list[tuple[Card, Receipt]] = []
        for card, message, receipt in edits:
            try:
                await channel.edit(replace(message, still_ours=ours), receipt)
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
            written = await self.database.write(outbox.record_superseded, delivery, owner=holder, now=now)
            self._ended(delivery, DeliveryState.SUPERSEDED, written=written)
            return
        written = await self.database.write(outbox.record_sent, delivery, receipt, owner=holder, now=now)
        self._ended(delivery, DeliveryState.SENT, written=written)
        if written:
            log.info(
                "delivered",
                delivery=delivery.id,
                destination=str(delivery.destination),
                action=delivery.action,
                reason="bulletin" if isinstance(delivery, Circular) else delivery.notice.reason,
            )

    async def _give_up(self, delivery: Queued, why: str, holder: str) -> None:
        log.warning("delivery_refused", delivery=delivery.id, destination=str(delivery.destination), why=why)
        written = await self.database.write(outbox.record_refused, delivery, why, owner=holder, now=self.clock.now())
        self._ended(delivery, DeliveryState.FAILED, written=written)

    def _ended(self, delivery: Queued, state: DeliveryState, *, written: bool) -> None:
        """Say that it ended so; or, where nothing was written, that the lease is another's: that one will look."""
        if written:
            self.on_end(delivery, state)
        else:
            log.warning("lease_lost", delivery=delivery.id, destination=str(delivery.destination))
            self.on_lost(delivery.destination)

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
        self._ended(delivery, DeliveryState.FAILED, written=ended is not None)
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
        probe_at = await self._note_outage(delivery, error)
        if isinstance(delivery, Delivery) and delivery.action is DeliveryAction.EDIT:
            await self._postpone(delivery, error, holder, own_fault=own_fault)
            return probe_at
        maybe_sent = isinstance(error, UnknownOutcome) or delivery.state is DeliveryState.UNKNOWN
        attempts = await self.database.write(
            outbox.record_retry,
            delivery,
            str(error),
            maybe_sent=maybe_sent,
            own_fault=own_fault,
            owner=holder,
            now=self.clock.now(),
        )
        retry_at = probe_at or self.clock.now() + pause(error, attempts)
        self._waits(delivery, retry_at - self.clock.now(), error)
        return retry_at

    async def _note_outage(self, delivery: Queued, error: SendError) -> datetime | None:
        """Where nothing can be posted, say so to every process; returns when this destination is tried again."""
        place = place_down(delivery.destination, delivery.action, error)
        if place is None:
            return None
        now = self.clock.now()
        probe_at = await self.database.write(
            outages.close, place, str(error), now=now, wait=error.after, passing=isinstance(error, TryLater)
        )
        if place == delivery.destination.platform:
            return now + FIRST_RETRY  # the platform is the gate: once it is open, every destination goes on
        return probe_at

    async def _postpone(self, delivery: Delivery, error: SendError, holder: str, *, own_fault: bool) -> None:
        """News does not wait until an edit succeeds."""
        now, wait = self.clock.now(), CLOSED_RETRY if isinstance(error, Closed) else error.after or EDIT_RETRY
        await self.database.write(
            outbox.postpone, delivery, str(error), until=now + wait, own_fault=own_fault, owner=holder, now=now
        )
        self._waits(delivery, wait, error)

    def _waits(self, delivery: Queued, wait: timedelta, error: SendError) -> None:
        log.info(
            "delivery_waits",
            delivery=delivery.id,
            destination=str(delivery.destination),
            action=delivery.action,
            seconds=wait.total_seconds(),
            why=str(error),
        )
        self.on_wait(delivery, error)


def ids_of(delivery: Queued) -> dict[str, object]:
    """By what every line of the log about a delivery is found, back to the item that it began with."""
    ids: dict[str, object] = {"delivery": delivery.id, "destination": str(delivery.destination)}
    if isinstance(delivery, Delivery):
        notice = delivery.notice
        ids |= {"item": notice.item_key, "story": notice.story_id, "decision": notice.number}
    return ids


def thread_of(notice: Notice, standing: Sequence[Standing]) -> Receipt | None:
    """The message that `notice` answers: the newest about the story. None: it is a message of its own.

    That is the first, and an escalation, also one whose reason is now that quiet hours held it.
    """
    if not standing or notice.reason is Reason.ESCALATED:
        return None
    newest = standing[-1]
    return None if notice.tier.rank > newest.delivery.notice.tier.rank else newest.receipt
