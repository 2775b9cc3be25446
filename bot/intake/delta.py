"""A feed's document cut into its entries, so that only those not seen before are parsed.

feedparser is the whole cost of a feed that changed, and of its entries all but one or two were there before. So the
bytes of each entry are hashed (its trace), and the parser is given the document's head and tail with only the unseen
ones between.

What it answers must be what it would have answered for the whole document. `cut` sees to it that the pieces are the
entries; `strict.py` looks whether each is read by nothing but itself and one **ground**, which is what the head makes
of the parser. Entries are remembered with their ground, and count while it is the same. Wherever one of this does not
hold, all is parsed. And once a day all is parsed anyway, for what only the whole document tells: whose word counts
among sources that bring the same article.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import islice, pairwise

from bot.model import ItemKey

TRACE_BYTES = 12
WHOLE_EVERY = timedelta(days=1)
MOST_AROUND = 64 * 1024  # bytes before the first entry, and after the last; more is no head and no tail
MOST_PIECES = 1_000

_ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?(?P<xml><\?xml[^?>]*\?>)?(?P<rest>(?:\s|<!--(?:[^-]|-[^-])*-->|<\?xml-stylesheet[^?>]*\?>)*"
    rb"<(?P<root>rss|feed|rdf:RDF)(?=[\s>])[^<>]*>)"
)
_DECLARATION = b"<?xml version='1.0' encoding='utf-8'?>"  # feedparser puts this one in the place of any other
_ENCODING = re.compile(rb"""encoding=["']([^"']*)["']""")  # as feedparser reads it
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([^\s;\"']*)", re.IGNORECASE)
_MAY_BE_ENTRY = re.compile(rb"<(?:[^\s<>/:!?]+:)?(?:item|entry)[\s/>]", re.IGNORECASE)
_ENTRY = {b"rss": b"item", b"rdf:RDF": b"item", b"feed": b"entry"}
_HIDING = ((b"<![CDATA[", b"]]>"), (b"<!--", b"-->"))  # what may hold text that looks like markup
_SPACE = (b" ", b"\t", b"\r", b"\n")
_UTF8 = frozenset({"utf-8", "utf8"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A document in pieces, ready for `strict.py`; `traces` are those of its entries, in its order."""

    head: bytes
    entries: tuple[bytes, ...]
    tail: bytes
    traces: tuple[str, ...]
    empty: bytes  # an entry of this kind of document that says nothing

    @property
    def whole(self) -> bytes:
        return self._of(self.entries)

    def without(self, known: Collection[str]) -> bytes:
        """The document with the entries that are not `known`; an empty one where there are none."""
        unseen = [each for each, trace in zip(self.entries, self.traces, strict=True) if trace not in known]
        return self._of(unseen or [self.empty])

    def _of(self, entries: Collection[bytes]) -> bytes:
        return b"\n".join([self.head, *entries, self.tail])


def cut(body: bytes, content_type: str) -> Cut | None:
    """The pieces of an RSS, RDF or Atom document; None where it does not come apart cleanly.

    Where the document is well-formed, each piece is one whole element, and nothing else is an entry to feedparser.
    """
    root = _ROOT.match(body)
    if root is None or body.find(b"<?", root.end()) >= 0 or not _is_utf8(body, root, content_type):
        return None
    name = _ENTRY[root["root"]]
    bounds = _bounds(body, name, root.end())
    if not bounds:
        return None
    first, last = bounds[0][0], bounds[-1][1]
    entries = tuple(body[start:end] for start, end in bounds)
    head, tail = body[root.start("rest") : first], body[last:]
    if max(len(head), len(tail)) > MOST_AROUND or not all(map(_is_whole, (head, *entries, tail))):
        return None
    traces = tuple(blake2b(each, digest_size=TRACE_BYTES).hexdigest() for each in entries)
    empty = b"<" + name + b"></" + name + b">"
    return Cut(head=_DECLARATION + head, entries=entries, tail=tail, traces=traces, empty=empty)


