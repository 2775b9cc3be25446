"""Every source asked once, without effect: how it does, and what a person would have to do.

Nothing is stored and nobody is told. The feeds of one host are asked one after the other, as a poll would.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.intake.challenge import is_challenge
from bot.intake.dates import plausible
from bot.intake.faults import FetchFailed, shown, without_secrets
from bot.intake.feed import refusal
from bot.intake.fetch import Intake
from bot.intake.fetched import Fault, FaultKind, FetchState
from bot.intake.freshness import is_frozen, usual_pause
from bot.intake.hosts import host_of
from bot.intake.http import Answer
from bot.intake.parsing import FeedDocument, parse_document
from bot.model import Entry, Source
from bot.sources.trial import rhythm

SLOW = timedelta(seconds=5)  # for one answer; a poll waits 20 s
# They answer 403 to robots that name no contact. https://www.sec.gov/os/accessing-edgar-data
CONTACT_WANTED = ("sec.gov", "bls.gov")
CONTACT_CURE = (
    "set user_agent_contact under [intake] in tradewire.toml: this site refuses robots that name no contact"
)
_NO_CONTACT = "refuses this bot or its network; set user_agent_contact under [intake] in tradewire.toml and try again"
_REFUSED = "refuses this bot or its network, though it names a contact; use another feed of the publisher"


class State(StrEnum):
    """How a source does; those that need a person come first."""

    FAILING = "failing"
    GONE = "gone"
    BLOCKED = "blocked"
    NOT_A_FEED = "not a feed"
    FROZEN = "frozen"  # it answers, but has brought nothing for long, measured by its own rhythm
    EMPTY = "empty"
    MOVED = "moved"  # and is read at its new address all the same
    THROTTLED = "throttled"  # its server asks to be asked less often, and is
    STALE = "stale"  # all of it is older than may alert
    SLOW = "slow"
    OK = "ok"

    @property
    def needs_a_person(self) -> bool:
        return self in {State.FAILING, State.GONE, State.BLOCKED, State.NOT_A_FEED, State.FROZEN}

    @property
    def rank(self) -> int:
        return list(State).index(self)


_STATES = {
    FaultKind.BLOCKED: State.BLOCKED,
    FaultKind.GONE: State.GONE,
    FaultKind.NOT_A_FEED: State.NOT_A_FEED,
    FaultKind.TOO_OFTEN: State.THROTTLED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """What one source answered. `size` in bytes, unpacked, and `took` are of its document; a folder has neither."""

    source: Source
    state: State
    entries: int = 0
    newest: datetime | None = None
    rhythm: str = ""  # in words
    validated: bool = False  # it has an ETag or a date that it knows again, so that nothing is sent twice
    size: int = 0
    took: timedelta = timedelta()
    cure: str = ""


async def check_up(
    sources: Iterable[Source], intake: Intake, now: datetime, *, contact: str, at_once: int, spacing: timedelta
) -> AsyncIterator[Checkup]:
    """Each source as its answer comes; `at_once` hosts at a time, `spacing` between two requests to one of them."""
    lanes: defaultdict[str, list[Source]] = defaultdict(list)
    for source in sources:
        lanes[intake.client.hosts.lane_of(source)].append(source)
    room, ready = asyncio.Semaphore(at_once), asyncio.Queue[Checkup]()

    async def go_through(lane: Sequence[Source]) -> None:
        async with room:
            for number, source in enumerate(lane):
                if number:
                    await asyncio.sleep(spacing.total_seconds())
                ready.put_nowait(await check_one(source, intake, now, contact=contact))

    async with asyncio.TaskGroup() as group:
        for lane in lanes.values():
            group.create_task(go_through(lane))
        for _ in range(sum(map(len, lanes.values()))):
            yield await ready.get()


async def check_one(source: Source, intake: Intake, now: datetime, *, contact: str) -> Checkup:
    """One source; what the outside does wrong is its state."""
    if source.url is None:
        return await _folder(source, intake, now)
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        answer = await intake.client.get(source.url, own=dict(source.headers), spaced=False)
        took = timedelta(seconds=loop.time() - began)
        document = await _read(source.url, answer, intake, now)
    except FetchFailed as failure:
        return _failed(source, failure.fault, contact)
    newest, dates = _dates(document.entries, now)
    found = Checkup(
        source=source,
        state=State.OK,
        entries=len(document.entries),
        newest=newest,
        rhythm=rhythm(dates),
        validated=bool(answer.headers.get("ETag") or answer.headers.get("Last-Modified")),
        size=len(answer.body),
        took=took,
    )
    frozen = newest is not None and is_frozen(newest, usual_pause(dates), now)
    state, cure = _judged(found, answer.moved_to, now, frozen=frozen)
    return replace(found, state=state, cure=cure)


def wants_contact(source: Source) -> bool:
    """Whether its site is known to refuse robots that name no contact."""
    host = host_of(source.url or "")
    return any(host == site or host.endswith(f".{site}") for site in CONTACT_WANTED)


async def _read(url: str, answer: Answer, intake: Intake, now: datetime) -> FeedDocument:
    place = shown(url)
    if not 200 <= answer.status < 300 or is_challenge(answer.status, answer.headers, answer.body):
        raise refusal(answer, place, now)
    told = answer.headers.get("Content-Type", ""), answer.url
    return await intake.pool.run(parse_document, answer.body, *told, subject=place)


async def _folder(source: Source, intake: Intake, now: datetime) -> Checkup:
    fetched = await intake.fetch(source, FetchState(), now)
    if fetched.fault:
        return Checkup(source=source, state=State.FAILING, cure=fetched.fault.message)
    newest, dates = _dates(fetched.entries, now)
    cure = fetched.skipped[0].message if fetched.skipped else ""
    state = State.OK if fetched.entries else State.EMPTY
    return Checkup(
        source=source, state=state, entries=len(fetched.entries), newest=newest, rhythm=rhythm(dates), cure=cure
    )


def _failed(source: Source, fault: Fault, contact: str) -> Checkup:
    state = _STATES.get(fault.kind, State.FAILING)
    cure = fault.message
    if state is State.BLOCKED:
        known = CONTACT_CURE if wants_contact(source) else f"{shown(source.url or '')} {_NO_CONTACT}"
        cure = f"{shown(source.url or '')} {_REFUSED}" if contact else known
    return Checkup(source=source, state=state, cure=cure)


def _dates(entries: Sequence[Entry], now: datetime) -> tuple[datetime | None, list[datetime]]:
    dates = [date for entry in entries if (date := plausible(entry.published, now))]
    return max(dates, default=None), dates


def _judged(found: Checkup, moved_to: str | None, now: datetime, *, frozen: bool) -> tuple[State, str]:
    """How a feed does that could be read, and what to do."""
    if frozen:
        return State.FROZEN, "it answers, but brings nothing new: look for the publisher's present feed, or remove it"
    if not found.entries:
        return State.EMPTY, ""
    if moved_to:
        return State.MOVED, f"it is read at its new address; put that into the list: {without_secrets(moved_to)}"
    max_age = found.source.max_age
    if found.newest and max_age and now - found.newest > max_age:
        return State.STALE, "its newest entry is older than max_age, so nothing of it alerts now"
    return (State.SLOW if found.took > SLOW else State.OK), ""
