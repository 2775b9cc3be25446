"""From an address that somebody knows to the feeds behind it: the address itself, what its page links to, what
usual places hold.

Everything is fetched through the guarded client, a page's own links as well, so that no page can lead us inward.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from lxml import etree

from bot.intake.faults import FetchFailed, failed, shown
from bot.intake.feed import refusal
from bot.intake.http import GuardedClient
from bot.intake.parsing import FeedDocument, parse_document
from bot.intake.workers import WorkerPool
from bot.model import Entry, FaultKind
from bot.sources.sourcing import same_place

FIRST_WITHIN = 10.0  # seconds for the address itself, its parse included; a command has 25 for everything
OTHERS_WITHIN = 5.0  # for all links of a page together, and as much for the usual places
MOST_LINKS = 8  # of one page that are tried
LONGEST_LINK = 2_000  # characters

# Where sites keep feeds that no page links to, beside the page and at the root of the site.
USUAL_NAMES = ("feed", "rss", "rss.xml", "feed.xml", "atom.xml", "index.xml", "feed.json")
# https://www.rssboard.org/rss-autodiscovery and https://www.jsonfeed.org/version/1.1/#discovery
_FEED_TYPES = {"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json"}
_LOOKS_LIKE_A_FEED = re.compile(r"(?:^|[/._-])(?:rss|atom|feeds?)(?:[/._-]|$)", re.IGNORECASE)
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_PAGE_STARTS = 4_096  # bytes in which a page has shown that it is one


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A feed, read once."""

    url: str
    title: str  # may hold HTML
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A web page and the links on it that may be feeds, the best first."""

    links: tuple[str, ...]


async def discover(url: str, client: GuardedClient, pool: WorkerPool, now: datetime) -> list[Found]:
    """The feeds behind `url`: itself, else those of the page there. Raises FetchFailed where there is none."""
    seen = await _look(url, client, pool, now, FIRST_WITHIN)
    if isinstance(seen, FeedDocument):
        return [_found(url, seen)]
    for links in (seen.links, _usual_places(url)):
        if found := await _feeds_among(links, client, pool, now):
            return found
    raise failed(
        FaultKind.NOT_A_FEED,
        f"{shown(url)} is a web page without a feed that can be found; ask its publisher for the address of one",
    )


async def _look(
    url: str, client: GuardedClient, pool: WorkerPool, now: datetime, seconds: float
) -> FeedDocument | Page:
    try:
        async with asyncio.timeout(seconds):
            answer = await client.get(url)
            if not 200 <= answer.status < 300:
                raise refusal(answer, shown(url), now)
            content_type = answer.headers.get("Content-Type", "")
            return await pool.run(examine, answer.body, content_type, answer.url, subject=shown(url))
    except TimeoutError:
        message = f"{shown(url)} did not answer in full within {seconds:g} s; try again later"
        raise failed(FaultKind.TIMEOUT, message) from None


async def _feeds_among(links: Sequence[str], client: GuardedClient, pool: WorkerPool, now: datetime) -> list[Found]:
    """Those of `links` that are feeds, in their order; a feed that says the same as one before it is left out."""
    looks = [_look(link, client, pool, now, OTHERS_WITHIN) for link in links]
    seen = await asyncio.gather(*looks, return_exceptions=True)
    found: dict[tuple[str, tuple[str | None, ...]], Found] = {}
    for link, document in zip(links, seen, strict=True):
        if isinstance(document, FeedDocument):
            what = (document.title, tuple(entry.url or entry.guid for entry in document.entries))
            found.setdefault(what, _found(link, document))
        elif isinstance(document, BaseException) and not isinstance(document, FetchFailed):
            raise document
    return list(found.values())


def _found(url: str, document: FeedDocument) -> Found:
    return Found(url=url, title=document.title, entries=document.entries)


def _usual_places(url: str) -> list[str]:
    """At the root of the site."""
    return [urljoin(url, f"/{name}") for name in USUAL_NAMES]


# --- in a worker process ----------------------------------------------------------------------------------


def examine(body: bytes, content_type: str, url: str) -> FeedDocument | Page:
    """What a document is. Raises FetchFailed where it is neither feed nor page, with the cure."""
    try:
        return parse_document(body, content_type, url)
    except FetchFailed as failure:
        if failure.fault.kind is not FaultKind.NOT_A_FEED or not _PAGE.search(body[:_PAGE_STARTS]):
            raise
    return Page(links=feed_links(body, url))


def feed_links(body: bytes, url: str) -> tuple[str, ...]:
    """What a page says are its feeds, else what looks like a link to one; those of comments last."""
    root = etree.fromstring(body, etree.HTMLParser(no_network=True, huge_tree=False, recover=True))
    if root is None:
        return ()
    base = next((href for element in root.iter("base") if (href := element.get("href"))), "")
    base = _absolute(url, base) or url
    hrefs = list(_announced(root)) or [href for href in _linked(root) if _LOOKS_LIKE_A_FEED.search(_path(href))]
    links: dict[str, str] = {}
    for href in sorted(hrefs, key=lambda href: "comment" in href.lower()):
        if href and (link := _absolute(base, href)):
            links.setdefault(same_place(link), link)
    return tuple(links.values())[:MOST_LINKS]


def _announced(root: etree._Element) -> Iterator[str]:
    for element in root.iter("link"):
        kind = (element.get("type") or "").partition(";")[0].strip().lower()
        if "alternate" in (element.get("rel") or "").lower().split() and kind in _FEED_TYPES:
            yield element.get("href") or ""


def _linked(root: etree._Element) -> Iterator[str]:
    for element in root.iter("a"):
        yield element.get("href") or ""


def _path(href: str) -> str:
    try:
        return urlsplit(href).path
    except ValueError:
        return ""


def _absolute(base: str, href: str) -> str | None:
    """A web address, or None."""
    try:
        link = urljoin(base, href.strip()).partition("#")[0]
        parts = urlsplit(link)
    except ValueError:  # "http://[" and the like
        return None
    return link if parts.scheme in ("http", "https") and parts.hostname and len(link) <= LONGEST_LINK else None
