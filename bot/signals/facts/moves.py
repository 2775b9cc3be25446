"""Market moves: which instrument, up or down, by how much.

Built for precision: between the instrument and its verb only words are allowed that cannot change the subject
("Dow futures were up", "gold prices for December rose"). "Oil demand fell" and "stocks could rise" are no moves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from bot.model import Move
from bot.signals.document import Document, Part, Sentence
from bot.signals.facts.clauses import between, clause_breaks, joins, number_at, percent_length, word
from bot.signals.lexicon import NOT_AN_INSTRUMENT, Scan, TermHit
from bot.signals.tokens import word_set

Unit = Literal["percent", "points", "usd"]
Size = tuple[float, Unit]

MAX_REACH = 7  # tokens between an instrument and its verb

# Words that may stand between an instrument and its verb without changing what moves.
_FILLERS = word_set(
    "a also and all are average be been broadly closed close closes closing composite contract contracts day "
    "delivery each early end ended ending ends finish finished finishes for futures had has have in index indexes "
    "indices industrial industrials is it just late later main market markets now open opened opens price prices "
    "settle settled settles session sharply slightly spot still the then thursday friday monday tuesday wednesday "
    "today tokyo trade traded trades trading was were which yesterday both modestly broader tech heavy benchmark "
    "jan feb mar apr jun jul aug sep sept oct nov dec december february april june august october"
)
_LINKS = word_set(
    "be is are was were been close closed closes closing end ended ends ending finish finished finishes open "
    "opened opens settle settled settles trade traded trades trading stand stood edge"
)
_AROUND = word_set(
    "about almost approximately around as at by another further least less more much nearly over roughly some "
    "than up to just a"
)
_NOT_A_SIZE = frozenset({"to", "at", "from", "above", "below", "near"})
# What shows that a word of rise or fall was a noun: "stocks rally fades", "oil up for grabs".
_BLOCKED_AFTER = word_set(
    "fades fade pauses pause stalls stall continues cools ends halts fizzles loses hopes fears risk risks could "
    "may might would limit limited despite"
)
_STATED_SIDE = frozenset({"up", "down", "higher", "lower"})
_NOT_A_SUBJECT = word_set("for of on in per against into if unless should buy sell")
_BARE = frozenset({"stocks", "stock futures"})
_BEFORE_BARE = word_set("as and while but after when with sending sends send us the how lifts lift")


def find_moves(document: Document) -> Iterator[Move]:
    """The stated moves; those without a size only from title and summary, where they are the news."""
    if document.language != "en":
        return
    for part, sentence in document.sentences():
        for move in _sentence_moves(part, sentence):
            if move.size is not None or part.field != "body":
                yield move


def _sentence_moves(part: Part, sentence: Sentence) -> Iterator[Move]:
    scan = part.scan
    instruments = [hit for hit in sentence.hits("instrument") if _is_subject(scan, sentence, hit)]
    sides = {hit.first: hit for hit in (*sentence.hits("up"), *sentence.hits("down"))}
    if not sides:
        return
    for number, hit in enumerate(instruments):
        name, last = _named(scan, hit)
        listed = _listed_after(scan, instruments, number)
        side = _side_of(scan, sentence, sides, listed.last if listed else last)
        if side is None or word(scan, side.last + 1) in _BLOCKED_AFTER:
            continue
        direction: Literal["up", "down"] = "up" if side.payload.table == "up" else "down"
        alone = listed is None and not (number and joins(scan.tokens, instruments[number - 1], hit))
        sizes = _sizes(scan, sentence, side, after=last) if alone or _each(scan, side) else []
        end = side.last
        for size, unit, end in sizes:
            yield Move(
                instrument=name,
                direction=direction,
                size=size,
                unit=unit,
                span=part.span(hit.first, max(end, side.last)),
            )
        if not sizes:
            yield Move(instrument=name, direction=direction, span=part.span(hit.first, end))


def _is_subject(scan: Scan, sentence: Sentence, hit: TermHit) -> bool:
    """Whether an instrument can be what moves: not another name, and no bare "stocks" of somebody's."""
    if hit.payload.value == NOT_AN_INSTRUMENT:
        return False
    previous = word(scan, hit.first - 1) if hit.first > sentence.first else ""
    if hit.payload.value in _BARE and previous and not clause_breaks(scan, hit.first):
        return previous in _BEFORE_BARE
    return previous not in _NOT_A_SUBJECT and not scan.tokens[hit.last].possessive


