"""What a headline is about: the places, companies and goods that it names, and its other names.

Two reports of one event may share no name as written ("Norges Bank", "Norway's central bank"), and those of two
events all but one. So a name is kept as what it stands for, as `subjects.toml` has it: a capital, a people, a central
bank and a stock index as their country. Any other word with a capital is a name where English headlines mostly give
it one (`names.npy`, a bit a word); so is one that was never seen.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from bot.stories.words import SIZE, STOP, number_of, stem, written

FILE = Path(__file__).with_name("subjects.toml")
NAMES_FILE = Path(__file__).parent / "weights" / "names.npy"
Kind = Literal["power", "place", "company", "goods", "name"]

_ABBREVIATION = 3  # letters: "US" is no "us"
_SHORTEST_NAME = 2
_MOST_WORDS = 40


class Subject(NamedTuple):
    kind: Kind
    number: int  # 32 bits


class Name(NamedTuple):
    words: tuple[str, ...]
    subjects: tuple[Subject, ...] = ()  # none: it says nothing
    is_place: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """What a headline names, and the stems of the words by which it names places."""

    subjects: set[Subject] = field(default_factory=set)
    place_words: set[str] = field(default_factory=set)

    def add(self, name: Name) -> None:
        """Put down that `name` stands in the headline."""
        self.subjects.update(name.subjects)
        if name.is_place:
            self.place_words.update(map(stem, name.words))


def named(title: str) -> Named:
    """What the headline `title` names."""
    words, names, found, place = written(title)[:_MOST_WORDS], _names(), Named(), 0
    while place < len(words):
        word = words[place]
        for name in names.get(word.casefold(), ()):
            if _stands(name, words, place):
                found.add(name)
                place += len(name.words)
                break
        else:
            if word[0].isupper() and _is_name(word):
                found.subjects.add(Subject("name", number_of(stem(word))))
            place += 1
    return found


def _stands(name: Name, words: Sequence[str], place: int) -> bool:
    if len(name.words) == 1:
        return _is_written(name.words[0], words[place])
    there = words[place : place + len(name.words)]
    return len(there) == len(name.words) and all(map(_is_written, name.words, there))


def _is_written(known: str, word: str) -> bool:
    """Whether `word` is the `known` one, in a way that it may be written."""
    if known.isupper() and len(known) <= _ABBREVIATION:
        return word == known
    return word.casefold() == known.casefold() and (known.islower() or not word.islower())


@lru_cache(maxsize=1 << 14)
def _is_name(word: str) -> bool:
    stemmed = stem(word)
    is_long = len(stemmed) >= _SHORTEST_NAME and word.casefold() not in STOP
    return is_long and bool(_are_names()[number_of(stemmed) % SIZE])


@lru_cache(maxsize=1)
def _are_names() -> bytes:
    """For each word number modulo SIZE, whether the word is a name where it has a capital."""
    table = np.unpackbits(np.load(NAMES_FILE, allow_pickle=False))
    if table.shape != (SIZE,):
        raise ValueError(f"{NAMES_FILE} is of {len(table)} words; it is not this version's")
    return table.tobytes()


@lru_cache(maxsize=1)
def _names() -> Mapping[str, Sequence[Name]]:
    """The names of `subjects.toml` by their first word in small letters, the longest first."""
    names: dict[str, list[Name]] = {}
    for name in _listed(tomllib.loads(FILE.read_text("utf-8"))):
        names.setdefault(name.words[0].casefold(), []).append(name)
    return {first: sorted(each, key=lambda name: -len(name.words)) for first, each in names.items()}


def _listed(file: Mapping[str, Any]) -> Iterator[Name]:
    places = {
        code: Subject("power" if code in file["powers"] else "place", number_of(code)) for code in file["places"]
    }
    for code, names in file["leaders"].items():
        for name in names:
            himself = () if name in file["everywhere"] else (Subject("name", number_of(stem(name))),)
            yield _name(name, places[code], *himself)
    for code, names in file["places"].items():
        yield from (_name(name, places[code])._replace(is_place=True) for name in names)
    yield from _groups("company", file["companies"])
    yield from _groups("goods", file["goods"])
    yield from map(_name, file["everywhere"])


def _groups(kind: Kind, groups: Iterable[str]) -> Iterator[Name]:
    """The names of things, each written with its other names: "gold/bullion"."""
    for group in groups:
        yield from (_name(name, Subject(kind, number_of(group))) for name in group.split("/"))


def _name(text: str, *subjects: Subject) -> Name:
    return Name(tuple(written(text)), subjects)
