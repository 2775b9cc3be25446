"""The size of a market move: "3%", "270 points, or 0.7%", "$12", "1% higher"."""

from __future__ import annotations

from typing import Literal

from bot.signals.facts.clauses import between, number_from, percent_length, word
from bot.signals.lexicon import Scan
from bot.signals.tokens import word_set

Unit = Literal["percent", "points", "usd"]

MAX_SIZE = 4  # tokens of a size: "1, 020 points"
MAX_AROUND = 4  # words such as "by more than" before a size

_AROUND = word_set(
    "about almost approximately around as at by another further least less more much nearly over roughly some "
    "than up to just a above modest whopping only"
)
_LEVELS = word_set("at from above below near past under towards toward")
OTHER_UNITS = word_set("paise paisa cents cent bps bp basis pips ticks pence yen won")
_SCALES = word_set("billion million trillion bn b m tn")


def sizes_after(scan: Scan, at: int, stop: int) -> list[tuple[float, Unit, int]]:
    """The sizes that begin at token `at`, at most two, and the last token of each."""
    sizes = []
    at += word(scan, at) in {"down", "up"} and word(scan, at + 1) == "by"  # "falls down by 90 points"
    for _ in range(2):
        found = _size_at(scan, at, stop)
        if found is None:
            break
        sizes.append(found)
        at = found[2] + 1
        joined = at < stop and (word(scan, at) == "or" or "(" in between(scan, at))
        if not joined:
            break
        at += word(scan, at) == "or"
    return sizes


def size_before(scan: Scan, side: int, after: int) -> tuple[float, Unit, int] | None:
    """The size right before the word of rise or fall at token `side`, behind token `after`: "1% higher"."""
    for at in range(max(after + 1, side - MAX_SIZE), side - 1):
        number = number_from(scan, at)
        if number is not None:
            unit, length = unit_at(scan, number[1] + 1)
            if unit and number[1] + 1 + length == side:
                return number[0], unit, side
    return None


def told_size(scan: Scan, first: int, last: int) -> tuple[float, Unit] | None:
    """The size that stands before the noun at token `last`: "ends the year with 4% gains", "posts 300-point drop"."""
    for at in range(first, last):
        number = number_from(scan, at)
        unit, length = unit_at(scan, number[1] + 1) if number is not None else (None, 0)
        if number is not None and unit and last - 1 <= number[1] + length + 1 <= last:
            return number[0], unit
    return None


def _size_at(scan: Scan, at: int, stop: int) -> tuple[float, Unit, int] | None:
    """A size that begins at token `at`, after words such as "more than"; None for a level: "to $100"."""
    for _ in range(MAX_AROUND):
        here = word(scan, at)
        if at >= stop or (here in _LEVELS and word(scan, at + 1) not in {"least", "over"}) or _is_level(scan, at):
            return None
        if here not in _AROUND:
            break
        at += 1
    dollars = word(scan, at) == "$" or (word(scan, at) == "usd" and at + 1 < stop)
    number = number_from(scan, at + dollars)
    if number is None:
        return None
    value, last = number
    if dollars:
        return None if word(scan, last + 1) in _SCALES else (value, "usd", last)
    unit, length = unit_at(scan, last + 1)
    return (value, unit, last + length) if unit else None


def _is_level(scan: Scan, at: int) -> bool:
    """Whether "to" at `at` leads to a level ("rose to 5,000"), not to "as much as", "up to"."""
    return word(scan, at) == "to" and word(scan, at - 1) != "up"


def unit_at(scan: Scan, at: int) -> tuple[Unit | None, int]:
    """The unit that begins at `at`, and how many tokens it has."""
    length = percent_length(scan, at)
    if length:
        return "percent", length
    if word(scan, at) in {"points", "pts", "point"} and word(scan, at - 1) != "basis":
        return "points", 1
    if word(scan, at) in {"dollars", "dollar"}:
        return "usd", 1
    return None, 0
