"""One poll of one feed: ask only for what is new, parse only what changed, say plainly what went wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.intake.changes import parse_changes
from bot.intake.faults import FetchFailed, failed, shown
from bot.intake.http import Answer, GuardedClient
from bot.intake.workers import WorkerPool
from bot.model import FaultKind, Fetched, FetchState
from bot.retry_after import retry_after

MOST_RETRY_AFTER = timedelta(days=1)  # a server that asks for more is asked again tomorrow
LONGEST_VALIDATOR = 1_000  # characters of an ETag or a date that is sent back

_STATUS_WORDS = {
    401: "wants a login; put the right user name and password into its url, or remove the source",
    402: "wants to be paid; remove the source or use a free feed of the publisher",
    404: "has no feed at this address (any more); look for its new address or remove the source",
    410: "is gone for good; remove the source",
    429: "asks to be polled less often; raise `every` of the source if this stays",
    451: "is withheld here for legal reasons; remove the source",
}


async def fetch_feed(url: str, state: FetchState, client: GuardedClient, pool: WorkerPool, now: datetime) -> Fetched:
    """What a feed has that `state` does not know, and the state after it. Faults come back as values.

    Entries are empty where the server says so (304) or sends the same bytes again. `now` is what a Retry-After date
    is measured from.
    """
    try:
        return await _poll(url, state, client, pool, now)
    except FetchFailed as failure:
        return Fetched(state=replace(state, failures=state.failures + 1), fault=failure.fault)


async def _poll(url: str, state: FetchState, client: GuardedClient, pool: WorkerPool, now: datetime) -> Fetched:
    conditions = _conditions(state)
    known = (state.body_hash or "").split()
    answer = await client.get(url, headers=conditions, known=known)
    if answer.status == 304 and conditions:
        return Fetched(state=replace(state, failures=0))
    if not 200 <= answer.status < 300:
        raise refusal(answer, shown(url), now)
    if answer.received in known:
        return Fetched(state=replace(_learned(answer), body_hash=state.body_hash, memory=state.memory))
    # As it came, and unpacked: some servers pack the same document otherwise each time.
    body_hash = hashlib.sha256(answer.body).hexdigest()
    learned = replace(_learned(answer), body_hash=f"{answer.received} {body_hash}")
    if body_hash in known:
        return Fetched(state=replace(learned, memory=state.memory))
    told = answer.headers.get("Content-Type", ""), answer.url, state.memory, now
    parsed = await pool.run(parse_changes, answer.body, *told, subject=shown(url))
    return Fetched(entries=parsed.entries, standing=parsed.standing, state=replace(learned, memory=parsed.memory))


def _conditions(state: FetchState) -> dict[str, str]:
    """https://www.rfc-editor.org/rfc/rfc9110#name-conditional-requests"""
    conditions = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
    return {name: value for name, value in conditions.items() if value}


def _learned(answer: Answer) -> FetchState:
    return FetchState(
        etag=_validator(answer.headers, "ETag"), last_modified=_validator(answer.headers, "Last-Modified")
    )


def _validator(headers: Mapping[str, str], name: str) -> str | None:
    """A header fit to be stored and sent back; some servers put raw bytes or whole pages into it."""
    value = headers.get(name, "").strip()
    return value if value.isascii() and value.isprintable() and 0 < len(value) <= LONGEST_VALIDATOR else None


def refusal(answer: Answer, place: str, now: datetime) -> FetchFailed:
    """Why a status that is not 2xx gives no document, and the cure."""
    status = answer.status
    wait = retry_after(answer.headers.get("Retry-After"), now, most=MOST_RETRY_AFTER)
    if (
        status == 403 or "cf-mitigated" in answer.headers
    ):  # Cloudflare's mark of a challenge page, whatever the status
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
    return failed(FaultKind.HTTP_STATUS, f"{place} {words} (HTTP {status})", wait)
