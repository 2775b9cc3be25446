"""OPML, the format in which feed readers hand each other their subscriptions (http://opml.org/spec2.opml).

Reading is lenient: of 118 lists published on one well-known page, 80 are not well-formed XML (bare `&`, `<` inside
attributes). The standard library's HTML parser gets the full count where XML parsers refuse or drop feeds, and it
knows neither entities of a document's own nor DTDs.

What the format has no word for stands in attributes of our own, which other readers pass over.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from xml.sax.saxutils import quoteattr

from bot.intake.faults import failed, one_line, without_secrets
from bot.intake.text import clean_line
from bot.model import Authority, FaultKind, Source
from bot.settings import SHORTEST_POLL, parse_duration
from bot.sources.sourcing import plain_scheme, written

MAX_OPML = 5 * 2**20  # bytes
MOST_FEEDS = 5_000  # of a list that is fetched: what comes back from a worker is read on the event loop
LONGEST_NAME = 80  # characters
LONGEST_URL = 2_000

_NAMESPACE = "urn:tradewire:opml"
_DECLARED = re.compile(rb"<\?xml[^>]{0,100}encoding=[\"']([\w.-]{2,20})[\"']")
# Encodings in which the declaration itself could be read; others that Python knows would make nonsense of it.
_READABLE = re.compile(r"iso-?8859|latin|windows-|cp\d|us-ascii|koi8|gb|big5|shift|euc|mac", re.IGNORECASE)
_BARE_UTF16 = ((b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be"))
_WEB = re.compile(r"https?://[^\s/]", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """One feed of a list; what the list does not say is None."""

    url: str
    name: str
    every: timedelta | None = None
    authority: Authority | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Opml:
    """What a list holds: its feeds, each address once and in its order, and the addresses that are none."""

    feeds: tuple[Outline, ...] = ()
    unusable: tuple[str, ...] = ()


def read_opml(body: bytes) -> Opml:
    """The feeds of a list; none where it is no such list. Raises ValueError for a document over MAX_OPML."""
    if len(body) > MAX_OPML:
        raise ValueError(f"it is larger than {MAX_OPML / 2**20:g} MiB; split the list")
    reader = _Outlines()
    reader.feed(_decoded(body))
    reader.close()
    return Opml(feeds=tuple(reader.found.values()), unusable=tuple(reader.unusable))


def fetched_opml(body: bytes, place: str) -> Opml:
    """As `read_opml`, for a worker process: raises FetchFailed, also where there is no feed in it, or too many."""
    try:
        opml = read_opml(body)
    except ValueError as error:
        raise failed(FaultKind.TOO_LARGE, f"{place}: {error}") from None
    if not opml.feeds:
        cure = "an OPML list names each as <outline xmlUrl=…>"
        raise failed(FaultKind.UNREADABLE, f"{place}: no feed in it; {cure}")
    if (count := len(opml.feeds) + len(opml.unusable)) > MOST_FEEDS:
        raise failed(FaultKind.TOO_LARGE, f"{place}: {count:,} feeds in it, at most {MOST_FEEDS:,}; split the list")
    return opml


def write_opml(sources: Iterable[Source]) -> str:
    """An OPML 2.0 document of the feeds among `sources`."""
    return "\n".join([
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<opml version="2.0" xmlns:tradewire="{_NAMESPACE}">',
        "  <head><title>Tradewire sources</title></head>",
        "  <body>",
        *(_outline(source, source.url) for source in sources if source.url),
        "  </body>",
        "</opml>",
        "",
    ])  # fmt: skip


def _outline(source: Source, url: str) -> str:
    values = {
        "type": "rss",
        "text": source.name,
        "xmlUrl": url,
        "tradewire:every": written(source.every),
        "tradewire:authority": source.authority,
        "tradewire:enabled": "true" if source.enabled else "false",
    }
    return f"    <outline {' '.join(f'{name}={_attribute(value)}' for name, value in values.items())}/>"


class _Outlines(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: dict[str, Outline] = {}
        self.unusable: dict[str, None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "outline":
            return
        values = {name: value or "" for name, value in attrs}
        url = _web_address("".join(values.get("xmlurl", "").split()))
        if _WEB.match(url) and len(url) <= LONGEST_URL:
            self.found.setdefault(url, _feed(url, values))
        elif url:
            self.unusable.setdefault(one_line(without_secrets(url), 100))


def _feed(url: str, values: Mapping[str, str]) -> Outline:
    authority = values.get("tradewire:authority", "").lower()
    return Outline(
        url=url,
        name=clean_line(values.get("title") or values.get("text") or "", LONGEST_NAME),
        every=_every(values.get("tradewire:every", "")),
        authority=Authority(authority) if authority in set(Authority) else None,
        enabled=values.get("tradewire:enabled", "").lower() != "false",
    )


def _every(text: str) -> timedelta | None:
    try:
        every = parse_duration(text)
    except ValueError:
        return None
    return every if every >= SHORTEST_POLL else None


def _web_address(address: str) -> str:
    """Some programs write feed:https://… or feed://… or HTTP://…"""
    lowered = address.lower()
    for prefix in ("feed://", "feed:"):
        if lowered.startswith(f"{prefix}http"):
            return plain_scheme(address[len(prefix) :])
    return f"http{address[4:]}" if lowered.startswith("feed://") else plain_scheme(address)


def _attribute(value: str) -> str:
    return quoteattr(clean_line(value, LONGEST_URL))


def _decoded(body: bytes) -> str:
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", "replace")
    for start, encoding in _BARE_UTF16:
        if body.startswith(start):
            return body.decode(encoding, "replace")
    declared = _DECLARED.match(body.removeprefix(codecs.BOM_UTF8))
    told = declared[1].decode("ascii", "replace") if declared else ""
    for encoding in ("utf-8-sig", told if _READABLE.match(told) else "cp1252"):
        try:
            return body.decode(encoding)
        except (LookupError, UnicodeError):
            continue
    return body.decode("cp1252", "replace")
