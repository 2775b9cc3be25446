"""How text becomes words: one way for queries and for the items they are held against.

`fold` takes away what a reader does not tell apart (case, accents, full-width forms), `split` cuts folded text
into words, and `squeeze` makes the text in which terms of unspaced scripts are looked up as substrings.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from unicodedata import combining, normalize

# Scripts in which a word does not stand between spaces: Thai, Lao, Burmese, Khmer, Japanese, Chinese, and Korean,
# where particles cling to the word.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30fa\u30fc-\u30ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff"
)
# Vowel signs and points, which Python's \w leaves out: Hebrew, Arabic, the scripts of India.
_MARKS = "\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff"

_HAS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_UNSPACED_RUN = re.compile(f"[{_UNSPACED}]+")
_CHUNK = re.compile(rf"[{_UNSPACED}]+|[^\s{_UNSPACED}]+")
_WORD = re.compile(
    rf"[{_UNSPACED}]+"  # a run of such a script: kept as one, so that the words beside it are not neighbours
    r"|\d+(?:[.,]\d+)+"  # 0.7 and 10,000
    rf"|(?:[^\W_{_UNSPACED}]|[{_MARKS}])+"
)
_ACRONYM = re.compile(r"(?<!\w)[^\W\d_](?:\.[^\W\d_])+(?!\w)")  # U.S. is written US as often
_WORD_END = re.compile(rf"(?:[^\W_]|[{_MARKS}])\Z")
_ENDS = re.compile(rf"[\w{_UNSPACED}](?:.*[\w{_UNSPACED}])?", re.DOTALL)

_DROPPED = str.maketrans(
    {
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff"),  # soft hyphen and zero-width characters
        **dict.fromkeys("™℠", " "),  # NFKD would make letters of them: "wiretm"
    }
)
_PLAIN_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})
_FIRST_ACCENT_CLASS = 200  # combining classes below are parts of letters: kana voicing (8), vowel signs, viramas

# Folding changes no more than the case of ASCII and of the commonest typographic signs. The rest, often little of a
# text, is found with the character before it, which an accent may belong to.
_TYPOGRAPHIC = "“”‘’–—"
_SIMPLE = rf"\x00-\x7f{_TYPOGRAPHIC}"
_INTRICATE = re.compile(f"[{_SIMPLE}]?[^{_SIMPLE}]+")
_MAYBE_ACCENT = re.compile(r"[^\w\s]")  # \w holds no combining character
_APART = str.maketrans(dict.fromkeys(set(string.punctuation) - set(".,_"), " "))  # what never stands within a word


def fold(text: str) -> str:
    """`text` without case, accents, full-width forms and invisible characters; folding twice is folding once."""
    if text.isascii():
        return text.lower()
    return _INTRICATE.sub(_folded, text).casefold()


def _folded(run: re.Match[str]) -> str:
    text = normalize("NFKD", run[0].translate(_DROPPED)).casefold()
    text = _MAYBE_ACCENT.sub(_without_accent, normalize("NFKD", text))
    return normalize("NFC", text.translate(_PLAIN_LETTERS))


def _without_accent(char: re.Match[str]) -> str:
    return char[0] if combining(char[0]) < _FIRST_ACCENT_CLASS else ""


def split(folded: str) -> list[str]:
    """The words of folded text: runs of letters and digits, decimals whole, U.S. as `us`."""
    for sign in () if folded.isascii() else _TYPOGRAPHIC:
        folded = folded.replace(sign, " ")
    if folded.isascii():
        folded = f"{folded.translate(_APART)} ".replace(". ", " ").replace(", ", " ")
    chunks = folded.split()
    if folded.isascii() and all(map(str.isalnum, chunks)):
        return chunks  # most texts get here, and looking closer takes three times as long
    return [word for chunk in chunks for word in _words_of(chunk)]


def _words_of(chunk: str) -> list[str]:
    """The words of what stands between two spaces."""
    if chunk.isalnum() and not has_unspaced(chunk):
        return [chunk]
    return _WORD.findall(_ACRONYM.sub(lambda acronym: acronym[0].replace(".", ""), chunk))


def chunks(text: str) -> Iterator[tuple[int, int]]:
    """Where the parts of text, as it was written, begin and end; each holds whole words, most of them one."""
    return (found.span() for found in _CHUNK.finditer(text))


def ends_in_word(folded: str) -> bool:
    """Whether more letters would make folded text's last word longer."""
    return _WORD_END.search(folded) is not None


def has_unspaced(folded: str) -> bool:
    """Whether folded text holds a script that sets no spaces between words."""
    return not folded.isascii() and _HAS_UNSPACED.search(folded) is not None


def unspaced_runs(squeezed: str) -> list[str]:
    """The parts of squeezed text that are of such scripts, each as long as it can be."""
    return _UNSPACED_RUN.findall(squeezed)


def squeeze(folded: str) -> str:
    """Folded text without spaces and without punctuation at its ends."""
    inner = _ENDS.search("".join(folded.split()))
    return inner[0] if inner else ""
