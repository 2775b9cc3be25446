"""A mute takes effect on what waits, too: in the outbox and for a digest. It is taken back, and counts as not told.

Only mutes that were made after the decision matter: the earlier ones were heeded by it. A correction or withdrawal of
what people were shown is never muted (`routing/mutes.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from bot.model import Delivery, DeliveryState, Destination, Notice, Reason, StoryId, fact_key
from bot.routing.holding import Why
from bot.routing.mutes import TAKEN_BACK, Mute, muted
from bot.store import audience, digests, follows, messages, mutes, news
from bot.store.digests import Entry
from bot.store.schema import decisions, deliveries


@dataclass(frozen=True, slots=True, kw_only=True)
class Silenced:
    """What waits for a digest and was muted since: each decision with the mute that holds it back."""

    entry: Entry
    notices: tuple[tuple[Notice, Mute], ...]


def silence(connection: sa.Connection, delivery: Delivery, *, now: datetime) -> bool:
    """Take back a delivery that a mute holds back by now; False where none does, or where it tells of more."""
    notice = delivery.notice
    since = _made_since(connection, notice.destination, notice.decided_at, now)
    mute = _mute_on(connection, notice, since, now) if since else None
    if mute is None:
        return False
    instead = _told_instead(connection, delivery)
    # Also by what was muted before `notice` was decided, which takes along what waited then.
    since = _made_since(connection, notice.destination, min(held.decided_at for held in [*instead, notice]), now)
    tells_too = [(held, _mute_on(connection, held, since, now)) for held in instead]
    muted_too = [(held, by) for held, by in tells_too if by is not None]
    if len(muted_too) < len(tells_too):
        return False
    connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.id == delivery.id)
        .values(state=DeliveryState.SUPERSEDED, fault=mute.detail, finished_at=now, changed_at=now)
    )
    for silent, by in [*muted_too, (notice, mute)]:
        _keep(connection, silent, by, now)
    _unsay(connection, notice.destination, notice.story_id, [notice, *(held for held, _ in muted_too)], now)
    return True


def sifted(
    connection: sa.Connection, place: Destination, entries: Sequence[Entry], *, now: datetime
) -> tuple[list[Entry], list[Silenced]]:
    """What waits for the digest of a place, without what was muted since: where each of its reports is."""
    oldest = min((entry.added_at for entry in entries), default=now)
    since = _made_since(connection, place, oldest, now) if entries else []
    if not since:
        return list(entries), []
    left: list[Entry] = []
    silenced: list[Silenced] = []
    for entry in entries:
        found = _muted_reports(connection, place, entry, since, now) if entry.why is not Why.AMENDED else ()
        if found:
            silenced.append(Silenced(entry=entry, notices=found))
        else:
            left.append(entry)
    return left, silenced


def keep(connection: sa.Connection, place: Destination, silenced: Sequence[Silenced], *, now: datetime) -> None:
    """What was muted while it waited for a digest counts as not told, and each decision says so."""
    for each in silenced:
        for notice, mute in each.notices:
            _keep(connection, notice, mute, now)
        held = [notice for notice, _ in each.notices if notice.reason is Reason.HELD]
        if held:
            _unsay(connection, place, each.entry.story_id, held, now)


def _told_instead(connection: sa.Connection, delivery: Delivery) -> list[Notice]:
    """What this message tells in the place of another: what had waited for a digest or for the end of quiet hours
    when it was decided, and what waited behind it in the line."""
    notice, other, by = delivery.notice, deliveries.alias("other"), decisions.alias("by")
    own = deliveries.c.decision_id == decisions.c.id
    in_digest = sa.exists().where(
        other.c.destination == decisions.c.destination,
        other.c.bulletin_key.startswith(digests.KEY),
        other.c.created_at.between(decisions.c.decided_at, notice.decided_at),
    )
    in_message = sa.exists().where(
        by.c.destination == decisions.c.destination,
        by.c.story_id == decisions.c.story_id,
        other.c.decision_id == by.c.id,
        other.c.state == DeliveryState.SENT,
        other.c.finished_at >= decisions.c.decided_at,
    )
    for_digest = sa.and_(~sa.exists().where(own), ~in_digest)
    for_morning = sa.exists().where(own, deliveries.c.fault == messages.LOUDER)
    behind = sa.exists().where(own, deliveries.c.fault == messages.told_by(delivery.id))
    before = sa.and_(decisions.c.reason == Reason.HELD, decisions.c.decided_at <= notice.decided_at)
    rows = connection.execute(
        sa.select(decisions)
        .where(
            decisions.c.destination == str(notice.destination),
            decisions.c.story_id == notice.story_id,
            sa.or_(sa.and_(before, sa.or_(for_digest, for_morning)), behind),
            ~in_message,
            ~digests.taken_back(),
        )
        .order_by(decisions.c.id)
    )
    return [audience.notice_of(row) for row in rows]


def _made_since(connection: sa.Connection, place: Destination, since: datetime, now: datetime) -> list[Mute]:
    return [mute for mute in mutes.in_force(connection, [place], now=now) if mute.made_at >= since]


def _mute_on(connection: sa.Connection, notice: Notice, made: Sequence[Mute], now: datetime) -> Mute | None:
    story, found = news.story(connection, notice.story_id), news.item(connection, notice.item_key)
    if story is None or found is None:
        return None
    since = [mute for mute in made if mute.made_at >= notice.decided_at]
    return muted(since, story, found[0], now)


def _muted_reports(
    connection: sa.Connection, place: Destination, entry: Entry, made: Sequence[Mute], now: datetime
) -> tuple[tuple[Notice, Mute], ...]:
    """Every decision that waits with an entry, with its mute; none where one of them is not muted."""
    waits = audience.waiting_decisions(connection, place, entry.story_id, since=entry.added_at)
    found = [(notice, _mute_on(connection, notice, made, now)) for notice in waits]
    with_mute = tuple((notice, mute) for notice, mute in found if mute is not None)
    return with_mute if len(with_mute) == len(found) else ()


def _keep(connection: sa.Connection, notice: Notice, mute: Mute, now: datetime) -> None:
    detail = f"{TAKEN_BACK}{mute.detail}"
    silent = replace(
        notice, reason=Reason.MUTED, detail=detail, new_facts=(), decided_at=now, until=None, number=None
    )
    audience.save_decision(connection, silent)


def _unsay(
    connection: sa.Connection, place: Destination, story_id: StoryId, notices: Sequence[Notice], now: datetime
) -> None:
    """The place has not heard what these would have told; of the story nothing, where nothing else told of it."""
    heard = audience.told_about(connection, story_id, [place]).get(place)
    if heard is None:
        return
    if not _knows_of(connection, place, story_id):
        audience.forget_told(connection, place, story_id)
        return
    unsaid = {fact_key(fact) for notice in notices for fact in notice.new_facts}
    audience.save_told(connection, replace(heard, fact_keys=heard.fact_keys - unsaid), now=now)


def _knows_of(connection: sa.Connection, place: Destination, story_id: StoryId) -> bool:
    """By a message, one on its way, a digest, or because they follow it, having read it elsewhere."""
    waits = digests.waits_since(connection, [place], story_id)
    return bool(
        waits
        or messages.standing_at(connection, [place], story_id)
        or digests.told_in_one(connection, [place], story_id, before=waits)
        or follows.is_following(connection, place, story_id)
    )
