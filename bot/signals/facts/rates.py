"""Rates in percent: of a tariff, interest, inflation, growth, unemployment.

A percentage belongs to the nearest word that has rates. Where that is a word such as prices, shares or sales, it
is no rate; nor are percentage points, and changes "by" so much of anything but a tariff.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from bot.model import Rate
from bot.signals.document import Document, Part, Sentence
from bot.signals.english import VERBS
from bot.signals.facts.clauses import clause_breaks, number_from, percent_length, word
from bot.signals.lexicon import Scan, TermHit
from bot.signals.tokens import word_set

RateOf = Literal["tariff", "interest", "inflation", "growth", "unemployment", "other"]

AHEAD = 5  # tokens after a percentage in which its word may stand: "25% retaliatory import tariffs"
BEHIND = 9  # tokens before it: "tariffs on most Chinese goods to 145%"
CHARACTERS = 2  # in Chinese and Japanese a token is a character, so look this many times as far
STATE_REACH = 2  # tokens before a bare "growth" in which its country stands: "U.S. 2020 growth"
MAX_RATE = 1_000.0  # percent: beyond it stands a typing error or a joke

_STOPS = word_set(
    "as after amid on by because and but while ahead despite from in with when if unless than versus vs"
)
_BEHIND_STOPS = word_set("as after amid but while despite since before")
_NO_BREAK = word_set("which month year week day quarter")  # "25 - month low 4.25%"
_TAXED = word_set("imports exports")  # "tariffs on steel imports to 50%"
_OF_ECONOMY = word_set("gdp economy economic imf oecd fed recession quarter fiscal fy")
_OF_COMPANIES = word_set(
    "sales profit profits revenue revenues earnings shares stock stocks users export exports import imports loan "
    "credit wage wages company companies firm firms store income volume volumes traffic order orders cloud pay "
    "maker makers giant group unit business ceo inc corp industry sector market demand bank retailer airline"
)
_CHANGE_NOUNS = word_set("increase hike cut reduction drop share stake")
_CHANGES = word_set("by additional extra further another")
_GREW = word_set(
    "grew grow grows growing expanded expand expands rose rises rise up climbs climbed jumps jumped accelerates "
    "accelerated slows slowed growth advances advanced"
)
_SHRANK = word_set(
    "shrank shrinks shrink shrinking contracts contracted contract falls fell fall falling declines declined "
    "drops dropped down"
)
_LEVELS = word_set(
    "at of to around about near nearly over above below under forecast target view estimate projection"
)


_PERCENT = re.compile(r"[%％]|\d\s?(?:p(?:er\s?cent|ct|c\b|or ciento)|prozent)", re.IGNORECASE)


def find_rates(document: Document) -> Iterator[Rate]:
    scale = CHARACTERS if document.language in ("zh", "ja") else 1
    for part, sentence in document.sentences():
        heads = [hit for hit in sentence.hits("rate") if not _is_private_growth(sentence, hit)]
        if heads and _PERCENT.search(sentence.text):
            yield from _sentence_rates(part, sentence, heads, scale)


def _is_private_growth(sentence: Sentence, hit: TermHit) -> bool:
    """Whether a bare "growth" may be a company's: no country or economy is named, or what companies count is."""
    if hit.first != hit.last or word(sentence.scan, hit.first) != "growth":
        return False
    words = {token.word for token in sentence.tokens}
    states = (*sentence.hits("country"), *sentence.hits("adjective"), *sentence.hits("government"))
    named = any(_owns_growth(sentence, state, hit) for state in states)
    return bool(words & _OF_COMPANIES) or not (named or words & _OF_ECONOMY)


def _owns_growth(sentence: Sentence, state: TermHit, growth: TermHit) -> bool:
    """Whether the growth is a country's: it opens the sentence, or stands by it: "pares India growth view"."""
    opens = state.first == sentence.first and not sentence.scan.tokens[state.last].possessive
    return opens or growth.first - STATE_REACH <= state.last < growth.first


