"""The tree of a query: three connectives (`And`, `Or`, `Not`) over five kinds of leaf.

This is what a percolator indexes. The tree holds no text as it was typed, only folded words and checked values,
so two spellings of one query are one tree, and `str(node)` is a query that reads back as the same tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from bot.model import Tier

Within = Literal["text", "title", "outlet", "person"]
TagField = Literal["topic", "kind", "direction", "country", "source", "lang"]
Comparison = Literal["=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Words:
    """Adjacent whole words, folded; with `prefix`, the last one is the beginning of a word."""

    words: tuple[str, ...]
    prefix: bool = False
    within: Within = "text"

    def __str__(self) -> str:
        text = " ".join(self.words)
        star = "*" if self.prefix else ""
        return _scoped(self.within, f"{text}{star}" if _is_bare(text) else f'"{text}{star}"')


@dataclass(frozen=True, slots=True)
class Substring:
    """Folded text without its spaces, in a script that sets no spaces between words."""

    text: str
    within: Within = "text"

    def __str__(self) -> str:
        return _scoped(self.within, self.text if _is_bare(self.text) else f'"{self.text}"')


@dataclass(frozen=True, slots=True)
class Tag:
    """One exact value: a topic, kind, direction, country (ISO 3166), source id or language (ISO 639)."""

    field: TagField
    value: str

    def __str__(self) -> str:
        return f"{self.field}:{self.value}" if _is_bare(self.value) else f'{self.field}:"{self.value}"'


@dataclass(frozen=True, slots=True)
class RateIs:
    """Some stated rate compares so with `percent`."""

    comparison: Comparison
    percent: float

    def __str__(self) -> str:
        return f"rate{_sign(self.comparison)}{repr(self.percent).removesuffix('.0')}"


@dataclass(frozen=True, slots=True)
class TierIs:
    """The story's tier compares so with `tier`, by rank."""

    comparison: Comparison
    tier: Tier

    def __str__(self) -> str:
        return f"tier{_sign(self.comparison)}{self.tier}"


Leaf = Words | Substring | Tag | RateIs | TierIs


@dataclass(frozen=True, slots=True)
class And:
    """Every part holds. Has two parts or more, none of them an `And`."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " ".join(f"({part})" if isinstance(part, Or) else str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds. Has two parts or more, none of them an `Or`."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " OR ".join(map(str, self.parts))


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold. The part is no `Not`."""

    part: Node

    def __str__(self) -> str:
        return f"-({self.part})" if isinstance(self.part, And | Or) else f"-{self.part}"


Node = Leaf | And | Or | Not


def leaves(node: Node) -> Iterator[Leaf]:
    """All leaves, those under a `Not` too."""
    match node:
        case And() | Or():
            for part in node.parts:
                yield from leaves(part)
        case Not():
            yield from leaves(node.part)
        case _:
            yield node


def all_of(parts: Iterable[Node]) -> Node:
    """Their conjunction: nested ones made flat, a single part as it is."""
    flat = tuple(inner for part in parts for inner in (part.parts if isinstance(part, And) else (part,)))
    return flat[0] if len(flat) == 1 else And(flat)


def any_of(parts: Iterable[Node]) -> Node:
    """Their disjunction: nested ones made flat, a single part as it is."""
    flat = tuple(inner for part in parts for inner in (part.parts if isinstance(part, Or) else (part,)))
    return flat[0] if len(flat) == 1 else Or(flat)


def negated(part: Node) -> Node:
    """The opposite; a double negation falls away."""
    return part.part if isinstance(part, Not) else Not(part)


def _scoped(within: Within, term: str) -> str:
    return term if within == "text" else f"{within}:{term}"


def _sign(comparison: Comparison) -> str:
    return ":" if comparison == "=" else comparison


def _is_bare(text: str) -> bool:
    """Whether `text` reads back as one term without quotes."""
    return re.fullmatch(r"[^\W_][\w.,-]*", text) is not None and text not in {"and", "or", "not"}
