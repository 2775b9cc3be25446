"""CPU time, and its unit: what feedparser takes for the same items as entries of a feed."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Sequence
from xml.sax.saxutils import escape

import feedparser

from bot.model import Item

FEEDPARSER = "feedparser"
PER_FEED = 35  # entries of one document
SHORTEST, LONGEST = 300, 1_500  # characters of a description, as feeds of news sites have them
STAND_IN = "What is known so far, who said it and what may follow, in the words of those who were there this morning."


def cpu(work: Callable[[], object]) -> float:
    """Seconds of this process; wall time on a shared machine says little."""
    started = time.process_time()
    work()
    return time.process_time() - started


def feeds_of(items: Sequence[Item]) -> list[bytes]:
    """`items` as news sites write RSS: paragraphs of HTML as description, in half of the feeds the article too."""
    chance = random.Random(0)
    starts = range(0, len(items), PER_FEED)
    return [_site_feed(items[start : start + PER_FEED], start, chance) for start in starts]


def bare_feeds_of(items: Sequence[Item]) -> list[bytes]:
    """`items` as the least RSS: one sentence as description, the summary or `STAND_IN`, and no markup in it."""
    entries = [_entry(item, number, escape(item.summary or STAND_IN)) for number, item in enumerate(items)]
    return [_document(entries[start : start + PER_FEED]) for start in range(0, len(items), PER_FEED)]


def _site_feed(items: Sequence[Item], start: int, chance: random.Random) -> bytes:
    whole = chance.random() < 0.5
    return _document(
        _entry(
            item,
            number,
            escape(_paragraphs(item, chance)),
            f"<content:encoded>{escape(_paragraphs(item, chance))}</content:encoded>" if whole else "",
        )
        for number, item in enumerate(items, start)
    )


def _paragraphs(item: Item, chance: random.Random) -> str:
    text, length = item.summary or STAND_IN, chance.randint(SHORTEST, LONGEST)
    paragraph = f'<p>{escape(text)} <a href="https://bench.example/more">More</a></p>'
    return '<img src="https://bench.example/x.png" alt=""/>' + paragraph * max(1, length // len(text))


def _document(entries: Iterable[str]) -> bytes:
    head = "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>b</title>"
    return f"{head}{''.join(entries)}</channel></rss>".encode()


def _entry(item: Item, number: int, description: str, more: str = "") -> str:
    link = f"https://bench.example/{number}"
    return (
        f"<item><title>{escape(item.title)}</title><link>{link}</link><guid>{link}</guid>"
        f"<pubDate>{item.at:%a, %d %b %Y %H:%M:%S} GMT</pubDate>"
        f"<description>{description}</description>{more}</item>"
    )


def parse_all(documents: Iterable[bytes]) -> None:
    for document in documents:
        feedparser.parse(document)