def _sentence_rates(part: Part, sentence: Sentence, heads: list[TermHit], scale: int) -> Iterator[Rate]:
    scan = part.scan
    at = sentence.first
    while at < sentence.stop:
        number = number_from(scan, at)
        if number is None:
            at += 1
            continue
        value, last = number
        length = _percent_after(scan, last)
        if length and value <= MAX_RATE:
            head = _head_of(scan, sentence, heads, at, last + length, scale)
            if head is not None and head.payload.value != "none" and _is_level(scan, head, at, last + length):
                of: RateOf = head.payload.value  # type: ignore[assignment]
                for said in _both_ends(scan, value, last, length):
                    yield Rate(value=said, of=of, span=part.span(at, last + length))
        at = last + 1


def _both_ends(scan: Scan, value: float, last: int, length: int) -> list[float]:
    """The rates of a percentage: two where it is a range, "6-6.5%"."""
    places = range(last + 1, last + length)
    second = next((found for at in places if (found := number_from(scan, at)) is not None), None)
    return [value] if second is None or second[0] > MAX_RATE else [value, second[0]]


def _percent_after(scan: Scan, at: int) -> int:
    """How many tokens after number `at` make it a percentage; through the second number of "10-25%" too."""
    length = percent_length(scan, at + 1)
    if length:
        return length
    joined = scan.text[scan.tokens[at].end : scan.tokens[at + 1].start] if at + 1 < len(scan.tokens) else ""
    to = word(scan, at + 1) == "to"
    second = number_from(scan, at + 2 if to else at + 1)
    if (joined.strip() in {"-", "–"} or to) and second is not None:
        length = percent_length(scan, second[1] + 1)
        return second[1] - at + length if length else 0
    return 0


def _head_of(
    scan: Scan, sentence: Sentence, heads: list[TermHit], first: int, last: int, scale: int
) -> TermHit | None:
    """The word the percentage at `first` to `last` is a rate of: close behind it, else before it."""
    if word(scan, first - 1) == "from" and word(scan, last + 1) == "to":  # what the rate was: "from 25% to 30%"
        return None
    starts = {head.first: head for head in heads}
    for at in range(last + 1, min(last + 1 + AHEAD * scale, sentence.stop)):
        here = word(scan, at)
        if here == "of":  # "145% of imports" is a share
            return None
        if at in starts:
            return starts[at]
        if here == "rate":
            return _only_tariffs(heads) or _head_before(scan, sentence, heads, first, scale)
        if here in _STOPS or here in VERBS or clause_breaks(scan, at):
            break
    return _head_before(scan, sentence, heads, first, scale)


def _head_before(scan: Scan, sentence: Sentence, heads: list[TermHit], first: int, scale: int) -> TermHit | None:
    ends = {head.last: head for head in heads}
    for at in range(first - 1, max(first - 1 - BEHIND * scale, sentence.first - 1), -1):
        if at in ends and not (word(scan, at) in _TAXED and word(scan, first - 1) in {"to", "at"}):
            return ends[at]
        breaks = clause_breaks(scan, at + 1) and word(scan, at + 1) not in _NO_BREAK
        if word(scan, at) in _BEHIND_STOPS or breaks:
            return None
    return None


def _only_tariffs(heads: list[TermHit]) -> TermHit | None:
    """The tariff of which "a 104% rate on China" speaks, where the sentence names no other kind of rate."""
    named = [head for head in heads if head.payload.value != "none"]
    return named[0] if named and all(head.payload.value == "tariff" for head in named) else None


def _is_level(scan: Scan, head: TermHit, at: int, last: int) -> bool:
    """Whether the percentage at tokens `at` to `last` is the rate itself and not a change of it."""
    before = word(scan, at - 1)
    if head.payload.value == "tariff":
        return word(scan, last + 1) not in _CHANGE_NOUNS
    if head.payload.value == "growth":
        between = {word(scan, place) for place in range(head.first, at)}
        if between & _SHRANK:
            return False
        return head.first > at or before in _LEVELS or bool(between & _GREW) or "rate" in between
    return before not in _CHANGES
