"""Words and their places: the one reading of a text that terms, facts and sentences share.

A run of Latin, Cyrillic or other letters is one token; a Chinese or Japanese character is a token of its own,
so that a term in those scripts matches anywhere, without a word segmenter. Signs that carry meaning here
(%, $, ?) are tokens too; all other punctuation lies between tokens.
"""

from __future__ import annotations

import itertools
import re
from functools import lru_cache
from typing import NamedTuple

_CJK = r"\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
_LETTER = rf"[^\W\d_{_CJK}]"
_TOKEN = re.compile(
    rf"""
      [A-Za-z]\.(?<!\w[A-Za-z]\.)(?:\ ?[A-Za-z]\.)+     # U.S., U. S., D.C.
    | {_LETTER}+(?:['’&]{_LETTER}+)*                     # won't, O'Neill, China's, S&P
    | \d+(?:[.,]\d+)*
    | [{_CJK}]
    | [%％$€£¥?？]
    """,
    re.VERBOSE,
)
_MAX_DIGITS = 15
_ENDING = 2  # characters of a possessive
_REMEMBERED_LENGTH = 32  # characters: what is longer is no word
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
    make = tuple.__new__  # called for every word: a NamedTuple's own takes three times as long
    for match in itertools.islice(_TOKEN.finditer(text), limit):
        start, end = match.span()
        form = _form if end - start <= _REMEMBERED_LENGTH else _form.__wrapped__
        written, word, number, possessive = form(match[0])
        last = end - _ENDING if possessive else end
        tokens.append(make(Token, (start, last, written, word, number, possessive)))
    return tokens


@lru_cache(maxsize=16_384)  # news repeats its words
def _form(raw: str) -> tuple[str, str, bool, bool]:
    """What all tokens that are written as `raw` have in common: the fields of `Token` after its place."""
    if raw[0].isdecimal():
        return raw, raw, True, False
    if "." in raw:
        initials = raw.replace(".", "").replace(" ", "").upper()
        return initials, initials.casefold(), False, False
    possessive = len(raw) > _ENDING and raw[-2] in "'’" and raw[-1] in "sS"
    text = raw[:-_ENDING] if possessive else raw
    return text, _SIGNS.get(text) or text.casefold().replace("’", "'"), False, possessive


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
