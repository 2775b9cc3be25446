"""How every source stands, read at once: of the file and from chat, polled or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.commands.views.sources import Standing, State
from bot.intake.freshness import FROZEN_AFTER, is_frozen
from bot.model import Source, SourceId
from bot.sources.sourcing import AddedSource, Pause, all_sources
from bot.store import added_sources, feeds, floods
from bot.store.feeds import SourceHealth


def standings(connection: sa.Connection, configured: Sequence[Source], *, now: datetime) -> list[Standing]:
    """Of each source the state, why and since when; in the order of the file, then of their adding."""
    stored = added_sources.changes(connection)
    healths = {health.id: health for health in feeds.health(connection, resting_too=True)}
    pauses = {pause.source_id: pause for pause in stored.pauses}
    added = {each.source.id: each for each in stored.added}
    in_file = {source.id for source in configured}
    silent = [each.id for each in healths.values() if each.last_new_at and now - each.last_new_at > FROZEN_AFTER]
    rhythms = feeds.rhythms(connection, silent) if silent else {}
    held = floods.held(connection)
    return [
        _standing(
            source,
            pauses.get(source.id),
            healths.get(source.id),
            None if source.id in in_file else added.get(source.id),
            rhythms,
            held.get(source.id, 0),
            now,
        )
        for source in all_sources(configured, stored.added)
    ]


def _standing(
    source: Source,
    pause: Pause | None,
    health: SourceHealth | None,
    added: AddedSource | None,
    rhythms: Mapping[SourceId, timedelta],
    held: int,
    now: datetime,
) -> Standing:
    last_new_at = health.last_new_at if health else None
    state, why, since = _state(source, pause, health, rhythms.get(source.id, timedelta()), now)
    return Standing(source=source, state=state, why=why, since=since, last_new_at=last_new_at, added=added, held=held)


def _state(
    source: Source, pause: Pause | None, health: SourceHealth | None, rhythm: timedelta, now: datetime
) -> tuple[State, str, datetime | None]:
    if not source.enabled:
        return State.OFF, "", None
    if pause:
        return State.PAUSED, f"by {pause.by}" + (f": {pause.reason}" if pause.reason else ""), pause.paused_at
    if health is None or not (health.failures or health.last_ok_at):
        return State.NEW, "", None
    if health.failures:
        return State.FAILING, health.fault or "no answer", health.last_ok_at or health.fault_at
    if health.last_new_at and is_frozen(health.last_new_at, rhythm, now):
        return State.FROZEN, "it answers, but brings nothing new", health.last_new_at
    return State.OK, "", None
