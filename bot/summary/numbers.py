"""Which figures a text states, so that a written sentence can be held against what it rests on. Pure.

A figure is its value with what scales it (5 billion, 5bn) and whether it is in percent. Written-out numbers count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from unicodedata import normalize

_SCALES = {
    "k": 3, "thousand": 3, "m": 6, "mn": 6, "mln": 6, "mio": 6, "million": 6, "millions": 6,
    "b": 9, "bn": 9, "bln": 9, "mrd": 9, "billion": 9, "billions": 9, "tn": 12, "trillion": 12, "trillions": 12,
}  # fmt: skip
_UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS = {word: value for value, word in enumerate(_UNITS)} | {
    word: 10 * number for number, word in enumerate(_TENS, 2)
}
_WORDS |= {f"{ten}-{unit}": _WORDS[ten] + _WORDS[unit] for ten in _TENS for unit in _UNITS[1:10]}
_WORDS |= {"dozen": 12, "hundred": 100}
_WORDS |= {  # alone: "a trillion dollars", "millions of jobs"
    f"{word}{plural}": 10**power
    for word, power in (("thousand", 3), ("million", 6), ("billion", 9), ("trillion", 12))
    for plural in ("", "s")
}
_WORDS |= {"dozens": 12, "hundreds": 100}

_WRITTEN = "|".join(sorted(_WORDS, key=len, reverse=True))
_AFTER = rf"(?:\s?-?(?P<scale>{'|'.join(sorted(_SCALES, key=len, reverse=True))})\b)?"
_PERCENT = r"(?P<percent>\s?-?(?:%|percent\b|per cent\b|pct\b|prozent\b|percentage point))?"
_FIGURE = re.compile(rf"(?:(?P<digits>\d+(?:[.,]\d+)*)|\b(?P<word>{_WRITTEN})\b){_AFTER}{_PERCENT}")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Figure:
    value: Decimal
    percent: bool


def are_supported(sentence: str, sources: Iterable[str]) -> bool:
    """Whether every figure of `sentence` stands in one of `sources`.

    "One" is no figure (one of them); percent has to be percent there too, while "145 to 30 percent" rests on 145%.
    """
    known = {figure for source in sources for figure in _figures(source, any_country=True)}
    values = {figure.value for figure in known}
    stated = (figure for figure in _figures(sentence) if figure != Figure(Decimal(1), percent=False))
    return all(figure in known if figure.percent else figure.value in values for figure in stated)


def _figures(text: str, *, any_country: bool = False) -> Iterable[Figure]:
    """`any_country`: a point may part thousands and a comma decimals; then a figure is each of what it may be."""
    for match in _FIGURE.finditer(normalize("NFKC", text).casefold()):
        scale = Decimal(10) ** _SCALES[match["scale"]] if match["scale"] else Decimal(1)
        values = _readings(match["digits"], any_country) if match["digits"] else [Decimal(_WORDS[match["word"]])]
        for value in values:
            yield Figure(value * scale, percent=match["percent"] is not None)


def _readings(digits: str, any_country: bool) -> list[Decimal]:
    readings = [_english(digits)]
    if any_country:
        readings.append(_english(digits.translate(str.maketrans(".,", ",."))))
    return [value for reading in readings for value in reading]


def _english(digits: str) -> list[Decimal]:
    """39,872.12 is one figure; what is none, such as 2025.05.07 or 3,4, is each of its parts."""
    if _THOUSANDS.fullmatch(digits):
        return [Decimal(digits.replace(",", ""))]
    if "," not in digits and digits.count(".") <= 1:
        return [Decimal(digits)]
    return [Decimal(part) for part in re.split("[.,]", digits)]
