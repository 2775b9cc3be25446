"""The terms by which the archive finds an item, and what a query asks of them. Pure.

A term is a folded word, or two neighbours of text that sets no spaces, with a sign in front where it does not stand
in the text. What a query asks of them is a little less than the query: whatever matches has these terms, and what has
them is still to be verified with `Query.matches`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from bot.routing.syntax import And, Node, Not, Or, RateIs, Substring, Tag, TierIs, Within, Words
from bot.routing.words import fold, has_unspaced, split, squeeze, unspaced_runs

LONGEST = 64  # characters of a term that count: a longer word is found by its beginning

# No word begins with these: `split` leaves them out.
_BEFORE: dict[Within, str] = {"text": "", "title": "", "outlet": "§"}
_SOURCE = "¶"
_NO_TERM = re.compile(r"[^a-z0-9._-]")  # what an index may take for the end of a term


@dataclass(frozen=True, slots=True)
class Term:
    """One term, or all that begin with `text`."""

    text: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Asked, ...]


Asked = Term | AllOf | AnyOf


# --- an item ----------------------------------------------------------------------------------------------


def terms_of(texts: Iterable[str], outlet: str, source_id: str) -> list[str]:
    """Every term of an item, once; `texts` are its title, summary and body."""
    said = chain.from_iterable(map(_terms, texts))
    of_outlet = (_BEFORE["outlet"] + term for term in _terms(outlet))
    return list(dict.fromkeys((*said, *of_outlet, _source(source_id))))


def _terms(text: str) -> list[str]:
    folded = fold(text)
    words = split(folded)
    if not has_unspaced(folded):
        return _cut(words)
    terms = _cut([word for word in words if not has_unspaced(word)])
    for run in unspaced_runs(squeeze(folded)):
        # The last character stands alone, so that each of them begins some term.
        terms += [run[at : at + 2] for at in range(len(run))]
    return terms


def _cut(words: list[str]) -> list[str]:
    if max(map(len, words), default=0) <= LONGEST:  # as a rule, and to look costs less than to cut
        return words
    return [word[:LONGEST] for word in words]


def _source(name: str) -> str:
    return (_SOURCE + _NO_TERM.sub("_", fold(name).strip()))[:LONGEST]


# --- a query ----------------------------------------------------------------------------------------------


def asked_of(node: Node) -> Asked | None:
    """What every item that `node` is true of has; None where it may have anything."""
    match node:
        case And():
            asked = [each for part in node.parts if (each := asked_of(part)) is not None]
            return _all_of(asked) if asked else None
        case Or():
            parts = [asked_of(part) for part in node.parts]
            known = tuple(part for part in parts if part is not None)
            return AnyOf(known) if len(known) == len(parts) else None
        case Words() if node.within in _BEFORE:
            return _all_of(_terms_of_words(node, _BEFORE[node.within]))
        case Substring() if node.within in _BEFORE:
            return _all_of(_terms_of_piece(node, _BEFORE[node.within]))
        case Tag(field="source"):
            return Term(_source(node.value))
        case Not() | Words() | Substring() | Tag() | RateIs() | TierIs():
            return None


def _all_of(parts: Iterable[Asked]) -> Asked:
    distinct = tuple(dict.fromkeys(parts))
    return distinct[0] if len(distinct) == 1 else AllOf(distinct)


def _terms_of_words(node: Words, before: str) -> Iterator[Term]:
    last = len(node.words) - 1
    for place, word in enumerate(node.words):
        yield Term(before + word[:LONGEST], prefix=node.prefix and place == last)


def _terms_of_piece(node: Substring, before: str) -> Iterator[Term]:
    for run in unspaced_runs(node.text):
        if len(run) == 1:
            yield Term(before + run, prefix=True)
        yield from (Term(before + run[at : at + 2]) for at in range(len(run) - 1))
