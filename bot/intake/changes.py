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
from bot.intake.parsing import parse_feed, presentable, xml_document, xml_slice
from bot.intake.sniff import form_of
from bot.model import Entry, ItemKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """A document's entries but for the `standing` ones, which are known by their own bytes."""

    entries: tuple[Entry, ...]
    standing: tuple[ItemKey, ...] = ()
    memory: str | None = None  # of all its entries; the items of the new ones are not in it yet


def parse_changes(body: bytes, content_type: str, url: str, memory: str | None, now: datetime) -> Changes:
    """As `parse_feed`, but for the entries that `memory` knows. `now` decides whether it still counts."""
    if form_of(body, shown(url)) == "json":
        return Changes(entries=parse_feed(body, content_type, url))
    pieces = cut(body, content_type)
    if pieces and (changes := _changes(pieces, Memory.load(memory, now), content_type, url)):
        return changes
    document = xml_document(body, content_type, url)
    if not pieces or not document.is_strict or len(document.entries) != len(pieces.traces):
        return Changes(entries=presentable(document.entries))
    found = _traced(document.entries, pieces.traces)
    return Changes(entries=presentable(found), memory=Memory(_unidentified(found), now).dump())


def _changes(pieces: Cut, memory: Memory, content_type: str, url: str) -> Changes | None:
    """None where the whole document must be parsed."""
    unseen = [trace for trace in pieces.traces if trace not in memory.entries]
    known = {trace: memory.entries[trace] for trace in pieces.traces if trace in memory.entries}
    if not known:
        return None
    found: list[Entry] = []
    if unseen:
        document = xml_slice(pieces.without(known), content_type, url)
        if not document.is_strict or len(document.entries) != len(unseen):
            return None
        found = _traced(document.entries, unseen)
    new = _unidentified(found)
    if _names_in(new) & _names_in(known):
        return None  # what shares its name with another entry is told apart by both
    entries_now = {trace: known.get(trace) or new[trace] for trace in pieces.traces}
    return Changes(
        entries=presentable(found),
        standing=tuple(dict.fromkeys(each.key for each in known.values() if each.key)),
        memory=Memory(entries_now, memory.whole_at).dump(),
    )


def _traced(entries: Iterable[Entry], traces: Iterable[str]) -> list[Entry]:
    return [replace(entry, trace=trace) for entry, trace in zip(entries, traces, strict=True)]


def _unidentified(entries: Iterable[Entry]) -> dict[str, Known]:
    """By their traces, the entries whose items are not known yet."""
    return {entry.trace: Known(None, _name_hashes(entry)) for entry in entries if entry.trace}


def _names_in(entries: Mapping[str, Known]) -> set[str]:
    return {name for known in entries.values() for name in known.names}


def _name_hashes(entry: Entry) -> tuple[str, ...]:
    return tuple(
        blake2b("\x1f".join(name).encode("utf-8", "replace"), digest_size=8).hexdigest() for name in names(entry)
    )
