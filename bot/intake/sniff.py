"""What a document is, told from its first bytes, so that what is no feed is refused by name and with the cure."""

from __future__ import annotations

import codecs
import re
from typing import Literal

from bot.intake.faults import failed
from bot.intake.fetched import FaultKind

Form = Literal["xml", "json"]

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BARE_UTF16 = ((b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be"))  # XML 1.0, appendix F.1
# One piece of what may stand before the root element; the declarations of a DOCTYPE are pieces too.
_PROLOG = re.compile(
    r"<\?.*?(?:\?>|$)|<!--.*?(?:-->|$)|<!(?:DOCTYPE|ELEMENT|ATTLIST|NOTATION)[^>\[]*[>\[]|[^<]+|<(?![\w!?])",
    re.DOTALL | re.IGNORECASE,
)
_ELEMENT = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)")
_HTML_DOCTYPE = re.compile(r"<!DOCTYPE\s+html", re.IGNORECASE)
_FEEDS = frozenset({"rss", "feed", "rdf"})
_CURES = {
    "html": "is a web page, not a feed; look on that page for its RSS or Atom link, or ask the publisher for it",
    "urlset": "is a sitemap, not a feed; use the RSS or Atom address of the same publisher",
    "sitemapindex": "is a sitemap, not a feed; use the RSS or Atom address of the same publisher",
    "opml": "is an OPML list of feeds, not a feed; import it with: tradewire feeds import FILE",
}


def form_of(body: bytes, place: str) -> Form:
    """Whether `body` should be read as XML or as JSON. Raises FetchFailed for what is plainly no feed, and for XML
    that declares entities of its own: those exist to blow a reader up."""
    text = _decoded(body)
    if not text.strip():
        raise failed(FaultKind.NOT_A_FEED, f"{place} is empty; check the address with its publisher")
    if text.lstrip().startswith(("{", "[")):
        return "json"
    position = 0
    while match := _PROLOG.match(text, position):
        position = match.end()
    if text.startswith("<!ENTITY", position):
        raise failed(
            FaultKind.UNREADABLE,
            f"{place} declares XML entities of its own, a known way to attack readers; ask the publisher for a feed "
            "without them",
        )
    element = _ELEMENT.match(text, position)
    if element is None:
        raise failed(FaultKind.NOT_A_FEED, f"{place} is neither XML nor JSON; check the address of the feed")
    root = element[1].lower()
    if root in ("head", "body") or (root not in _FEEDS and _HTML_DOCTYPE.search(text[:position])):
        root = "html"
    if root in _CURES:
        raise failed(FaultKind.NOT_A_FEED, f"{place} {_CURES[root]}")
    return "xml"


def _decoded(body: bytes) -> str:
    """Enough of the text to see its markup; letters outside ASCII do not matter here."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return body.decode(encoding, "replace")
    for start, encoding in _BARE_UTF16:
        if body.startswith(start):
            return body.decode(encoding, "replace")
    return body.decode("latin-1")
