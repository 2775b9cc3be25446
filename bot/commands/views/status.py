"""What `/wire status` answers, as a neutral reply: the day in figures, then all that is not as it should be. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.commands.spec import one_line
from bot.commands.views.sources import Standing, State
from bot.counts import how_many
from bot.deliver.card import Action, Line, Reply, Run
from bot.model import Destination
from bot.observe.health import Part
from bot.store.condition import Down, LastAlert, Queue
from bot.store.outbox import Backlog

MOST_SOURCES = 8  # that are named; the rest are counted
MOST_CHANNELS = 8
MAX_WHY = 200  # characters
MAX_HEADLINE = 120
UNWELL = {State.FAILING: "✗", State.BLOCKED: "✗", State.RETIRED: "✗", State.FROZEN: "❄"}
HIDDEN = "not well; who manages this channel sees why"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who asks, and what is theirs to see."""

    user: Destination
    place: Destination
    sees_why: bool
    sees_channels: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Everything; the figures are of the last 24 hours."""

    read: int
    opened: int
    outcomes: Mapping[str, int]
    reasons: Mapping[str, int]
    sources: Sequence[Standing]
    queues: Sequence[Queue]
    waiting: Sequence[Backlog]
    downs: Sequence[Down]
    last_alert: LastAlert | None
    database: str
    is_sqlite: bool
    size: int  # bytes
    parts: Sequence[Part]
    version: str
    started_at: datetime
    now: datetime


def status(found: Status, reader: Reader) -> Reply:
    problems = list(_problems(found))
    lines = [
        _labelled(
            "Last 24 h",
            f"{how_many(found.read, 'item')}, {how_many(found.opened, 'story', 'stories')}, "
            f"{_figures(found.outcomes) or 'nothing'}",
        ),
        _labelled("Decisions", _figures(found.reasons) or "none yet"),
        *_sources(found.sources),
        *_downs(found, reader),
        *_queues(found, reader),
        _last(found.last_alert),
        _labelled("Database", _database(found, reader)),
        (
            *_labelled("Version", f"{found.version}, running for {_span(found.now - found.started_at)}, since "),
            _moment(found.started_at),
        ),
        *(_part(part, reader) for part in found.parts),
    ]
    actions = (Action(label="Sources", command="sources"),) if any(_unwell(found.sources)) else ()
    return Reply(
        title=f"Not well: {', '.join(problems)}." if problems else "All is well.", lines=tuple(lines), actions=actions
    )


def _problems(found: Status) -> Iterator[str]:
    for state in UNWELL:
        if count := sum(standing.state is state for standing in found.sources):
            yield f"{count} source{'' if count == 1 else 's'} {state}"
    closed = [down for down in found.downs if not down.passing]
    yield from (f"{down.platform} takes no messages" for down in closed if down.destination is None)
    if places := sum(down.destination is not None for down in closed):
        yield f"{how_many(places, 'place')} closed"
    if found.queues:
        yield f"{sum(queue.waiting for queue in found.queues)} waiting to be sent"
    yield from (part.name for part in found.parts if not part.ok)


# --- sources ----------------------------------------------------------------------------------------------


def _sources(standings: Sequence[Standing]) -> Iterator[Line]:
    states = [standing.state for standing in standings]
    counted = [f"{states.count(state)} {state}" for state in (State.OK, *State) if state in states]
    yield _labelled("Sources", ", ".join(dict.fromkeys(counted)) or "none")
    unwell = list(_unwell(standings))
    yield from map(_source, unwell[:MOST_SOURCES])
    if len(unwell) > MOST_SOURCES:
        yield (Run(text=f"… and {len(unwell) - MOST_SOURCES} more: /wire sources lists them."),)


def _unwell(standings: Sequence[Standing]) -> Iterator[Standing]:
    return (standing for state in UNWELL for standing in standings if standing.state is state)


def _source(standing: Standing) -> Line:
    since = (Run(text=" since "), _moment(standing.since)) if standing.since else ()
    return (
        Run(text=f"{UNWELL[standing.state]} {standing.source.id}: ", bold=True),
        Run(text=str(standing.state)),
        *since,
        Run(text=f": {one_line(standing.why, MAX_WHY)}"),
    )


# --- deliveries -------------------------------------------------------------------------------------------


def _downs(found: Status, reader: Reader) -> Iterator[Line]:
    """What takes no messages. Why a platform does not is for who manages a channel; people see only themselves."""
    shown = [down for down in found.downs if down.destination is None or _is_theirs(down.destination, reader)]
    yield from (_down(down, reader) for down in shown[:MOST_CHANNELS])
    if len(shown) > MOST_CHANNELS:
        yield (Run(text=f"… and {how_many(len(shown) - MOST_CHANNELS, 'more closed channel')}."),)
    people = sum(down.destination is not None and down.destination.person for down in found.downs)
    if people and reader.sees_channels:
        yield (Run(text=f"{how_many(people, 'person', 'people')} cannot be written to."),)


def _down(down: Down, reader: Reader) -> Line:
    name = str(down.destination or f"all of {down.platform}")
    state = "pauses" if down.passing else "closed"
    why = one_line(down.why, MAX_WHY) if reader.sees_why or down.passing else HIDDEN
    return (
        Run(text=f"{'…' if down.passing else '✗'} {name}: ", bold=True),
        Run(text=f"{state} since "),
        _moment(down.since),
        Run(text=", tried again "),
        _moment(down.probe_at),
        Run(text=f": {why}"),
    )


def _queues(found: Status, reader: Reader) -> Iterator[Line]:
    """By platform; where it waits is told to those whose place it is, of people to themselves alone."""
    if not found.queues:
        yield _labelled("Outbox", "empty")
    for queue in found.queues:
        waited = f"{queue.waiting} waiting, the oldest for {_span(found.now - queue.oldest)}, since "
        yield (*_labelled(f"Outbox, {queue.platform}", waited), _moment(queue.oldest))
    shown = [entry for entry in found.waiting if _is_theirs(entry.destination, reader)]
    for entry in shown[:MOST_CHANNELS]:
        why = f": {one_line(entry.fault, MAX_WHY)}" if entry.fault else ""
        yield (
            Run(text=f"{entry.destination}: ", bold=True),
            Run(text=f"{entry.waiting} waiting since "),
            _moment(entry.oldest),
            Run(text=why),
        )
    if len(shown) > MOST_CHANNELS:
        yield (Run(text=f"… and {len(shown) - MOST_CHANNELS} more channels."),)


def _is_theirs(destination: Destination, reader: Reader) -> bool:
    if destination.person:
        return destination == reader.user == reader.place
    return destination == reader.place or reader.sees_channels


def _last(alert: LastAlert | None) -> Line:
    if alert is None:
        return _labelled("Last alert here", "none yet")
    headline = f"{one_line(alert.title, MAX_HEADLINE)} · {alert.reference[:8]} · "
    return (*_labelled("Last alert here", headline), _moment(alert.at))


# --- the program ------------------------------------------------------------------------------------------


def _database(found: Status, reader: Reader) -> str:
    kind = "SQLite" if found.is_sqlite else "PostgreSQL"
    named = f", {found.database}" if reader.sees_channels else ""
    return f"{kind}, {_bytes(found.size)}{named}"


def _part(part: Part, reader: Reader) -> Line:
    detail = one_line(part.detail, MAX_WHY) if part.ok or reader.sees_why else HIDDEN
    return _labelled(f"{'✓' if part.ok else '✗'} {part.name}", detail)


def _labelled(label: str, text: str) -> Line:
    return (Run(text=f"{label}: ", bold=True), Run(text=text))


def _figures(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(counts.items()))


def _bytes(size: int) -> str:
    if size < 10 * 2**20:
        return f"{size / 2**20:.1f} MiB"
    return f"{size / 2**20:,.0f} MiB" if size < 10 * 2**30 else f"{size / 2**30:,.1f} GiB"


def _span(length: timedelta) -> str:
    """In the two largest units: "3 d 4 h"."""
    seconds = max(int(length.total_seconds()), 0)
    units = [("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)]
    parts = [
        f"{seconds // size % wrap} {name}" for (name, size), wrap in zip(units, (10**6, 24, 60, 60), strict=True)
    ]
    first = next((at for at, part in enumerate(parts) if not part.startswith("0 ")), len(parts) - 1)
    return " ".join(part for part in parts[first : first + 2] if not part.startswith("0 ")) or "0 s"


def _moment(when: datetime) -> Run:
    return Run(text=f"{when:%Y-%m-%d %H:%M} UTC", when=when)
