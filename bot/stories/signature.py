"""What of an item tells one event from another: its rarer words, its names, its numbers, its day.

Headlines of one event share names and things and differ in the rest; headlines of two events on one theme share the
theme. So a word counts by how rare it is in news, as counted once over many headlines (`frequencies.npy`, a hash a
word); the count needs no list of words, and a name that was never seen is the rarest of all.

A signature has a fixed size, with words as numbers, so that one is compared with many in a few steps of NumPy.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.model import Item
from bot.stories.fingerprint import bare_title
from bot.stories.subjects import Kind, Subject, named
from bot.stories.words import MOST_CHARACTERS, SIZE, number_of, words_of

Vector = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Signature = Any  # one record of `RECORD`
Signatures = npt.NDArray[np.void]  # [items] of them

WEIGHTS = Path(__file__).parent / "weights"
LAST_BITS = np.uint32(SIZE - 1)
STEP = 16  # of `frequencies.npy`: a rarity in nats is its number divided by this

MOST_WORDS, MOST_NUMBERS, MOST_LEDE = 24, 8, 24  # what is longer is no headline
LEDE_READ = 240  # characters
RARE = 3.0  # nats: a word in fewer than one headline of twenty can find a story again
DIMENSIONS = 384
EIGHT_BITS = 127  # a vector has the length 1, and is kept in 8 bits a number

SUBJECTS: dict[Kind, slice] = {  # of each kind
    "power": slice(0, 3),
    "place": slice(3, 7),
    "company": slice(7, 10),
    "goods": slice(10, 13),
    "name": slice(13, 20),
}
MOST_SUBJECTS = 20

HEADLINE, LEDE = slice(0, MOST_WORDS), slice(MOST_WORDS, MOST_WORDS + MOST_LEDE)
RECORD = np.dtype(
    [
        ("at", "<i8"),  # seconds since 1970
        # Of the headline, without endings and the commonest words; then further ones, of the first lines. Sorted
        # each, 0: none.
        ("words", "<u4", (MOST_WORDS + MOST_LEDE,)),
        ("places", "?", (MOST_WORDS,)),  # which words of the headline name a place
        ("numbers", "<u4", (MOST_NUMBERS,)),  # sorted, 0: none
        ("subjects", "<u4", (MOST_SUBJECTS,)),  # by kind; sorted each, 0: none
        ("counts", "u1", (2 + len(SUBJECTS),)),  # of words of the headline, of numbers, of subjects by kind
        ("read", "?"),  # whether `vector` is its sense as the encoder reads it
        ("vector", "i1", (DIMENSIONS,)),
    ]
)


def signature(item: Item, vector: Vector | None = None) -> Signature:
    """The signature of `item`; `vector` is its sense, None where it was not read. Never raises, whatever the text."""
    words, numbers = words_of(item.title)
    lede, _ = words_of((item.summary or item.body)[:LEDE_READ])
    found = named(bare_title(item.title[:MOST_CHARACTERS]))
    record = np.zeros((), RECORD)
    record["at"] = item.at.timestamp()
    headline = _fill(record["words"][HEADLINE], map(number_of, words))
    _fill(record["words"][LEDE], map(number_of, lede - words))
    figures = _fill(record["numbers"], map(number_of, numbers))
    subjects = _by_kind(found.subjects)
    for kind, numbered in subjects.items():
        if numbered:
            record["subjects"][SUBJECTS[kind]][: len(numbered)] = numbered
    record["counts"] = len(headline), len(figures), *map(len, subjects.values())
    if found.place_words:
        places = set(map(number_of, found.place_words))
        record["places"][len(record["places"]) - len(headline) :] = [number in places for number in headline]
    if vector is not None:
        record["read"], record["vector"] = True, np.round(vector * EIGHT_BITS)
    return record


def _by_kind(subjects: Iterable[Subject]) -> dict[Kind, list[int]]:
    found: dict[Kind, list[int]] = {kind: [] for kind in SUBJECTS}
    for kind, number in sorted(subjects):
        if len(found[kind]) < SUBJECTS[kind].stop - SUBJECTS[kind].start:
            found[kind].append(number)
    return found


def _fill(numbers: npt.NDArray[Any], found: Iterable[int]) -> list[int]:
    kept = sorted(found)[: len(numbers)]
    if kept:
        numbers[-len(kept) :] = kept
    return kept


def rarest(signature: Signature, most: int) -> list[tuple[int, float]]:
    """The words, as numbers, by which to look for the same event, with their rarity; the rarest first."""
    numbers = np.concatenate([signature["words"][HEADLINE], signature["numbers"]])
    found = dict(zip(numbers.tolist(), rarities(numbers).tolist(), strict=True))
    return sorted((pair for pair in found.items() if pair[1] >= RARE), key=lambda pair: (-pair[1], pair[0]))[:most]


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
