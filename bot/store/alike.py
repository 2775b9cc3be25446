"""What tells items apart, stored beside them, and the items that share something rare: candidates for one event.

An item is found by its rarest words. Of each word only the newest items are read, so a look-up costs the same however
much history there is; which of them are too old to matter is decided by who asked.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache

import numpy as np
import sqlalchemy as sa

from bot.model import ItemKey, StoryId
from bot.store.engine import driver_rows
from bot.store.schema import among, items, rare_words, signatures
from bot.stories.cluster import MEMBERS, WINDOW, WORDS, Near
from bot.stories.signature import RECORD, Signature, rarest

_ADD = sa.insert(signatures).returning(signatures.c.number)
_ADD_WORDS = sa.insert(rare_words)
NEWEST = 12  # items looked at for each word
KEPT_FOR = 2 * WINDOW  # after which signatures are deleted: nobody looks that far back
_NEWEST = """
    SELECT * FROM (
        SELECT signature, CAST(? AS FLOAT) AS rarity FROM rare_words
        WHERE word = ? ORDER BY signature DESC LIMIT ?
    ) AS newest"""
_NEAREST = """
    SELECT signatures.record, signatures.story_id FROM (
        SELECT signature FROM (#) AS sharing
        GROUP BY signature ORDER BY sum(rarity) DESC, signature DESC LIMIT ?
    ) AS nearest JOIN signatures ON signatures.number = nearest.signature
"""


def near(connection: sa.Connection, signature: Signature) -> Near:
    """The stored items that share the most rarity with `signature`."""
    words = rarest(signature, WORDS)
    sought = *(value for word, rarity in words for value in (rarity, _signed(word), NEWEST)), MEMBERS
    rows = driver_rows(connection, _look_up(len(words), connection.dialect.name), sought) if words else []
    known = [row for row in rows if len(row[0]) == RECORD.itemsize]  # an older version kept something else
    return Near(np.frombuffer(b"".join(row[0] for row in known), RECORD), [row[1] for row in known])


@lru_cache(maxsize=2 * WORDS)
def _look_up(words: int, dialect: str) -> str:
    """The statement for so many words, as the driver takes it: an item pays for the search and nothing else."""
    newest = " UNION ALL ".join(f"{_NEWEST}{place}" for place in range(words))
    statement = _NEAREST.replace("#", newest)
    return statement if dialect == "sqlite" else statement.replace("?", "%s")


def add(connection: sa.Connection, key: ItemKey, story_id: StoryId, signature: Signature, now: datetime) -> None:
    """Let later items find this one; what is too old to be found would only crowd out what is not."""
    row = {"item_key": key, "story_id": story_id, "record": signature.tobytes()}
    number = connection.execute(_ADD, row).scalar_one()
    is_recent = now.timestamp() - float(signature["at"]) <= WINDOW.total_seconds()
    if is_recent and (words := word_rows(number, signature)):
        connection.execute(_ADD_WORDS, words)


def word_rows(number: int, signature: Signature) -> list[dict[str, int]]:
    """The rows of `rare_words` by which the signature with this number is found."""
    return [{"word": _signed(word), "signature": number} for word, _ in rarest(signature, WORDS)]


def stored(connection: sa.Connection, keys: Collection[ItemKey]) -> dict[ItemKey, Signature]:
    """The signatures of stored items."""
    rows = connection.execute(sa.select(signatures).where(among(signatures.c.item_key, keys)))
    return {ItemKey(row.item_key): np.frombuffer(row.record, RECORD)[0] for row in rows}


def remove(connection: sa.Connection, key: ItemKey) -> None:
    """Forget how an item is found: its text has changed."""
    connection.execute(sa.delete(signatures).where(signatures.c.item_key == key))


def prune(connection: sa.Connection, *, before: datetime, most: int) -> int:
    """Delete the signatures of items that came before; returns how many. At most `most`: ask again while any."""
    columns = (signatures.c.number, signatures.c.item_key)
    oldest = sa.select(*columns).order_by(signatures.c.number).limit(most).subquery()
    past = sa.select(oldest.c.number).join(items, items.c.key == oldest.c.item_key).where(items.c.seen_at < before)
    return connection.execute(sa.delete(signatures).where(signatures.c.number.in_(past))).rowcount


def _signed(word: int) -> int:
    """32 bits as the databases keep them."""
    return word - (1 << 31)
