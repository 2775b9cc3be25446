"""Where a meeting is held: "in Geneva", "New Delhi summit", "visits China"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.signals.document import Sentence
from bot.signals.english import FINITE, PREPOSITIONS, VERBS
from bot.signals.facts.clauses import between, clause_breaks, word, word_after
from bot.signals.facts.names import titled
from bot.signals.lexicon import Table, TermHit
from bot.signals.tokens import word_set

REACH = 12  # tokens between the word for the meeting and its place

NEAR = 8  # tokens behind the meeting in which "in" leads to a place that no table holds
MAX_NAME = 4  # tokens of its name

_IN = frozenset({"in", "at", "to"})
_SHARES = word_set("stake stakes shares interest")  # "talks on a stake in Xerox"
_IN_PLACE = frozenset({"in", "at"})
_NO_PLACE = word_set(
    "january february march april may june july august september october november december monday tuesday wednesday "
    "thursday friday saturday sunday spring summer autumn fall winter congress parliament senate house court "
    "democrats republicans christmas easter ramadan brexit covid coronavirus earlier late"
)
_GOING = word_set(
    "visit visits travel travels traveling travelling trip flies fly heads head headed heading go goes "
    "delegation arrives visiting lands landed hosts welcomes arrive arrived meets meet met"
)
_NOT_WHERE = word_set("tariffs tariff trade goods talks relations ties deal policy")
_NOT_NOUNS = word_set(
    "and or as next this last monday tuesday wednesday thursday friday saturday sunday soon later amid while"
)
_HELD_THERE = word_set("summit talks meeting negotiations gathering")
_KIND_OF_MEETING = word_set("trade peace climate g7 g20 g8 nato apec brics opec economic security tariff ceasefire")
_NEW_CLAUSE = word_set("as while after following amid when since despite before ahead")
_FOUGHT = word_set(
    "war wars conflict fighting advance advances attack attacks invasion peace ceasefire truce crisis troops strikes "
    "offensive famine violence unrest protests killed dead hurt wounded"
)  # "to discuss war in Ukraine"
_EVENT = word_set("at before after during following of from")  # "before Washington trade talks"


@dataclass(frozen=True, slots=True)
class Place:
    """A city or country where something is held; `city` is False for a whole country."""

    name: str
    country: str
    city: bool
    first: int  # its tokens
    last: int


def place_of(sentence: Sentence, meetings: list[TermHit]) -> Place | None:
    """The place of one of `meetings`, in the same clause; a city before a country."""
    tables: tuple[Table, ...] = ("place", "country")
    for table in tables:
        for hit in sentence.hits(table):
            if _is_where(sentence, hit, city=table == "place") and any(_near(sentence, hit, met) for met in meetings):
                return _place(sentence, hit, city=table == "place")
    return _unknown(sentence, meetings)


def _unknown(sentence: Sentence, meetings: list[TermHit]) -> Place | None:
    """A place that no table holds, close behind the meeting: "their summit at Quantico", "will meet in Alotau"."""
    scan = sentence.scan
    for met in meetings:
        if scan.tokens[met.first].capital and titled(sentence):  # a small "meet" shows that capitals are names
            continue
        for at in range(met.last + 1, min(met.last + 1 + NEAR, sentence.stop - 1)):
            here = word(scan, at)
            if clause_breaks(scan, at) or here in _NEW_CLAUSE or here in VERBS or here in _SHARES:
                break
            last = _name_end(sentence, at + 1) if word(scan, at) in _IN_PLACE else None
            if last is not None:
                return Place(scan.text[slice(*scan.quote(at + 1, last))], "", True, at + 1, last)
    return None


def _name_end(sentence: Sentence, first: int) -> int | None:
    """The last token of a capitalised name that is nobody's and closes its phrase."""
    scan, last = sentence.scan, first
    while (
        last < sentence.stop
        and last - first < MAX_NAME
        and scan.tokens[last].capital
        and not scan.tokens[last].number
    ):
        last += 1
    last -= 1
    if last < first or last - first + 1 >= MAX_NAME or clause_breaks(scan, first):
        return None
    known: tuple[Table, ...] = ("person", "role", "country", "adjective", "government", "company", "instrument")
    if any(first <= hit.first <= last for table in known for hit in sentence.hits(table)):
        return None
    told = any(
        scan.tokens[at].possessive or word(scan, at) in _NO_PLACE or _is_initials(scan.tokens[at].text)
        for at in range(first, last + 1)
    )
    following = word_after(sentence, last)
    closes = following in PREPOSITIONS | _NOT_NOUNS or following == ""
    return last if closes and not told else None


def _is_initials(text: str) -> bool:
    """Whether a token is written in capitals: "NATO", "UN", "G20"."""
    return text.upper() == text


def _place(sentence: Sentence, hit: TermHit, *, city: bool) -> Place:
    if city:
        return Place(hit.payload.value, hit.payload.country or "", True, hit.first, hit.last)
    name = sentence.scan.text[slice(*sentence.scan.quote(hit.first, hit.last))]
    return Place(name, hit.payload.value, False, hit.first, hit.last)


def _is_where(sentence: Sentence, hit: TermHit, *, city: bool) -> bool:
    scan = sentence.scan
    if scan.tokens[hit.last].possessive or clause_breaks(scan, hit.first):
        return False
    before = word(scan, hit.first - 1)
    if not city and before == "in" and word(scan, hit.first - 2) in _FOUGHT:
        return False
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
    if last - first > REACH or _in_another_clause(sentence, hit, met):
        return False
    where = any(word(sentence.scan, at) == "where" for at in range(first, last))  # "to Bern, where they will meet"
    return where or not any(_breaks(sentence, first, last))


def _in_another_clause(sentence: Sentence, hit: TermHit, met: TermHit) -> bool:
    """Whether a place stands in a clause before that of the meeting: "shells fall in Kyiv as talks go on"."""
    scan = sentence.scan
    if hit.first > met.first or word(scan, hit.first - 2) in _GOING or word(scan, hit.first - 1) in _GOING:
        return False
    return any(word(scan, at) in _NEW_CLAUSE for at in range(hit.last + 1, met.first))


def _breaks(sentence: Sentence, first: int, last: int) -> Iterator[bool]:
    tables: tuple[Table, ...] = ("person", "role", "adjective", "country")
    names = [hit for table in tables for hit in sentence.hits(table)]
    starts, meetings = {hit.first for hit in names}, {hit.last for hit in sentence.hits("meeting")}
    for at in range(first + 1, last + 1):  # "to meet Modi, Xi in Oslo"
        named = sentence.scan.tokens[at - 1].capital and at - 1 not in meetings
        listed = at in starts and named and between(sentence.scan, at) == ", "
        yield clause_breaks(sentence.scan, at) and not listed


def one_place(first: Place, second: Place) -> bool:
    if first.city and second.city:
        return first.name == second.name
    return first.country == second.country
