"""WebSub as its subscriber sees it: who pushes a feed, what a hub is asked, and what it may say. Pure.

https://www.w3.org/TR/websub/. The bytes are a stranger's: `offer_of` runs in a worker process, as `parsing.py` does.
"""

from __future__ import annotations

import hmac
import html
import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

from bot.intake.fetched import Offer

Mode = Literal["subscribe", "unsubscribe"]

MOST_HUBS = 4  # of one feed that are kept, the first ones
LONGEST_ADDRESS = 2_000  # characters of a hub or a topic
MOST_AROUND = 64 * 1024  # bytes before the first entry, and after the last
LEASE_ASKED = timedelta(days=10)  # what most hubs give at most
LEAST_LEASE, MOST_LEASE = timedelta(minutes=10), timedelta(days=30)  # whatever a hub says
RENEWED_AFTER = 0.7  # of a lease; `SPREAD` of it later at most, so that not all of one day come together again
SPREAD = 0.15
# https://www.w3.org/TR/websub/#signature-validation. An HMAC of SHA-1 is not broken as SHA-1 is, and the largest
# public hub knows no other.
METHODS = frozenset({"sha1", "sha256", "sha384", "sha512"})

_ENTRY = re.compile(rb"<(?:[\w.-]+:)?(?:item|entry)[\s/>]", re.IGNORECASE)
_HIDDEN = re.compile(rb"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)", re.DOTALL)
_LINK = re.compile(rb"<(?:[\w.-]+:)?link\s([^<>]*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(rb"""\b(rel|href)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_IN_HEADER = re.compile(r"<([^<>]*)>([^<]*)")  # https://www.rfc-editor.org/rfc/rfc8288#section-3
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)

Links = Iterator[tuple[str, str]]  # of relation and address, as they are written


# --- who pushes a feed ------------------------------------------------------------------------------------


def offer_of(body: bytes, url: str) -> Offer:
    """What the document of a feed says of its hubs; `url` is where it came from."""
    is_json = body[:1] == b"{" or body[:16].lstrip().startswith(b"{")
    return _offer(list(_in_json(body) if is_json else _in_markup(body)), url)


def offered(headers: Mapping[str, str], document: Offer | None, url: str) -> Offer | None:
    """What the headers of its answer say comes before what stands in the document."""
    links = [
        (rel, address)
        for name, value in headers.items()
        if name.lower() == "link"
        for address, parameters in _IN_HEADER.findall(value)
        if (found := _REL.search(parameters))
        for rel in (found[1] or found[2] or "").lower().split()
    ]
    told = _offer(links, document.topic if document else url)
    return told if told.hubs else document


def _offer(links: list[tuple[str, str]], url: str) -> Offer:
    """A hub gets our secret, so it must be reached as safely as the feed is."""
    https_only = url.lower().startswith("https:")
    hubs = [address for rel, href in links if rel == "hub" and (address := _web_address(href, url))]
    safe = dict.fromkeys(hub for hub in hubs if hub.startswith("https:") or not https_only)
    topics = (address for rel, href in links if rel == "self" and (address := _web_address(href, url)))
    return Offer(topic=next(topics, url), hubs=tuple(safe)[:MOST_HUBS])


def _in_markup(body: bytes) -> Links:
    """The links in the head of an RSS, Atom or RDF document, or behind its entries."""
    first = _ENTRY.search(body, 0, MOST_AROUND)
    last = max(body.rfind(b"</item>"), body.rfind(b"</entry>"))
    for part in (body[: first.start() if first else MOST_AROUND], body[last:][:MOST_AROUND] if last >= 0 else b""):
        if b"hub" in part:
            for attributes in _LINK.findall(_HIDDEN.sub(b"", part)):
                yield from _link(attributes)


def _link(attributes: bytes) -> Links:
    said = {name.lower(): (double or single) for name, double, single in _ATTRIBUTE.findall(attributes)}
    href = html.unescape(said.get(b"href", b"").decode("utf-8", "replace"))
    for rel in said.get(b"rel", b"").decode("utf-8", "replace").lower().split():
        yield rel, href


def _in_json(body: bytes) -> Links:
    """https://www.jsonfeed.org/version/1.1/#subscribing-to-real-time-notifications-a-name-hubs-a"""
    if b'"hubs"' not in body:
        return
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        return  # the parser says so
    hubs = document.get("hubs") if isinstance(document, dict) else None
    for hub in hubs if isinstance(hubs, list) else []:
        if isinstance(hub, dict) and str(hub.get("type")).lower() == "websub" and isinstance(hub.get("url"), str):
            yield "hub", hub["url"]
            if isinstance(document.get("feed_url"), str):
                yield "self", document["feed_url"]


def _web_address(href: str, base: str) -> str | None:
    try:
        address = urljoin(base, href.strip())
        parts = urlsplit(address)
    except ValueError:  # "http://[" and the like
        return None
    is_web = parts.scheme in ("http", "https") and parts.hostname and not parts.username
    return address if is_web and len(address) <= LONGEST_ADDRESS and address.isprintable() else None


# --- what a hub is asked ----------------------------------------------------------------------------------


def request_form(mode: Mode, *, topic: str, callback: str, secret: str) -> dict[str, str]:
    """https://www.w3.org/TR/websub/#subscriber-sends-subscription-request"""
    form = {"hub.mode": mode, "hub.topic": topic, "hub.callback": callback}
    if mode == "subscribe":
        form |= {"hub.lease_seconds": str(round(LEASE_ASKED.total_seconds())), "hub.secret": secret}
    return form


def lease_of(seconds: str) -> timedelta:
    """What a hub says it gives; what it was asked for where it says nothing of the kind."""
    if not (seconds.isascii() and seconds.isdigit()):
        return LEASE_ASKED
    return min(max(timedelta(seconds=int(seconds[:9])), LEAST_LEASE), MOST_LEASE)


def renewal(now: datetime, lease: timedelta, subscription_id: str) -> datetime:
    """When to ask again: well before the end, and for each subscription (by its id, in hex) at another time."""
    jitter = int(subscription_id[:4], 16) / 0xFFFF
    return now + lease * (RENEWED_AFTER + SPREAD * jitter)


# --- what it may say --------------------------------------------------------------------------------------


class Signature:
    """The X-Hub-Signature of a delivery, held against its body piece by piece."""

    def __init__(self, header: str, secret: str) -> None:
        method, _, given = header.strip().partition("=")
        self._given = given.strip().lower().encode()
        self._mac = hmac.new(secret.encode(), digestmod=method) if method in METHODS else None

    def update(self, piece: bytes) -> None:
        if self._mac:
            self._mac.update(piece)

    @property
    def holds(self) -> bool:
        """Whether the body was signed with our secret; in constant time."""
        return self._mac is not None and hmac.compare_digest(self._mac.hexdigest().encode(), self._given)
