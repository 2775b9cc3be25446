"""Looks for a document that comes out otherwise where only its new entries are parsed: stops at the first."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import click
from rich.console import Console

from bench.slices.invented import Invented, invented
from bot.intake.changes import Changes, parse_changes
from bot.intake.delta import completed, cut
from bot.intake.faults import FetchFailed
from bot.intake.parsing import parse_feed
from bot.model import Entry, ItemKey

URL = "https://feed.example/news/rss.xml"
AT = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)

Poll = tuple[bytes, str]  # a document and its content type
Pair = tuple[Invented, Invented]


@dataclass(slots=True)
class Tally:
    """What the documents were like, so that nobody takes a search that never cuts one for a proof."""

    documents: int = 0
    seen: Counter[str] = field(default_factory=Counter)


def difference(first: Poll, second: Poll, is_known: Callable[[str], bool], tally: Tally) -> str | None:
    """What is wrong with the second poll of a feed after the first, where some entries of the first became items.

    A poll must bring what feedparser makes of the whole document, but for the entries that are known; those must mean
    what they meant when they were read. `is_known` says by its trace whether an entry became an item.
    """
    before, whole = _whole(*first), _whole(*second)
    start = _changes(*first, None)
    if wrong := _compared("first poll", before, start):
        return wrong
    memory = None
    if isinstance(start, Changes):
        keys = {entry.trace: _key(entry.trace) for entry in start.entries if entry.trace and is_known(entry.trace)}
        memory = completed(start.memory, keys)
    after = _changes(*second, memory)
    if isinstance(after, str) or isinstance(whole, str) or not after.standing:
        tally.seen["parsed whole" if not isinstance(whole, str) else "unreadable"] += 1
        return _compared("second poll", whole, after)
    tally.seen["parsed in part"] += 1
    if isinstance(before, str):
        return "it stands, and was never read"
    return _parted(dict(_by_trace(first, before)), list(_by_trace(second, whole)), after)


def _parted(before: dict[str, Entry], whole: list[tuple[str, Entry]], after: Changes) -> str | None:
    """What is wrong with the entries `after` a poll that found others standing."""
    standing = [trace for trace, _ in whole if _key(trace) in after.standing]
    if tuple(dict.fromkeys(map(_key, standing))) != after.standing:
        return "other entries stand than the document has"
    if changed := [trace for trace, entry in whole if trace in standing and before.get(trace) != entry]:
        return f"{changed[0]} stands, but means something else now"
    new = [entry for trace, entry in whole if trace not in standing]
    return _unequal("second poll", new, [replace(entry, trace=None) for entry in after.entries])


def _whole(body: bytes, content_type: str) -> Sequence[Entry] | str:
    """The entries, or why there are none."""
    try:
        return parse_feed(body, content_type, URL)
    except Exception as error:  # noqa: BLE001  # parsers raise anything
        return _words(error)


def _changes(body: bytes, content_type: str, memory: str | None) -> Changes | str:
    try:
        return parse_changes(body, content_type, URL, memory, AT)
    except Exception as error:  # noqa: BLE001
        return _words(error)


def _words(error: Exception) -> str:
    return error.fault.message if isinstance(error, FetchFailed) else repr(error)


def _compared(poll: str, whole: Sequence[Entry] | str, changes: Changes | str) -> str | None:
    if isinstance(whole, str) or isinstance(changes, str):
        return None if whole == changes else f"{poll}: {whole!r} became {changes!r}"
    return _unequal(poll, whole, [replace(entry, trace=None) for entry in changes.entries])


def _unequal(poll: str, wanted: Sequence[Entry], got: Sequence[Entry]) -> str | None:
    if len(wanted) != len(got):
        return f"{poll}: {len(got)} entries instead of {len(wanted)}"
    for one, other in zip(wanted, got, strict=True):
        if one != other:
            return f"{poll}: {other} instead of {one}"
    return None


def _by_trace(poll: Poll, entries: Sequence[Entry]) -> Iterator[tuple[str, Entry]]:
    pieces = cut(*poll)
    if pieces and len(pieces.traces) == len(entries):
        yield from zip(pieces.traces, entries, strict=True)


def _key(trace: str) -> ItemKey:
    return ItemKey(trace[:16])


# --- the search -------------------------------------------------------------------------------------------


@click.command()
@click.option("--minutes", type=click.FloatRange(min=0), default=1.0, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
def slices(minutes: float, seed: int) -> None:
    """Search invented feeds for one that comes out otherwise where only what is new in it is parsed."""
    tally, ends = Tally(), time.monotonic() + minutes * 60
    while tally.documents == 0 or time.monotonic() < ends:
        number = f"{seed} {tally.documents}"
        pair = pair_of(number)
        tally.documents += 1
        if wrong_in(pair, number, tally):
            _show(_smallest(pair, number), number)
            raise click.exceptions.Exit(1)
    counts = ", ".join(f"{count} {what}" for what, count in tally.seen.most_common())
    Console().print(f"{tally.documents} pairs of documents, seed {seed}: no difference ({counts})")


def pair_of(number: str) -> Pair:
    """An invented feed, and what it has later."""
    chance = random.Random(number)
    first = invented(chance)
    return first, first.later(chance)


def wrong_in(pair: Pair, number: str, tally: Tally) -> str | None:
    """As `difference`; `number` decides which entries are known."""
    first, second = ((each.body, each.content_type) for each in pair)
    return difference(first, second, lambda trace: random.Random(f"{number} {trace}").random() < 0.7, tally)


def _smallest(pair: Pair, number: str) -> Pair:
    """The pair without all that can be left out with a difference left."""
    while smaller := next((each for each in _smaller(pair) if wrong_in(each, number, Tally())), None):
        pair = smaller
    return pair


def _smaller(pair: Pair) -> Iterator[Pair]:
    first, second = pair
    for entry in dict.fromkeys((*first.entries, *second.entries)):
        yield _with(pair, entry, None)
        for place in range(1, len(entry) - 1):
            yield _with(pair, entry, (*entry[:place], *entry[place + 1 :]))
    for one in (True, False):
        document = first if one else second
        for place in range(len(document.head)):
            less = replace(document, head=(*document.head[:place], *document.head[place + 1 :]))
            yield (less, second) if one else (first, less)


def _with(pair: Pair, entry: tuple[str, ...], other: tuple[str, ...] | None) -> Pair:
    def changed(document: Invented) -> Invented:
        entries = (other if each == entry else each for each in document.entries)
        return replace(document, entries=tuple(each for each in entries if each))

    first, second = map(changed, pair)
    return first, second


def _show(pair: Pair, number: str) -> None:
    console = Console()
    console.print(f"Number {number}: {wrong_in(pair, number, Tally())}", markup=False)
    for name, each in zip(("first", "second"), pair, strict=True):
        console.print(f"\n{name} ({each.content_type!r}, {each.encoding}):\n{each.body!r}", markup=False)
