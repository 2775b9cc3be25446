"""Which language an item is in: what its publisher says, unless the script of the text says otherwise.

Feeds often declare "en" for Chinese or Arabic text, since that is what their software was set to.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from functools import cache, lru_cache

from bot.intake.sequences import Sequences

SAMPLE = 1_000  # characters whose script is looked at
READ = 400  # characters that the identifier reads: of 229 longer texts none was answered otherwise by 1,000
ENOUGH_LETTERS = 20  # fewer tell nothing about an alphabetic language
ENOUGH_IDEOGRAPHS = 4
SURE = 0.5
LIKELY = 0.05

# Letters by script, none in two. Of Han, kana and Hangul a character is as much as a word of other scripts.
_SCRIPTS = {
    "hangul": "\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3",
    "kana": "\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9f",
    "han": "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f",
    "cyrillic": "\u0400-\u052f",
    "arabic": "\u0620-\u064a\u066e-\u06d3\u0750-\u077f",
    "greek": "\u0370-\u03ff\u1f00-\u1fff",
    "hebrew": "\u05d0-\u05ea",
    "devanagari": "\u0900-\u097f",
    "thai": "\u0e00-\u0e7f",
    "latin": "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff",
}
_LETTER = re.compile("|".join(f"(?P<{name}>[{letters}])" for name, letters in _SCRIPTS.items()))
_ENOUGH_LATIN = re.compile(rf"(?:[^A-Za-z]*+[A-Za-z]){{{ENOUGH_LETTERS}}}")
_WRITTEN_IN = {
    "zh": ("han",), "ja": ("kana", "han"), "ko": ("hangul", "han"),
    "el": ("greek",), "he": ("hebrew",), "hi": ("devanagari",), "mr": ("devanagari",), "ne": ("devanagari",),
    "th": ("thai",),
    **dict.fromkeys(("ar", "fa", "ku", "ps", "ug", "ur"), ("arabic",)),
    **dict.fromkeys(("be", "bg", "kk", "ky", "mk", "mn", "ru", "sr", "tg", "tt", "uk"), ("cyrillic",)),
}  # fmt: skip
_MAIN_LANGUAGE = {
    "han": "zh", "kana": "ja", "hangul": "ko", "cyrillic": "ru", "arabic": "ar", "greek": "el", "hebrew": "he",
    "devanagari": "hi", "thai": "th",
}  # fmt: skip
_ALPHABETS = ("cyrillic", "arabic", "greek", "hebrew", "devanagari", "thai", "latin")
_ONE_LANGUAGE = frozenset(_SCRIPTS) - {"latin", "cyrillic", "arabic"}  # that news feeds are written in
_CODE = re.compile(r"[a-z]{2}")
_loading = threading.Lock()


def language_of(text: str, declared: str | None) -> str | None:
    """ISO 639-1 code. `declared` ("en-US") holds where the text is in its script; None where nothing can be said.

    Without `load` before, the first undeclared text loads the table (20 ms): not on the event loop.
    """
    code = declared_code(declared)
    script = _script(text[:SAMPLE])
    if script is None:
        return code
    if code and script in _scripts_of(code):
        return code
    if script in _ONE_LANGUAGE:
        return _MAIN_LANGUAGE[script]
    found = _identify(text[:READ])
    return found if found and script in _scripts_of(found) else _MAIN_LANGUAGE.get(script, code)


def load() -> None:
    """Load the table of sequences now. Raises ValueError with the cure where its files are damaged.

    For the start of whatever reads feeds: what is read without it is taken for our own fault, and left out.
    """
    with _loading:
        _sequences()


def declared_code(declared: str | None) -> str | None:
    """ "en" of "en-US" or "EN_us"; None for what is no language tag."""
    code = re.split("[-_]", (declared or "").strip().lower())[0]
    return code if _CODE.fullmatch(code) else None


def _scripts_of(code: str) -> tuple[str, ...]:
    return _WRITTEN_IN.get(code, ("latin",))


def _script(text: str) -> str | None:
    """The script that the text is mostly in; None for one that is not told apart here or too little text."""
    if text.isascii():
        return "latin" if _ENOUGH_LATIN.match(text) else None
    counts, letters = dict.fromkeys(_SCRIPTS, 0), 0
    for char, times in Counter(text).items():
        script = _script_of(char)
        if script:
            counts[script] += times
        letters += times * char.isalpha()
    asian = counts["han"] + counts["kana"] + counts["hangul"]
    if asian >= ENOUGH_IDEOGRAPHS and 2 * asian >= counts["latin"]:  # one ideograph says as much as a short word
        if counts["kana"] * 10 >= asian:
            return "kana"
        return "hangul" if counts["hangul"] > counts["han"] else "han"
    name = max(_ALPHABETS, key=lambda script: counts[script])
    return name if counts[name] >= ENOUGH_LETTERS and 2 * counts[name] > letters else None


@lru_cache(maxsize=4_096)
def _script_of(char: str) -> str | None:
    found = _LETTER.match(char)
    return found.lastgroup if found else None


def _identify(text: str) -> str | None:
    """None where the table is in doubt and English is among what it thinks of.

    Of 4,100 English headlines it took 35 for another language, nearly all with a probability below SURE.
    """
    with _loading:
        sequences = _sequences()
    shares = sequences.shares(text)
    if not shares:
        return None
    code = max(shares, key=lambda language: shares[language])
    return None if shares[code] < SURE and shares["en"] >= LIKELY else code


@cache
def _sequences() -> Sequences:
    return Sequences.load()
