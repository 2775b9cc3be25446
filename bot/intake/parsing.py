"""From the bytes of a feed to Entries. Runs in a worker process: see `workers.py` for why.

feedparser reads what is broken in real feeds right, where faster parsers lose text without a word. It gets bytes,
never an address, and neither sanitizes (quadratic on hostile input; `text.py` does it) nor resolves links in texts.
"""

from __future__ import annotations

import html
import io
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any
from urllib.parse import urljoin

from bot.intake.dates import parse_date
from bot.intake.faults import failed, shown
from bot.intake.fetched import FaultKind
from bot.intake.identity import told_apart
from bot.intake.jsonfeed import json_entries, json_title
from bot.intake.sniff import form_of
from bot.model import Entry

MAX_ENTRIES = 1_000  # of one document, the first ones: feeds put what is new on top
MAX_TEXT = 400_000  # characters of one text with its markup
MAX_TITLE = 1_000  # of the feed's own

_REFERENCE = re.compile(rb"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));")
_HTML_TYPES = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """A whole feed: its own title, which may hold HTML, and its entries."""

    title: str = ""
    entries: tuple[Entry, ...] = ()


def parse_feed(body: bytes, content_type: str, url: str) -> tuple[Entry, ...]:
    """The entries of an RSS, Atom, RDF or JSON feed, in its order. All texts that are not marked plain are HTML.

    Raises FetchFailed with NOT_A_FEED or UNREADABLE and the cure; anything else that a parser raises is made a
    fault by the worker.
    """
    return parse_document(body, content_type, url).entries


def parse_document(body: bytes, content_type: str, url: str) -> FeedDocument:
    """As `parse_feed`, with the feed's own title."""
    place = shown(url)
    if form_of(body, place) == "json":
        document = _json(body, place)
        return FeedDocument(json_title(document)[:MAX_TITLE], presentable(json_entries(document, url, place)))
    return _xml(body, content_type, url)


def presentable(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The first of `entries`, no text longer than allowed, those of one name told apart."""
    return told_apart(map(_shortened, islice(entries, MAX_ENTRIES)))


def entries_of(found: Sequence[dict[str, Any]], url: str, language: str | None) -> tuple[Entry, ...]:
    """What feedparser `found` in a feed that came from `url`, with its `language`."""
    return tuple(_entry(each, url, language) for each in found)


def _xml(body: bytes, content_type: str, url: str) -> FeedDocument:
    for told in dict.fromkeys((content_type, "")):  # again without the header, whose charset may be a lie
        document = _feedparser(body, told)
        if document.version or document.entries:
            title = _markup(dict.get(document.feed, "title"), dict.get(document.feed, "title_detail")) or ""
            found = entries_of(document.entries, url, dict.get(document.feed, "language"))
            return FeedDocument(title[:MAX_TITLE], presentable(found))
    place = shown(url)
    raise failed(FaultKind.NOT_A_FEED, f"{place} is XML, but neither RSS nor Atom; check the address of the feed")


def _json(body: bytes, place: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise failed(FaultKind.UNREADABLE, f"{place}: not valid JSON ({error}); ask its publisher") from None


def _feedparser(body: bytes, content_type: str) -> Any:
    import feedparser  # here, so that the main process, which only names this function, never loads it

    def parse(data: bytes) -> Any:
        # Not told the address: it would make guids absolute, and a feed that moves would look new altogether.
        return feedparser.parse(
            io.BytesIO(data),
            sanitize_html=False,
            resolve_relative_uris=False,
            response_headers={"content-type": content_type},
        )

    try:
        return parse(body)
    except (ValueError, OverflowError):  # a reference to half a character, or to one beyond Unicode
        return parse(_REFERENCE.sub(_unless_no_character, body))


def _unless_no_character(reference: re.Match[bytes]) -> bytes:
    hexadecimal, decimal = reference.groups()
    digits = (hexadecimal or decimal).lstrip(b"0")[:8]  # what is longer is no character either way
    code = int(digits or b"0", 16 if hexadecimal else 10)
    return b"" if 0xD800 <= code <= 0xDFFF or code > sys.maxunicode else reference[0]


def _entry(found: dict[str, Any], url: str, language: str | None) -> Entry:
    # dict.get, since feedparser's own get answers a missing `updated` with `published`, and warns about it
    def field(name: str) -> Any:
        return dict.get(found, name)

    guid = field("id")
    link = field("feedburner_origlink") or field("link")
    if not field("links") and not str(guid).startswith("http"):
        link = None  # feedparser's guess from a guid like "17"
    body = _content(field("content") or ())
    summary = _markup(field("summary"), field("summary_detail"))
    title_detail = field("title_detail") or {}
    return Entry(
        guid=guid,
        url=_link(link, url),
        title=_markup(field("title"), title_detail),
        summary=None if summary == body else summary,
        body=body,
        author=(field("author_detail") or {}).get("name") or field("author"),
        outlet=(field("source") or {}).get("title"),
        published=parse_date(field("published") or field("updated") or field("created")),
        lang=title_detail.get("language") or language,
    )


def _content(parts: Iterable[Mapping[str, Any]]) -> str | None:
    """The longest text of an entry's content; pictures and the like have none."""
    texts = [_markup(part.get("value"), part) for part in parts if part.get("type") in (*_HTML_TYPES, "text/plain")]
    return max((text for text in texts if text), key=len, default=None)


def _markup(value: str | None, detail: Mapping[str, Any] | None) -> str | None:
    """`value` as HTML, whatever the feed says it is."""
    if value and detail and detail.get("type") == "text/plain":
        return html.escape(value, quote=False)
    return value


def _link(link: str | None, url: str) -> str | None:
    try:
        return urljoin(url, link) if link else None
    except ValueError:  # "http://[" and the like
        return None


def _shortened(entry: Entry) -> Entry:
    return replace(
        entry,
        title=(entry.title or "")[:MAX_TEXT],
        summary=(entry.summary or "")[:MAX_TEXT],
        body=(entry.body or "")[:MAX_TEXT],
    )
