"""What each destination was told about each story, and every decision with its reason."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.codec import facts_from_json, facts_to_json
from bot.model import Destination, ItemKey, Notice, Reason, StoryId, Tier, Told
from bot.store.prepared import Prepared
from bot.store.schema import among, decisions, told

_TOLD_ABOUT = Prepared(
    sa.select(told).where(told.c.story_id == sa.bindparam("story"), among(told.c.destination, "places"))
)
_ADD_TOLD = Prepared(sa.insert(told))
_CHANGE_TOLD = Prepared(
    sa.update(told).where(told.c.destination == sa.bindparam("place"), told.c.story_id == sa.bindparam("story"))
)
_ADD_DECISIONS = sa.insert(decisions).returning(decisions.c.destination, decisions.c.id)
_ADD_DECISION = Prepared(_ADD_DECISIONS)


def told_about(
    connection: sa.Connection, story_id: StoryId, destinations: Collection[Destination]
) -> dict[Destination, Told]:
    """What these destinations know of the story; one that was told nothing is not in the answer."""
    rows = _TOLD_ABOUT.rows(connection, {"story": story_id, "places": destinations})
    return {
        Destination.parse(row.destination): Told(
            destination=Destination.parse(row.destination),
            story_id=StoryId(row.story_id),
            fact_keys=frozenset(row.fact_keys),
            tier=Tier(row.tier),
            version=row.version,
        )
        for row in rows
    }


def everybody_told(connection: sa.Connection, story_id: StoryId) -> dict[Destination, Told]:
    """What every destination knows of the story that was told of it."""
    rows = connection.execute(sa.select(told.c.destination).where(told.c.story_id == story_id))
    return told_about(connection, story_id, [Destination.parse(place) for place in rows.scalars()])


def save_told(connection: sa.Connection, *states: Told, now: datetime) -> None:
    """Record what destinations will have heard of one story once their outboxes are empty."""
    if not states:
        return
    known = told_about(connection, states[0].story_id, [state.destination for state in states])
    new = [_told_row(state, now) for state in states if state.destination not in known]
    changed = [_told_row(state, now) for state in states if state.destination in known]
    if new:
        _ADD_TOLD.run_all(connection, new)
    if changed:
        rows = [{"place": row.pop("destination"), "story": row.pop("story_id"), **row} for row in changed]
        _CHANGE_TOLD.run_all(connection, rows)


def _told_row(state: Told, now: datetime) -> dict[str, Any]:
    return {
        "destination": str(state.destination),
        "story_id": state.story_id,
        "fact_keys": sorted(state.fact_keys),
        "tier": state.tier,
        "version": state.version,
        "told_at": now,
    }


def save_decision(connection: sa.Connection, notice: Notice) -> int:
    """Store a decision, also one to stay silent; returns its number."""
    return save_decisions(connection, [notice])[0]


def save_decisions(connection: sa.Connection, notices: Sequence[Notice]) -> list[int]:
    """Store decisions, a row each, for as many destinations; returns their numbers, in the same order."""
    if not notices:
        return []
    rows = [
        {
            "item_key": notice.item_key,
            "story_id": notice.story_id,
            "destination": str(notice.destination),
            "route": notice.route,
            "reason": notice.reason,
            "detail": notice.detail,
            "tier": notice.tier,
            "new_facts": facts_to_json(notice.new_facts),
            "version": notice.version,
            "decided_at": notice.decided_at,
            "until": notice.until,
        }
        for notice in notices
    ]
    # By their destinations: to have them in the order of the rows would take a statement each on SQLite.
    one = len(rows) == 1  # as a rule
    stored = _ADD_DECISION.rows(connection, rows[0]) if one else connection.execute(_ADD_DECISIONS, rows)
    numbers = {row.destination: row.id for row in stored}
    return [numbers[row["destination"]] for row in rows]


def decisions_on(connection: sa.Connection, item_key: ItemKey) -> list[Notice]:
    """Every decision on an item, in the order they were taken."""
    rows = connection.execute(sa.select(decisions).where(decisions.c.item_key == item_key).order_by(decisions.c.id))
    return [notice_of(row) for row in rows]


def channel_decisions(connection: sa.Connection, item_key: ItemKey, *, limit: int) -> list[Notice]:
    """The last decisions on an item for channels, in the order they were taken; a person's are for that person."""
    rows = connection.execute(
        sa.select(decisions)
        .where(decisions.c.item_key == item_key, is_channel(decisions))
        .order_by(decisions.c.id.desc())
        .limit(limit)
    ).all()
    return [notice_of(row) for row in reversed(rows)]


