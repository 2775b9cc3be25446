"""Where in a text a query matches: the passage to show, with the words to set in bold. Pure.

Words are found again in the text as it was written, by folding it piece by piece. It is for people's eyes: what
folding joins over two pieces is not marked, and no answer depends on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.routing.query import Query
from bot.routing.syntax import And, Node, Or, Substring, Within, Words
from bot.routing.words import chunks, fold, has_unspaced, split

SEARCHED = 20_000  # characters of a text in which a passage is looked for
_LEAD = 3  # a passage begins so that a third of it stands before what matches

Place = tuple[int, int]  # start and end, in characters


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    hit: bool = False


def marked(query: Query, text: str, within: Within) -> tuple[Piece, ...]:
    """The whole text in pieces."""
    return tuple(_pieces(text, places(query, text, within)))


def excerpt(query: Query, text: str, within: Within, room: int) -> tuple[Piece, ...]:
    """The first passage that matches, of about `room` characters; nothing where none does."""
    found = places(query, text[:SEARCHED], within)
    if not found:
        return ()
    start, end = _window(text, found[0], room)
    inside = [(max(first, start) - start, min(last, end) - start) for first, last in found if first < end]
    before, after = "…" if start else "", "…" if end < len(text) else ""
    passage = " ".join(text[start:end].split("\n")) if "\n" in text[start:end] else text[start:end]
    return tuple(piece for piece in (Piece(before), *_pieces(passage, inside), Piece(after)) if piece.text)


def places(query: Query, text: str, within: Within) -> list[Place]:
    """Where the terms that a query asks for stand in text, in order; what it excludes is not looked for."""
    found: list[Place] = []
    words = _Placed.of(text)
    for term in _asked(query.root, within):
        found += _places_of_words(words, term) if isinstance(term, Words) else _places_of_piece(text, term)
    return _merged(found)


def _asked(node: Node, within: Within) -> Iterator[Words | Substring]:
    match node:
        case And() | Or():
            for part in node.parts:
                yield from _asked(part, within)
        case Words() | Substring():
            if node.within == within or (within == "title" and node.within == "text"):
                yield node


@dataclass(frozen=True, slots=True)
class _Placed:
    """The words of a text, and where each stands."""

    words: Sequence[str]
    at: Sequence[Place]

    @classmethod
    def of(cls, text: str) -> _Placed:
        words, at = list[str](), list[Place]()
        for start, end in chunks(text):
            for word in split(fold(text[start:end])):
                words.append(word)
                at.append(_trimmed(text, start, end))
        return cls(words, at)


def _trimmed(text: str, start: int, end: int) -> Place:
    """Without the punctuation around a word."""
    while start < end - 1 and not text[start].isalnum():
        start += 1
    while end - 1 > start and not text[end - 1].isalnum():
        end -= 1
    return start, end


def _places_of_words(text: _Placed, term: Words) -> Iterator[Place]:
    size, last = len(term.words), term.words[-1]
    for first in range(len(text.words) - size + 1):
        end = text.words[first + size - 1]
        if (end.startswith(last) if term.prefix else end == last) and all(
            text.words[first + place] == word for place, word in enumerate(term.words[:-1])
        ):
            yield text.at[first][0], text.at[first + size - 1][1]


def _places_of_piece(text: str, term: Substring) -> Iterator[Place]:
    if not has_unspaced(fold(text)):
        return
    squeezed = [(char, place) for place, written in enumerate(text) for char in "".join(fold(written).split())]
    line = "".join(char for char, _ in squeezed)
    at = line.find(term.text)
    while at >= 0:
        yield squeezed[at][1], squeezed[at + len(term.text) - 1][1] + 1
        at = line.find(term.text, at + len(term.text))


def _merged(found: Iterable[Place]) -> list[Place]:
    merged: list[Place] = []
    for start, end in sorted(found):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _window(text: str, hit: Place, room: int) -> Place:
    """From word to word, where the text has spaces."""
    start = max(0, hit[0] - room // _LEAD)
    if start and (space := text.find(" ", start, hit[0])) >= 0:
        start = space + 1
    end = min(len(text), max(start + room, hit[1]))
    if end < len(text) and (space := text.rfind(" ", hit[1], end)) >= 0:
        end = space
    return start, end


def _pieces(text: str, found: Sequence[Place]) -> Iterator[Piece]:
    at = 0
    for start, end in found:
        if start > at:
            yield Piece(text[at:start])
        yield Piece(text[start:end], hit=True)
        at = end
    if at < len(text):
        yield Piece(text[at:])
