"""A text as the encoders take it: cut into pieces (parts of words), each with its vector and its place.

The word vectors stay 4-bit blocks as published and are unpacked for the pieces of a text only.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import sentencepiece

Floats = npt.NDArray[np.float32]

MOST_PIECES = 72
FIRST, LAST, PADDING = 0, 2, 1  # ids of the marks around a text

_HALF_PAIRS = re.compile("[\ud800-\udfff]")

BLOCK = 32  # weights that share one scale
BLOCK_BYTES = 2 + BLOCK // 2


class Pieces:
    """The vocabulary and its vectors. Loaded once for all who read; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError or ValueError where the files are missing or damaged."""
        from sentencepiece import SentencePieceProcessor

        self._vocabulary: sentencepiece.SentencePieceProcessor = SentencePieceProcessor(
            model_proto=(folder / "pieces.model").read_bytes()
        )
        self._words = np.load(folder / "words.npy", allow_pickle=False)
        self._positions = np.load(folder / "positions.npy", allow_pickle=False).astype(np.float32)

    @classmethod
    @lru_cache(maxsize=2)
    def load(cls, folder: Path) -> Pieces:
        """Those of `folder`, read once a process."""
        return cls(folder)

    def cut(self, text: str) -> tuple[list[int], list[int]]:
        """The ids of the pieces of `text` with the marks around them, and where each piece begins."""
        ids, places, at = [FIRST], [0], 0
        text = _HALF_PAIRS.sub("\ufffd", text)  # cannot be written as UTF-8
        for piece in self._vocabulary.encode(text, return_type="proto").pieces[: MOST_PIECES - 2]:
            at += len(piece.surface)
            ids.append(piece.id)
            places.append(at)
        return [*ids, LAST], places

    def vectors(self, ids: list[int]) -> Floats:
        """What an encoder reads, shape [1, pieces, width]."""
        return np.asarray(embed(self._words, np.array([ids])) + self._positions[: len(ids)], np.float32)


def embed(words: npt.NDArray[np.uint8], ids: npt.NDArray[np.int64]) -> Floats:
    """The vectors of `ids`, shape [..., width], from a table of 4-bit rows."""
    rows = words[ids]
    blocks = unpack_blocks(rows.reshape(-1, BLOCK_BYTES))
    return blocks.reshape(*ids.shape, -1)


def unpack_blocks(blocks: npt.NDArray[np.uint8]) -> Floats:
    """Q4_0 blocks, shape [n, 18], as weights, shape [n, 32].

    A block is a float16 scale and 16 bytes of two weights each; the low halves of the bytes come first.
    """
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    halves = blocks[:, 2:]
    weights = np.concatenate([halves & 15, halves >> 4], axis=1).astype(np.float32) - 8
    return np.asarray(weights * scales, np.float32)
