"""Entries that come under a new name: are they items that are stored already? Pure.

Publishers change the guids or links of a whole feed at once (a new site, http to https, numbers to addresses); told
by their keys, all of its entries would be new. So an entry whose key is unknown is held against the stored items of
the same outlet and headline. A wrong "the same" hides news, and headlines come again ("Federal Reserve issues FOMC
statement", every six weeks with the same text), so:

- An item whose own key stands in the document is not what another entry there is.
- The same publication time, and a headline that names an event or the same text: the same.
- The same text, and times within a day's zones of each other, or one that is missing: the same.
- The same text at another time, or nothing but a headline: the same only where the whole document says so, with
  `RENAMED_LEAST` entries or more that are found so, and fewer that are found by their keys.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.intake.identity import fingerprint
from bot.model import Item, ItemKey, SourceId

RECOGNISED_FOR = timedelta(days=365)  # since first sight; feeds of rare news hold entries that long
RENAMED_LEAST = 3
ZONES = timedelta(hours=15)  # the widest zone and a summer hour: a date that was mended, not a new one
LEAST_WORDS = 4  # "Press release" and "Markets wrap" name no event
LEAST_IDEOGRAPHS = 8

_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is stored of an item, as far as it tells whether an entry is the same."""

    key: ItemKey
    alias: ItemKey | None
    source_id: SourceId
    fingerprint: str | None  # None: stored before schema 0004, and not seen since
    published_at: datetime | None
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """The name and the headline under which a stored item came last."""

    key: ItemKey
    alias: ItemKey | None
    fingerprint: str | None
    content_hash: str


def recognise(items: Sequence[Item], kept: Sequence[Kept]) -> dict[ItemKey, Kept]:
    """Which of the `items` of one document are stored, by their keys; `kept` in the order of preference."""
    named = {each.alias: each for each in kept if each.alias} | {each.key: each for each in kept}
    found = {item.key: named[item.key] for item in items if item.key in named}
    rest = [item for item in items if item.key not in named]
    present = {each.key for each in found.values()}
    candidates = [each for each in kept if each.key not in present]
    sure = _pairs(rest, candidates, certain=True)
    taken = {each.key for each in sure.values()}
    likely = _pairs(
        [item for item in rest if item.key not in sure],
        [each for each in candidates if each.key not in taken],
        certain=False,
    )
    renamed = len(sure) + len(likely)
    whole = renamed >= RENAMED_LEAST and renamed > len(found)
    return found | sure | (likely if whole else {})


def sightings_of(items: Iterable[Item], found: Mapping[ItemKey, Kept]) -> list[Sighting]:
    """What is to be stored of the `found` ones among `items`, where it is not stored already."""
    seen = []
    for item in items:
        if kept := found.get(item.key):
            sighting = Sighting(
                key=kept.key,
                alias=kept.alias if item.key == kept.key else item.key,
                # The headline and the text that are stored are those of the first source.
                fingerprint=fingerprint(item) if item.source_id == kept.source_id else kept.fingerprint,
                content_hash=item.content_hash,
            )
            if (sighting.alias, sighting.fingerprint) != (kept.alias, kept.fingerprint):
                seen.append(sighting)
    return seen


def edited(items: Iterable[Item], found: Mapping[ItemKey, Kept]) -> list[Item]:
    """The `found` ones whose source gives another content than is stored, under the keys by which they are stored.

    What another source says of the same article is no edit of it.
    """
    changed = {
        kept.key: replace(item, key=kept.key)
        for item in items
        if (kept := found.get(item.key))
        and kept.fingerprint is not None
        and kept.source_id == item.source_id
        and kept.content_hash != item.content_hash
    }
    return list(changed.values())


def _pairs(items: Iterable[Item], candidates: Iterable[Kept], *, certain: bool) -> dict[ItemKey, Kept]:
    """Each item with the first candidate that may be it; a candidate is one item only."""
    by_print: defaultdict[str, list[Kept]] = defaultdict(list)
    for each in candidates:
        if each.fingerprint:
            by_print[each.fingerprint].append(each)
    pairs = {}
    for item in items:
        free = by_print.get(fingerprint(item), [])
        match = next((each for each in free if (_is_surely if certain else _may_be)(item, each)), None)
        if match:
            free.remove(match)
            pairs[item.key] = match
    return pairs


def _is_surely(item: Item, kept: Kept) -> bool:
    same_text = item.content_hash == kept.content_hash
    has_text, names_an_event = bool(item.summary or item.body), _names_an_event(item.title)
    if item.published_at is None or kept.published_at is None:
        return same_text and has_text
    if item.published_at == kept.published_at:
        return names_an_event or (same_text and has_text)
    near = abs(item.published_at - kept.published_at) <= ZONES
    return near and same_text and (names_an_event or has_text)


def _may_be(item: Item, kept: Kept) -> bool:
    """Enough where the whole document was renamed."""
    dated = item.published_at is not None and kept.published_at is not None
    return item.content_hash == kept.content_hash or not dated


def _names_an_event(title: str) -> bool:
    return len(title.split()) >= LEAST_WORDS or len(_IDEOGRAPH.findall(title)) >= LEAST_IDEOGRAPHS
