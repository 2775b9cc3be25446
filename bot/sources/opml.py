"""OPML, the format in which feed readers hand each other their subscriptions (http://opml.org/spec2.opml).

Reading is lenient: of 118 lists published on one well-known page, 80 are not well-formed XML (bare `&`, `<` inside
attributes). The standard library's HTML parser gets the full count where XML parsers refuse or drop feeds, and it
knows neither entities of a document's own nor DTDs.

What the format has no word for stands in attributes of our own, which other readers pass over. Feeds are written in
one group for each authority, since readers show groups as folders; reading takes feeds from groups of any depth.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import urlsplit
from xml.sax.saxutils import quoteattr

from bot.intake.faults import failed, one_line, without_secrets
from bot.intake.fetched import FaultKind
from bot.intake.text import clean_line
from bot.model import Authority, Source
from bot.settings import SHORTEST_POLL, parse_duration
from bot.sources.sourcing import plain_scheme, written

MAX_OPML = 10 * 2**20  # bytes: some 50,000 feeds
MOST_FEEDS = 5_000  # of a list that is fetched: what comes back from a worker is read on the event loop
LONGEST_NAME = 80  # characters
LONGEST_URL = 2_000

_NAMESPACE = "urn:tradewire:opml"
_DECLARED = re.compile(rb"<\?xml[^>]{0,100}encoding=[\"']([\w.-]{2,20})[\"']")
# Encodings in which the declaration itself could be read; others that Python knows would make nonsense of it.
_READABLE = re.compile(r"iso-?8859|latin|windows-|cp\d|us-ascii|koi8|gb|big5|shift|euc|mac", re.IGNORECASE)
_BARE_UTF16 = ((b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be"))
_GROUPS = {Authority.OFFICIAL: "Official", Authority.WIRE: "Wires", Authority.OUTLET: "Outlets"}

_FEED_SCHEMES = re.compile(r"(?:feed|itpc|pcast|podcast|rss):(?://)?", re.IGNORECASE)
_BARE_HOST = re.compile(r"(?:[a-z0-9-]{1,63}\.)+[a-z]{2,63}(?::\d{1,5})?/\S+", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:feed:)?(?:https?:)?//\S+$|feed:\S+$", re.IGNORECASE)
_BROKEN_LINE = re.compile(r"[\t\r\n]\s*")
_NO_FEED_TYPES = frozenset({"link", "include"})  # their url is of a page, or of another list
# Of a tag whose quotes do not close where they should, so that one attribute has swallowed the next.
_LOST_ADDRESS = re.compile(r"\bxmlurl\s*=\s*[\"']?([^\s\"'<>]+)", re.IGNORECASE)
_ESCAPED = re.compile(r"&lt;outline\b", re.IGNORECASE)


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
    text = _decoded(body)
    opml = _read(text)
    if not opml.feeds and _ESCAPED.search(text):  # a list that a web page shows as text
        opml = _read(html.unescape(text))
    return opml


def _read(text: str) -> Opml:
    reader = _Outlines()
    reader.feed(text)
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
    """An OPML 2.0 document of the feeds among `sources`, in a group for each authority."""
    feeds = [source for source in sources if source.url]
    return "\n".join([
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<opml version="2.0" xmlns:tradewire="{_NAMESPACE}">',
        "  <head><title>Tradewire sources</title></head>",
        "  <body>",
        *(line for authority in Authority for line in _group(authority, feeds)),
        "  </body>",
        "</opml>",
        "",
    ])  # fmt: skip


def _group(authority: Authority, feeds: Iterable[Source]) -> Iterator[str]:
    inside = [_outline(source, source.url or "") for source in feeds if source.authority is authority]
    if inside:
        name = _attribute(_GROUPS[authority])
        yield from (f"    <outline text={name} title={name}>", *inside, "    </outline>")


def _outline(source: Source, url: str) -> str:
    name = source.name or source.id
    values = {
        "type": "rss",
        "text": name,
        "title": name,
        "xmlUrl": url,
        "tradewire:every": written(source.every),
        "tradewire:authority": source.authority,
        "tradewire:enabled": "true" if source.enabled else "false",
    }
    return f"      <outline {' '.join(f'{key}={_attribute(value)}' for key, value in values.items())}/>"


class _Outlines(HTMLParser):
    """Outlines wherever they stand: in groups, in a page, without head or body, before the end of a torn file."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: dict[str, Outline] = {}
        self.unusable: dict[str, None] = {}

    def set_cdata_mode(self, elem: str, **_: object) -> None:
        """No element's text is raw: an empty <title/>, which is none in HTML, would swallow the list."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag.rpartition(":")[2] != "outline":
            return
        values = {name: value or "" for name, value in attrs}
        url = _web_address(_place(values, self.get_starttag_text() or ""))
        if _is_usable(url):
            self.found.setdefault(url, _feed(url, values))
        elif url:
            self.unusable.setdefault(one_line(without_secrets(url), 100))


def _place(values: Mapping[str, str], tag: str) -> str:
    """What an outline says is its feed: `xmlUrl`, else what stands in its place in lists made by hand."""
    if named := values.get("xmlurl", "").strip():
        return named
    if lost := _LOST_ADDRESS.search(tag):
        return html.unescape(lost[1])
    if values.get("type", "").strip().lower() in _NO_FEED_TYPES:
        return ""
    if url := values.get("url", "").strip():
        return url
    texts = (values.get(name, "").strip() for name in ("text", "title"))
    return "" if values.get("htmlurl") else next((text for text in texts if _ADDRESS.match(text)), "")


def _feed(url: str, values: Mapping[str, str]) -> Outline:
    authority = values.get("tradewire:authority", "").lower()
    named = (values.get(name, "").strip() for name in ("title", "text"))
    name = next((each for each in named if each and not _ADDRESS.match(each)), "")
    return Outline(
        url=url,
        name=clean_line(html.unescape(name), LONGEST_NAME),  # a second time: "Q&amp;amp;A" is common
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
    """As one line with its scheme: some programs write feed:https://… or feed://… or HTTP://…, or break it."""
    address = _BROKEN_LINE.sub("", address.strip()).replace(" ", "%20")
    if scheme := _FEED_SCHEMES.match(address):
        rest = address[scheme.end() :]
        address = rest if rest.lower().startswith(("http:", "https:")) else f"http://{rest}"
    elif address.startswith("//") or _BARE_HOST.fullmatch(address):
        address = f"http://{address.removeprefix('//')}"
    return plain_scheme(address)


