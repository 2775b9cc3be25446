"""Words and their places: the one reading of a text that terms, facts and sentences share.

A run of Latin, Cyrillic or other letters is one token; a Chinese or Japanese character is a token of its own,
so that a term in those scripts matches anywhere, without a word segmenter. Signs that carry meaning here
(%, $, ?) are tokens too; all other punctuation lies between tokens.
"""

from __future__ import annotations

import itertools
import re
from typing import NamedTuple

_CJK = r"\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
_LETTER = rf"[^\W\d_{_CJK}]"
_TOKEN = re.compile(
    rf"""
      (?P<initials> (?<!\w) [A-Za-z]\.(?:\ ?[A-Za-z]\.)+ )       # U.S., U. S., D.C.
    | (?P<number>   \d+(?:[.,]\d+)* )
    | (?P<cjk>      [{_CJK}] )
    | (?P<word>     {_LETTER}+(?:['’&]{_LETTER}+)* )             # won't, O'Neill, China's, S&P
    | (?P<sign>     [%％$€£¥?？] )
    """,
    re.VERBOSE,
)
_MAX_DIGITS = 15
_SIGNS = {"％": "%", "？": "?"}


class Token(NamedTuple):
    """`text[start:end]`; a possessive ending is not part of it."""

    start: int
    end: int
    text: str  # as written, with initials joined: "US" for "U. S."
    word: str  # casefolded
    number: bool = False
    possessive: bool = False

    @property
    def capital(self) -> bool:
        return self.text[:1].isupper()


def tokenise(text: str, limit: int | None = None) -> list[Token]:
    """The first `limit` tokens of `text`, in order; linear in its length."""
    tokens = []
    for match in itertools.islice(_TOKEN.finditer(text), limit):
        start, end = match.span()
        raw = match.group()
        match match.lastgroup:
            case "word":
                tokens.append(_word(raw, start, end))
            case "number":
                tokens.append(Token(start, end, raw, raw, number=True))
            case "initials":
                letters = raw.replace(".", "").replace(" ", "").upper()
                tokens.append(Token(start, end, letters, letters.casefold()))
            case _:
                tokens.append(Token(start, end, raw, _SIGNS.get(raw, raw)))
    return tokens


def _word(raw: str, start: int, end: int) -> Token:
    possessive = len(raw) > 2 and raw[-2] in "'’" and raw[-1] in "sS"
    if possessive:
        raw, end = raw[:-2], end - 2
    return Token(start, end, raw, raw.casefold().replace("’", "'"), possessive=possessive)


def number_value(token: Token) -> float | None:
    """The value of a number token; None where its separators make no number, or it is absurdly long.

    With both separators the last is the decimal sign ("1.234,5" and "1,234.5"). A lone comma separates
    thousands where three digits follow ("1,500"), else it is the decimal sign of German and Spanish ("0,7").
    """
    digits = token.word
    if len(digits) > _MAX_DIGITS:
        return None
    if "," in digits and "." in digits:
        thousands = "." if digits.rfind(",") > digits.rfind(".") else ","
        digits = digits.replace(thousands, "")
    elif "," in digits and all(len(group) == 3 for group in digits.split(",")[1:]):
        digits = digits.replace(",", "")
    try:
        return float(digits.replace(",", "."))
    except ValueError:
        return None


def is_cjk(word: str) -> bool:
    """True for a single Chinese or Japanese character."""
    return len(word) == 1 and re.match(f"[{_CJK}]", word) is not None


def word_set(text: str) -> frozenset[str]:
    """The words of `text`, as the rules keep their closed lists."""
    return frozenset(text.split())
