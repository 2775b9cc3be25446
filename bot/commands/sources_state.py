"""How every source stands, read at once: of the file and from chat, polled or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from bot.commands.views.sources import Push, Standing, State
from bot.intake.fetched import FaultKind
from bot.intake.rhythm import Rhythm
from bot.intake.trouble import Trouble
from bot.model import Source
from bot.sources.sourcing import AddedSource, Pause, all_sources
from bot.store import added_sources, feeds, floods, hubs
from bot.store.feeds import SourceHealth
from bot.store.hubs import HubStanding


def standings(connection: sa.Connection, configured: Sequence[Source], *, now: datetime) -> list[Standing]:
    """Of each source the state, why and since when; in the order of the file, then of their adding."""
    stored = added_sources.changes(connection)
    healths = {health.id: health for health in feeds.health(connection, resting_too=True)}
    pauses = {pause.source_id: pause for pause in stored.pauses}
    added = {each.source.id: each for each in stored.added}
    in_file = {source.id for source in configured}
    held = floods.held(connection)
    pushes = {source_id: _push(hub) for source_id, hub in hubs.standings(connection, now=now).items()}
    found = [
        _standing(
            source,
            pauses.get(source.id),
            healths.get(source.id),
            None if source.id in in_file else added.get(source.id),
            held.get(source.id, 0),
        )
        for source in all_sources(configured, stored.added)
    ]
    return [replace(each, push=pushes.get(each.source.id)) for each in found]


def _push(hub: HubStanding) -> Push:
    return Push(hub=hub.hub, until=hub.live_until, last=hub.delivered_at, why=hub.fault or "")


def _standing(
    source: Source,
    pause: Pause | None,
    health: SourceHealth | None,
    added: AddedSource | None,
    held: int,
) -> Standing:
    state, why, since = _state(source, pause, health)
    return Standing(
        source=source, state=state, why=why, since=since, added=added, held=held,
        last_new_at=health.last_new_at if health else None, moved_to=health.moved_to if health else None,
    )  # fmt: skip


def _state(source: Source, pause: Pause | None, health: SourceHealth | None) -> tuple[State, str, datetime | None]:
    if not source.enabled:
        return State.OFF, "", None
    if pause:
        return State.PAUSED, f"by {pause.by}" + (f": {pause.reason}" if pause.reason else ""), pause.paused_at
    if health is None or not (health.failures or health.last_ok_at):
        return State.NEW, "", None
    if health.failures or health.trouble is Trouble.RETIRED:
        return _failing(health), health.fault or "no answer", health.last_ok_at or health.fault_at
    if health.trouble is Trouble.FROZEN:
        rhythm = Rhythm.load(health.rhythm)
        words = f"; it publishes {rhythm.in_words}" if rhythm else ""
        return State.FROZEN, f"it answers, but brings nothing new{words}", rhythm.newest if rhythm else None
    return State.OK, "", None


def _failing(health: SourceHealth) -> State:
    if health.trouble is Trouble.RETIRED:
        return State.RETIRED
    return State.BLOCKED if health.fault_kind == FaultKind.BLOCKED else State.FAILING
