"""The sources of a desk: those of sources.toml and those added from chat, and how they are told apart. Pure."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection, Container, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from bot.intake.faults import without_secrets
from bot.model import Destination, Item, Source, SourceId

LONGEST_ID = 48  # characters

_NOT_ID = re.compile(r"[^a-z0-9]+")
_SAME_PLACE = re.compile(r"^https?://(?:www\.)?|/+$", re.IGNORECASE)
_SCHEME = re.compile(r"^https?(?=://)", re.IGNORECASE)
_UNITS = (("w", 604_800), ("d", 86_400), ("h", 3600), ("m", 60))


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedSource:
    """A source that somebody added from chat."""

    source: Source
    author: Destination
    author_name: str = ""  # as the platform shows it; empty where it does not say
    added_at: datetime

    @property
    def by(self) -> str:
        """The author, for people."""
        return self.author_name or str(self.author)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A source that somebody wants not to be polled for now, wherever it stands."""

    source_id: SourceId
    author: Destination
    author_name: str = ""
    reason: str = ""
    paused_at: datetime

    @property
    def by(self) -> str:
        return self.author_name or str(self.author)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceChanges:
    """What was changed from chat, as stored: `number` grows with every change."""

    number: int
    added: tuple[AddedSource, ...] = ()
    pauses: tuple[Pause, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a test poll came to; `newest` are the newest items, `warnings` what speaks against the feed.

    `reasons` are of the newest that would have been flagged: each with its topics and the words that speak for them.
    """

    entries: int
    newest: tuple[Item, ...]
    judged: int
    flagged: int
    warnings: tuple[str, ...] = ()
    reasons: tuple[tuple[Item, str], ...] = ()
    lang: str | None = None  # ISO 639-1, of most of its items
    rhythm: str = ""  # in words
    pushed: bool = False  # by a hub
    frozen: bool = False


def all_sources(configured: Sequence[Source], added: Iterable[AddedSource]) -> list[Source]:
    """Those of the file, then the added ones whose id and place it does not have: the file has the last word."""
    ids = {source.id for source in configured}
    places = places_of(configured)
    return [
        *configured,
        *(each.source for each in added if each.source.id not in ids and place_of(each.source) not in places),
    ]


def polled(configured: Sequence[Source], changes: SourceChanges) -> list[Source]:
    """The sources that are to be polled: enabled and not paused."""
    paused = {pause.source_id for pause in changes.pauses}
    return [source for source in all_sources(configured, changes.added) if source.enabled and source.id not in paused]


def within(source: Source, max_age: timedelta | None) -> Source:
    """The source with the desk's usual `max_age` where it has none of its own."""
    return source if source.max_age or not source.url else replace(source, max_age=max_age)


# --- telling apart ----------------------------------------------------------------------------------------


def same_place(place: str) -> str:
    """What two spellings of one place have in common: http or https, "www." and a final slash make no difference."""
    return _SAME_PLACE.sub("", place)


def place_of(source: Source) -> str:
    return same_place(source.url or source.path or "")


def places_of(sources: Collection[Source]) -> dict[str, SourceId]:
    """The id of the source at each place."""
    return {place_of(source): source.id for source in sources}


def plain_scheme(url: str) -> str:
    """ "HTTPS://…" as "https://…": some programs write it so, and what reads it later need not know."""
    return _SCHEME.sub(lambda scheme: scheme[0].lower(), url)


def nearest(wanted: str, known: Iterable[str]) -> str:
    """ "; did you mean 'ustr'?", or nothing where nothing is near."""
    near = difflib.get_close_matches(wanted, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def make_id(name: str, place: str, taken: Container[str]) -> SourceId:
    """An id like "bbc-business" from a name, else from the host or folder; "bbc-business-2" where that is taken."""
    stem = _slug(name) or _slug(_named_after(place)) or "source"
    candidate, number = stem, 1
    while candidate in taken:
        number += 1
        candidate = f"{stem}-{number}"
    return SourceId(candidate)


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _NOT_ID.sub("-", plain)[:LONGEST_ID].strip("-")


def _named_after(place: str) -> str:
    """The host of a web address, the last part of a path."""
    try:
        host = urlsplit(place).hostname
    except ValueError:
        host = None
    return (host or Path(place).name).removeprefix("www.")


# --- in words ---------------------------------------------------------------------------------------------


def written(duration: timedelta) -> str:
    """ "5m", as `settings.parse_duration` reads it."""
    seconds = round(duration.total_seconds())
    for unit, size in _UNITS:
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def described(source: Source) -> dict[str, object]:
    """Every setting by its name in sources.toml, as it is in effect; of headers only the names, no secrets."""
    said = {part.name: getattr(source, part.name) for part in fields(source)}
    said |= {name: written(value) for name, value in said.items() if isinstance(value, timedelta)}
    said["url"] = without_secrets(source.url) if source.url else None
    said["headers"] = [name for name, _ in source.headers]
    return said
