"""Governments that are parties in the action.

A country's name is often only a place ("in Japan", "Geneva, Switzerland") or an economy ("China's exports", "US
stocks"). It counts where something only a government has or does stands beside it: an act, officials, tariffs,
talks with it, measures on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.model import Party
from bot.signals.document import Document, Part, Sentence
from bot.signals.english import ACTS, GOODS, PLACE_PREPOSITIONS, PRIVATE_NOUNS, STATE_NOUNS, TRAVEL_WORDS
from bot.signals.facts.clauses import between, word
from bot.signals.lexicon import Scan, TermHit
from bot.signals.tokens import word_set

MAX_BODY = 3_000  # characters of a body in which parties are looked for

_RELATIONS = word_set(
    "on with against between hit hits threatens threatened warns tells told urges urged accuses accused sanctions "
    "targets target blames versus vs by hitting targeting punish exempts exempt face"
)
_GOODS_RELATIONS = frozenset({"from", "to"})
_FIGURES = word_set("deficit surplus gap balance data figures bonds debt")  # "US trade deficit"
_NOT_GOVERNMENT = word_set("post times journal dc d.c based consensus area state born")
_LEADING = word_set("the both all")
_MODIFIERS = word_set("top senior vice deputy new own trade economic foreign commerce finance chief")


@dataclass(frozen=True, slots=True)
class _Context:
    """What the sentence says beside its names."""

    part: Part
    sentence: Sentence
    measured: bool  # a tariff, deal, talks or the like is spoken of

    @property
    def scan(self) -> Scan:
        return self.part.scan


def find_parties(document: Document) -> Iterator[Party]:
    for part, sentence in document.sentences():
        if part.field == "body" and sentence.start > MAX_BODY:
            break
        context = _Context(part, sentence, measured=bool(sentence.hits("measure")))
        hits = [*sentence.hits("government"), *sentence.hits("country"), *sentence.hits("adjective")]
        hits.sort(key=lambda hit: hit.first)
        if document.language != "en":
            yield from (_party(context, hit) for hit in hits if context.measured and part.field != "body")
            continue
        accepted = [_is_party(context, hit) for hit in hits]
        for number, hit in enumerate(hits):
            if accepted[number] or _is_listed(context, hits, accepted, number):
                yield _party(context, hit)


def _party(context: _Context, hit: TermHit) -> Party:
    return Party(value=hit.payload.value, span=context.part.span(hit.first, hit.last))


def _is_party(context: _Context, hit: TermHit) -> bool:
    match hit.payload.table:
        case "government":
            return not _is_place(context, hit) and word(context.scan, hit.last + 1) not in (
                _NOT_GOVERNMENT | PRIVATE_NOUNS
            )
        case "adjective":
            return _has_state_noun(context, hit)
        case _:
            return _is_country_party(context, hit)


def _is_place(context: _Context, hit: TermHit) -> bool:
    """Whether the name only says where: "in Beijing", "Geneva, Switzerland", "a visit to Japan", a dateline."""
    scan, first = context.scan, hit.first
    before = _before(context, first)
    if before in PLACE_PREPOSITIONS:
        return True
    if before in {"to", "from"} and word(scan, first - 2) in TRAVEL_WORDS:
        return True
    if before in TRAVEL_WORDS and hit.payload.table != "adjective":
        return True
    if "(" in _behind(context, hit) and first == context.sentence.first:
        return True
    return any(place.last == first - 1 and "," in between(scan, first) for place in context.sentence.hits("place"))


def _has_state_noun(context: _Context, hit: TermHit) -> bool:
    """Whether what follows the adjective is a government's: "Chinese officials", "US tariffs"."""
    following = _noun_after(context, hit)
    if word(context.scan, hit.last + 2) in _FIGURES and following in {"trade", "government"}:
        return False
    if following in PRIVATE_NOUNS and following not in GOODS:
        return False
    return following in STATE_NOUNS or (context.measured and following in GOODS)


def _is_country_party(context: _Context, hit: TermHit) -> bool:
    scan = context.scan
    if _is_place(context, hit):
        return False
    before = _before(context, hit.first)
    following = word(scan, hit.last + 1) if hit.last + 1 < context.sentence.stop else ""
    if scan.tokens[hit.last].possessive:
        person = any(other.first == hit.last + 1 for other in context.sentence.hits("person"))
        return person or _has_state_noun(context, hit)
    if following in PRIVATE_NOUNS:
        return False
    if following in ACTS and not _behind(context, hit).strip():
        return True
    if before in _RELATIONS or _has_state_noun(context, hit):
        return True
    if before in _GOODS_RELATIONS and word(scan, hit.first - 2) not in GOODS:
        return False
    return context.measured and (before in _GOODS_RELATIONS or context.part.field == "title")


def _is_listed(context: _Context, hits: list[TermHit], accepted: list[bool], number: int) -> bool:
    """Whether the name is joined to one that counts: "the US and China", "US-China", "Canada, Mexico and"."""
    hit = hits[number]
    if hit.payload.table == "adjective" or _is_place(context, hit):
        return False
    if word(context.scan, hit.last + 1) in PRIVATE_NOUNS or context.scan.tokens[hit.last].possessive:
        return False
    for other, counts in zip(hits, accepted, strict=True):
        if counts and other.payload.value != hit.payload.value:
            first, second = sorted((hit, other), key=lambda one: one.first)
            gap = [token.word for token in context.scan.tokens[first.last + 1 : second.first]]
            if second.first > first.last and gap in ([], ["and"], ["and", "the"], ["the"]):
                return True
    return False


def _before(context: _Context, first: int) -> str:
    """The word before, over "the" and "both"."""
    at = first - 1
    while at >= context.sentence.first and word(context.scan, at) in _LEADING:
        at -= 1
    return word(context.scan, at) if at >= context.sentence.first else ""


def _behind(context: _Context, hit: TermHit) -> str:
    """The characters between the name and the next word."""
    return between(context.scan, hit.last + 1) if hit.last + 1 < context.sentence.stop else ""


def _noun_after(context: _Context, hit: TermHit) -> str:
    """The noun a name modifies, over words such as "top" and "trade" that a government's noun may follow."""
    at = hit.last + 1
    while at + 1 < context.sentence.stop and word(context.scan, at) in _MODIFIERS:
        if word(context.scan, at + 1) not in STATE_NOUNS | PRIVATE_NOUNS | GOODS | _MODIFIERS:
            break
        at += 1
    return word(context.scan, at) if at < context.sentence.stop else ""
