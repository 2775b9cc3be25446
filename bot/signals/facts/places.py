"""Where a meeting is held: "in Geneva", "New Delhi summit", "visits China"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.signals.document import Sentence
from bot.signals.english import FINITE, PREPOSITIONS
from bot.signals.facts.clauses import between, clause_breaks, word, word_after
from bot.signals.lexicon import Table, TermHit
from bot.signals.tokens import word_set

REACH = 12  # tokens between the word for the meeting and its place

_IN = frozenset({"in", "at", "to"})
_GOING = word_set(
    "visit visits travel travels traveling travelling trip flies fly heads head headed heading go goes "
    "delegation arrives visiting"
)
_NOT_WHERE = word_set("tariffs tariff trade goods talks relations ties deal policy")
_NOT_NOUNS = word_set(
    "and or as next this last monday tuesday wednesday thursday friday saturday sunday soon later amid while"
)
_HELD_THERE = word_set("summit talks meeting negotiations gathering")
_KIND_OF_MEETING = word_set("trade peace climate g7 g20 g8 nato apec brics opec economic security tariff ceasefire")
_EVENT = word_set("at before after during following of from")  # "before Washington trade talks"


@dataclass(frozen=True, slots=True)
class Place:
    """A city or country where something is held; `city` is False for a whole country."""

    name: str
    country: str
    city: bool


def place_of(sentence: Sentence, meetings: list[TermHit]) -> Place | None:
    """The place of one of `meetings`, in the same clause; a city before a country."""
    tables: tuple[Table, ...] = ("place", "country")
    for table in tables:
        for hit in sentence.hits(table):
            if _is_where(sentence, hit, city=table == "place") and any(_near(sentence, hit, met) for met in meetings):
                return _place(sentence, hit, city=table == "place")
    return None


def _place(sentence: Sentence, hit: TermHit, *, city: bool) -> Place:
    if city:
        return Place(hit.payload.value, hit.payload.country or "", True)
    return Place(sentence.scan.text[slice(*sentence.scan.quote(hit.first, hit.last))], hit.payload.value, False)


def _is_where(sentence: Sentence, hit: TermHit, *, city: bool) -> bool:
    scan = sentence.scan
    if scan.tokens[hit.last].possessive or clause_breaks(scan, hit.first):
        return False
    before = word(scan, hit.first - 1)
    if city:
        if before == "the" and word(scan, hit.last) == "house":  # "at the White House"
            before = word(scan, hit.first - 2)
        following, beyond = word_after(sentence, hit.last), word_after(sentence, hit.last + 1)
        called = following in _HELD_THERE or (following in _KIND_OF_MEETING and beyond in _HELD_THERE)
        return before in _IN or (called and (following != "trade" or before in _EVENT))
    following = word_after(sentence, hit.last)
    if following in _NOT_WHERE or not (
        following in PREPOSITIONS | _NOT_NOUNS or following == "" or following in FINITE
    ):
        return False
    return before == "in" or (before == "to" and word(scan, hit.first - 2) in _GOING) or before in _GOING


def _near(sentence: Sentence, hit: TermHit, met: TermHit) -> bool:
    """Whether a place stands in the clause of the meeting, within reach."""
    if hit.first <= met.last and met.first <= hit.last:
        return True
    first, last = min(hit.last, met.last), max(hit.first, met.first)
    if last - first > REACH:
        return False
    where = any(word(sentence.scan, at) == "where" for at in range(first, last))  # "to Bern, where they will meet"
    return where or not any(_breaks(sentence, first, last))


def _breaks(sentence: Sentence, first: int, last: int) -> Iterator[bool]:
    tables: tuple[Table, ...] = ("person", "role", "adjective", "country")
    listed = {hit.first for table in tables for hit in sentence.hits(table)}  # "to meet Modi, Xi in Oslo"
    for at in range(first + 1, last + 1):
        yield clause_breaks(sentence.scan, at) and not (at in listed and between(sentence.scan, at) == ", ")


def one_place(first: Place, second: Place) -> bool:
    if first.city and second.city:
        return first.name == second.name
    return first.country == second.country
