"""How common a word is in news, as counted once over many headlines (see `signature.py`)."""

from __future__ import annotations

import numpy as np

from bot.stories.signature import rarities
from bot.stories.words import number_of, words_of


def share_of_news(word: str) -> float:
    """The share of headlines, 0 to 1, in which a word stands; 1 where it is too common to be counted."""
    found = [number_of(each) for each in frozenset().union(*words_of(word))]
    return float(np.exp(-rarities(np.array(found, np.uint32)).max())) if found else 1.0
