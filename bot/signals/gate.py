"""The fast path: a linear look at words and word pairs that says where a closer reading cannot be worth it.

Most of what the web publishes is neither trade nor market news, and nearly all of that is plain from a few words.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain, pairwise
from pathlib import Path
from zlib import crc32

import numpy as np
import numpy.typing as npt

from bot.signals.document import Document
from bot.signals.encoder import TOPICS

SIZE = 1 << 16  # rows of the table; a word's row is its hash
MOST_WORDS = 120  # of title and summary


class Gate:
    """Scores for the topics from a table of weights, one row a hashed word or pair."""

    def __init__(self, table: npt.NDArray[np.float32], bias: npt.NDArray[np.float32]) -> None:
        self._table = table
        self._bias = bias

    @classmethod
    def load(cls, folder: Path) -> Gate:
        """Raises OSError or ValueError where the file is missing or damaged."""
        rows = np.load(folder / "gate.npy", allow_pickle=False).astype(np.float32)
        if rows.shape != (SIZE + 1, len(TOPICS)):
            raise ValueError(f"{folder / 'gate.npy'} has the shape {rows.shape}; it is not this version's")
        return cls(rows[:SIZE], rows[SIZE])

    def scores(self, document: Document) -> npt.NDArray[np.float32]:
        """Log-odds of each topic, as far as single words tell."""
        rows = rows_of(words_of(document))
        if not rows:
            return self._bias
        return np.asarray(self._table[rows].sum(0) / math.sqrt(len(rows)) + self._bias, np.float32)


def words_of(document: Document) -> list[str]:
    """The words of title and summary; where there is no summary, the first of the body too."""
    parts = [part for part in document.parts if part.field != "body"]
    if len(parts) < 2:
        parts = list(document.parts[:2])
    tokens = [token for part in parts for token in part.scan.tokens[:MOST_WORDS]][:MOST_WORDS]
    # Numbers count by their length: 145 and 212 are alike, 3 and 25,000 are not.
    return [f"#{len(token.word)}" if token.number else token.word for token in tokens]


def rows_of(words: Sequence[str]) -> list[int]:
    """The rows of the words and of the pairs of neighbours, each once."""
    pairs = map(" ".join, pairwise(words))
    return sorted({crc32(feature) & (SIZE - 1) for feature in map(str.encode, chain(words, pairs))})
