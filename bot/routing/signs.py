"""An item as a set of signs, and a query as a condition on that set: by this a percolator finds queries.

A sign is a short text: a word (`tariff`), two neighbours (`trade war`), the beginning of a word (`tari*`), one or two
characters of unspaced text (`~关税`), or the value of a field (`topic:trade`). What does not stand in an item's text
but in another passage has its name in front (`title:trade war`). `signs_of` lists the signs of an item, `cover` says
by which of them to find a query, and `condition_of` what is left to verify of it then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from bot.model import Tier
from bot.routing.query import COMPARE, Passage, Subject, holds
from bot.routing.syntax import And, Node, Not, Or, RateIs, Substring, Tag, TagField, TierIs, Within, Words

Sign = str
Signs = frozenset[Sign]
Share = Callable[[str], float]  # of texts, in which a folded word stands; of unspaced text, two characters

_ANY = ""  # every item has this sign: it finds what no other one finds
_STATED_RATE = "rate:"
_BEFORE: dict[Within, str] = {"text": "", "title": "title:", "outlet": "outlet:", "person": "person:"}


# --- an item ----------------------------------------------------------------------------------------------


def signs_of(subject: Subject, stems: Iterable[int]) -> set[Sign]:
    """The signs of an item; of the beginnings of its words only those as long as one of `stems`."""
    signs = _signs_within(subject.passages["text"], stems)
    for within, before in _BEFORE.items():
        if before and subject.passages[within].words:
            signs.update([before + sign for sign in _signs_within(subject.passages[within], stems)])
    signs.update(["topic:" + topic for topic in subject.topics])
    signs.update(["country:" + country for country in subject.countries])
    signs.update((_ANY, "kind:" + subject.kind, "direction:" + subject.direction, "tier:" + subject.tier))
    signs.update(("source:" + subject.source, "lang:" + subject.lang))
    if subject.rates:
        signs.add(_STATED_RATE)
    return signs


def _signs_within(passage: Passage, stems: Iterable[int]) -> set[Sign]:
    signs = set(passage.words)
    for text in passage.texts:
        signs.update([f"{first} {second}" for first, second in pairwise(text)])
    for length in stems:
        signs.update([f"{word[:length]}*" for word in passage.words if len(word) >= length])
    if passage.unspaced:
        signs.update([f"~{char}" for char in passage.unspaced])
        signs.update([f"~{first}{second}" for first, second in pairwise(passage.unspaced)])
    return signs


def stem_length(sign: Sign) -> int:
    """How many characters of a word's beginning this is; 0 where it is no such sign."""
    return len(sign.rpartition(":")[2]) - 1 if sign.endswith("*") else 0


# --- what finds a query -----------------------------------------------------------------------------------

# About how many items have a sign. This decides how fast a query is found, never whether it is.
_STEM_SHARES = (1.0, 0.6, 0.4, 0.2, 0.1, 0.05)  # by length; longer beginnings are looked up by their own
_LONGEST_STEM = len(_STEM_SHARES) - 1
_TAG_SHARES: dict[TagField, float] = {
    "topic": 0.1, "kind": 0.05, "direction": 0.1, "country": 0.05, "source": 0.02, "lang": 0.5,
}  # fmt: skip
_TIER_SHARE, _RATE_SHARE, _CHARACTER_SHARE = 0.25, 0.1, 0.2
_NEIGHBOURS = 0.1  # of the texts with the rarer of two words, those in which they are neighbours
_APART = 0.1  # of the texts with a word, those with it in the title, or in a name


@dataclass(frozen=True, slots=True)
class Cover:
    """Signs of which an item has at least one if a query is true of it.

    `share` estimates how many items have one; `exact` says that the query is true of each of those.
    """

    signs: Signs
    share: float
    exact: bool