def is_channel(table: sa.FromClause) -> sa.ColumnElement[bool]:
    """The rows of `table` (decisions, or an alias of it) whose destination is no person."""
    return table.c.destination.not_like("%:@%")


def told_a_channel(table: sa.FromClause) -> sa.ColumnElement[bool]:
    """The rows of `table` (decisions, or an alias of it) that sent something to a channel."""
    silent = [reason for reason in Reason if not reason.tells]
    return sa.and_(is_channel(table), table.c.reason.not_in(silent))


def amended_since(connection: sa.Connection, notice: Notice) -> bool:
    """Whether it was decided since then that what the place knows of the story is no longer right."""
    decided = sa.exists().where(
        decisions.c.story_id == notice.story_id,
        decisions.c.destination == str(notice.destination),
        decisions.c.reason.in_((Reason.CORRECTION, Reason.WITHDRAWN)),
        decisions.c.decided_at >= notice.decided_at,
    )
    return bool(connection.execute(sa.select(decided)).scalar_one())


def forget_told(connection: sa.Connection, place: Destination, story_id: StoryId) -> None:
    """It was told nothing of the story after all."""
    connection.execute(sa.delete(told).where(told.c.destination == str(place), told.c.story_id == story_id))


def waiting_decisions(
    connection: sa.Connection, place: Destination, story_id: StoryId, *, since: datetime
) -> list[Notice]:
    """What has waited for a digest of a place since then about a story, in the order in which it was decided."""
    rows = connection.execute(
        sa.select(decisions)
        .where(
            decisions.c.story_id == story_id,
            decisions.c.destination == str(place),
            decisions.c.decided_at >= since,
            decisions.c.reason.in_([Reason.HELD, Reason.FLOOD_BRAKE]),
        )
        .order_by(decisions.c.id)
    )
    return [notice_of(row) for row in rows]


def last_told_item(connection: sa.Connection, destination: Destination) -> ItemKey | None:
    """The item of the last decision here that sent something."""
    silent = [reason for reason in Reason if not reason.tells]
    key = connection.execute(
        sa.select(decisions.c.item_key)
        .where(decisions.c.destination == str(destination), decisions.c.reason.not_in(silent))
        .order_by(decisions.c.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    return None if key is None else ItemKey(key)


def notice_of(row: Any) -> Notice:
    """A row of `decisions` as the notice it stores."""
    return Notice(
        destination=Destination.parse(row.destination),
        story_id=StoryId(row.story_id),
        item_key=ItemKey(row.item_key),
        route=row.route,
        reason=Reason(row.reason),
        detail=row.detail,
        tier=Tier(row.tier),
        new_facts=facts_from_json(row.new_facts),
        version=row.version,
        decided_at=row.decided_at,
        until=row.until,
        number=row.id,
    )


def reason_counts(connection: sa.Connection, *, since: datetime) -> dict[str, int]:
    """How many decisions were taken for each reason since then."""
    rows = connection.execute(
        sa.select(decisions.c.reason, sa.func.count().label("n"))
        .where(decisions.c.decided_at >= since)
        .group_by(decisions.c.reason)
    )
    return {row.reason: row.n for row in rows}
