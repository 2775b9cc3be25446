"""OPML, the format in which feed readers hand each other their subscriptions (http://opml.org/spec2.opml).

Reading is lenient: of 118 lists published on one well-known page, 80 are not well-formed XML (bare `&`, `<` inside
attributes). The standard library's HTML parser gets the full count where XML parsers refuse or drop feeds, and it
knows neither entities of a document's own nor DTDs.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass
from html.parser import HTMLParser
from xml.sax.saxutils import quoteattr

from bot.intake.text import clean_line
from bot.model import Source

MAX_OPML = 5 * 2**20  # bytes
LONGEST_NAME = 80  # characters
LONGEST_URL = 2_000

_DECLARED = re.compile(rb"<\?xml[^>]{0,100}encoding=[\"']([\w.-]{2,20})[\"']")
_WEB = re.compile(r"https?://[^\s/]", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """One feed of a list."""

    url: str
    name: str


def read_opml(body: bytes) -> tuple[Outline, ...]:
    """The feeds of a list, each address once, in its order; none where it is no such list. Raises ValueError for a
    document over MAX_OPML."""
    if len(body) > MAX_OPML:
        raise ValueError(f"it is larger than {MAX_OPML / 2**20:g} MiB; split the list")
    reader = _Outlines()
    reader.feed(_decoded(body))
    reader.close()
    return tuple(reader.found.values())


def write_opml(sources: Iterable[Source]) -> str:
    """An OPML 2.0 document of the feeds among `sources`."""
    lines = [
        f'    <outline type="rss" text={_attribute(source.name)} xmlUrl={_attribute(source.url)}/>'
        for source in sources
        if source.url
    ]
    return "\n".join([
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        "  <head><title>Tradewire sources</title></head>",
        "  <body>",
        *lines,
        "  </body>",
        "</opml>",
        "",
    ])  # fmt: skip


class _Outlines(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: dict[str, Outline] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "outline":
            return
        values = {name: value or "" for name, value in attrs}
        url = _web_address("".join(values.get("xmlurl", "").split()))
        if _WEB.match(url) and len(url) <= LONGEST_URL:
            name = clean_line(values.get("title") or values.get("text") or "", LONGEST_NAME)
            self.found.setdefault(url, Outline(url=url, name=name))


def _web_address(address: str) -> str:
    """Some programs write feed:https://… or feed://…"""
    lowered = address.lower()
    for prefix in ("feed://", "feed:"):
        if lowered.startswith(f"{prefix}http"):
            return address[len(prefix) :]
    return f"http{address[4:]}" if lowered.startswith("feed://") else address


def _attribute(value: str) -> str:
    return quoteattr(clean_line(value, LONGEST_URL))


def _decoded(body: bytes) -> str:
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", "replace")
    declared = _DECLARED.match(body.removeprefix(codecs.BOM_UTF8))
    for encoding in ("utf-8-sig", declared[1].decode() if declared else "cp1252"):
        try:
            return body.decode(encoding)
        except (LookupError, UnicodeDecodeError):
            continue
    return body.decode("cp1252", "replace")
