"""How likely each language is for a text, by the short sequences of bytes that one language uses more than others.

At each place the longest known sequence that ends there counts (naive Bayes on how often each was met). The table is
py3langid's model less the languages that news feeds are not written in, see `sequence_table.py`: the same answers at
a twentieth of the memory, and the files are mapped, so that processes share them.
"""

from __future__ import annotations

import json
import math
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.signals.integrity import check

WEIGHTS = Path(__file__).parent / "weights"
FILES = ("languages.json", "sequences.npy", "starts.npy", "columns.npy", "weights.npy")
SHORTEST, LONGEST = 2, 6  # bytes of a sequence
_BITS = 8 * LONGEST  # of a packed sequence; its length stands above them


@dataclass(frozen=True, slots=True)
class Sequences:
    """The table. Loaded once; safe to use from several threads."""

    languages: tuple[str, ...]  # ISO 639-1, one a column; one that is written in two scripts has two
    bias: npt.NDArray[np.float32]  # [columns]
    floor: npt.NDArray[np.float32]  # [columns]: log-probability of a sequence that was never met in a language
    known: npt.NDArray[np.uint64]  # packed, in ascending order
    # Of known sequence i, the columns that it was met in and its log-probability there: [starts[i] : starts[i + 1]].
    starts: npt.NDArray[np.int32]
    columns: npt.NDArray[np.uint8]
    weights: npt.NDArray[np.float16]

    @classmethod
    def load(cls, folder: Path = WEIGHTS) -> Sequences:
        """Raises ValueError where a file is missing or damaged."""
        check(folder, FILES)
        heads: list[tuple[str, float, float]] = json.loads((folder / FILES[0]).read_bytes())
        languages, bias, floor = zip(*heads, strict=True)
        arrays = (np.asarray(np.load(folder / name, mmap_mode="r")) for name in FILES[1:])
        return cls(languages, np.array(bias, np.float32), np.array(floor, np.float32), *arrays)

    def shares(self, text: str) -> dict[str, float]:
        """The probability of each language; empty where the text holds no known sequence."""
        # Headlines in capitals are not what languages are learned from.
        data = unicodedata.normalize("NFC", text.lower() if text.isupper() else text).encode("utf8", "surrogatepass")
        counts = Counter(self._rows(data))
        if not counts:
            return {}
        rows = np.fromiter(counts, np.intp, len(counts))
        times = np.log1p(np.fromiter(counts.values(), np.float32, len(counts)))
        scores = (self.bias + times.sum() * self.floor + self._above_floor(rows, times)) / math.sqrt(len(data))
        odds = np.exp(scores - scores.max())
        found = dict.fromkeys(self.languages, 0.0)
        for language, share in zip(self.languages, (odds / odds.sum()).tolist(), strict=True):
            found[language] += share
        return found

    def _above_floor(self, rows: npt.NDArray[np.intp], times: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """What the languages that the sequences were met in have more than those that they were not."""
        starts, sizes = self.starts[rows], self.starts[rows + 1] - self.starts[rows]
        places = np.repeat(starts - (sizes.cumsum() - sizes), sizes) + np.arange(sizes.sum())
        columns = self.columns[places]
        more = (self.weights[places] - self.floor[columns]) * times.repeat(sizes)
        return np.asarray(np.bincount(columns, weights=more, minlength=len(self.bias)), np.float64)

    def _rows(self, data: bytes) -> list[int]:
        """The row of the longest known sequence that ends at each place of `data`, where there is one."""
        before = LONGEST - 1
        codes = np.frombuffer(bytes(before) + data, np.uint8).astype(np.uint64)  # nothing known holds a zero
        rest = codes[before:].copy()  # the LONGEST bytes that end at each place
        for back in range(1, LONGEST):
            rest |= codes[before - back : -back] << np.uint64(8 * back)
        found: list[int] = []
        for length in range(LONGEST, SHORTEST - 1, -1):
            wanted = rest & np.uint64((1 << 8 * length) - 1) | np.uint64(length << _BITS)
            rows = np.minimum(self.known.searchsorted(wanted), len(self.known) - 1)
            is_known = self.known[rows] == wanted
            found += rows[is_known].tolist()
            rest = rest[~is_known]
        return found


def packed(sequence: bytes) -> int:
    """A sequence of at most LONGEST bytes as one number, no other's."""
    return len(sequence) << _BITS | int.from_bytes(sequence, "big")
