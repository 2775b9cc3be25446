"""The subscription language: which items a route or a subscriber asked for, and why one matched or did not.

    topic:trade OR topic:market
    title:"trade war" (tarif* OR 关税) -crypto country:CN rate>=10 tier>=urgent

Terms side by side must all match. Words are whole words, `tarif*` is the beginning of one, "…" are neighbours;
case, accents and full-width forms do not matter, and terms in Chinese, Japanese, Korean or Thai match anywhere.
Fields: topic, kind, direction, country, person, source, outlet, title, lang, tier and rate, the last two also
with < <= > >=. There are no regular expressions, and matching takes time linear in the item's text.

`parse` a query once and `subject` an item once, then ask `Query.matches`. `Query.root` is a tree of the nodes in
`bot.routing.syntax`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.model import Item, Party, Person, Rate, Tier, Verdict
from bot.routing.goods import countries_of_goods
from bot.routing.parser import QueryError, parse_tree
from bot.routing.syntax import (
    And,
    Comparison,
    Leaf,
    Node,
    Not,
    Or,
    RateIs,
    Substring,
    Tag,
    TierIs,
    Within,
    Words,
    leaves,
)
from bot.routing.words import fold, has_unspaced, split, squeeze

__all__ = ["Passage", "Query", "QueryError", "Subject", "parse", "subject"]


@dataclass(frozen=True, slots=True)
class Passage:
    """Texts made ready for look-up. No phrase reaches over from one text to the next."""

    texts: tuple[Sequence[str], ...]  # the words of each
    words: frozenset[str]
    line: str  # " word word word " of each text, parted by line breaks: a phrase is a substring of it
    unspaced: str  # for Substring terms; empty where no such script is in the texts

    @classmethod
    def of(cls, texts: Iterable[str]) -> Passage:
        folded = [fold(text) for text in texts if text]
        words = [split(text) for text in folded]
        return cls(
            texts=tuple(words),
            words=frozenset().union(*words),
            line="\n".join([f" {' '.join(text)} " for text in words]),
            unspaced="\n".join([squeeze(text) for text in folded if has_unspaced(text)]),
        )

    def __or__(self, other: Passage) -> Passage:
        """The texts of both."""
        return Passage(
            texts=self.texts + other.texts,
            words=self.words | other.words,
            line=f"{self.line}\n{other.line}",
            unspaced="\n".join(filter(None, (self.unspaced, other.unspaced))),
        )

    def has(self, term: Words) -> bool:
        """Whether the words stand here, side by side."""
        if len(term.words) == 1 and not term.prefix:
            return term.words[0] in self.words
        return f" {' '.join(term.words)}{'' if term.prefix else ' '}" in self.line


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An item as queries see it, prepared once for all of them."""

    passages: Mapping[Within, Passage]
    topics: frozenset[str]
    kind: str  # this and the next: empty where not known
    direction: str
    countries: frozenset[str]  # ISO 3166 alpha-2, or EU: parties, and whose goods trade news is about
    source: str  # folded id
    lang: str  # ISO 639-1
    rates: tuple[float, ...]  # percent
    tier: Tier

    def has(self, tag: Tag) -> bool:
        match tag.field:
            case "topic":
                return tag.value in self.topics
            case "country":
                return tag.value in self.countries
            case "kind":
                return tag.value == self.kind
            case "direction":
                return tag.value == self.direction
            case "source":
                return tag.value == self.source
            case "lang":
                return tag.value == self.lang


class _Passages(dict[Within, Passage]):
    """Of one item, each made ready when a query first asks for it: many ask for topics only."""

    def __init__(self, item: Item, verdict: Verdict) -> None:
        self._item, self._verdict = item, verdict

    def __missing__(self, within: Within) -> Passage:
        self[within] = made = self._made(within)
        return made

    def _made(self, within: Within) -> Passage:
        match within:
            case "text":
                return self["title"] | Passage.of((self._item.summary, self._item.body))
            case "title":
                return Passage.of((self._item.title,))
            case "outlet":
                return Passage.of((self._item.outlet,))
            case "person":
                return Passage.of(fact.value for fact in self._verdict.facts if isinstance(fact, Person))


