"""CPU time, and its unit: what feedparser takes for the same items as entries of a feed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from xml.sax.saxutils import escape

import feedparser

from bot.model import Item

FEEDPARSER = "feedparser"
PER_FEED = 50  # entries of one document
STAND_IN = "What is known so far, who said it and what may follow, in the words of those who were there this morning."


def cpu(work: Callable[[], object]) -> float:
    """Seconds of this process; wall time on a shared machine says little."""
    started = time.process_time()
    work()
    return time.process_time() - started


def feeds_of(items: Sequence[Item]) -> list[bytes]:
    """`items` as RSS: title, link, guid, date, and the summary as description; where there is none, `STAND_IN`."""
    starts = range(0, len(items), PER_FEED)
    return [_document(items[start : start + PER_FEED], start) for start in starts]


def _document(items: Iterable[Item], start: int) -> bytes:
    entries = "".join(_entry(item, number) for number, item in enumerate(items, start))
    return f"<rss version='2.0'><channel><title>b</title>{entries}</channel></rss>".encode()


def _entry(item: Item, number: int) -> str:
    link = f"https://bench.example/{number}"
    return (
        f"<item><title>{escape(item.title)}</title><link>{link}</link><guid>{link}</guid>"
        f"<pubDate>{item.at:%a, %d %b %Y %H:%M:%S} GMT</pubDate>"
        f"<description>{escape(item.summary or STAND_IN)}</description></item>"
    )


def parse_all(documents: Iterable[bytes]) -> None:
    for document in documents:
        feedparser.parse(document)
