"""Who cannot be written to any more: nothing is kept waiting for them, and what they asked for rests.

Nobody but they can mend it, and they may not know: so a note goes where they subscribed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.deliver.card import Action, Bulletin, Run
from bot.model import DeliveryState, Destination
from bot.routing.routes import FOLLOW, SUBSCRIPTION
from bot.routing.subscriptions import Subscription
from bot.store import bulletins, follows, outbox, subscriptions
from bot.store.messages import Queued
from bot.store.schema import decisions, deliveries

MAX_REASON = 300  # characters of what the platform said


@dataclass(frozen=True, slots=True)
class Ended:
    """How many follows ended, and how many subscriptions rest."""

    follows: int
    subscriptions: int


def let_go(connection: sa.Connection, delivery: Queued, why: str, *, owner: str, now: datetime) -> Ended | None:
    """Give up what waits for the destination of `delivery` because somebody there follows or subscribes to something.

    What a route sends there keeps waiting: that is for the owner of the bot to mend. None, and nothing written,
    where the lease of `owner` was lost.
    """
    if not outbox.record_refused(connection, delivery, why, owner=owner, now=now):
        return None
    place = delivery.destination
    asked_for = sa.exists().where(
        decisions.c.id == deliveries.c.decision_id, decisions.c.route.in_([FOLLOW, SUBSCRIPTION])
    )
    connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.destination == str(place), deliveries.c.state == DeliveryState.PENDING, asked_for)
        .values(state=DeliveryState.FAILED, fault=why, finished_at=now, changed_at=now)
    )
    paused = subscriptions.pause(connection, place, why[:MAX_REASON])
    note(connection, place, paused, key=delivery.id, now=now)
    return Ended(follows.unfollow_all(connection, place), len(paused))


def key_of(place: Destination) -> str:
    """With what the keys of the notes about a place begin."""
    return f"unreachable:{place}:"


def note(
    connection: sa.Connection, place: Destination, paused: Iterable[Subscription], *, key: str, now: datetime
) -> None:
    """Say once for each `key` that these of `place` rest: where each was made, of a channel's to who made it."""
    notes: dict[Destination, Bulletin] = {}
    for subscription in paused:
        if subscription.made_in != place:
            notes[subscription.made_in] = _of_person(subscription)
        elif subscription.owner != place:
            notes[subscription.owner] = _of_channel(subscription)
    for there, bulletin in notes.items():
        bulletins.enqueue_bulletin(connection, there, bulletin, key=key_of(place) + key, now=now)


_LIST = (Action(label="Subscriptions", command="subscriptions"),)


def _of_person(subscription: Subscription) -> Bulletin:
    """For a channel: neither what they subscribed to nor what the platform said is anybody else's business."""
    cure = "Allow direct messages from me, then press Resume in the list of your subscriptions."
    return Bulletin(
        title="A subscription that was made here rests.",
        lines=((Run(text=f"{subscription.by}: your direct messages take none of mine. {cure}"),),),
        actions=_LIST,
    )


def _of_channel(subscription: Subscription) -> Bulletin:
    return Bulletin(
        title=f"What you subscribed to for {subscription.place} rests.",
        lines=(
            (Run(text="Why: ", bold=True), Run(text=subscription.paused)),
            (Run(text="Once I can post there again, /wire subscriptions in that channel has the Resume button."),),
        ),
    )
