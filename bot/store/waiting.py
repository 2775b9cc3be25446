"""What waited is looked at once more before it is sent: people may have muted it, and one message may say it all.

While a destination takes nothing (a limit, an outage, the night) what was decided for it stands in its line. When the
line moves, a story has one message there: its first tells what the others would have, in the first one's place. An
escalation stays a message of its own. What was decided a moment ago is sent as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.codec import facts_to_json
from bot.model import Delivery, DeliveryAction, DeliveryState, Destination, Fact, Notice, Reason, fact_key
from bot.routing.decide import reason_behind
from bot.store import messages, outbox, silencing, subscriptions
from bot.store.messages import Queued
from bot.store.schema import decisions, deliveries

WAITED = timedelta(seconds=10)  # less is the line itself
LONGEST_DETAIL = 500  # characters
_NEWS = {Reason.FIRST, Reason.NEW_FACT, Reason.ESCALATED}
_MERGES = {Reason.FIRST, Reason.NEW_FACT}


def begin_next(
    connection: sa.Connection, destination: Destination, *, owner: str, now: datetime, lease: timedelta
) -> Queued | None:
    """As `outbox.begin_next`, past what was muted since, and with all that one message can say of a story."""
    while True:
        begun = outbox.begin_next(connection, destination, owner=owner, now=now, lease=lease)
        if not isinstance(begun, Delivery) or not _has_waited(begun, now):
            return begun
        if not silencing.silence(connection, begun, now=now):
            return _merged(connection, begun, now)


def _has_waited(delivery: Delivery, now: datetime) -> bool:
    """Of what may have arrived, nothing is changed."""
    waited = now - delivery.notice.decided_at >= WAITED and delivery.state is DeliveryState.PENDING
    return waited and delivery.action is DeliveryAction.POST and _reason(delivery.notice) in _NEWS


def _reason(notice: Notice) -> Reason:
    return reason_behind(notice.reason, notice.detail)


# --- one message for a story --------------------------------------------------------------------------------------


def _merged(connection: sa.Connection, first: Delivery, now: datetime) -> Delivery:
    """`first` with what the deliveries behind it would have told of its story; these say which message does."""
    follow_ups = _follow_ups(connection, first, now)
    if not follow_ups:
        return first
    taken = connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.id.in_([each.id for each in follow_ups]), deliveries.c.state == DeliveryState.PENDING)
        .values(
            state=DeliveryState.SUPERSEDED,
            fault=messages.told_by(first.id),
            finished_at=now,
            changed_at=now,
        )
        .returning(deliveries.c.id)
    )
    ids = set(taken.scalars())
    told = [each.notice for each in follow_ups if each.id in ids]
    if not told:  # somebody took them back at this moment
        return first
    notice = _union(first.notice, told)
    connection.execute(
        sa.update(decisions)
        .where(decisions.c.id == notice.number)
        .values(new_facts=facts_to_json(notice.new_facts), detail=notice.detail)
    )
    subscriptions.add_hits(connection, notice.number, [each.number for each in told])
    return replace(first, notice=notice)


def _follow_ups(connection: sa.Connection, first: Delivery, now: datetime) -> list[Delivery]:
    """What waits behind `first` about its story and would be a reply to it, up to the next message of its own."""
    found: list[Delivery] = []
    for each in messages.waiting_about(connection, first.destination, first.notice.story_id, now=now):
        louder = each.notice.tier.rank > first.notice.tier.rank
        if louder or _reason(each.notice) not in _MERGES:
            break
        found.append(each)
    return found


def _union(first: Notice, others: Sequence[Notice]) -> Notice:
    """All that is new in any of them, in their order, each fact once."""
    facts: dict[str, Fact] = {}
    for fact in (fact for each in (first, *others) for fact in each.new_facts):
        facts.setdefault(fact_key(fact), fact)
    details = dict.fromkeys(each.detail for each in (first, *others))
    return replace(first, new_facts=tuple(facts.values()), detail="; ".join(details)[:LONGEST_DETAIL])
