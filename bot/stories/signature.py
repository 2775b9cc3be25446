"""What of an item tells one event from another: its rarer words, its names, its numbers, its day.

Headlines of one event share names and things and differ in the rest; headlines of two events on one theme share the
theme. So a word counts by how rare it is in news, as counted once over many headlines (`frequencies.npy`, a hash a
word); the count needs no list of words, and a name that was never seen is the rarest of all.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from zlib import crc32

import numpy as np
import numpy.typing as npt

from bot.model import Item
from bot.signals.tokens import word_set
from bot.stories.fingerprint import bare_title

Vector = npt.NDArray[np.float32]

WEIGHTS = Path(__file__).parent / "weights"
SIZE = 1 << 16  # counters; a word's is its hash
STEP = 16  # of `frequencies.npy`: a rarity in nats is its number divided by this

MOST_WORDS = 40  # of a headline; what is longer is no headline
LEDE_READ = 240  # characters
RARE = 3.0  # nats: a word in fewer than one headline of twenty can find a story again

_WORD = re.compile(r"[^\W\d_]+(?:['’&.-][^\W\d_]+)*\.?|\d+(?:[.,]\d+)*")
_IDEOGRAPHS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,}")
_POSSESSIVE = re.compile(r"['’]s$")
_ENDINGS = ("ing", "ies", "ed", "es", "s")
_SHORTEST_STEM = 4
_STOP = word_set(
    "a an and are as at be been but by for from had has have he her his how i in into is it its new no not of on or "
    "our out over say said says she than that the their they this to up us was we were what when who why will with "
    "would you your after about amid more could may can all live update updates video watch exclusive breaking "
    "analysis "
    "der die das und den von zu mit im für auf ein eine ist des dem nicht auch "
    "el la los las de del y en un una por con para que se su al lo como"
)


@dataclass(frozen=True, slots=True)
class Signature:
    """An item as far as sameness goes. `vector` is its sense as the encoder reads it; None where it was not read."""

    at: datetime
    outlet: str
    words: frozenset[str]  # of the headline, without endings and the commonest words
    names: frozenset[str]  # those of `words` that are written as names
    numbers: frozenset[str]
    lede: frozenset[str] = frozenset()  # further words, of the first lines
    vector: Vector | None = None

    @classmethod
    def of(cls, item: Item, vector: Vector | None = None) -> Signature:
        """The signature of `item`. Never raises, whatever the text."""
        words, names, numbers = _read(bare_title(item.title))
        lede, _, _ = _read((item.summary or item.body)[:LEDE_READ])
        return cls(item.at, item.outlet.casefold(), words, names, numbers, lede - words, vector)

    def rarest(self, most: int) -> list[str]:
        """The words by which to look for the same event, the rarest first."""
        rare = [word for word in self.words | self.numbers if rarity(word) >= RARE]
        return sorted(rare, key=lambda word: (-rarity(word), word))[:most]


def _read(text: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The words, names and numbers of a headline."""
    words, names, numbers = set[str](), set[str](), set[str]()
    for raw in _WORD.findall(unicodedata.normalize("NFKC", text))[:MOST_WORDS]:
        if raw[0].isdigit():
            numbers.add(raw.replace(",", ""))
        elif _IDEOGRAPHS.fullmatch(raw):
            words.update(first + second for first, second in pairwise(raw))
        else:
            word = stem(raw)
            if word and word not in _STOP:
                words.add(word)
                if raw[0].isupper():
                    names.add(word)
    return frozenset(words), frozenset(names), frozenset(numbers)


def stem(raw: str) -> str:
    """A word without case, accents, dots, possessive and the commonest English endings."""
    word = _POSSESSIVE.sub("", raw).replace(".", "").casefold().replace("’", "'")
    word = "".join(mark for mark in unicodedata.normalize("NFKD", word) if not unicodedata.combining(mark))
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            word = word[: -len(ending)] + ("y" if ending == "ies" else "")
            break
    return word.rstrip("e") if len(word) > _SHORTEST_STEM else word  # "agree", "agrees" and "agreed" are one


@lru_cache(maxsize=1 << 16)
def rarity(word: str) -> float:
    """How much news there is to one headline with `word` in it, in nats: log(headlines / headlines with it)."""
    return float(_frequencies()[crc32(word.encode()) & (SIZE - 1)]) / STEP


@lru_cache(maxsize=1)
def _frequencies() -> npt.NDArray[np.uint8]:
    table = np.load(WEIGHTS / "frequencies.npy", allow_pickle=False)
    if table.shape != (SIZE,):
        raise ValueError(f"{WEIGHTS / 'frequencies.npy'} has the shape {table.shape}; it is not this version's")
    return np.asarray(table, np.uint8)
