"""The term language of the lexicon, and a matcher that finds every term in one pass.

    tariff              the word, whatever its case
    tariff*  *zölle     any ending, any beginning (Strafzölle, Autozölle)
    US                  a word in capitals matches only in capitals
    trade war*          a phrase; hyphens and other punctuation between words do not matter
    (cut|cuts) rates    alternatives, of one or more words, as deep as you like
    cut .. tariff*      up to four words between (eight characters in Chinese and Japanese)
    #                   any number
    ^why                at the start of the field

Terms become paths of a trie over word patterns, so a scan looks at each word once and follows only paths that
begin there: linear in the length of the text, and there is no term that makes it slow.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar

from bot.signals.tokens import Token, is_cjk, tokenise

T = TypeVar("T")

MAX_ALTERNATIVES = 3_000  # paths one term may expand to
MAX_WORDS = 12  # longest path, in words and gaps
MAX_GAPS = 2  # each gap multiplies the places to look at
MIN_STEM = 2  # letters beside a wildcard: `t*` would match every third word
MAX_STEM = 24  # no word of the lexicon is longer; a longer token is not tried beyond it
REMEMBERED = 32_768  # words
GAP_WORDS = 4
GAP_CHARACTERS = 8

_GAP = ".."
_START = "^"
_NUMBER = "#"
_PIECE = re.compile(r"[()|^]|[^\s()|^]+")


_GLUED = re.compile(r"[^\s(|^]\(|\)[^\s)|]")


class TermError(ValueError):
    """A term that cannot be read; the text names the fault and the cure."""


class Hit(NamedTuple, Generic[T]):
    """A term at `tokens[first : last + 1]`; `gapped` where other words stand between its own."""

    first: int
    last: int
    payload: T
    gapped: bool = False


_NOTHING: dict[int, Any] = {}


@dataclass(slots=True)
class _Node(Generic[T]):
    """A place in the trie: what may follow, with and without a gap, and what ends here.

    Of 40,000 places two thirds are the end of a term and no more: they share one empty dictionary.
    """

    next: dict[int, _Node[T]] = field(default_factory=lambda: _NOTHING)
    gap: _Node[T] | None = None
    ends: tuple[T, ...] = ()

    def followed_by(self, pattern: int) -> _Node[T]:
        """The place behind `pattern`, new if there was none."""
        if self.next is _NOTHING:
            self.next = {}
        return self.next.setdefault(pattern, _Node())


class _Words:
    """Word patterns by number: how a token finds the patterns it fits without trying them all."""

    def __init__(self) -> None:
        self._count = 0
        self._exact: dict[str, int] = {}
        self._capitals: dict[str, int] = {}
        self._prefixes: dict[str, int] = {}
        self._suffixes: dict[str, int] = {}
        self._number: int | None = None
        self._known: dict[str, tuple[int, ...]] = {}

    def number_of(self, pattern: str) -> int:
        """The number of `pattern`, new if it was not seen before."""
        if pattern == _NUMBER:
            if self._number is None:
                self._number = self._next()
            return self._number
        if pattern.startswith("*"):
            table, key = self._suffixes, pattern[1:].casefold()
        elif pattern.endswith("*"):
            table, key = self._prefixes, pattern[:-1].casefold()
        elif len(pattern) > 1 and pattern.isupper():
            table, key = self._capitals, pattern
        else:
            table, key = self._exact, pattern.casefold()
        if key not in table:
            table[key] = self._next()
        return table[key]

    def _next(self) -> int:
        self._count += 1
        return self._count

    def fitting(self, token: Token) -> tuple[int, ...]:
        """The patterns that `token` fits."""
        found = self._known.get(token.text)
        if found is None:
            found = self._fitting(token.word, token.text, token.number)
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            if len(token.text) <= MAX_STEM:
                self._known[token.text] = found  # headlines repeat their words: it halves the time of a scan
        return found

    def _fitting(self, word: str, text: str, is_number: bool) -> tuple[int, ...]:
        found = [self._exact.get(word), self._capitals.get(text), self._number if is_number else None]
        found.extend(self._prefixes.get(word[:length]) for length in range(MIN_STEM, min(len(word), MAX_STEM) + 1))
        found.extend(self._suffixes.get(word[-length:]) for length in range(MIN_STEM, min(len(word), MAX_STEM) + 1))
        return tuple(number for number in found if number is not None)


class Matcher(Generic[T]):
    """Finds all of `terms` in a text. Raises TermError where one cannot be read."""

    def __init__(self, terms: Iterable[tuple[str, T]], *, cjk: bool = False) -> None:
        self._gap = GAP_CHARACTERS if cjk else GAP_WORDS
        self._words = _Words()
        self._root: _Node[T] = _Node()
        self._start: _Node[T] = _Node()
        for term, payload in terms:
            for path in parse_term(term):
                self._add(path, payload)

    def _add(self, path: tuple[str, ...], payload: T) -> None:
        node = self._root
        if path[0] == _START:
            node, path = self._start, path[1:]
        for pattern in path:
            if pattern == _GAP:
                node.gap = node.gap or _Node()
                node = node.gap
            else:
                node = node.followed_by(self._words.number_of(pattern))
        if payload not in node.ends:
            node.ends += (payload,)

    def scan(self, tokens: list[Token]) -> list[Hit[T]]:
        """Every term, at every place, shorter ones inside longer ones too; in the order they begin."""
        fits = [*map(self._words.fitting, tokens)]
        hits: list[Hit[T]] = []
        if fits and fits[0]:
            self._walk(self._start, fits, 0, hits)
        beginnings = self._root.next.keys()
        for first, patterns in enumerate(fits):
            if not beginnings.isdisjoint(patterns):
                self._walk(self._root, fits, first, hits)
        return hits

    def _walk(self, start: _Node[T], fits: list[tuple[int, ...]], first: int, hits: list[Hit[T]]) -> None:
        """Add to `hits` the terms that begin at `first`."""
        paths = [(start, first, False)]
        while paths:
            node, at, gapped = paths.pop()
            for pattern in fits[at]:
                child = node.next.get(pattern)
                if child is None:
                    continue
                for payload in child.ends:
                    hits.append(Hit(first, at, payload, gapped))  # noqa: PERF401  # mostly there is none
                if child.next and at + 1 < len(fits):
                    paths.append((child, at + 1, gapped))
                if child.gap:
                    behind = child.gap.next.keys()
                    for later in range(at + 1, min(at + 2 + self._gap, len(fits))):
                        if not behind.isdisjoint(fits[later]):  # mostly it is
                            paths.append((child.gap, later, gapped or later > at + 1))  # noqa: PERF401


@lru_cache(maxsize=16_384)  # a word list is checked once, then built for each language: most terms are in several
def parse_term(term: str) -> tuple[tuple[str, ...], ...]:
    """The paths of word patterns that `term` stands for. Raises TermError."""
    if _GLUED.search(term):
        raise TermError("a bracket stands alone between spaces: write (duty|duties), not dut(y|ies)")
    pieces = _PIECE.findall(term)
    paths, used = _choice(pieces, 0)
    if used < len(pieces):
        raise TermError("has a closing bracket too many")
    for path in paths:
        _check(path)
    return tuple(paths)


def _choice(pieces: list[str], at: int) -> tuple[list[tuple[str, ...]], int]:
    """The alternatives from `at` to the closing bracket or the end, and where they stop."""
    found: list[tuple[str, ...]] = []
    paths: list[tuple[str, ...]] = [()]
    while at < len(pieces) and pieces[at] != ")":
        piece = pieces[at]
        if piece == "|":
            found, paths, at = found + paths, [()], at + 1
            continue
        if piece == "(":
            options, at = _choice(pieces, at + 1)
            if at == len(pieces):
                raise TermError("has an opening bracket too many")
        else:
            options = [_words_of(piece)]
        paths = [path + option for path in paths for option in options]
        if len(found) + len(paths) > MAX_ALTERNATIVES:
            raise TermError(f"stands for more than {MAX_ALTERNATIVES} phrases; split it into several terms")
        at += 1
    return found + paths, at


def _words_of(piece: str) -> tuple[str, ...]:
    """`piece` cut as a text is cut, so that a term meets the same tokens; wildcards stay on their words."""
    if piece in {_GAP, _NUMBER, _START}:
        return (piece,)
    words = [token.word if is_cjk(token.text) else token.text for token in tokenise(piece.replace("*", " "))]
    if not words:
        raise TermError(f"{piece!r} has no letter or digit in it")
    if piece.startswith("*"):
        words[0] = "*" + words[0]
    if piece.endswith("*"):
        words[-1] += "*"
    return tuple(words)


def _check(path: tuple[str, ...]) -> None:
    body = path[1:] if path[:1] == (_START,) else path
    if not body:
        raise TermError("an empty term matches nothing; remove it")
    if _START in body:
        raise TermError("^ stands only at the very start of a term")
    if body[0] == _GAP or body[-1] == _GAP or (_GAP, _GAP) in itertools.pairwise(body):
        raise TermError("a gap (..) stands between two words")
    if body.count(_GAP) > MAX_GAPS:
        raise TermError(f"has {body.count(_GAP)} gaps (..), the limit is {MAX_GAPS}")
    if len(body) > MAX_WORDS:
        raise TermError(f"has {len(body)} words, the limit is {MAX_WORDS}")
    for word in body:
        if "*" in word and len(word.strip("*")) < MIN_STEM:
            raise TermError(f"{word!r} would match too much; give at least {MIN_STEM} letters beside the *")
        if "*" in word and len(word.strip("*")) > MAX_STEM:
            raise TermError(f"{word!r} is too long; give at most {MAX_STEM} letters beside the *")
