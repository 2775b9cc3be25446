"""What was decided, held against what was sent: every gap and every repeat, straight from the rows.

Each check is one statement that finds only what is wrong, so that an audit of 100,000 deliveries takes seconds. They
are independent of the code that delivers: none of it is asked what it did. Where the rules are from is said beside
each; `filing.py`, `edits.py` and `digests.py` are what they are held against.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from bot.model import DeliveryAction, DeliveryState, Reason
from bot.routing.mutes import TAKEN_BACK
from bot.routing.restored import COUNTS
from bot.store import digests
from bot.store.schema import decisions, deliveries, destinations, digest_entries, restorations, stories, told

UNKNOWN_LONG = timedelta(hours=1)  # an unknown outcome is looked up within minutes, where the platform answers
SETTLES_WITHIN = timedelta(minutes=1)  # what changed just now may be half of something
ROWS_AT_ONCE = 1_000

_UNFINISHED = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNKNOWN)
_COUNTS = (DeliveryState.SENT, *_UNFINISHED)
_GIVEN_UP = (DeliveryState.FAILED, DeliveryState.EXPIRED)
_SAYS = (*_COUNTS, *_GIVEN_UP)  # what was given up is listed by itself
_ALERTS = (Reason.FIRST, Reason.NEW_FACT, Reason.ESCALATED)
_AMENDS = (Reason.CORRECTION, Reason.WITHDRAWN)


class Kind(StrEnum):
    """What is wrong. Of the first group something is missing, of the second it is there twice."""

    DECIDED_NOT_SENT = "decided-not-sent"
    AMENDMENT_LOST = "amendment-lost"
    HELD_AND_LOST = "held-and-lost"
    TOLD_WITHOUT_DECISION = "told-without-decision"
    SENT_WITHOUT_RECEIPT = "sent-without-receipt"
    SUPERSEDED_BY_NOTHING = "superseded-by-nothing"
    UNKNOWN_FOR_LONG = "unknown-for-long"
    NEVER_DUE = "never-due"
    GIVEN_UP = "given-up"

    SAID_TWICE = "said-twice"
    FIRST_TWICE = "first-twice"
    POSTED_TWICE = "posted-twice"
    ONE_RECEIPT = "one-receipt-for-two"

    @property
    def is_explained(self) -> bool:
        """People did not hear of it, but a reason is recorded: it is listed, and is no fault of the books."""
        return self is Kind.GIVEN_UP


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong, with the ids by which it is found in the log and in the database."""

    kind: Kind
    destination: str
    at: datetime | None
    detail: str
    story_id: str | None = None
    decision: int | None = None
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """`since`: what was decided before is left out."""

    since: datetime
    now: datetime

    @property
    def settled(self) -> datetime:
        return self.now - SETTLES_WITHIN


Check = Callable[[Scope], sa.Select[Any]]


def walk(connection: sa.Connection, scope: Scope) -> Iterator[Finding]:
    """Every finding, check after check, as the database yields it."""
    streamed = connection.execution_options(stream_results=True, yield_per=ROWS_AT_ONCE)
    for kind, (detail, check) in CHECKS.items():
        for row in streamed.execute(check(scope)).mappings():
            yield Finding(
                kind=kind,
                destination=row["destination"],
                at=row["at"],
                detail=row.get("detail") or detail,
                story_id=row.get("story_id"),
                decision=row.get("decision"),
                delivery=row.get("delivery"),
            )


def counted(connection: sa.Connection, scope: Scope) -> tuple[int, int]:
    """How many decisions that tell something, and how many deliveries, the checks go over."""
    tells = sa.and_(decisions.c.decided_at >= scope.since, decisions.c.reason.in_(_telling()))
    decided = connection.execute(sa.select(sa.func.count()).select_from(decisions).where(tells)).scalar_one()
    recent = deliveries.c.created_at >= scope.since
    sent = connection.execute(sa.select(sa.func.count()).select_from(deliveries).where(recent)).scalar_one()
    return decided, sent


def _telling() -> list[Reason]:
    return [reason for reason in Reason if reason.tells]


# --- what is missing --------------------------------------------------------------------------------------

_other = deliveries.alias("other")
_decided = decisions.alias("decided")


def _has_delivery() -> sa.ColumnElement[bool]:
    return sa.exists().where(_other.c.decision_id == decisions.c.id)


def _decision_row(scope: Scope, *reasons: Reason) -> sa.Select[Any]:
    return sa.select(
        decisions.c.destination,
        decisions.c.decided_at.label("at"),
        decisions.c.story_id,
        decisions.c.id.label("decision"),
    ).where(
        decisions.c.decided_at >= scope.since,
        decisions.c.decided_at < scope.settled,
        decisions.c.reason.in_(reasons),
    )


def _decided_not_sent(scope: Scope) -> sa.Select[Any]:
    return _decision_row(scope, *_ALERTS).where(~_has_delivery())


