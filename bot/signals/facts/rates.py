"""Rates in percent: of a tariff, interest, inflation, growth, unemployment.

A percentage belongs to the nearest word that has rates. Where that is a word such as prices, shares or sales, it
is no rate; nor are percentage points, and changes "by" so much of anything but a tariff.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from bot.model import Rate
from bot.signals.document import Document, Part, Sentence
from bot.signals.facts.clauses import clause_breaks, number_at, percent_length, word
from bot.signals.lexicon import Scan, TermHit
from bot.signals.tokens import word_set

RateOf = Literal["tariff", "interest", "inflation", "growth", "unemployment", "other"]

AHEAD = 5  # tokens after a percentage in which its word may stand: "25% retaliatory import tariffs"
BEHIND = 9  # tokens before it: "tariffs on most Chinese goods to 145%"
CHARACTERS = 2  # in Chinese and Japanese a token is a character, so look this many times as far
MAX_RATE = 1_000.0  # percent: beyond it stands a typing error or a joke

_STOPS = word_set("as after amid on by because and but while ahead despite from in with when if unless than versus")
_CHANGES = word_set("by additional extra further")
_GREW = word_set("grew grow grows growing expanded expand expands shrank shrinks contracted rose fell growth")


def find_rates(document: Document) -> Iterator[Rate]:
    scale = CHARACTERS if document.language in ("zh", "ja") else 1
    for part, sentence in document.sentences():
        heads = sentence.hits("rate")
        if heads:
            yield from _sentence_rates(part, sentence, heads, scale)


def _sentence_rates(part: Part, sentence: Sentence, heads: list[TermHit], scale: int) -> Iterator[Rate]:
    scan = part.scan
    for at in range(sentence.first, sentence.stop):
        value = number_at(scan, at)
        length = _percent_after(scan, at) if value is not None else 0
        if value is None or not length or value > MAX_RATE:
            continue
        head = _head_of(scan, sentence, heads, at, at + length, scale)
        if head is None or head.payload.value == "none" or not _is_level(scan, head, at):
            continue
        of: RateOf = head.payload.value  # type: ignore[assignment]
        yield Rate(value=value, of=of, span=part.span(at, at + length))


def _percent_after(scan: Scan, at: int) -> int:
    """How many tokens after number `at` make it a percentage; through the second number of "10-25%" too."""
    length = percent_length(scan, at + 1)
    if length:
        return length
    joined = scan.text[scan.tokens[at].end : scan.tokens[at + 1].start] if at + 1 < len(scan.tokens) else ""
    to = word(scan, at + 1) == "to"
    second = at + 2 if to else at + 1
    if (joined.strip() in {"-", "–"} or to) and number_at(scan, second) is not None:
        length = percent_length(scan, second + 1)
        return second - at + length if length else 0
    return 0


def _head_of(
    scan: Scan, sentence: Sentence, heads: list[TermHit], first: int, last: int, scale: int
) -> TermHit | None:
    """The word the percentage at `first` to `last` is a rate of: close behind it, else before it."""
    starts = {head.first: head for head in heads}
    for at in range(last + 1, min(last + 1 + AHEAD * scale, sentence.stop)):
        if word(scan, at) in _STOPS or clause_breaks(scan, at):
            break
        if word(scan, at) == "of":  # "145% of imports" is a share; "25% of tariffs" as well
            return None
        if at in starts:
            return starts[at]
    ends = {head.last: head for head in heads}
    for at in range(first - 1, max(first - 1 - BEHIND * scale, sentence.first - 1), -1):
        if at in ends:
            return ends[at]
        if clause_breaks(scan, at + 1) or word(scan, at) in {"as", "after", "amid", "but", "while"}:
            return None
    return None


def _is_level(scan: Scan, head: TermHit, at: int) -> bool:
    """Whether the percentage is the rate itself and not a change of it."""
    if head.payload.value == "tariff":
        return True
    before = word(scan, at - 1)
    if head.payload.value == "growth":
        near = {word(scan, place) for place in range(head.first, min(at + 4, len(scan.tokens)))}
        return bool(near & _GREW) or "rate" in near or head.first > at or before in {"at", "of"}
    return before not in _CHANGES
