"""What it costs to find the story of an item among those stored, and whether the cost stays as history grows.

The history is invented by seed: words as frequent as the shipped count says that news has them, four items of ten on
an event of the last hours, a vector for each. It is stored twice at each size: over 60 days, as it comes in, with the
signatures that retention leaves, and all of it within the window that a look-up searches, which is the worst case.
"""

from __future__ import annotations

import random
import resource
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any
from zlib import crc32

import click
import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from rich.progress import track

from bench.cost import FEEDPARSER, PER_FEED, cpu, feeds_of, parse_all
from bench.tables import show_costs
from bot.model import Item, ItemKey, SourceId, StoryId
from bot.store import alike
from bot.store.engine import Database
from bot.store.schema import items, rare_words, signatures, stories
from bot.store.upgrade import upgrade
from bot.stories.cluster import WINDOW, choose
from bot.stories.likeness import Likeness
from bot.stories.signature import DIMENSIONS, EIGHT_BITS, HEADLINE, LEDE, RECORD, Signature, rarities

SMALL, LARGE = 10_000, 1_000_000  # items of history
LONG = timedelta(days=60)
ROUNDS = 15  # of one feed's items each
STORED_AT_ONCE = 20_000

FIRST_AT = datetime(2025, 3, 3, tzinfo=UTC)
VOCABULARY = 100_000
IN_HEADLINE, IN_LEDE = 9, 15  # words
NUMBERED = 0.3  # share of headlines with a number
CONTINUED = 0.4  # share of items that report an event that another one has reported
KEPT = 0.5  # share of the words of an event's first headline that a further one has too
EVENT = timedelta(hours=6)  # between two reports of one event, on average
VECTORS = 4_096


class History:
    """Headlines in the order of arrival: `count` of them fill `span`, and the next ones follow at the same pace."""

    def __init__(self, count: int, span: timedelta) -> None:
        self.count, self.pace = count, span / count
        chance, total = np.random.default_rng(count), count + ROUNDS * PER_FEED
        self.vocabulary = _vocabulary(random.Random(0))
        self.numbers_of = np.array([crc32(word.encode()) for word in self.vocabulary], np.uint32)
        share = np.cumsum(np.exp(-rarities(self.numbers_of)))
        own = np.searchsorted(share / share[-1], chance.random((total, IN_HEADLINE + IN_LEDE)))
        self.event = _events(chance, total, EVENT / self.pace)
        self.stories = len(np.unique(self.event[:count]))
        kept = chance.random((total, IN_HEADLINE + IN_LEDE)) < KEPT
        self.words = np.where(kept, own[self.event], own)
        self.numbers = np.where(chance.random(total) < NUMBERED, (10 ** (3 * chance.random(total))).astype(int), 0)
        vectors = chance.normal(size=(VECTORS, DIMENSIONS))
        self.vectors = np.round(vectors / np.linalg.norm(vectors, axis=1, keepdims=True) * EIGHT_BITS)

    def key(self, place: int) -> ItemKey:
        return ItemKey(sha256(str(place).encode()).hexdigest()[:16])

    def story(self, place: int) -> StoryId:
        return StoryId(self.key(int(self.event[place]))[:12])

    def at(self, place: int) -> datetime:
        return FIRST_AT + place * self.pace

    def item(self, place: int) -> Item:
        found = [self.vocabulary[word] for word in self.words[place]]
        title, summary = " ".join(found[:IN_HEADLINE]), " ".join(found[IN_HEADLINE:])
        key, at = self.key(place), self.at(place)
        return Item(key=key, source_id=SourceId("bench"), title=title, summary=summary, seen_at=at, content_hash=key)

    def signature(self, place: int) -> Signature:
        record = np.zeros((), RECORD)
        words, lede = (np.unique(self.numbers_of[each]) for each in np.split(self.words[place], [IN_HEADLINE]))
        record["at"] = self.at(place).timestamp()
        record["words"][HEADLINE][-len(words) :] = words
        record["words"][LEDE][-len(lede) :] = lede
        record["numbers"][-1] = self.numbers[place]
        record["counts"][:2] = len(words), self.numbers[place] > 0
        record["read"], record["vector"] = True, self.vectors[self.event[place] % VECTORS]
        return record


def _vocabulary(chance: random.Random) -> list[str]:
    syllables = [first + second for first in "bdfgklmnprtvz" for second in "aeiou"]
    return ["".join(chance.choices(syllables, k=4)) for _ in range(VOCABULARY)]


def _events(chance: np.random.Generator, total: int, lag: float) -> npt.NDArray[np.int64]:
    """For each item the first one of its event: the more have reported an event, the more follow."""
    event = np.arange(total)
    continued, lags = chance.random(total) < CONTINUED, 1 + chance.exponential(lag, total).astype(int)
    for place in np.flatnonzero(continued):
        if lags[place] <= place:
            event[place] = event[place - lags[place]]
    return event