def _amendment_lost(scope: Scope) -> sa.Select[Any]:
    """Where the message stands already, an edit has to say it; one that waits, or a later one, says it too."""
    there = sa.and_(
        _decided.c.destination == decisions.c.destination,
        _decided.c.story_id == decisions.c.story_id,
        _other.c.decision_id == _decided.c.id,
    )
    stood = sa.exists().where(
        there,
        _other.c.action == DeliveryAction.POST,
        _other.c.state == DeliveryState.SENT,
        _other.c.finished_at < decisions.c.decided_at,
    )
    said = sa.exists().where(
        there, sa.or_(_other.c.finished_at.is_(None), _other.c.finished_at >= decisions.c.decided_at)
    )
    return _decision_row(scope, *_AMENDS).where(~_has_delivery(), stood, ~said)


def _held_and_lost(scope: Scope) -> sa.Select[Any]:
    """What has no message of its own waits for a digest, was told in one, or was told in a later message."""
    return _decision_row(scope, Reason.HELD).where(
        ~_has_delivery(),
        ~_in_digest(decisions),
        ~_said_otherwise(decisions, *_SAYS),
        ~_before_a_restore(decisions),
        ~_muted_since(decisions),
    )


def _before_a_restore(of: Any) -> sa.ColumnElement[bool]:
    """The digest was due before the database was restored, and counts as sent: see restoring.py."""
    return sa.exists().where(restorations.c.told_until >= of.c.until, restorations.c.restored_at >= of.c.decided_at)


def _in_digest(of: Any) -> sa.ColumnElement[bool]:
    """The digest of the place has the story, or one went there since; what was withdrawn is left out of it."""
    waits = sa.exists().where(
        digest_entries.c.destination == of.c.destination, digest_entries.c.story_id == of.c.story_id
    )
    went = sa.exists().where(
        _other.c.destination == of.c.destination,
        _other.c.bulletin_key.startswith(digests.KEY),
        _other.c.created_at >= of.c.decided_at,
    )
    return sa.or_(waits, went, _withdrawn(of))


def _withdrawn(of: Any) -> sa.ColumnElement[bool]:
    return sa.exists().where(stories.c.id == of.c.story_id, stories.c.mark == "withdrawn")


def _said_otherwise(of: Any, *states: DeliveryState) -> sa.ColumnElement[bool]:
    """Another delivery on the story there, in one of these states, ended after the decision: a card says what the
    story is when it is sent."""
    by = decisions.alias("by")
    return sa.exists().where(
        by.c.destination == of.c.destination,
        by.c.story_id == of.c.story_id,
        by.c.id != of.c.id,
        _other.c.decision_id == by.c.id,
        _other.c.state.in_(states),
        sa.or_(_other.c.finished_at.is_(None), _other.c.finished_at >= of.c.decided_at),
    )


def _muted_since(of: Any) -> sa.ColumnElement[bool]:
    """Somebody muted it while it waited, and the same item was decided on anew: see silencing.py."""
    by = decisions.alias("silence")
    return sa.exists().where(
        by.c.destination == of.c.destination,
        by.c.item_key == of.c.item_key,
        by.c.reason == Reason.MUTED,
        by.c.detail.startswith(TAKEN_BACK),
        by.c.id > of.c.id,
    )


def _told_without_decision(scope: Scope) -> sa.Select[Any]:
    """A place counts as having heard of a story of which nothing was ever decided for it."""
    tells = sa.exists().where(
        decisions.c.destination == told.c.destination,
        decisions.c.story_id == told.c.story_id,
        sa.or_(decisions.c.reason.in_(_telling()), decisions.c.detail.startswith(COUNTS)),
    )
    return sa.select(told.c.destination, told.c.story_id, told.c.told_at.label("at")).where(
        told.c.told_at >= scope.since, told.c.told_at < scope.settled, ~tells
    )