def _named(scan: Scan, hit: TermHit) -> tuple[str, int]:
    """The instrument's name and last token, with "futures" where it is said."""
    name, last = hit.payload.value, hit.last
    if word(scan, last + 1) == "futures" and not name.endswith("futures"):
        return f"{name} futures", last + 1
    return name, last


def _listed_after(scan: Scan, instruments: list[TermHit], number: int) -> TermHit | None:
    """The last of the instruments listed with this one: "gold, silver and platinum fell"."""
    listed = None
    for first, second in zip(instruments[number:], instruments[number + 1 :], strict=False):
        if not joins(scan.tokens, first, second):
            break
        listed = second
    return listed


def _side_of(scan: Scan, sentence: Sentence, sides: dict[int, TermHit], last: int) -> TermHit | None:
    """The word of rise or fall that belongs to the instrument that ends at token `last`."""
    stop = min(last + 1 + MAX_REACH, sentence.stop)
    at = last + 1
    while at < stop:
        side = sides.get(at)
        if side is not None:
            return side
        if at > last + 1 and clause_breaks(scan, at) and "," not in between(scan, at):
            return None
        if number_at(scan, at) is not None:
            length = _unit_at(scan, at + 1)[1]
            if not length or not _linked(scan, last, at):
                return None
            at += 1 + length
            continue
        if word(scan, at) not in _FILLERS and not word(scan, at).endswith("ly") and word(scan, at) != "$":
            return None
        at += 1
    return None


def _linked(scan: Scan, last: int, at: int) -> bool:
    """Whether a verb such as "were" or "closed" links the instrument to a size: "were 1% higher"."""
    return any(word(scan, place) in _LINKS for place in range(last + 1, at))


def _each(scan: Scan, side: TermHit) -> bool:
    return word(scan, side.first - 1) in {"each", "both"} or word(scan, side.last + 1) == "each"


def _sizes(scan: Scan, sentence: Sentence, side: TermHit, *, after: int) -> list[tuple[float, Unit, int]]:
    """The sizes of the move and where each ends: "up 270 points, or 0.7%", "1% higher"."""
    if side.payload.value and word(scan, side.first) in _STATED_SIDE:
        before = _size_before(scan, side.first, after)
        if before is not None:
            return [before]
    sizes = []
    at = side.last + 1
    for _ in range(2):
        found = _size_at(scan, at, sentence.stop)
        if found is None:
            break
        sizes.append(found)
        at = found[2] + 1
        joined = word(scan, at) == "or" or "(" in between(scan, at) if at < sentence.stop else False
        if not joined:
            break
        at += word(scan, at) == "or"
    return sizes


def _size_before(scan: Scan, side: int, after: int) -> tuple[float, Unit, int] | None:
    for at in (side - 2, side - 3):
        value = number_at(scan, at) if at > after else None
        if value is not None:
            unit, length = _unit_at(scan, at + 1)
            if unit and at + 1 + length == side:
                return value, unit, side
    return None


def _size_at(scan: Scan, at: int, stop: int) -> tuple[float, Unit, int] | None:
    """A size that begins at token `at`, after words such as "more than"."""
    for _ in range(4):
        if at >= stop or word(scan, at) in _NOT_A_SIZE - {"to"} or (word(scan, at) == "to" and _level(scan, at)):
            return None
        if word(scan, at) not in _AROUND:
            break
        at += 1
    if word(scan, at) == "$":
        value = number_at(scan, at + 1)
        return None if value is None or _is_scale(scan, at + 2) else (value, "usd", at + 1)
    value = number_at(scan, at)
    if value is None:
        return None
    unit, length = _unit_at(scan, at + 1)
    return (value, unit, at + length) if unit else None


def _level(scan: Scan, at: int) -> bool:
    """Whether "to" at `at` leads to a level ("rose to 5,000"), not to "as much as", "up to"."""
    return word(scan, at - 1) != "up"


def _is_scale(scan: Scan, at: int) -> bool:
    return word(scan, at) in {"billion", "million", "trillion", "bn", "b"}


def _unit_at(scan: Scan, at: int) -> tuple[Unit | None, int]:
    """The unit that begins at `at`, and how many tokens it has."""
    length = percent_length(scan, at)
    if length:
        return "percent", length
    if word(scan, at) in {"points", "pts", "point"} and word(scan, at - 1) != "basis":
        return "points", 1
    if word(scan, at) in {"dollars", "dollar"}:
        return "usd", 1
    return None, 0
