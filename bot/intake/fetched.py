"""What a poll of a source takes and brings: the cursor, the entries as they are, and what went wrong, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from bot.model import Entry, ItemKey


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchState:
    """What the last good answer of a source taught us; it is the cursor and commits with the items."""

    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    failures: int = 0  # in a row
    memory: str | None = None  # of the entries of its last document: see intake/delta.py
    rhythm: str | None = None  # when it publishes, and what it asks for: see intake/rhythm.py
    moved_to: str | None = None  # where its address leads for good: asked in the place of the one that is configured


class FaultKind(StrEnum):
    """Why a fetch gave nothing; `status` and the board count by these words."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    TOO_LARGE = "too-large"
    REFUSED_ADDRESS = "refused-address"
    HTTP_STATUS = "http-status"
    BLOCKED = "blocked"
    GONE = "gone"
    TOO_OFTEN = "too-often"
    NOT_A_FEED = "not-a-feed"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fetch that failed, as a value: one bad source never stops the others."""

    kind: FaultKind
    message: str  # one line for a person: the thing, the place, the cure
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The hubs that push what is new in a feed, and how they call it; see intake/websub.py."""

    topic: str
    hubs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What one poll of one source brought. `entries` is empty when unchanged or failed.

    `standing` are the items whose entries stand there just as they did, and were not read again.
    """

    entries: tuple[Entry, ...] = ()
    standing: tuple[ItemKey, ...] = ()
    state: FetchState = FetchState()
    fault: Fault | None = None
    skipped: tuple[Fault, ...] = ()  # single files of a folder that could not be read
    fresh_for: timedelta | None = None  # until the copy that answered is over, as its headers say
    shared_copy: bool = False  # it is that of a cache: asked sooner, the same comes again
    offer: Offer | None = None  # None: its document was not read

    @property
    def is_quiet(self) -> bool:
        """Answered, and nothing in it: as most polls are."""
        return not (self.fault or self.entries or self.standing)
