"""The words and numbers of a headline as they are compared: without case, accents and the commonest of them."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise
from zlib import crc32

from bot.signals.tokens import word_set
from bot.stories.fingerprint import bare_title

SIZE = 1 << 16  # of the tables by word; a word's place is its number modulo this

_IDEOGRAPH = r"\u3005\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_LETTER = rf"[^\W\d_{_IDEOGRAPH}]"
_WORD = re.compile(rf"[{_IDEOGRAPH}]+|{_LETTER}+(?:['’&.-]{_LETTER}+)*\.?|\d+(?:[.,]\d+)*")
_IDEOGRAPHS = re.compile(f"[{_IDEOGRAPH}]")
_THOUSANDS = re.compile(r",(?=\d{3}(?!\d))")
_POSSESSIVE = re.compile(r"['’][sS]$")
_WRITTEN = re.compile(rf"{_LETTER}+(?:[.&'’]{_LETTER}+)*|\d+")
_ENDINGS = ("ing", "ed", "es", "s")
_SHORTEST_STEM = 4
MOST_CHARACTERS = 1_000  # of a headline that are read
_MOST_TOKENS = 40
STOP = word_set(
    "a an and are as at be been but by for from had has have he her his how i in into is it its new no not of on or "
    "our out over say said says she than that the their they this to up us was we were what when who why will with "
    "would you your after about amid more could may can all live update updates video watch exclusive breaking "
    "analysis "
    "der die das und den von zu mit im für auf ein eine ist des dem nicht auch "
    "el la los las de del y en un una por con para que se su al lo como"
)


def number_of(word: str) -> int:
    """A word as 32 bits. Its last 16 are never 0: that is the place of no word among the frequencies."""
    number = crc32(word.encode())
    return number if number % SIZE else number + 1


def words_of(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words, without endings and the commonest, and the numbers of a headline."""
    words, numbers = set[str](), set[str]()
    folded = unicodedata.normalize("NFKC", bare_title(text[:MOST_CHARACTERS]))
    for raw in _WORD.findall(folded)[:_MOST_TOKENS]:
        if raw[0].isdigit():
            numbers.add(_THOUSANDS.sub("", raw).replace(",", "."))
        elif _IDEOGRAPHS.match(raw):
            words.update(first + second for first, second in pairwise(raw)) if len(raw) > 1 else words.add(raw)
        elif raw.replace(".", "") == "US" or raw.rstrip(".").casefold() not in STOP:
            words.add(stem(raw))
    return frozenset(words - {""}), frozenset(numbers)


def written(text: str) -> list[str]:
    """The words and numbers of a headline in order and as written, but for accents, dots and the possessive."""
    if not text.isascii():
        text = "".join(mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark))
    return [word if word.isalnum() else _POSSESSIVE.sub("", word).replace(".", "") for word in _WRITTEN.findall(text)]


@lru_cache(maxsize=1 << 14)
def stem(raw: str) -> str:
    """A word without case, accents, dots, possessive and the commonest English endings."""
    word = _POSSESSIVE.sub("", raw).replace(".", "")
    if word == "US":  # who are not "us"
        return "usa"
    word = word.casefold().replace("’", "'")
    word = "".join(mark for mark in unicodedata.normalize("NFKD", word) if not unicodedata.combining(mark))
    if word.endswith("ies") and len(word) > _SHORTEST_STEM:
        return word[:-3] + "y"
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            word = word[: -len(ending)]
            break
    return word.rstrip("e") if len(word) >= _SHORTEST_STEM else word  # "agree", "agrees" and "agreed" are one
