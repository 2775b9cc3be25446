"""The learned half of the judgement: a small multilingual encoder that reads what a reader sees first.

It reads the title, and the summary or the lead of the body: a paragraph deep inside an article about something
else is not read, so it flags nothing. Its answer is the mean over the pieces of the text (parts of words), so what
each piece adds to an answer is known exactly, and can be quoted.

The files of the folder are data in safe formats (ONNX, NumPy without pickle, a SentencePiece vocabulary).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import numpy.typing as npt

from bot.model import Direction, Item, Kind, Label, TextField
from bot.signals.pieces import Floats, Pieces

if TYPE_CHECKING:
    import onnxruntime

TOPICS: tuple[Label, ...] = get_args(Label)
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
KINDS: tuple[Kind, ...] = get_args(Kind)
ANSWERS = len(TOPICS) + len(DIRECTIONS) + len(KINDS)  # the outputs, in this order

TITLE_READ = 300  # characters
LEAD_READ = 240  # characters of the summary, or of the body where there is none
SEPARATOR = " | "


@dataclass(frozen=True, slots=True)
class Passage:
    """What is read of an item: one text, and where its second part comes from."""

    text: str
    title: int  # characters of the title at its start
    second: TextField = "summary"

    @classmethod
    def of(cls, item: Item) -> Passage:
        title = item.title[:TITLE_READ]
        second: TextField = "summary" if item.summary else "body"
        lead = (item.summary or item.body)[:LEAD_READ]
        return cls(f"{title}{SEPARATOR}{lead}" if lead else title, len(title), second)

    def place(self, field: TextField, start: int, end: int) -> tuple[int, int] | None:
        """Where `field[start:end]` stands in the text; None where it was not read."""
        offset = {"title": 0, self.second: self.title + len(SEPARATOR)}.get(field)
        limit = self.title if field == "title" else len(self.text)
        if offset is None or offset + end > limit:
            return None
        return offset + start, offset + end


@dataclass(frozen=True, slots=True)
class Reading:
    """The encoder's answer to one text."""

    outputs: Floats  # [ANSWERS]: log-odds of topics, then scores of directions and kinds
    places: npt.NDArray[np.int32]  # [pieces + 1]: piece i is text[places[i] : places[i + 1]]
    shares: Floats  # [pieces, ANSWERS]: what each piece adds; the rest came from the marks around the text


class Encoder:
    """Loaded once; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError or ValueError where the files are missing or damaged."""
        self._network = network(folder / "encoder.onnx")
        self._pieces = Pieces.load(folder)

    def read(self, text: str) -> Reading:
        """The reading of `text`. One text a run: 8-bit arithmetic would let the neighbours in a batch tell."""
        ids, places = self._pieces.cut(text)
        answers: Any = self._network.run(None, {"vectors": self._pieces.vectors(ids)})[0]
        shares = answers[0] / len(ids)
        return Reading(shares.sum(0), np.array(places, np.int32), shares[1:-1])


def network(path: Path) -> onnxruntime.InferenceSession:
    """The ONNX network at `path`, on one thread: many readers, not one greedy one."""
    # The wheels for Linux send what they run, and on what, to their maker unless told before they are loaded.
    # https://github.com/microsoft/onnxruntime/blob/main/docs/Privacy.md
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])  # read once, kept once
