"""What of an item tells one event from another: its rarer words, its names, its numbers, its day.

Headlines of one event share names and things and differ in the rest; headlines of two events on one theme share the
theme. So a word counts by how rare it is in news, as counted once over many headlines (`frequencies.npy`, a hash a
word); the count needs no list of words, and a name that was never seen is the rarest of all.

A signature has a fixed size, with words as numbers, so that one is compared with many in a few steps of NumPy.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

from bot.model import Item
from bot.signals.tokens import word_set
from bot.stories.fingerprint import bare_title

Vector = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Signature = Any  # one record of `RECORD`
Signatures = npt.NDArray[np.void]  # [items] of them

WEIGHTS = Path(__file__).parent / "weights"
SIZE = 1 << 16  # counters; a word's is its number modulo this
LAST_BITS = np.uint32(SIZE - 1)
STEP = 16  # of `frequencies.npy`: a rarity in nats is its number divided by this

MOST_WORDS, MOST_NUMBERS, MOST_LEDE = 24, 8, 24  # what is longer is no headline
LEDE_READ = 240  # characters
RARE = 3.0  # nats: a word in fewer than one headline of twenty can find a story again
DIMENSIONS = 384
EIGHT_BITS = 127  # a vector has the length 1, and is kept in 8 bits a number

HEADLINE, LEDE = slice(0, MOST_WORDS), slice(MOST_WORDS, MOST_WORDS + MOST_LEDE)
RECORD = np.dtype(
    [
        ("at", "<i8"),  # seconds since 1970
        # Of the headline, without endings and the commonest words; then further ones, of the first lines. Sorted
        # each, 0: none.
        ("words", "<u4", (MOST_WORDS + MOST_LEDE,)),
        ("numbers", "<u4", (MOST_NUMBERS,)),  # sorted, 0: none
        ("read", "?"),  # whether `vector` is its sense as the encoder reads it
        ("vector", "i1", (DIMENSIONS,)),
    ]
)

_IDEOGRAPH = r"\u3005\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_LETTER = rf"[^\W\d_{_IDEOGRAPH}]"
_WORD = re.compile(rf"[{_IDEOGRAPH}]+|{_LETTER}+(?:['’&.-]{_LETTER}+)*\.?|\d+(?:[.,]\d+)*")
_THOUSANDS = re.compile(r",(?=\d{3}(?!\d))")
_POSSESSIVE = re.compile(r"['’][sS]$")
_ENDINGS = ("ing", "ed", "es", "s")
_SHORTEST_STEM = 4
_MOST_TOKENS, _MOST_CHARACTERS = 40, 1_000
_STOP = word_set(
    "a an and are as at be been but by for from had has have he her his how i in into is it its new no not of on or "
    "our out over say said says she than that the their they this to up us was we were what when who why will with "
    "would you your after about amid more could may can all live update updates video watch exclusive breaking "
    "analysis "
    "der die das und den von zu mit im für auf ein eine ist des dem nicht auch "
    "el la los las de del y en un una por con para que se su al lo como"
)


def signature(item: Item, vector: Vector | None = None) -> Signature:
    """The signature of `item`; `vector` is its sense, None where it was not read. Never raises, whatever the text."""
    words, numbers = words_of(item.title)
    lede, _ = words_of((item.summary or item.body)[:LEDE_READ])
    record = np.zeros((), RECORD)
    record["at"] = item.at.timestamp()
    _fill(record["words"][HEADLINE], map(number_of, words))
    _fill(record["words"][LEDE], map(number_of, lede - words))
    _fill(record["numbers"], map(number_of, numbers))
    if vector is not None:
        record["read"], record["vector"] = True, np.round(vector * EIGHT_BITS)
    return record


def _fill(numbers: npt.NDArray[np.uint32], found: Iterable[int]) -> None:
    kept = sorted(found)[: len(numbers)]
    if kept:
        numbers[-len(kept) :] = kept


def number_of(word: str) -> int:
    """A word as 32 bits. Its last 16 are never 0: that is the place of no word among the frequencies."""
    number = crc32(word.encode())
    return number if number % SIZE else number + 1


def rarest(signature: Signature, most: int) -> list[tuple[int, float]]:
    """The words, as numbers, by which to look for the same event, with their rarity; the rarest first."""
    numbers = np.concatenate([signature["words"][HEADLINE], signature["numbers"]])
    found = dict(zip(numbers.tolist(), rarities(numbers).tolist(), strict=True))
    return sorted((pair for pair in found.items() if pair[1] >= RARE), key=lambda pair: (-pair[1], pair[0]))[:most]


def words_of(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words, without endings and the commonest, and the numbers of a headline."""
    words, numbers = set[str](), set[str]()
    folded = unicodedata.normalize("NFKC", bare_title(text[:_MOST_CHARACTERS]))
    for raw in _WORD.findall(folded)[:_MOST_TOKENS]:
        if raw[0].isdigit():
            numbers.add(_THOUSANDS.sub("", raw).replace(",", "."))
        elif _is_ideographic(raw):
            words.update(first + second for first, second in pairwise(raw)) if len(raw) > 1 else words.add(raw)
        elif raw.replace(".", "") == "US":  # who is no stop word, as "us" is
            words.add("usa")
        elif raw.rstrip(".").casefold() not in _STOP:
            words.add(stem(raw))
    return frozenset(words - {""}), frozenset(numbers)


def _is_ideographic(raw: str) -> bool:
    return re.match(f"[{_IDEOGRAPH}]", raw) is not None


def stem(raw: str) -> str:
    """A word without case, accents, dots, possessive and the commonest English endings."""
    word = _POSSESSIVE.sub("", raw).replace(".", "").casefold().replace("’", "'")
    word = "".join(mark for mark in unicodedata.normalize("NFKD", word) if not unicodedata.combining(mark))
    if word.endswith("ies") and len(word) > _SHORTEST_STEM:
        return word[:-3] + "y"
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            word = word[: -len(ending)]
            break
    return word.rstrip("e") if len(word) >= _SHORTEST_STEM else word  # "agree", "agrees" and "agreed" are one


def rarities(words: npt.NDArray[np.uint32]) -> npt.NDArray[np.float32]:
    """How much news there is to one headline with each of `words` in it, in nats; 0 where there is no word."""
    return _frequencies().take(words & LAST_BITS)


@lru_cache(maxsize=1)
def _frequencies() -> npt.NDArray[np.float32]:
    """log(headlines / headlines with the word), [counters]."""
    table = np.load(WEIGHTS / "frequencies.npy", allow_pickle=False)
    if table.shape != (SIZE,):
        raise ValueError(f"{WEIGHTS / 'frequencies.npy'} has the shape {table.shape}; it is not this version's")
    rarity: npt.NDArray[np.float32] = (table / STEP).astype(np.float32)
    rarity[0] = 0
    return rarity
