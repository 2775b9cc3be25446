"""feedparser's own strict reader, watched between the entries: does any of them change how others are read?

feedparser carries much from one entry to the next (languages, names of namespaces, how deep in a text it is), and
some of it stays behind: the base address of one entry, say, is that of all after it. So what the reader holds is
looked at before the first entry and after each. Where that is the same every time, how an entry is read follows from
it and the entry's own bytes alone, and any of them may be left out (`delta.py`).
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from xml.sax import SAXException, make_parser
from xml.sax.handler import ContentHandler, feature_external_ges, feature_namespaces

# What no entry is read by: results, what each entry begins anew, and stacks whose lower part none of them reaches.
_ALOOF = frozenset(
    {"entries", "property_depth_map", "exc", "guidislink", "title_depth", "depth", "elementstack", "inentry"}
)
_TOP_COUNTS = frozenset({"basestack", "langstack"})
_FEED_COUNTS = ("language", "image", "textinput")  # of what is known of the feed itself


@dataclass(frozen=True, slots=True)
class Reading:
    """`entries` and `language` are feedparser's. `ground` is a hash of all that the entries were read by; None where
    they were not all read by the same."""

    entries: Sequence[dict[str, Any]]
    language: str | None
    ground: str | None


def read_strictly(document: bytes) -> Reading | None:
    """A feed in UTF-8, without byte order mark and DOCTYPE; None where it is no well-formed feed."""
    from feedparser.api import StrictFeedParser  # here, as in parsing.py

    reader = StrictFeedParser("", None, "utf-8")
    reader.resolve_relative_uris = reader.sanitize_html = False
    watch = _Watch(reader)
    parser = make_parser()  # noqa: S317  # as feedparser does; a DOCTYPE, where attacks would stand, is not let in
    parser.setFeature(feature_namespaces, True)
    parser.setFeature(feature_external_ges, False)
    parser.setContentHandler(watch)
    parser.setErrorHandler(reader)
    try:
        parser.parse(io.BytesIO(document))
    except SAXException:
        return None
    if not reader.version:
        return None
    return Reading(reader.entries, dict.get(reader.feeddata, "language"), watch.ground)


class _Watch(ContentHandler):
    """Hands everything on to `reader`, and looks at it before the first entry and after each."""

    def __init__(self, reader: Any) -> None:
        super().__init__()
        self._reader = reader
        self._named = frozenset(uri.lower() for uri in reader.namespaces)
        self._declared: defaultdict[str | None, list[str]] = defaultdict(list)  # the namespaces in force
        self._ahead = ""  # what the first entry is read by, as soon as one begins that may be it
        self._around: dict[str | None, str] = {}  # the namespaces in force around the entries
        self._found: set[str] = set()
        self.characters = reader.characters  # type: ignore[method-assign]  # most of all calls: not one more for each

    @property
    def ground(self) -> str | None:
        if len(self._found) != 1:
            return None
        parts = (*self._found, sorted(self._around.items(), key=repr), dict.get(self._reader.feeddata, "language"))
        return blake2b(repr(parts).encode("utf-8", "replace"), digest_size=16).hexdigest()

    def startPrefixMapping(self, prefix: str | None, uri: str) -> None:  # noqa: N802  # the name that SAX calls
        self._look_ahead()
        self._declared[prefix].append(uri)
        self._reader.startPrefixMapping(prefix, uri)

    def endPrefixMapping(self, prefix: str | None) -> None:  # noqa: N802
        self._declared[prefix].pop()

    def startElementNS(self, name: Any, qname: Any, attrs: Any) -> None:  # noqa: N802
        self._look_ahead()
        was_within, count = self._reader.inentry, len(self._reader.entries)
        self._reader.startElementNS(name, qname, attrs)
        if len(self._reader.entries) > count:
            self._found.add("within another" if was_within else self._ahead)
        elif not self._found:
            self._ahead = ""

    def endElementNS(self, name: Any, qname: Any) -> None:  # noqa: N802
        was_within = self._reader.inentry
        self._reader.endElementNS(name, qname)
        if was_within and not self._reader.inentry and len(self._found) < 2:
            self._found.add(self._held())

    def _look_ahead(self) -> None:
        """Before the first entry, and before the namespaces that it declares itself."""
        if not self._ahead:
            self._ahead = self._held()
            self._around = {prefix: uris[-1] for prefix, uris in self._declared.items() if uris}

    def _held(self) -> str:
        """All that the reader knows and an entry may be read by."""
        held = {name: value for name, value in vars(self._reader).items() if name not in _ALOOF}
        held["feeddata"] = [dict.get(held["feeddata"], name) for name in _FEED_COUNTS]
        # A prefix that stands for itself is as good as none; of addresses, it looks up those that it has no name for.
        prefixes, addresses = held.get("namespacemap", {}), held.get("namespaces_in_use", {})
        held["namespacemap"] = [(prefix, name) for prefix, name in prefixes.items() if prefix and prefix != name]
        held["namespaces_in_use"] = [
            (name, uri) for name, uri in addresses.items() if name and uri.lower() not in self._named
        ]
        return repr(sorted((name, value[-1:] if name in _TOP_COUNTS else value) for name, value in held.items()))
