"""What tells items apart, stored beside them, and the items that share something rare: candidates for one event.

An item is found by its rarest words. Of each word only the newest items are read, so a look-up costs the same however
much history there is; which of them are too old to matter is decided by who asked.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import cache
from itertools import starmap
from typing import Any

import numpy as np
import sqlalchemy as sa

from bot.model import ItemKey, StoryId
from bot.store.prepared import Prepared
from bot.store.schema import among, items, rare_words, signatures
from bot.stories.cluster import MEMBERS, WINDOW, WORDS, Near
from bot.stories.signature import RECORD, Signature, rarest

_ADD = Prepared(sa.insert(signatures).returning(signatures.c.number))
_ADD_WORDS = Prepared(sa.insert(rare_words))
_REMOVE = Prepared(sa.delete(signatures).where(signatures.c.item_key == sa.bindparam("removed")))
NEWEST = 12  # items looked at for each word
KEPT_FOR = 2 * WINDOW  # after which signatures are deleted: nobody looks that far back


def near(connection: sa.Connection, signature: Signature) -> Near:
    """The stored items that share the most rarity with `signature`."""
    words = rarest(signature, WORDS)
    sought: dict[str, float] = {}
    for (word, rarity), (word_place, rarity_place) in zip(words, _PLACES, strict=False):
        sought[word_place], sought[rarity_place] = _signed(word), rarity
    rows = _look_up(len(words)).rows(connection, sought) if words else []
    known = [row for row in rows if len(row.record) == RECORD.itemsize]  # an older version kept something else
    return Near(np.frombuffer(b"".join(row.record for row in known), RECORD), [row.story_id for row in known])


_PLACES = [(f"word_{place}", f"rarity_{place}") for place in range(WORDS)]


@cache
def _look_up(words: int) -> Prepared:
    """By so many words."""
    sharing = sa.union_all(*starmap(_newest, _PLACES[:words])).subquery("sharing")
    nearest = (
        sa.select(sharing.c.signature)
        .group_by(sharing.c.signature)
        .order_by(sa.func.sum(sharing.c.rarity).desc(), sharing.c.signature.desc())
        .limit(MEMBERS)
        .subquery("nearest")
    )
    found = signatures.c.number == nearest.c.signature
    return Prepared(
        sa.select(signatures.c.record, signatures.c.story_id).select_from(nearest.join(signatures, found))
    )


def _newest(word: str, its_rarity: str) -> sa.Select[Any]:
    rarity = sa.cast(sa.bindparam(its_rarity, type_=sa.Float), sa.Float).label("rarity")
    newest = (
        sa.select(rare_words.c.signature, rarity)
        .where(rare_words.c.word == sa.bindparam(word))
        .order_by(rare_words.c.signature.desc())
        .limit(NEWEST)
    )
    return sa.select(newest.subquery(f"newest_{word}"))


def add(connection: sa.Connection, key: ItemKey, story_id: StoryId, signature: Signature, now: datetime) -> None:
    """Let later items find this one; what is too old to be found would only crowd out what is not."""
    row = {"item_key": key, "story_id": story_id, "record": signature.tobytes()}
    number = _ADD.rows(connection, row)[0].number
    is_recent = now.timestamp() - float(signature["at"]) <= WINDOW.total_seconds()
    if is_recent and (words := word_rows(number, signature)):
        _ADD_WORDS.run_all(connection, words)


def word_rows(number: int, signature: Signature) -> list[dict[str, int]]:
    """The rows of `rare_words` by which the signature with this number is found."""
    return [{"word": _signed(word), "signature": number} for word, _ in rarest(signature, WORDS)]


def stored(connection: sa.Connection, keys: Collection[ItemKey]) -> dict[ItemKey, Signature]:
    """The signatures of stored items."""
    rows = connection.execute(sa.select(signatures).where(among(signatures.c.item_key, keys)))
    return {ItemKey(row.item_key): np.frombuffer(row.record, RECORD)[0] for row in rows}


def remove(connection: sa.Connection, key: ItemKey) -> None:
    """Forget how an item is found: its text has changed."""
    _REMOVE.run(connection, {"removed": key})


def prune(connection: sa.Connection, *, before: datetime, most: int) -> int:
    """Delete the signatures of items that came before; returns how many. At most `most`: ask again while any."""
    columns = (signatures.c.number, signatures.c.item_key)
    oldest = sa.select(*columns).order_by(signatures.c.number).limit(most).subquery()
    past = sa.select(oldest.c.number).join(items, items.c.key == oldest.c.item_key).where(items.c.seen_at < before)
    return connection.execute(sa.delete(signatures).where(signatures.c.number.in_(past))).rowcount


def _signed(word: int) -> int:
    """32 bits as the databases keep them."""
    return word - (1 << 31)
