"""One poll of one feed: ask only for what is new, parse only what changed, say plainly what went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from yarl import URL

from bot.intake.challenge import is_challenge
from bot.intake.faults import FetchFailed, failed, shown
from bot.intake.fetched import Fault, FaultKind, Fetched, FetchState
from bot.intake.hints import parse_with_hints
from bot.intake.http import Answer, GuardedClient
from bot.intake.lifetime import fresh_for, is_shared
from bot.intake.rhythm import with_hints
from bot.intake.websub import offered
from bot.intake.workers import WorkerPool
from bot.retry_after import retry_after

MOST_RETRY_AFTER = timedelta(days=1)  # a server that asks for more is asked again tomorrow
LONGEST_VALIDATOR = 1_000  # characters of an ETag or a date that is sent back
LONGEST_ADDRESS = 2_000  # characters of one that is adopted
MOVED_FAILURES = 3  # in a row at an address that was adopted, and the configured one is asked again

_STATUS_WORDS = {
    401: "wants a login; put the right user name and password into its url, or remove the source",
    402: "wants to be paid; remove the source or use a free feed of the publisher",
    404: "has no feed at this address (any more); look for its new address or remove the source",
    410: "is gone for good; look for its new address or remove the source",
    429: "asks to be polled less often, and is; raise `every` of the source if this stays",
    451: "is withheld here for legal reasons; remove the source",
}
_STATUS_KINDS = {410: FaultKind.GONE, 429: FaultKind.TOO_OFTEN}


async def fetch_feed(
    url: str,
    state: FetchState,
    client: GuardedClient,
    pool: WorkerPool,
    now: datetime,
    own: Mapping[str, str] | None = None,
) -> Fetched:
    """What a feed has that `state` does not know, and the state after it. Faults come back as values.

    It is asked where it has moved to for good, and else at `url`. Entries are empty where the server says so (304) or
    sends the same bytes again. `now` is what a Retry-After date is measured from; `own` are the headers that the
    source wants to be sent to its origin.
    """
    place = state.moved_to or url
    try:
        return await _poll(place, state, client, pool, now, own if _same_origin(place, url) else None)
    except FetchFailed as failure:
        return _after(failure.fault, state)


def _same_origin(place: str, url: str) -> bool:
    return place == url or URL(place).origin() == URL(url).origin()


def _after(fault: Fault, state: FetchState) -> Fetched:
    """An address that was adopted is not the last word: the configured one may know a newer."""
    failures = state.failures + 1
    if state.moved_to is None:
        return Fetched(state=replace(state, failures=failures), fault=fault)
    gone = fault.kind is FaultKind.GONE
    moved_to = None if gone or failures >= MOVED_FAILURES else state.moved_to
    fault = replace(fault, kind=FaultKind.HTTP_STATUS) if gone else fault
    return Fetched(state=replace(state, failures=failures, moved_to=moved_to), fault=fault)


async def _poll(
    url: str,
    state: FetchState,
    client: GuardedClient,
    pool: WorkerPool,
    now: datetime,
    own: Mapping[str, str] | None,
) -> Fetched:
    conditions = _conditions(state)
    known = (state.body_hash or "").split()
    answer = await client.get(url, headers=conditions, own=own, known=known)
    fresh, shared = fresh_for(answer.headers), is_shared(answer.headers)
    if answer.status == 304 and conditions:
        return Fetched(state=replace(_at_home(answer, state), failures=0), fresh_for=fresh, shared_copy=shared)
    if not 200 <= answer.status < 300 or is_challenge(answer.status, answer.headers, answer.body):
        raise refusal(answer, shown(url), now)
    if answer.received in known:
        return Fetched(state=_learned(answer, state), fresh_for=fresh, shared_copy=shared)
    # As it came, and unpacked: some servers pack the same document otherwise each time.
    learned = replace(_learned(answer, state), body_hash=f"{answer.received} {answer.digest}")
    if answer.digest in known:
        return Fetched(state=learned, fresh_for=fresh, shared_copy=shared)
    told = answer.headers.get("Content-Type", ""), answer.url, state.memory, now
    parsed, hints, offer = await pool.run(parse_with_hints, answer.body, *told, subject=shown(url))
    learned = replace(learned, memory=parsed.memory, rhythm=with_hints(state.rhythm, hints, now))
    return Fetched(
        entries=parsed.entries,
        standing=parsed.standing,
        state=learned,
        fresh_for=fresh,
        shared_copy=shared,
        offer=offered(answer.headers, offer, answer.url),
    )


def _conditions(state: FetchState) -> dict[str, str]:
    """https://www.rfc-editor.org/rfc/rfc9110#name-conditional-requests"""
    conditions = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
    return {name: value for name, value in conditions.items() if value}


def _learned(answer: Answer, state: FetchState) -> FetchState:
    """`state` with all that a good answer teaches but what its body does."""
    return replace(
        _at_home(answer, state),
        etag=_validator(answer.headers, "ETag"),
        last_modified=_validator(answer.headers, "Last-Modified"),
        failures=0,
    )


def _at_home(answer: Answer, state: FetchState) -> FetchState:
    """With the address that it moved to for good: adopted only now, with a good answer from there."""
    to = answer.moved_to
    return replace(state, moved_to=to) if to and len(to) <= LONGEST_ADDRESS else state


def _validator(headers: Mapping[str, str], name: str) -> str | None:
    """A header fit to be stored and sent back; some servers put raw bytes or whole pages into it."""
    value = headers.get(name, "").strip()
    return value if value.isascii() and value.isprintable() and 0 < len(value) <= LONGEST_VALIDATOR else None


def refusal(answer: Answer, place: str, now: datetime) -> FetchFailed:
    """Why a status that is not 2xx gives no document, and the cure."""
    status = answer.status
    wait = retry_after(answer.headers.get("Retry-After"), now, most=MOST_RETRY_AFTER)
    if is_challenge(status, answer.headers, answer.body):
        return failed(
            FaultKind.BLOCKED,
            f"{place} refuses this bot or its network ({status}); set intake.user_agent_contact, which some sites "
            "want, or use another feed of the publisher",
            wait,
        )
    if status >= 500:
        words = "has trouble of its own; it is tried again later"
    else:
        words = _STATUS_WORDS.get(status, "does not give out the feed; open the address in a browser to see why")
    return failed(_STATUS_KINDS.get(status, FaultKind.HTTP_STATUS), f"{place} {words} (HTTP {status})", wait)
