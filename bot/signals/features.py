"""From the terms in a text to weighted evidence for a topic.

A group of terms speaks once for an item: at its best place. The title counts in full; a body counts by its lead,
and beyond that only by the share of it that speaks of the topic, so a trade paragraph deep inside a story about
something else does not make it trade. What speaks against a topic ("opinion", "explained") counts in title and
summary only: there it says what the text is, in a body it is just a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.model import Fact, Move, TextField
from bot.signals.document import LEAD, Document, Part
from bot.signals.lexicon import NOT_AN_INSTRUMENT, Lexicon, Table, TermHit

NEAR = 10  # tokens within which a group finds what it `needs`
NEGATION_WINDOW = 3  # tokens before a term in which a negation turns it
BLOCK = 600  # characters of a body that are counted as one place where a topic stands
SMALL_MOVE = 1.0  # percent: a commodity that moves less is no news
BIG_MOVE = 2.0  # percent: a broad move of this size is urgent

TopicTable = Literal["trade", "market", "urgent", "direction"]

_NEEDED: dict[str, tuple[Table, ...]] = {
    "country": ("country", "government", "adjective", "person"),
    "instrument": ("instrument",),
    "company": ("company",),
    "up": ("up",),
    "down": ("down",),
}


@dataclass(frozen=True, slots=True)
class Vote:
    """A group that spoke: where, how strongly, and for what (a kind or a direction, where it has one)."""

    group: str
    value: str
    weight: float  # of the group, times what its place counts
    field: TextField
    start: int
    end: int
    negated: bool = False


def votes(document: Document, lexicon: Lexicon, table: TopicTable) -> list[Vote]:
    """What each group of `table` says about the item, the strongest first."""
    best: dict[str, Vote] = {}
    for part in document.parts:
        for vote in _part_votes(part, lexicon, table):
            known = best.get(vote.group)
            if known is None or abs(vote.weight) > abs(known.weight):
                best[vote.group] = vote
    return sorted(best.values(), key=lambda vote: -abs(vote.weight))


def _part_votes(part: Part, lexicon: Lexicon, table: TopicTable) -> Iterator[Vote]:
    hits = part.scan.of(table)
    if not hits:
        return
    deep = lexicon.factors.body * coverage(part, hits)
    for hit in hits:
        term = hit.payload
        if term.needs is not None and not _near(part, hit, _NEEDED[term.needs]):
            continue
        start, end = part.scan.quote(hit.first, hit.last)
        factor = _factor(part.field, start, lexicon, deep)
        if part.field == "body" and (term.weight < 0 or term.value == "neutral"):
            continue
        negated = _negated(part, hit)
        yield Vote(term.group, term.value, term.weight * factor, part.field, start, end, negated)


def coverage(part: Part, hits: Iterable[TermHit]) -> float:
    """The share of the text, in blocks, that holds a term speaking for the topic."""
    if part.field != "body":
        return 1.0
    blocks = {part.scan.tokens[hit.first].start // BLOCK for hit in hits if hit.payload.weight > 0}
    return len(blocks) / (len(part.scan.text) // BLOCK + 1)


def _factor(field: TextField, start: int, lexicon: Lexicon, deep: float) -> float:
    factors = lexicon.factors
    match field:
        case "title":
            return factors.title
        case "summary":
            return factors.summary
        case "body":
            return factors.lead if start < LEAD else deep


def _near(part: Part, hit: TermHit, tables: tuple[Table, ...]) -> bool:
    return any(
        other.payload.value != NOT_AN_INSTRUMENT
        for table in tables
        for other in part.scan.within(table, hit.first - NEAR, hit.last + NEAR + 1)
    )


def _negated(part: Part, hit: TermHit) -> bool:
    return bool(part.scan.within("negation", hit.first - NEGATION_WINDOW, hit.first))


def log_odds(found: Sequence[Vote], body_limit: float) -> float:
    """The sum of the votes, of which the body as a whole adds at most `body_limit`."""
    shown = sum(vote.weight for vote in found if vote.field != "body")
    return shown + min(body_limit, sum(vote.weight for vote in found if vote.field == "body"))


def move_signals(facts: Iterable[Fact], lexicon: Lexicon) -> dict[str, Move]:
    """The signals that stated market moves give, each with the first move that gave it."""
    signals: dict[str, Move] = {}
    for fact in facts:
        if not isinstance(fact, Move):
            continue
        asset = lexicon.asset_classes.get(fact.instrument.removesuffix(" futures"), "index")
        signals.setdefault(f"{asset}-move", fact)
        signals.setdefault("move", fact)
        if fact.size is not None:
            signals.setdefault("sized-move", fact)
        if fact.unit == "percent" and fact.size is not None:
            if fact.size >= BIG_MOVE:
                signals.setdefault("big-move", fact)
            elif fact.size < SMALL_MOVE and asset == "commodity":
                signals.setdefault("small-move", fact)
    return signals
