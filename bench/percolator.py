"""What it costs to find the queries that match an article, among 100,000 of them.

Articles and queries are invented by seed from one vocabulary, in which a few words make up half of all text, as in
any language; nobody subscribes to those. The unit is feedparser's cost for the same articles as entries of feeds.
"""

from __future__ import annotations

import gc
import random
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import accumulate, product
from statistics import mean, median

import click
from rich.progress import track

from bench.cost import FEEDPARSER, PER_FEED, cpu, feeds_of, parse_all
from bench.tables import show_costs
from bot.model import Item, ItemKey, SourceId, Tier, Verdict
from bot.routing.percolator import Percolator
from bot.routing.query import Query, Subject, subject
from bot.routing.syntax import Node, Tag, Words, all_of, any_of, negated

QUERIES = 100_000
ROUNDS = 15  # of one feed's articles each
CHANGES = 200  # queries added and removed in a round

VOCABULARY = 100_000
COMMON = 100  # words that nobody subscribes to
TITLE, LEAD, ARTICLE = 9, 30, 160  # words: an article has about 975 characters
QUOTED = 0.02  # share of phrases that stand in some of the articles
BEGINNING = 5  # characters
PREPARE = "prepare the item for queries"


class Language:
    """Words, and how often each is used: in texts, and in queries."""

    def __init__(self, chance: random.Random) -> None:
        syllables = [first + second for first, second in product("bdfgklmnprtvz", "aeiou")]
        short = [*syllables, *map("".join, product(syllables, repeat=2))]
        long = ["".join(chance.choices(syllables, k=4)) for _ in range(VOCABULARY)]
        self.words = list(dict.fromkeys([*short, *long]))[:VOCABULARY]
        self.shares = {word: 1 / (rank + 3) for rank, word in enumerate(self.words)}
        self._in_texts = list(accumulate(self.shares.values()))
        self._in_queries = list(accumulate(1 / (rank + 300) for rank in range(VOCABULARY - COMMON)))

    def text(self, chance: random.Random, count: int) -> list[str]:
        return chance.choices(self.words, cum_weights=self._in_texts, k=count)

    def terms(self, chance: random.Random, count: int) -> list[str]:
        return chance.choices(self.words[COMMON:], cum_weights=self._in_queries, k=count)


def article(number: int, words: Sequence[str]) -> Item:
    """Its body is what follows the lead, in sentences."""
    sentences = [" ".join(words[at : at + 16]).capitalize() + "." for at in range(LEAD + TITLE, len(words), 16)]
    return Item(
        key=ItemKey(f"{number:016x}"),
        source_id=SourceId("bench"),
        title=" ".join(words[:TITLE]).capitalize(),
        summary=" ".join(words[TITLE : TITLE + LEAD]).capitalize() + ".",
        body=" ".join(sentences),
        lang="en",
        seen_at=datetime(2025, 5, 6, tzinfo=UTC),
        content_hash="",
    )


def phrase(language: Language, chance: random.Random, texts: Sequence[Sequence[str]]) -> Node:
    """One to three words side by side; a single word is as often a rare one as a name is."""
    count = chance.randint(1, 3)
    if count == 1:
        return Words((chance.choice(language.words[COMMON:]),))
    if chance.random() < QUOTED:
        text = chance.choice(texts)
        at = chance.randrange(TITLE, len(text) - count)
        return Words(tuple(text[at : at + count]))
    return Words(tuple(language.terms(chance, count)))


def boolean(language: Language, chance: random.Random, texts: Sequence[Sequence[str]]) -> Node:
    """Two to four terms: most are words, some a beginning, a word of the title, or a topic."""
    first, second, third, fourth = (Words((word,)) for word in language.terms(chance, 4))
    begun = Words((second.words[0][:BEGINNING],), prefix=True)
    return chance.choice(
        [
            all_of([first, second]),
            all_of([first, second, third]),
            all_of([first, negated(second)]),
            all_of([first, second, negated(third)]),
            all_of([first, any_of([second, third])]),
            any_of([all_of([first, second]), all_of([third, fourth])]),
            all_of([first, begun]),
            all_of([Words(first.words, within="title"), second]),
            all_of([Tag("topic", "trade"), first]),
        ]
    )


Invent = Callable[[Language, random.Random, Sequence[Sequence[str]]], Node]