def cover(node: Node, share: Share) -> Cover:
    """The rarest cover of `node`."""
    match node:
        case And():
            return replace(_rarest(cover(part, share) for part in node.parts), exact=False)
        case Or():
            parts = [cover(part, share) for part in node.parts]
            signs = Signs().union(*(part.signs for part in parts))
            return Cover(signs, sum(part.share for part in parts), all(part.exact for part in parts))
        case Not():
            return Cover(Signs({_ANY}), 1.0, exact=False)
        case Words():
            return _rarest(_covers_of_words(node, share))
        case Substring():
            return _rarest(_covers_of_piece(node, share))
        case Tag():
            return _one(f"{node.field}:{node.value}", _TAG_SHARES[node.field], exact=True)
        case TierIs():
            tiers = [tier for tier in Tier if COMPARE[node.comparison](tier.rank, node.tier.rank)]
            return Cover(Signs(f"tier:{tier}" for tier in tiers), _TIER_SHARE * len(tiers), exact=True)
        case RateIs():
            return _one(_STATED_RATE, _RATE_SHARE, exact=False)


def _one(sign: Sign, share: float, *, exact: bool) -> Cover:
    return Cover(Signs({sign}), share, exact)


def _rarest(covers: Iterable[Cover]) -> Cover:
    return min(covers, key=lambda each: each.share)


def _covers_of_words(term: Words, share: Share) -> Iterator[Cover]:
    before = _BEFORE[term.within]
    scale = _APART if before else 1.0
    whole = term.words[:-1] if term.prefix else term.words
    if term.prefix:
        stem = term.words[-1][:_LONGEST_STEM]
        yield _one(f"{before}{stem}*", scale * _STEM_SHARES[len(stem)], exact=term.words == (stem,))
    if len(whole) == 1:
        yield _one(before + whole[0], scale * share(whole[0]), exact=not term.prefix)
    for pair in pairwise(whole):
        rarer = min(map(share, pair))
        yield _one(before + " ".join(pair), scale * _NEIGHBOURS * rarer, exact=term.words == pair and not term.prefix)


def _covers_of_piece(term: Substring, share: Share) -> Iterator[Cover]:
    before = _BEFORE[term.within] + "~"
    scale = 1.0 if term.within == "text" else _APART
    if len(term.text) == 1:
        yield _one(before + term.text, scale * _CHARACTER_SHARE, exact=True)
    for first, second in pairwise(term.text):
        yield _one(before + first + second, scale * share(first + second), exact=len(term.text) == 2)


# --- what is left to verify -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """What must be true of an item: in signs as far as it can be said in them."""

    needed: tuple[Sign, ...]
    excluded: tuple[Sign, ...]
    choices: tuple[Signs, ...]  # of each at least one
    rest: tuple[Node, ...]

    def met(self, signs: set[Sign], subject: Subject) -> bool:
        for sign in self.needed:  # a loop, since most conditions end here, and `all` takes twice as long
            if sign not in signs:
                return False
        return (
            signs.isdisjoint(self.excluded)
            and not any(map(signs.isdisjoint, self.choices))
            and all(holds(node, subject) for node in self.rest)
        )

    @property
    def signs(self) -> Signs:
        """All signs that it asks about."""
        return Signs().union(self.needed, self.excluded, *self.choices)

    @property
    def void(self) -> bool:
        """Whether it asks for nothing."""
        return not (self.needed or self.excluded or self.choices or self.rest)


def condition_of(node: Node, given: Signs, share: Share) -> Condition:
    """What `node` asks of an item that has one of the signs `given`."""
    needed, excluded = set[Sign](), set[Sign]()
    choices, rest = list[Signs](), list[Node]()
    for part in _conjuncts(node):
        asked = cover(part.part if isinstance(part, Not) else part, share)
        if not asked.exact:
            rest.append(part)
        elif isinstance(part, Not):
            excluded |= asked.signs
        elif asked.signs == given:
            continue
        elif len(asked.signs) == 1:
            needed |= asked.signs
        else:
            choices.append(asked.signs)
    return Condition(tuple(needed), tuple(excluded), tuple(choices), tuple(rest))


def _conjuncts(node: Node) -> Iterator[Node]:
    """What must all be true; before a long phrase its neighbours, which are seen sooner."""
    for part in node.parts if isinstance(node, And) else (node,):
        if isinstance(part, Words) and len(part.words) > 2:
            whole = part.words[:-1] if part.prefix else part.words
            yield from (Words(pair, within=part.within) for pair in pairwise(whole))
        yield part
