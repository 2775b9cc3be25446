"""What an entry is known by: its key, the names it is made of, its fingerprint and the hash of its content. Pure.

**Keys.** An item is known again by its guid, else by its link, else by a hash of its title, summary and day: what
comes in the same words on another day is another item. A guid or link that is a web address, a `tag:`, `urn:` or
`sha256:` name (an article file's) is one in the whole world: its key does not depend on the source, so an article
that comes through two feeds, a renamed source or a moved file is still the same item. Any other guid ("1",
"post-17") means something within its feed only, and so does a mere title: those keys hold the source's id. http and
https, "www." and a final slash make no difference (publishers change them for whole feeds at once), nor do sessions,
tracking, and the numbers of versions that the BBC and news agencies add to their guids.

**No names.** A guid of one character, "null" and the like, and the address of a site's front page are what programs
write for want of a name; a guid or link that different entries of one document share is none either.

**Fingerprints.** Whatever a publisher calls an entry now, its outlet and headline stay: `recognition.py` asks for
them where a key is not known. A key that is known may stand for another article now; that is seen there as well.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from bot.intake.links import is_front_page, link_identity, web_link
from bot.intake.steady import steady, without_junk
from bot.intake.text import html_to_text
from bot.model import Entry, Item, ItemKey, SourceId

Name = tuple[str, ...]

_GLOBAL_GUID = re.compile(r"(?:tag|urn|sha256):.+", re.IGNORECASE)
_NO_GUID = frozenset({"false", "guid", "id", "nil", "none", "null", "true", "undefined", "unknown"})
# urn:newsml:agency.example:20250507:story:3U is the third version, an update. https://www.rfc-editor.org/rfc/rfc3085
_NEWSML_VERSION = re.compile(r"(?i:(urn:newsml:[^:]+:[^:]+:.+):\d+[NUA]?)")


def key_of(entry: Entry, source_id: SourceId, title: str, summary: str) -> ItemKey:
    """The key of an entry; `title` and `summary` are its clean texts, for where it has no name of its own."""
    kind, *rest = next(iter(names(entry)), ("text", *_said(title, summary, entry.published)))
    local = kind == "text" or (kind == "guid" and not _GLOBAL_GUID.fullmatch(rest[0]))
    return ItemKey(_digest(kind, *((source_id, *rest) if local else rest))[:16])


def own_key(item: Item, link: str | None) -> ItemKey:
    """The key of an item whose guid stands for another one: by its own `link`, else by what it says."""
    said = ("text", item.source_id, *_said(item.title, item.summary, item.published_at))
    return ItemKey(_digest(*(("link", link) if link else said))[:16])


def own_link(url: str | None) -> str | None:
    """What stays the same of a `web_link`; None where it leads to no one article."""
    return None if url is None or is_front_page(url) else link_identity(url)


def record_key(record_id: str) -> ItemKey:
    """The key of a record from standard input: whoever wrote its id meant it, be it "1" or "null"."""
    return ItemKey(_digest("record", record_id)[:16])


def content_hash(title: str, summary: str, body: str) -> str:
    """The same as long as what the texts say is; dates, links and what changes by itself are not in it."""
    return _digest("text", *map(steady, (title, summary, body)))[:32]


def fingerprint(item: Item) -> str:
    """Of outlet and headline: the same however its entry is named."""
    return _print_of(item.outlet, item.title)


@lru_cache(maxsize=512)  # the items of a document are asked for theirs several times over, some documents at once
def _print_of(outlet: str, title: str) -> str:
    return _digest("headline", steady(outlet), steady(title) or title)[:16]


def names(entry: Entry) -> list[Name]:
    """What its publisher calls an entry, the most certain first: its guid, then its link."""
    guid = (entry.guid or "").strip()
    page = web_link(guid)
    found: list[Name] = []
    if page is None and len(guid) > 1 and guid.lower() not in _NO_GUID:
        newsml = _NEWSML_VERSION.fullmatch(guid)
        found.append(("guid", newsml[1] if newsml else guid))
    links = map(own_link, (page, web_link(entry.url)))
    return [*found, *(("link", link) for link in links if link)]


def told_apart(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries of one document, where a name that several different ones share gives way to the next.

    Some feeds give every entry the same guid, live blogs the same link; all but the first would be taken for seen.
    An entry that only stands there twice keeps its name.
    """
    found = list(entries)
    for place in _sharing(found, lambda entry: (entry.title, *names(replace(entry, guid=None)))):
        found[place] = replace(found[place], guid=None)
    for place in _sharing(found, _text):
        found[place] = replace(found[place], guid=f"text:{_digest(_text(found[place]))}")
    return tuple(found)


def _sharing(entries: Sequence[Entry], mark: Callable[[Entry], object]) -> list[int]:
    """The places of the entries whose first name stands for others too, which are different ones by their mark."""
    places: defaultdict[Name, list[int]] = defaultdict(list)
    for place, entry in enumerate(entries):
        for name in names(entry)[:1]:
            places[name].append(place)
    shared = (same for same in places.values() if len(same) > 1)
    return [place for same in shared if len({mark(entries[place]) for place in same}) > 1 for place in same]


def _text(entry: Entry) -> str:
    parts = (html_to_text(part or "") if entry.is_html else part or "" for part in (entry.title, entry.summary))
    return "\x1f".join((*map(steady, parts), _day(entry.published)))


def _said(title: str, summary: str, published: datetime | None) -> tuple[str, str, str]:
    return title, without_junk(summary), _day(published)


def _day(moment: datetime | None) -> str:
    return moment.date().isoformat() if moment else ""


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()
