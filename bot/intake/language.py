"""Which language an item is in: what its publisher says, unless the script of the text says otherwise.

Feeds often declare "en" for Chinese or Arabic text, since that is what their software was set to.
"""

from __future__ import annotations

import re
import threading
from functools import cache
from typing import Any

SAMPLE = 1_000  # characters whose script is looked at
READ = 400  # characters that the identifier reads: of 229 longer texts none was answered otherwise by 1,000
ENOUGH_LETTERS = 20  # fewer tell nothing about an alphabetic language
ENOUGH_IDEOGRAPHS = 4
SURE = 0.5
LIKELY = 0.05

_SCRIPTS = {
    "hangul": re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]"),
    "kana": re.compile("[\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9f]"),
    "han": re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]"),
    "cyrillic": re.compile("[\u0400-\u052f]"),
    "arabic": re.compile("[\u0620-\u064a\u066e-\u06d3\u0750-\u077f]"),
    "greek": re.compile("[\u0370-\u03ff\u1f00-\u1fff]"),
    "hebrew": re.compile("[\u05d0-\u05ea]"),
    "devanagari": re.compile("[\u0900-\u097f]"),
    "thai": re.compile("[\u0e00-\u0e7f]"),
    "latin": re.compile("[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff]"),
}
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
_ONE_LANGUAGE = frozenset({"han", "kana", "hangul"})
# Languages that news feeds are written in: with all 97 of the model a headline of names is easily Latin or Malay.
_LIKELY = (
    "ar", "be", "bg", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi", "hr", "hu", "id", "it",
    "ja", "ko", "lt", "lv", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "th", "tr", "uk", "ur", "vi",
    "zh",
)  # fmt: skip
_CODE = re.compile(r"[a-z]{2}")
_loading = threading.Lock()


def language_of(text: str, declared: str | None) -> str | None:
    """ISO 639-1 code. `declared` ("en-US") holds where the text is in its script; None where nothing can be said.

    The first undeclared text loads the identifier (0.7 s): not on the event loop.
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


def declared_code(declared: str | None) -> str | None:
    """ "en" of "en-US" or "EN_us"; None for what is no language tag."""
    code = re.split("[-_]", (declared or "").strip().lower())[0]
    return code if _CODE.fullmatch(code) else None


def _scripts_of(code: str) -> tuple[str, ...]:
    return _WRITTEN_IN.get(code, ("latin",))


def _script(text: str) -> str | None:
    """The script that the text is mostly in; None for one that is not told apart here or too little text."""
    if text.isascii():
        return "latin" if len(_SCRIPTS["latin"].findall(text)) >= ENOUGH_LETTERS else None
    counts = {name: len(pattern.findall(text)) for name, pattern in _SCRIPTS.items()}
    asian = counts["han"] + counts["kana"] + counts["hangul"]
    if asian >= ENOUGH_IDEOGRAPHS and 2 * asian >= counts["latin"]:  # one ideograph says as much as a short word
        if counts["kana"] * 10 >= asian:
            return "kana"
        return "hangul" if counts["hangul"] > counts["han"] else "han"
    letters = sum(char.isalpha() for char in text)
    name = max(_ALPHABETS, key=lambda script: counts[script])
    return name if counts[name] >= ENOUGH_LETTERS and 2 * counts[name] > letters else None


def _identify(text: str) -> str | None:
    """None where the identifier is in doubt and English is among what it thinks of.

    Of 4,100 English headlines it took 35 for another language, nearly all with a probability below SURE.
    """
    with _loading:
        identifier = _identifier()
    ranked = identifier.rank(text)
    code, probability = ranked[0]
    doubtful = probability < SURE and any(other == "en" and share >= LIKELY for other, share in ranked)
    return None if doubtful else str(code)


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # with numpy, and only where a publisher is silent

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(_LIKELY))  # costs as much as a hundred texts: once
    return identifier
