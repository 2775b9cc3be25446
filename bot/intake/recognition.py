"""The entries of one document against the stored items: which are known, which are edits, which are new. Pure.

**Known names.** An entry whose key is stored is that item, unless it is clearly another article (guids such as
"latest" go from one to the next): then it gets a key of its own, and the stored item stays as it is.

**New names.** Publishers change the guids or links of a whole feed at once (a new site, http to https, numbers to
addresses); told by their keys, all of its entries would be new. So an entry whose key is unknown is held against the
stored items of the same outlet and headline. An item whose own key stands in the document is not what another entry
there is; `sameness.py` weighs the rest. What is not certain by itself counts only where the whole document says so:
`RENAMED_LEAST` entries or more, and most of it, are found in the document before.

**Whose word counts.** What another source says of the same article is no edit of it. Where the source of an item is
asked no longer, or another of the same outlet has it in its list and the first one has not, the other takes over.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.intake.identity import fingerprint, own_key, own_link
from bot.intake.sameness import Kept, is_another, is_moved, is_surely, may_be
from bot.intake.steady import steady
from bot.model import Item, ItemKey, SourceId

RECOGNISED_FOR = timedelta(days=365)  # since first sight; feeds of rare news hold entries that long
RENAMED_LEAST = 3
MOST_ALIKE = 50  # stored items of one outlet and headline that an entry is held against, the newest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What is to be remembered of a stored item that came again: its last name and headline, whose word counts."""

    key: ItemKey
    alias: ItemKey | None
    fingerprint: str | None
    source_id: SourceId
    content_hash: str | None  # None: what is stored stays


def with_own_keys(items: Iterable[Item], kept: Iterable[Kept]) -> list[Item]:
    """The items of one document, where one that came under the name of another article has a key of its own."""
    document, named = list(items), _by_name(kept)
    times = Counter(own_link(item.url) for item in document)
    own: dict[ItemKey, Item] = {}
    for item in document:
        link = own_link(item.url)
        if times[link] > 1:  # a page that different entries share is no one's own
            link = None
        stored = named.get(item.key)
        key = own_key(item, link) if stored and is_another(item, link, stored) else item.key
        own.setdefault(key, replace(item, key=key))
    return list(own.values())


def recognise(
    items: Sequence[Item],
    kept: Sequence[Kept],
    moved: frozenset[ItemKey] = frozenset(),
    standing: Collection[ItemKey] = (),
) -> dict[ItemKey, Kept]:
    """Which of the `items` of one document are stored, by their keys.

    `kept` are the newest first; `moved` are those of `items` that `with_own_keys` gave another key. `standing` are
    the stored items whose entries are in the document as they were before, and so not among `items`.
    """
    named = _by_name(kept)
    found = {item.key: named[item.key] for item in items if item.key in named}
    present = {each.key for each in found.values()} | set(standing)
    free = _by_print(each for each in kept if each.key not in present)
    rest = [item for item in items if item.key not in found]
    certain = _pairs((item for item in rest if item.key in moved), free, is_moved)
    certain |= _pairs((item for item in rest if item.key not in certain), free, is_surely)
    likely = _pairs((item for item in rest if item.key not in certain), free, may_be)
    renamed = len(certain) + len(likely)
    whole = renamed >= RENAMED_LEAST and renamed > (len(items) + len(standing)) / 2
    return found | certain | (likely if whole else {})


def sightings_of(items: Iterable[Item], found: Mapping[ItemKey, Kept]) -> list[Sighting]:
    """What is to be remembered of the `found` ones among `items`, where it is not stored already."""
    seen = ((_sighting(item, kept), kept) for item in items if (kept := found.get(item.key)))
    return [
        sighting
        for sighting, kept in seen
        if (sighting.alias, sighting.fingerprint, sighting.source_id)
        != (kept.alias, kept.fingerprint, kept.source_id)
    ]


def edited(items: Iterable[Item], found: Mapping[ItemKey, Kept]) -> list[Item]:
    """The `found` ones whose publisher gives another content than is stored, under the keys they are stored by."""
    changed = {
        kept.key: replace(item, key=kept.key)
        for item in items
        if (kept := found.get(item.key)) and _speaks(item, kept) and _is_edit(item, kept)
    }
    return list(changed.values())


def listing(items: Iterable[Item], found: Mapping[ItemKey, Kept], standing: Iterable[ItemKey] = ()) -> list[ItemKey]:
    """The keys under which the items of a document are stored, or will be; `standing` as in `recognise`."""
    keys = (found[item.key].key if item.key in found else item.key for item in items)
    return list(dict.fromkeys([*keys, *standing]))


def _sighting(item: Item, kept: Kept) -> Sighting:
    alias = kept.alias if item.key == kept.key else item.key
    if not _speaks(item, kept):
        return Sighting(
            key=kept.key, alias=alias, fingerprint=kept.fingerprint, source_id=kept.source_id, content_hash=None
        )
    takes_over = item.source_id != kept.source_id
    # From here on it is held against what this source says; against a hash from before schema 0004 nothing can be.
    first_word = kept.fingerprint is None or (takes_over and not _is_edit(item, kept))
    return Sighting(
        key=kept.key,
        alias=alias,
        fingerprint=fingerprint(item),
        source_id=item.source_id,
        content_hash=item.content_hash if first_word else None,
    )


def _speaks(item: Item, kept: Kept) -> bool:
    """Whether the word of this item's source counts."""
    if item.source_id == kept.source_id or not kept.source_active:
        return True
    return not kept.source_lists and item.outlet == kept.outlet


def _is_edit(item: Item, kept: Kept) -> bool:
    """Whether other content means that the publisher changed it: two sources cut one article in their own ways."""
    if kept.fingerprint is None or item.content_hash == kept.content_hash:
        return False
    same_voice = item.source_id == kept.source_id or (not kept.source_active and item.outlet == kept.outlet)
    return same_voice or steady(item.title) != steady(kept.title)


def _by_name(kept: Iterable[Kept]) -> dict[ItemKey, Kept]:
    each_kept = list(kept)
    return {each.alias: each for each in each_kept if each.alias} | {each.key: each for each in each_kept}


def _by_print(kept: Iterable[Kept]) -> dict[str, list[Kept]]:
    prints: defaultdict[str, list[Kept]] = defaultdict(list)
    for each in kept:
        if each.fingerprint and len(alike := prints[each.fingerprint]) < MOST_ALIKE:
            alike.append(each)
    return prints


def _pairs(
    items: Iterable[Item], free: dict[str, list[Kept]], same: Callable[[Item, Kept], bool]
) -> dict[ItemKey, Kept]:
    """Each item with the first of the `free` ones that is it, which is then taken: it is one item only."""
    pairs = {}
    for item in items:
        alike = free.get(fingerprint(item), [])
        match = next((each for each in alike if same(item, each)), None)
        if match:
            alike.remove(match)
            pairs[item.key] = match
    return pairs
