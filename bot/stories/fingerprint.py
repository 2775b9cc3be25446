"""The key by which items find the story of the same event.

This first key is deliberately narrow: the same headline, however it is dressed. A missed merge costs one more
message; a wrong one hides news.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

from bot.model import Item

LEAST_WORDS = 4  # "Markets wrap" says nothing of which event it is about
LEAST_IDEOGRAPHS = 8

_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*")
_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def story_key(item: Item) -> str:
    """16 hex digits; a headline too short to name an event is a story of its own."""
    words = headline_words(item.title)
    if len(words) < LEAST_WORDS and len(_IDEOGRAPH.findall(item.title)) < LEAST_IDEOGRAPHS:
        return item.key
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:16]


def headline_words(title: str) -> list[str]:
    """The words and numbers of a headline without case, accents, width or punctuation."""
    folded = unicodedata.normalize("NFKD", title).casefold()
    return _WORD.findall("".join(char for char in folded if not unicodedata.combining(char)))