def _delivery_row(scope: Scope, *which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return (
        sa.select(
            deliveries.c.destination,
            deliveries.c.created_at.label("at"),
            decisions.c.story_id,
            deliveries.c.decision_id.label("decision"),
            deliveries.c.id.label("delivery"),
        )
        .outerjoin(decisions, decisions.c.id == deliveries.c.decision_id)
        .where(deliveries.c.created_at >= scope.since, *which)
    )


def _sent_without_receipt(scope: Scope) -> sa.Select[Any]:
    return _delivery_row(scope, deliveries.c.state == DeliveryState.SENT, deliveries.c.receipt.is_(None))


def _superseded_by_nothing(scope: Scope) -> sa.Select[Any]:
    """What is taken back is said by another message or a digest, or by nobody where it was muted or withdrawn."""
    return _delivery_row(
        scope,
        deliveries.c.state == DeliveryState.SUPERSEDED,
        deliveries.c.action == DeliveryAction.POST,
        deliveries.c.finished_at < scope.settled,
        deliveries.c.decision_id.is_not(None),
        ~_said_otherwise(decisions, *_SAYS),
        ~_in_digest(decisions),
        ~_muted_since(decisions),
    )


def _unknown_for_long(scope: Scope) -> sa.Select[Any]:
    since = sa.func.coalesce(deliveries.c.changed_at, deliveries.c.created_at, type_=deliveries.c.created_at.type)
    return _delivery_row(
        scope, deliveries.c.state == DeliveryState.UNKNOWN, since < scope.now - UNKNOWN_LONG
    ).add_columns(deliveries.c.fault.label("detail"))


def _never_due(scope: Scope) -> sa.Select[Any]:
    """A destination with something unfinished says when it is drained next; else no worker looks at it."""
    marked = sa.exists().where(
        destinations.c.id == deliveries.c.destination,
        sa.or_(destinations.c.due_at.is_not(None), destinations.c.lease_until > scope.now),
    )
    return _delivery_row(scope, deliveries.c.state.in_(_UNFINISHED), ~marked)


def _given_up(scope: Scope) -> sa.Select[Any]:
    """Unless a later message told the story there all the same."""
    ended = [deliveries.c.state.in_(_GIVEN_UP), deliveries.c.action == DeliveryAction.POST]
    return _delivery_row(scope, *ended, ~_said_otherwise(decisions, *_COUNTS)).add_columns(
        deliveries.c.fault.label("detail")
    )


# --- what is there twice ----------------------------------------------------------------------------------


def _posts(scope: Scope, *by: sa.ColumnElement[Any], where: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Messages of which more than one agrees in `by`; the newest stands for all of them."""
    return (
        sa.select(
            deliveries.c.destination,
            sa.func.max(deliveries.c.created_at, type_=deliveries.c.created_at.type).label("at"),
            sa.func.max(decisions.c.story_id).label("story_id"),
            sa.func.max(deliveries.c.decision_id).label("decision"),
            sa.func.max(deliveries.c.id).label("delivery"),
        )
        .outerjoin(decisions, decisions.c.id == deliveries.c.decision_id)
        .where(
            deliveries.c.created_at >= scope.since,
            deliveries.c.action == DeliveryAction.POST,
            deliveries.c.state.in_(_COUNTS),
            where,
        )
        .group_by(deliveries.c.destination, *by)
        .having(sa.func.count() > 1)
    )


def _said_twice(scope: Scope) -> sa.Select[Any]:
    same = (decisions.c.story_id, decisions.c.reason, decisions.c.version)
    return _posts(scope, *same, where=deliveries.c.decision_id.is_not(None))


def _first_twice(scope: Scope) -> sa.Select[Any]:
    held_first = sa.and_(decisions.c.reason == Reason.HELD, decisions.c.detail.startswith(f"{Reason.FIRST},"))
    return _posts(scope, decisions.c.story_id, where=sa.or_(decisions.c.reason == Reason.FIRST, held_first))


def _posted_twice(scope: Scope) -> sa.Select[Any]:
    return _posts(scope, deliveries.c.decision_id, where=deliveries.c.decision_id.is_not(None))


def _one_receipt(scope: Scope) -> sa.Select[Any]:
    channel, message = (deliveries.c.receipt[part].as_string() for part in ("channel", "message_id"))
    return _posts(scope, channel, message, where=deliveries.c.receipt.is_not(None))


CHECKS: dict[Kind, tuple[str, Check]] = {
    Kind.DECIDED_NOT_SENT: ("decided, and no delivery was made of it", _decided_not_sent),
    Kind.AMENDMENT_LOST: ("the message that stands there was not put right", _amendment_lost),
    Kind.HELD_AND_LOST: ("held, and neither a message, a digest nor a later message has it", _held_and_lost),
    Kind.TOLD_WITHOUT_DECISION: ("counted as told, and no decision told it", _told_without_decision),
    Kind.SENT_WITHOUT_RECEIPT: ("sent, and the platform's answer is not stored", _sent_without_receipt),
    Kind.SUPERSEDED_BY_NOTHING: ("taken back, and nothing says it instead", _superseded_by_nothing),
    Kind.UNKNOWN_FOR_LONG: ("whether it arrived has not been found out for an hour", _unknown_for_long),
    Kind.NEVER_DUE: ("it waits, and its destination is not marked as due", _never_due),
    Kind.GIVEN_UP: ("given up", _given_up),
    Kind.SAID_TWICE: ("two messages of one story, reason and version", _said_twice),
    Kind.FIRST_TWICE: ("the story was told twice as if it were new", _first_twice),
    Kind.POSTED_TWICE: ("two messages were made of one decision", _posted_twice),
    Kind.ONE_RECEIPT: ("two deliveries have one receipt: one of them never arrived", _one_receipt),
}
