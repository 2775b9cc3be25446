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

_LABELS = re.compile(
    r"^\W*(?:(?:(?:UPDATE|WRAPUP|RECAST|REFILE|TEXT|SNAPSHOT|ANALYSIS|EXCLUSIVE|BREAKING(?: NEWS)?|JUST IN|URGENT|"
    r"ADVISORY|CORRECTED|CORRECTION|CLARIFICATION|MANDATORY KILL|KILL|WITHDRAWN|WITHDRAWAL|RETRACTION|RETRACTED)"
    r"(?:\s+\d+)?|(?:Update|Updated|Correction|Corrected|Breaking|Exclusive|Withdrawn|Retraction))"
    r"\s*(?:[:–—|)\]]|-(?=\S)|\s-\s)\s*)+"
)
_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*")
_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def story_key(item: Item) -> str:
    """16 hex digits; a headline too short to name an event is a story of its own."""
    title = bare_title(item.title)
    words = headline_words(title)
    if len(words) < LEAST_WORDS and len(_IDEOGRAPH.findall(title)) < LEAST_IDEOGRAPHS:
        return item.key
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:16]


def bare_title(title: str) -> str:
    """A headline without what it says about itself: "CORRECTED-Duties fall to 10%" is "Duties fall to 10%"."""
    return _LABELS.sub("", title) or title


def headline_words(title: str) -> list[str]:
    """The words and numbers of a headline without case, accents, width or punctuation."""
    folded = unicodedata.normalize("NFKD", title).casefold()
    return _WORD.findall("".join(char for char in folded if not unicodedata.combining(char)))