@dataclass(slots=True)
class Stored:
    """A history in a database of its own, and what was measured on it."""

    history: History
    database: Database
    path: Path
    name: str
    written: int = 0  # bytes on disk of what look-ups need
    grown: int = 0  # bytes of this process, over all look-ups
    found: list[int] = field(default_factory=list)  # members compared with, a look-up

    @classmethod
    def of(cls, history: History, folder: Path, span: timedelta) -> Stored:
        path = folder / f"{history.count}-{span.days}.db"
        database = Database(f"sqlite:///{path}")
        upgrade(database)
        inside = round(history.count * min(1.0, WINDOW / span))
        stored = cls(history, database, path, f"{history.count:,} items, {inside:,} in the window")
        for start in track(range(0, history.count, STORED_AT_ONCE), description=stored.name, transient=True):
            places = range(start, min(history.count, start + STORED_AT_ONCE))
            stored.written += database.write_now(_store, history, places)
        with database.engine.connect() as connection:  # a history that grew day by day leaves no log to search
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return stored

    def measure(self, places: Sequence[int]) -> tuple[float, float]:
        """CPU seconds to look the stories of items up, and to let later items find them."""
        return self.database.write_now(self._look_up_and_add, places)

    def _look_up_and_add(self, connection: sa.Connection, places: Sequence[int]) -> tuple[float, float]:
        likeness, read = Likeness.load(), [self.history.signature(place) for place in places]

        def look_up() -> None:
            for signature in read:
                near = alike.near(connection, signature)
                choose(signature, near, likeness)
                self.found.append(len(near.stories))

        def add() -> None:
            for place, signature in zip(places, read, strict=True):
                key, story_id = self.history.key(place), self.history.story(place)
                alike.add(connection, key, story_id, signature, self.history.at(place))

        before = _memory()
        searching = cpu(look_up)
        self.grown += _memory() - before
        _store_items(connection, self.history, places)
        return searching, cpu(add)


def _store(connection: sa.Connection, history: History, places: Sequence[int]) -> int:
    """Store a part of `history`. Returns the bytes on disk that what look-ups need has taken."""
    _store_items(connection, history, places)
    before = _size(connection)
    oldest = history.at(history.count) - alike.KEPT_FOR  # what retention has deleted by then
    read = {place: history.signature(place) for place in places if history.at(place) >= oldest}
    if not read:
        return 0
    columns = ("number", "item_key", "story_id", "record")
    rows = [(place, history.key(place), history.story(place), each.tobytes()) for place, each in read.items()]
    connection.execute(sa.insert(signatures), [dict(zip(columns, row, strict=True)) for row in rows])
    found = [word for place, each in read.items() for word in alike.word_rows(place, each)]
    connection.execute(sa.insert(rare_words), found)
    return _size(connection) - before


def _store_items(connection: sa.Connection, history: History, places: Sequence[int]) -> None:
    """The items and the stories they open, without what no look-up reads."""
    opening = [place for place in places if history.event[place] == place]
    if opening:
        connection.execute(sa.insert(stories), [_story_row(history, place) for place in opening])
    connection.execute(sa.insert(items), [_item_row(history, place) for place in places])


def _story_row(history: History, place: int) -> dict[str, Any]:
    at, key = history.at(place), history.key(place)
    empty: dict[str, Any] = {"title": "", "verdict": {}, "outlets": [], "tier": "feed"}
    return empty | {
        "id": history.story(place),
        "key": key,
        "lead": key,
        "version": 1,
        "first_at": at,
        "updated_at": at,
    }


def _item_row(history: History, place: int) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(("title", "summary", "body", "outlet", "content_hash"), "")
    whose = {"key": history.key(place), "story_id": history.story(place), "source_id": "bench"}
    return empty | whose | {"authority": "outlet", "seen_at": history.at(place), "verdict": {}}


def _size(connection: sa.Connection) -> int:
    pages, page = (connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("page_count", "page_size"))
    return int(pages) * int(page)


def _memory() -> int:
    """Bytes that this process holds; 0 where /proc does not tell."""
    with suppress(OSError):
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    return 0


@click.command()
@click.option("--items", "large", type=click.IntRange(min=SMALL), default=LARGE, show_default=True)
def lookup(large: int) -> None:
    """Measure the look-up of an item's story in a short and in a long history."""
    seconds: dict[str, list[float]] = {}
    stored = []
    with tempfile.TemporaryDirectory() as folder:
        for span in (LONG, WINDOW):
            for count in (SMALL, large):  # one after the other, as a bot has one database
                stored.append(Stored.of(History(count, span), Path(folder), span))
                _measure(stored[-1], seconds)
                stored[-1].database.close()
    show_costs(f"Look-up: CPU for one item, {ROUNDS} rounds of {PER_FEED} items", seconds, _what(stored, seconds))


def _measure(each: Stored, seconds: dict[str, list[float]]) -> None:
    for number in track(range(ROUNDS), description="lookup", transient=True):
        start = each.history.count + number * PER_FEED
        places = range(start, start + PER_FEED)
        feeds = feeds_of([each.history.item(place) for place in places])
        seconds.setdefault(FEEDPARSER, []).append(cpu(partial(parse_all, feeds)) / PER_FEED)
        searching, adding = each.measure(places)
        seconds.setdefault(f"look-up, {each.name}", []).append(searching / PER_FEED)
        seconds.setdefault(f"add, {each.name}", []).append(adding / PER_FEED)


def _what(stored: Sequence[Stored], seconds: Mapping[str, Sequence[float]]) -> str:
    middle = {each.name: median(seconds[f"look-up, {each.name}"]) for each in stored}
    sizes = [
        f"{large.name}: {middle[large.name] / middle[small.name]:.2f} x the look-up in {small.name}; "
        f"{large.written / large.history.count:,.0f} bytes an item on disk, "
        f"{large.written / large.history.stories:,.0f} a story; "
        f"{large.grown / large.history.count:.2f} bytes an item in memory, after {ROUNDS * PER_FEED} look-ups; "
        f"compared with {median(large.found):.0f} items, {median(small.found):.0f} in the short history."
        for small, large in zip(stored[::2], stored[1::2], strict=True)
    ]
    return "\n".join(sizes)
