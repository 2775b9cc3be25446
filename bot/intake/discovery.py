"""From an address that somebody knows to the feeds behind it: the address itself, where sites of its kind have
them, what its page links to, what usual places hold.

Everything is fetched through the guarded client, a page's own links as well, so that no page can lead us inward.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from lxml import etree

from bot.intake.challenge import is_challenge
from bot.intake.faults import FetchFailed, failed, shown
from bot.intake.feed import refusal
from bot.intake.fetched import FaultKind, Offer
from bot.intake.http import GuardedClient
from bot.intake.known_sites import known_feeds
from bot.intake.parsing import FeedDocument, parse_document
from bot.intake.websub import offer_of, offered
from bot.intake.workers import WorkerPool
from bot.model import Entry
from bot.sources.sourcing import same_place

FIRST_WITHIN = 8.0  # seconds for the address itself, its parse included; a command has 25 for everything
OTHERS_WITHIN = 5.0  # for those of a known site together, for all links of a page, and for the usual places
MOST_LINKS = 8  # of one page that are tried
LONGEST_LINK = 2_000  # characters

# Where sites keep feeds that no page links to, beside the page and at the root of the site.
USUAL_NAMES = ("feed", "rss", "rss.xml", "feed.xml", "atom.xml", "index.xml", "feed.json")
USUAL_BESIDE = ("feed", "rss.xml", "atom.xml")
# https://www.rssboard.org/rss-autodiscovery and https://www.jsonfeed.org/version/1.1/#discovery, and what is found
# in their place.
_FEED_TYPES = {
    "application/atom+xml", "application/feed+json", "application/rdf+xml", "application/rss", "application/rss+xml",
    "application/x-atom+xml", "application/x-rss+xml", "application/x.atom+xml", "application/xml", "text/rss+xml",
    "text/xml",
}  # fmt: skip
_JSON_TYPE = "application/json"  # of JSON feeds before 1.1, and of much that is no feed
_LOOKS_LIKE_A_FEED = re.compile(r"(?:^|[/._-])(?:rss|atom|feeds?)(?:[/._-]|$)", re.IGNORECASE)
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_PAGE_STARTS = 4_096  # bytes in which a page has shown that it is one


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A feed, read once."""

    url: str
    title: str  # may hold HTML
    entries: tuple[Entry, ...]
    hubs: tuple[str, ...] = ()  # that push it


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What an address holds, and who pushes it."""

    document: FeedDocument
    offer: Offer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A web page and the links on it that may be feeds, the best first."""

    links: tuple[str, ...]


async def discover(url: str, client: GuardedClient, pool: WorkerPool, now: datetime) -> list[Found]:
    """The feeds behind `url`: itself, else those of the page there. Raises FetchFailed where there is none."""
    if found := await _feeds_among(known_feeds(url), client, pool, now):
        return found
    seen = await _look(url, client, pool, now, FIRST_WITHIN)
    if isinstance(seen, Feed):
        return [_found(url, seen)]
    for links in (seen.links, _usual_places(url)):
        if found := await _feeds_among(links, client, pool, now):
            return found
    raise failed(
        FaultKind.NOT_A_FEED,
        f"{shown(url)} is a web page without a feed that can be found; ask its publisher for the address of one",
    )


async def _look(url: str, client: GuardedClient, pool: WorkerPool, now: datetime, seconds: float) -> Feed | Page:
    try:
        async with asyncio.timeout(seconds):
            answer = await client.get(url, spaced=False)
            if not 200 <= answer.status < 300 or is_challenge(answer.status, answer.headers, answer.body):
                raise refusal(answer, shown(url), now)
            content_type = answer.headers.get("Content-Type", "")
            seen = await pool.run(examine, answer.body, content_type, answer.url, subject=shown(url))
    except TimeoutError:
        message = f"{shown(url)} did not answer in full within {seconds:g} s; try again later"
        raise failed(FaultKind.TIMEOUT, message) from None
    return replace(seen, offer=offered(answer.headers, seen.offer, answer.url)) if isinstance(seen, Feed) else seen


async def _feeds_among(links: Sequence[str], client: GuardedClient, pool: WorkerPool, now: datetime) -> list[Found]:
    """Those of `links` that are feeds, in their order; a feed that says the same as one before it is left out."""
    looks = [_look(link, client, pool, now, OTHERS_WITHIN) for link in links]
    seen = await asyncio.gather(*looks, return_exceptions=True)
    found: dict[tuple[str, tuple[str | None, ...]], Found] = {}
    for link, feed in zip(links, seen, strict=True):
        if isinstance(feed, Feed):
            what = (feed.document.title, tuple(entry.url or entry.guid for entry in feed.document.entries))
            found.setdefault(what, _found(link, feed))
        elif isinstance(feed, BaseException) and not isinstance(feed, FetchFailed):
            raise feed
    return list(found.values())


def _found(url: str, feed: Feed) -> Found:
    hubs = feed.offer.hubs if feed.offer else ()
    return Found(url=url, title=feed.document.title, entries=feed.document.entries, hubs=hubs)


def _usual_places(url: str) -> list[str]:
    """Beside the page, then at the root of the site."""
    folder = f"{urlsplit(url).path.rstrip('/')}/"
    beside = [urljoin(url, f"{folder}{name}") for name in USUAL_BESIDE] if folder != "/" else []
    return [*beside, *(urljoin(url, f"/{name}") for name in USUAL_NAMES)]


# --- in a worker process ----------------------------------------------------------------------------------


def examine(body: bytes, content_type: str, url: str) -> Feed | Page:
    """What a document is. Raises FetchFailed where it is neither feed nor page, with the cure."""
    try:
        return Feed(document=parse_document(body, content_type, url), offer=offer_of(body, url))
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
        kind, href = (element.get("type") or "").partition(";")[0].strip().lower(), element.get("href") or ""
        relations = (element.get("rel") or "").lower().split()
        is_feed = kind in _FEED_TYPES or (kind == _JSON_TYPE and _LOOKS_LIKE_A_FEED.search(_path(href)))
        if ("alternate" in relations and is_feed) or "feed" in relations:
            yield href


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