def subject(item: Item, verdict: Verdict, tier: Tier) -> Subject:
    """Prepare `item` with what is known about it."""
    passages = _Passages(item, verdict)
    return Subject(
        passages=passages,
        topics=frozenset(verdict.labels),
        kind=verdict.kind or "",
        direction=verdict.direction or "",
        countries=frozenset(_countries(item, verdict, passages)),
        source=fold(item.source_id).strip(),
        lang=fold(item.lang or "").partition("-")[0],
        rates=tuple(fact.value for fact in verdict.facts if isinstance(fact, Rate)),
        tier=tier,
    )


def _countries(item: Item, verdict: Verdict, passages: _Passages) -> Iterator[str]:
    yield from (fact.value.upper() for fact in verdict.facts if isinstance(fact, Party))
    if "trade" in verdict.labels:  # of headline and summary: a body speaks of more
        yield from countries_of_goods(passages["text"].texts[: bool(item.title) + bool(item.summary)])


@dataclass(frozen=True, slots=True)
class Query:
    """A query as it was written, and its tree."""

    text: str
    root: Node

    @property
    def topics(self) -> frozenset[str]:
        """The topics that it asks for; one that it only excludes is not among them."""
        return frozenset(_topics(self.root))

    @property
    def needs_verdict(self) -> bool:
        """Whether it asks for more than the item itself says: a topic, a fact, a tier."""
        return any(map(_is_judged, leaves(self.root)))

    def matches(self, subject: Subject) -> bool:
        return holds(self.root, subject)

    def describe(self, subject: Subject) -> str:
        """Which terms decided, in one short clause: "topic:trade matched", "neither topic:trade nor rate>10"."""
        matched = self.matches(subject)
        grounds = dict.fromkeys(_grounds(self.root, subject, matched))
        found = [str(leaf) for leaf in grounds if holds(leaf, subject)]
        missing = [str(leaf) for leaf in grounds if not holds(leaf, subject)]
        if matched:
            clauses = [f"{_listed(found)} matched" if found else "", _none_of(missing)]
        else:
            clauses = [_none_of(missing), f"excluded by {_listed(found)}" if found else ""]
        return ", ".join(clause for clause in clauses if clause)


def parse(text: str) -> Query:
    """Raises QueryError, whose text marks the wrong place, where `text` is no query."""
    return Query(text=text, root=parse_tree(text))


# --- matching ---------------------------------------------------------------------------------------------

COMPARE: dict[Comparison, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def holds(node: Node, subject: Subject) -> bool:
    """Whether `node` is true of `subject`; a percolator verifies its candidates with this."""
    match node:
        case And():
            return all(holds(part, subject) for part in node.parts)
        case Or():
            return any(holds(part, subject) for part in node.parts)
        case Not():
            return not holds(node.part, subject)
        case Words():
            return subject.passages[node.within].has(node)
        case Substring():
            return node.text in subject.passages[node.within].unspaced
        case Tag():
            return subject.has(node)
        case RateIs():
            return any(COMPARE[node.comparison](rate, node.percent) for rate in subject.rates)
        case TierIs():
            return COMPARE[node.comparison](subject.tier.rank, node.tier.rank)


def _is_judged(leaf: Leaf) -> bool:
    match leaf:
        case Tag():
            return leaf.field not in {"source", "lang"}
        case Words() | Substring():
            return leaf.within == "person"
        case RateIs() | TierIs():
            return True


def _topics(node: Node) -> Iterator[str]:
    match node:
        case And() | Or():
            for part in node.parts:
                yield from _topics(part)
        case Tag(field="topic"):
            yield node.value


# --- explaining -------------------------------------------------------------------------------------------

MAX_LISTED = 5  # terms named in an explanation


def _grounds(node: Node, subject: Subject, value: bool) -> list[Leaf]:
    """The leaves that made `node` come out as `value`: of a conjunction that failed, only the parts that failed."""
    match node:
        case And() | Or():
            decisive = [part for part in node.parts if holds(part, subject) == value]
            return [leaf for part in decisive for leaf in _grounds(part, subject, value)]
        case Not():
            return _grounds(node.part, subject, not value)
        case _:
            return [node]


def _listed(terms: Sequence[str], joint: str = "and") -> str:
    shown = list(terms[:MAX_LISTED])
    if len(terms) > MAX_LISTED:
        shown.append(f"{len(terms) - MAX_LISTED} more")
    return f" {joint} ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _none_of(terms: Sequence[str]) -> str:
    match len(terms):
        case 0:
            return ""
        case 1:
            return f"no {terms[0]}"
        case 2:
            return f"neither {terms[0]} nor {terms[1]}"
        case _:
            return f"none of {_listed(terms, 'or')}"
