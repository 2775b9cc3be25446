"""What tells items apart, stored beside them, and the items that share something rare: candidates for one event.

An item is found by its rarest words within a window of time. Each word has its own few newest items read, so a
look-up costs the same however much history there is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zlib import crc32

import numpy as np
import sqlalchemy as sa

from bot.model import ItemKey, StoryId
from bot.store.schema import among, rare_words, signatures, stories
from bot.stories.cluster import MEMBERS, WINDOW, WORDS, Candidate
from bot.stories.signature import Signature, Vector, rarity

NEWEST = 40  # items looked at for each word
_SCALE = 127  # a vector has the length 1 and is kept in 8 bits a number


def candidates(connection: sa.Connection, signature: Signature) -> list[Candidate]:
    """The stories with items that share rare words with `signature`, each with those items."""
    shared = _sharing(connection, signature)
    keys = [key for key, _ in shared.most_common(MEMBERS)]
    if not keys:
        return []
    rows = connection.execute(
        sa.select(signatures, stories.c.outlets, stories.c.version)
        .join(stories, stories.c.id == signatures.c.story_id)
        .where(among(connection, signatures.c.item_key, keys))
        .order_by(signatures.c.item_key)
    )
    found: dict[StoryId, Candidate] = {}
    for row in rows:
        story = found.setdefault(StoryId(row.story_id), Candidate(StoryId(row.story_id), row.version, []))
        story.members.append(_signature(row))
    return list(found.values())


def _sharing(connection: sa.Connection, signature: Signature) -> Counter[str]:
    """The items of the window, by how much rarity they share with `signature`."""
    words = {_number(word): rarity(word) for word in signature.rarest(WORDS)}
    if not words:
        return Counter()
    newest = [_newest(number, signature.at) for number in words]
    shared: Counter[str] = Counter()
    for row in connection.execute(sa.union_all(*(sa.select(each.subquery()) for each in newest))):
        shared[row.item_key] += words[row.word]  # type: ignore[assignment]  # a Counter adds floats as well
    return shared


def _newest(number: int, at: datetime) -> sa.Select[Any]:
    return (
        sa.select(rare_words.c.word, rare_words.c.item_key)
        .where(rare_words.c.word == number, rare_words.c.at.between(at - WINDOW, at + WINDOW))
        .order_by(rare_words.c.at.desc())
        .limit(NEWEST)
    )


def add(connection: sa.Connection, key: ItemKey, story_id: StoryId, signature: Signature) -> None:
    """Let later items find this one."""
    row, words = rows_of(key, story_id, signature)
    connection.execute(sa.insert(signatures), [row])
    if words:
        connection.execute(sa.insert(rare_words), words)


def rows_of(key: ItemKey, story_id: StoryId, signature: Signature) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What `add` inserts: a row of `signatures`, and rows of `rare_words`."""
    row = {
        "item_key": key,
        "story_id": story_id,
        "at": signature.at,
        "outlet": signature.outlet,
        "words": _joined(signature.words),
        "names": _joined(signature.names),
        "numbers": _joined(signature.numbers),
        "lede": _joined(signature.lede),
        "vector": None if signature.vector is None else _packed(signature.vector),
    }
    numbers = {_number(word) for word in signature.rarest(WORDS)}
    return row, [{"word": number, "at": signature.at, "item_key": key} for number in numbers]


def stored(connection: sa.Connection, keys: Sequence[ItemKey]) -> dict[ItemKey, Signature]:
    """The signatures of stored items."""
    rows = connection.execute(sa.select(signatures).where(among(connection, signatures.c.item_key, keys)))
    return {ItemKey(row.item_key): _signature(row) for row in rows}


def remove(connection: sa.Connection, key: ItemKey) -> None:
    """Forget how an item is found: its text has changed."""
    connection.execute(sa.delete(rare_words).where(rare_words.c.item_key == key))
    connection.execute(sa.delete(signatures).where(signatures.c.item_key == key))


def _number(word: str) -> int:
    """A word as a signed 32-bit number: two words with one number only cost a comparison."""
    return crc32(word.encode()) - (1 << 31)


def _signature(row: Any) -> Signature:
    return Signature(
        at=row.at,
        outlet=row.outlet,
        words=_split(row.words),
        names=_split(row.names),
        numbers=_split(row.numbers),
        lede=_split(row.lede),
        vector=None if row.vector is None else _unpacked(row.vector),
    )


def _joined(words: frozenset[str]) -> str:
    return " ".join(sorted(words))


def _split(words: str) -> frozenset[str]:
    return frozenset(words.split(" ")) if words else frozenset()


def _packed(vector: Vector) -> bytes:
    return np.round(vector * _SCALE).astype(np.int8).tobytes()


def _unpacked(packed: bytes) -> Vector:
    return np.asarray(np.frombuffer(packed, np.int8) / _SCALE, np.float32)