def _is_utf8(body: bytes, root: re.Match[bytes], content_type: str) -> bool:
    """Whether feedparser, too, takes the document for UTF-8."""
    line_end = body.find(b"\n")
    if body.find(b"encoding=", max(root.end("xml"), 0), line_end if line_end >= 0 else len(body)) >= 0:
        return False  # it looks for the declared encoding in all of the first line
    declared = [name.decode("latin-1").lower() for name in _ENCODING.findall(root["xml"] or b"")]
    told = [name.lower() for name in _CHARSET.findall(content_type)]
    if not _UTF8.issuperset((*declared, *told)):
        return False
    if body.isascii():
        return True
    if not (declared or told) and content_type.lower().lstrip().startswith("text/"):
        return False  # by RFC 3023 ASCII: it guesses
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _bounds(body: bytes, name: bytes, at: int) -> list[tuple[int, int]]:
    """Where each entry begins and ends; none where one is not by itself, or anything stands between two of them."""
    openings, closing = tuple(b"<" + name + after for after in (b">", *_SPACE)), b"</" + name + b">"
    starts = list(islice(_MAY_BE_ENTRY.finditer(body, at), MOST_PIECES + 1))
    if len(starts) > MOST_PIECES:
        return []
    bounds: list[tuple[int, int]] = []
    for each, following in pairwise([*(start.start() for start in starts), len(body)]):
        is_last = following == len(body)
        end = body.find(closing, each, following)
        if end < 0 or not body.startswith(openings, each):
            return []
        end += len(closing)
        if not is_last and body[end:following].strip():
            return []
        bounds.append((each, end))
    return bounds


def _is_whole(piece: bytes) -> bool:
    """Whether nothing that may hide markup begins in `piece` and ends after it."""
    return all(
        (start := piece.rfind(first)) < 0 or start + len(first) <= piece.rfind(last) for first, last in _HIDING
    )


# --- what is remembered of a document ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Known:
    """What an entry was found to be: its item, None until that is known, and hashes of the names that it has."""

    key: ItemKey | None
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Memory:
    """The entries of a source's last document, by their traces. They were read on `ground`, and all of the document
    was last read at `whole_at`.

    What shares its name with another entry is told apart by both, and what has no name by its text: such entries are
    read every time.
    """

    entries: Mapping[str, Known] = field(default_factory=dict)
    ground: str = ""
    whole_at: datetime | None = None

    @classmethod
    def of(cls, entries: Mapping[str, Known], ground: str, whole_at: datetime) -> Memory:
        shared = _shared(entries)
        return cls({t: known for t, known in entries.items() if known.names and t not in shared}, ground, whole_at)

    @classmethod
    def load(cls, text: str | None, now: datetime) -> Memory:
        """What `dump` wrote, but for entries that no item came of; nothing where all is to be parsed again."""
        try:
            stored = json.loads(text or "{}")
            whole_at = datetime.fromisoformat(stored["whole_at"])
            entries = {trace: Known(ItemKey(key), tuple(names)) for trace, key, *names in stored["entries"] if key}
            if timedelta(0) <= now - whole_at < WHOLE_EVERY:
                return cls(entries, stored["ground"], whole_at)
        except (ValueError, TypeError, LookupError, RecursionError):
            pass  # another version wrote it
        return cls()

    def dump(self) -> str | None:
        """None where there is nothing to remember."""
        if not self.entries or self.whole_at is None:
            return None
        rows = [[trace, known.key or "", *known.names] for trace, known in self.entries.items()]
        stored = {"whole_at": self.whole_at.isoformat(), "ground": self.ground, "entries": rows}
        return json.dumps(stored, separators=(",", ":"))


def _shared(entries: Mapping[str, Known]) -> set[str]:
    """The traces of those that share a name with another."""
    times = Counter(name for known in entries.values() for name in set(known.names))
    return {trace for trace, known in entries.items() if any(times[name] > 1 for name in known.names)}


def completed(text: str | None, keys: Mapping[str, ItemKey]) -> str | None:
    """A memory as `dump` wrote it, with the items that its new entries turned out to be, by their traces."""
    if text is None or not keys:
        return text
    stored = json.loads(text)
    for row in stored["entries"]:
        row[1] = row[1] or keys.get(row[0], "")
    return json.dumps(stored, separators=(",", ":"))