def _is_usable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:  # "http://[", a port that is no number
        return False
    host = parts.hostname or ""
    fits = url.isprintable() and len(url) <= LONGEST_URL
    return fits and parts.scheme in ("http", "https") and bool(host) and "%" not in host


def _attribute(value: str) -> str:
    return quoteattr(clean_line(value, LONGEST_URL))


def _decoded(body: bytes) -> str:
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", "replace")
    for start, encoding in _BARE_UTF16:
        if body.startswith(start):
            return body.decode(encoding, "replace")
    declared = _DECLARED.match(body.removeprefix(codecs.BOM_UTF8).lstrip())
    told = declared[1].decode("ascii", "replace") if declared else ""
    for encoding in ("utf-8-sig", *([told] if _READABLE.match(told) else [])):
        try:
            return body.decode(encoding)
        except (LookupError, UnicodeError):
            continue
    text = body.decode("utf-8-sig", "replace")
    return text if _is_mostly_right(text) else body.decode("cp1252", "replace")


def _is_mostly_right(text: str) -> bool:
    """Whether a text was UTF-8 but for a few bytes: a torn file, or one title pasted in from elsewhere."""
    wrong = text.count("\ufffd")
    return len(text) - len(text.encode("ascii", "ignore")) >= 2 * wrong