@dataclass(slots=True)
class Posted:
    """Queries of one sort in a percolator, and what was counted there."""

    name: str
    queries: Sequence[Query]
    percolator: Percolator[int]
    size: int = 0  # bytes that the percolator takes, its queries aside
    found: list[int] = field(default_factory=list)  # queries, an article
    slowest: float = 0.0  # seconds to add or to remove a query

    @classmethod
    def of(cls, name: str, queries: Sequence[Query], language: Language) -> Posted:
        posted = cls(f"{len(queries):,} {name} queries", queries, Percolator(language.shares.__getitem__))
        tracemalloc.start()
        for number, query in enumerate(track(queries, description=posted.name, transient=True)):
            posted.percolator.add(number, query)
        posted.size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        gc.freeze()  # as the program does with what it loaded
        return posted

    def match(self, subjects: Sequence[Subject]) -> None:
        self.found += [len(self.percolator.matching(each)) for each in subjects]

    def match_each(self, subject: Subject) -> None:
        """Ask every query. Raises ClickException where the percolator answers otherwise."""
        matching = {number for number, query in enumerate(self.queries) if query.matches(subject)}
        if matching != self.percolator.matching(subject):
            raise click.ClickException(f"{self.name}: the percolator does not answer as the queries do")

    def change(self, numbers: Sequence[int]) -> None:
        """Remove some queries, and add them again."""
        steps = [partial(self.percolator.remove, number) for number in numbers]
        steps += [partial(self.percolator.add, number, self.queries[number]) for number in numbers]
        self.slowest = max(self.slowest, *map(cpu, steps))


@click.command()
@click.option("--queries", "count", type=click.IntRange(min=100), default=QUERIES, show_default=True)
def percolator(count: int) -> None:
    """Measure the matching of an article with many phrase queries, and with many boolean ones."""
    chance = random.Random(5)
    language = Language(chance)
    texts = [language.text(chance, ARTICLE) for _ in range(ROUNDS * PER_FEED)]
    sorts: Mapping[str, Invent] = {"phrase": phrase, "boolean": boolean}
    posted = [
        Posted.of(name, [Query("", invent(language, chance, texts)) for _ in range(count)], language)
        for name, invent in sorts.items()
    ]
    _measure(posted, [article(number, text) for number, text in enumerate(texts)], chance)


def _measure(posted: Sequence[Posted], items: Sequence[Item], chance: random.Random) -> None:
    seconds: dict[str, list[float]] = {}
    for start in track(range(0, len(items), PER_FEED), description="percolator", transient=True):
        read, subjects = items[start : start + PER_FEED], list[Subject]()
        _add(seconds, FEEDPARSER, PER_FEED, partial(parse_all, feeds_of(read)))
        _add(seconds, PREPARE, PER_FEED, lambda: subjects.extend(_subject(item) for item in read))  # noqa: B023
        for each in posted:
            _add(seconds, each.name, PER_FEED, partial(each.match, subjects))
            _add(seconds, f"{each.name}, one by one", 1, partial(each.match_each, subjects[0]))
            changed = chance.sample(range(len(each.queries)), CHANGES // 2)
            _add(seconds, f"{each.name}: add or remove one", CHANGES, partial(each.change, changed))
    rounds = len(items) // PER_FEED
    title = f"Queries: CPU for one article, {rounds} rounds of {PER_FEED} articles"
    show_costs(title, seconds, "\n".join(_what(each, seconds) for each in posted))


def _add(seconds: dict[str, list[float]], name: str, count: int, work: Callable[[], object]) -> None:
    seconds.setdefault(name, []).append(cpu(work) / count)


def _subject(item: Item) -> Subject:
    """Every tenth item is about trade."""
    verdict = Verdict(labels=("trade",)) if int(item.key, 16) % 10 == 0 else Verdict()
    return subject(item, verdict, Tier.ALERT)


def _what(posted: Posted, seconds: Mapping[str, Sequence[float]]) -> str:
    prepared, matched = median(seconds[PREPARE]), median(seconds[posted.name])
    whole = (prepared + matched) / median(seconds[FEEDPARSER])
    each = median(seconds[f"{posted.name}, one by one"])
    return (
        f"{posted.name}: {whole:.2f} x feedparser with the preparing; 1/{each / matched:,.0f} of asking one by one; "
        f"{mean(posted.found):.0f} match an article; at most {posted.slowest * 1e3:.2f} ms to add or remove one; "
        f"{posted.size / len(posted.queries):,.0f} bytes of memory a query."
    )
