"""Governments that are parties in the action.

A country's name is often only a place ("in Japan", "Geneva, Switzerland") or an economy ("China's exports", "US
stocks"). It counts where something only a government has or does stands beside it (`governments.py`), or where it
is listed with one that counts.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.model import Party
from bot.signals.document import Document
from bot.signals.english import PLACE_PREPOSITIONS, PRIVATE_NOUNS, TRAVEL_WORDS
from bot.signals.facts.clauses import between, word, word_after
from bot.signals.facts.governments import BETWEEN_NOUNS, Context, has_state_noun, is_government, is_office
from bot.signals.lexicon import TermHit
from bot.signals.tokens import word_set

MAX_BODY = 3_000  # characters of a body in which parties are looked for
MAX_NAMES = 40  # in a sentence: one with more is a list, and each is compared with each

_WHERE = PLACE_PREPOSITIONS - {"at"}
# Names that another name is part of: "Air France", "Latin America", "New Mexico", "Bank of England".
_NAMES_BEFORE = word_set("air deutsche royal team")
_AMERICAS = word_set("north south latin central")
_NEW = word_set("mexico england")
_OF_NAMES = word_set("bank university chamber house court")


def find_parties(document: Document) -> Iterator[Party]:
    for part, sentence in document.sentences():
        if part.field == "body" and sentence.start > MAX_BODY:
            break
        context = Context.of(part, sentence)
        hits = sorted(context.names(), key=lambda hit: hit.first)[:MAX_NAMES]
        if not hits:
            continue
        if document.language == "en":
            yield from (_party(context, hit) for hit in _acting(context, hits))
        elif context.measures and part.field != "body":
            yield from (_party(context, hit) for hit in hits)


def _party(context: Context, hit: TermHit) -> Party:
    return Party(value=hit.payload.value, span=context.part.span(hit.first, hit.last))


def _acting(context: Context, hits: list[TermHit]) -> list[TermHit]:
    """The names that count, and those listed with one, however long the list."""
    accepted = [_is_party(context, hit) for hit in hits]
    if any(accepted):
        for number in (*range(len(hits)), *reversed(range(len(hits)))):
            accepted[number] = accepted[number] or _is_listed(context, hits, accepted, number)
    return [hit for hit, counts in zip(hits, accepted, strict=True) if counts]


def _is_party(context: Context, hit: TermHit) -> bool:
    if _is_place(context, hit) or _in_a_name(context, hit):
        return False
    if hit.payload.table == "adjective":
        return has_state_noun(context, hit)
    if hit.payload.table == "government" and not _is_capital(context, hit):
        return is_office(context, hit)
    return is_government(context, hit)


def _is_capital(context: Context, hit: TermHit) -> bool:
    """Whether a government is named by its city, which may be only a city."""
    return hit.first == hit.last and any(place.first == hit.first for place in context.sentence.hits("place"))


def _is_place(context: Context, hit: TermHit) -> bool:
    """Whether the name only says where: "in Beijing", "Geneva, Switzerland", "a visit to Japan", a dateline."""
    scan, first = context.scan, hit.first
    before = context.before(hit)
    if before in _WHERE:
        return not (before == "in" and word_after(context.sentence, hit.last) in BETWEEN_NOUNS)
    if before in {"to", "from"} and word(scan, first - 2) in TRAVEL_WORDS:
        return True
    if before in TRAVEL_WORDS and hit.payload.table != "adjective":
        return True
    if "(" in context.behind(hit) and first == context.sentence.first:
        return True
    return any(place.last == first - 1 and "," in between(scan, first) for place in context.sentence.hits("place"))


def _in_a_name(context: Context, hit: TermHit) -> bool:
    """Whether the name is part of another: "Bank of England", "Air France", "New England", a company's name."""
    scan, sentence = context.scan, context.sentence
    before = word(scan, hit.first - 1) if hit.first > sentence.first else ""
    here = word(scan, hit.first)
    if before in _NAMES_BEFORE or (before in _AMERICAS and here == "america") or (before == "new" and here in _NEW):
        return True
    if before == "of" and word(scan, hit.first - 2) in _OF_NAMES:
        return True
    return any(name.first <= hit.first and hit.last <= name.last for name in sentence.hits("company"))


def _is_listed(context: Context, hits: list[TermHit], accepted: list[bool], number: int) -> bool:
    """Whether the name is joined to one that counts: "the US and China", "US-China", "Canada, Mexico and"."""
    hit = hits[number]
    if any(_shares_noun(context, hit, other) for other, counts in zip(hits, accepted, strict=True) if counts):
        return True
    if hit.payload.table == "adjective" or _is_place(context, hit) or context.scan.tokens[hit.last].possessive:
        return False
    if word_after(context.sentence, hit.last) in PRIVATE_NOUNS:
        return False
    others = (other for other, counts in zip(hits, accepted, strict=True) if counts)
    return any(
        _joined(context, *sorted((hit, other), key=lambda name: name.first))
        for other in others
        if other.payload.value != hit.payload.value and other.payload.table != "adjective"
    )


def _shares_noun(context: Context, hit: TermHit, other: TermHit) -> bool:
    """Whether the noun of `other` is also that of `hit`: "U.S., Chinese officials", "Thai and Cambodian leaders"."""
    adjectives = other.payload.table == "adjective" and other.payload.value != hit.payload.value
    return adjectives and not _is_place(context, hit) and _joined(context, hit, other)


def _joined(context: Context, first: TermHit, second: TermHit) -> bool:
    """Whether nothing but a comma, a hyphen, "and" or "the" joins two names: no colon, no new clause."""
    tokens = context.scan.tokens
    if second.first <= first.last or {token.word for token in tokens[first.last + 1 : second.first]} - {"and", "the"}:
        return False
    gap = context.scan.text[tokens[first.last].end : tokens[second.first].start]
    return not any(mark in gap for mark in ":;—–|(")
