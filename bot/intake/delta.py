"""A feed's document cut into its entries, so that only those not seen before are parsed.

feedparser is the whole cost of a feed that changed, and of its entries all but one or two were there before. So the
bytes of each entry are hashed (its trace), and the parser is given the document's head and tail with only the unseen
ones between.

What it answers must be what it would have answered for the whole document. That holds where the document is
well-formed XML in UTF-8 and each entry stands in it by itself: then nothing in one entry changes how another is read,
but for the few things that `cut` refuses. Where it gives up, all is parsed. And once a day all is parsed anyway, for
what only the whole document tells: whose word counts among sources that bring the same article.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b

from bot.model import ItemKey

TRACE_BYTES = 12
WHOLE_EVERY = timedelta(days=1)
MOST_AROUND = 64 * 1024  # bytes before the first entry, and after the last; more is no head and no tail
MOST_PIECES = 1_000

_ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml(?P<xml>[^?>]*)\?>)?(?:\s|<!--(?:[^-]|-[^-])*-->|<\?xml-stylesheet[^?>]*\?>)*"
    rb"<(?P<root>rss|feed|rdf:RDF)(?=[\s>])[^<>]*>(?:\s*<channel[^<>]*>)?"
)
_ENCODING = re.compile(rb"""encoding\s*=\s*["']([^"']+)["']""")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([^\s;\"']+)", re.IGNORECASE)
_BASE = re.compile(rb"base\s*=")  # feedparser keeps the base address of one entry for those after it
_ENTRY = {b"rss": b"item", b"rdf:RDF": b"item", b"feed": b"entry"}
_HIDING = ((b"<![CDATA[", b"]]>"), (b"<!--", b"-->"))  # what may hold text that looks like markup
_UTF8 = frozenset({"", "utf-8", "utf8"})


@dataclass(frozen=True, slots=True)
class Cut:
    """A document in pieces; `traces` are those of its entries, in its order."""

    head: bytes
    entries: tuple[bytes, ...]
    tail: bytes
    traces: tuple[str, ...]

    def without(self, known: Collection[str]) -> bytes:
        """The document with the entries that are not `known`."""
        unseen = (each for each, trace in zip(self.entries, self.traces, strict=True) if trace not in known)
        return b"\n".join([self.head, *unseen, self.tail])


def cut(body: bytes, content_type: str) -> Cut | None:
    """The pieces of an RSS, RDF or Atom document; None where it does not come apart cleanly."""
    root = _ROOT.match(body)
    if root is None or body.find(b"<?", root.end()) >= 0 or _BASE.search(body):
        return None
    if not _is_utf8(body, root["xml"] or b"", content_type):
        return None
    name = _ENTRY[root["root"]]
    pieces = _pieces(body, root.end(), b"<" + name, b"</" + name + b">")
    if pieces is None:
        return None
    head, entries, tail = pieces
    # An entry means what it does by the names that are declared around it.
    around = blake2b(body[: root.end()] + content_type.encode("utf-8", "replace"), digest_size=32).digest()
    return Cut(head, entries, tail, tuple(_trace(around, each) for each in entries))


def _is_utf8(body: bytes, declaration: bytes, content_type: str) -> bool:
    declared, told = _ENCODING.search(declaration), _CHARSET.search(content_type)
    names = {declared[1].decode("latin-1").lower() if declared else "", told[1].lower() if told else ""}
    if not names <= _UTF8:
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _pieces(body: bytes, at: int, opening: bytes, closing: bytes) -> tuple[bytes, tuple[bytes, ...], bytes] | None:
    """Head, entries and tail; None where anything stands between two entries, or one is not whole in itself."""
    first = start = _start(body, opening, at)
    entries: list[bytes] = []
    end = at
    while start >= 0:
        found = body.find(closing, start)
        if found < 0 or (entries and body[end:start].strip()) or len(entries) == MOST_PIECES:
            return None
        end = found + len(closing)
        entries.append(body[start:end])
        start = _start(body, opening, end)
    head, tail = body[:first], body[end:]
    if not entries or max(len(head), len(tail)) > MOST_AROUND or not _are_whole(body, (head, *entries, tail)):
        return None
    if any(_start(each, opening, len(opening)) >= 0 for each in entries):
        return None
    return head, tuple(entries), tail


def _start(body: bytes, opening: bytes, at: int) -> int:
    """Where the next entry begins; `<items>` is none. -1: nowhere."""
    while (at := body.find(opening, at)) >= 0:
        if body[at + len(opening) : at + len(opening) + 1] in b"> \t\r\n":
            return at
        at += len(opening)
    return -1


def _are_whole(body: bytes, pieces: Sequence[bytes]) -> bool:
    """Whether nothing that may hide markup begins in one piece and ends in another."""
    hiding = [bounds for bounds in _HIDING if bounds[0] in body]
    return all(piece.rfind(first) <= piece.rfind(last) for first, last in hiding for piece in pieces)


def _trace(around: bytes, entry: bytes) -> str:
    return blake2b(entry, digest_size=TRACE_BYTES, key=around).hexdigest()


# --- what is remembered of a document ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Known:
    """What an entry was found to be: its item, None until that is known, and hashes of the names that it has."""

    key: ItemKey | None
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Memory:
    """Every entry of a source's last document, by its trace; `whole_at` is when all of it was last parsed."""

    entries: Mapping[str, Known] = field(default_factory=dict)
    whole_at: datetime | None = None

    @classmethod
    def load(cls, text: str | None, now: datetime) -> Memory:
        """What `dump` wrote, but for entries that no item came of; nothing where all is to be parsed again."""
        if not text:
            return cls()
        stored = json.loads(text)
        whole_at = datetime.fromisoformat(stored["whole_at"])
        if not timedelta(0) <= now - whole_at < WHOLE_EVERY:
            return cls()
        entries = {trace: Known(ItemKey(key), tuple(names)) for trace, key, *names in stored["entries"] if key}
        return cls(entries, whole_at)

    def dump(self) -> str | None:
        """None where there is nothing to remember."""
        if not self.entries or self.whole_at is None:
            return None
        rows = [[trace, known.key or "", *known.names] for trace, known in self.entries.items()]
        return json.dumps({"whole_at": self.whole_at.isoformat(), "entries": rows}, separators=(",", ":"))


def completed(text: str | None, keys: Mapping[str, ItemKey]) -> str | None:
    """A memory as `dump` wrote it, with the items that its new entries turned out to be, by their traces."""
    if text is None or not keys:
        return text
    stored = json.loads(text)
    for row in stored["entries"]:
        row[1] = row[1] or keys.get(row[0], "")
    return json.dumps(stored, separators=(",", ":"))
