"""What is new in the document of a feed. Runs in a worker process, as `parsing.py` does.

The entries that stand there as they did at the last poll are known by their bytes and not parsed again (`delta.py`).
Whatever does not come apart cleanly is parsed whole, and what comes out is what feedparser makes of the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b

from bot.intake.delta import Cut, Known, Memory, cut
from bot.intake.faults import shown
from bot.intake.identity import names
from bot.intake.parsing import entries_of, parse_feed, presentable
from bot.intake.sniff import form_of
from bot.intake.strict import Reading, read_strictly
from bot.model import Entry, ItemKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """A document's entries but for the `standing` ones, which are known by their own bytes."""

    entries: tuple[Entry, ...]
    standing: tuple[ItemKey, ...] = ()
    memory: str | None = None  # of all its entries; the items of the new ones are not in it yet


def parse_changes(body: bytes, content_type: str, url: str, memory: str | None, now: datetime) -> Changes:
    """As `parse_feed`, but for the entries that `memory` knows. `now` decides whether it still counts."""
    pieces = cut(body, content_type) if form_of(body, shown(url)) == "xml" else None
    if pieces is None:
        return Changes(entries=parse_feed(body, content_type, url))
    return (
        _unseen(pieces, url, Memory.load(memory, now))
        or _all(pieces, url, now)
        or Changes(entries=parse_feed(body, content_type, url))
    )


def _unseen(pieces: Cut, url: str, memory: Memory) -> Changes | None:
    """None where the whole document must be parsed."""
    known = {trace: memory.entries[trace] for trace in pieces.traces if trace in memory.entries}
    if not known or memory.whole_at is None:
        return None
    unseen = [trace for trace in pieces.traces if trace not in known]
    reading = read_strictly(pieces.without(known))
    if reading is None or _ground(reading, url) != memory.ground or len(reading.entries) != max(len(unseen), 1):
        return None
    found = _traced(entries_of(reading.entries, url, reading.language) if unseen else (), unseen)
    new = _unidentified(found)
    if _names_in(new) & _names_in(known):
        return None
    entries_now = {trace: known.get(trace) or new[trace] for trace in pieces.traces}
    return Changes(
        entries=presentable(found),
        standing=tuple(dict.fromkeys(each.key for each in known.values() if each.key)),
        memory=Memory.of(entries_now, memory.ground, memory.whole_at).dump(),
    )


def _all(pieces: Cut, url: str, now: datetime) -> Changes | None:
    """None where the document is not well-formed."""
    reading = read_strictly(pieces.whole)
    if reading is None:
        return None
    found = entries_of(reading.entries, url, reading.language)
    ground = _ground(reading, url)
    if ground is None or len(found) != len(pieces.traces):
        return Changes(entries=presentable(found))
    traced = _traced(found, pieces.traces)
    return Changes(entries=presentable(traced), memory=Memory.of(_unidentified(traced), ground, now).dump())


def _ground(reading: Reading, url: str) -> str | None:
    """All that the entries are read by: relative links go by the address of the feed."""
    return reading.ground and _hash(f"{reading.ground} {url}")


def _traced(entries: Iterable[Entry], traces: Iterable[str]) -> list[Entry]:
    return [replace(entry, trace=trace) for entry, trace in zip(entries, traces, strict=True)]


def _unidentified(entries: Iterable[Entry]) -> dict[str, Known]:
    """By their traces, the entries whose items are not known yet."""
    return {
        entry.trace: Known(None, tuple(_hash("\x1f".join(name)) for name in names(entry)))
        for entry in entries
        if entry.trace
    }


def _names_in(entries: Mapping[str, Known]) -> set[str]:
    return {name for known in entries.values() for name in known.names}


def _hash(text: str) -> str:
    return blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()
