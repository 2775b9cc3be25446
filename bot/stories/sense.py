"""What a headline means, as a direction in space: two that report one event point nearly the same way.

A multilingual encoder (the base of the classifier's, with its own last layers trained on headlines that people
grouped by event) gives the direction; it shares the classifier's vocabulary. It sees what words do not show: that
"payrolls miss" and "hiring stalls" are one report, and that a headline in another language is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from bot.model import Item
from bot.signals.classifier import WEIGHTS as VOCABULARY
from bot.signals.encoder import TITLE_READ, network
from bot.signals.integrity import check
from bot.signals.pieces import Pieces
from bot.stories.fingerprint import bare_title
from bot.stories.signature import WEIGHTS, Vector

FILES = ("sense.onnx",)
ASKED = "query: "  # what the base was trained to see before a text that is compared


class Sense:
    """Loaded once; safe to use from several threads."""

    def __init__(self, folder: Path = WEIGHTS, vocabulary: Path = VOCABULARY) -> None:
        """Raises OSError or ValueError where a file is missing or damaged."""
        check(folder, FILES)
        self._network = network(folder / "sense.onnx")
        self._pieces = Pieces.load(vocabulary)

    def of(self, item: Item) -> Vector:
        """The direction of the headline of `item`, of length 1."""
        ids, _ = self._pieces.cut(ASKED + bare_title(item.title)[:TITLE_READ])
        answer: Any = self._network.run(None, {"vectors": self._pieces.vectors(ids)})[0]
        return np.asarray(answer[0], np.float32)
