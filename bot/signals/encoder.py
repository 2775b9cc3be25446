"""The learned half of the judgement: a small multilingual encoder that reads what a reader sees first.

It reads the title, and the summary or the lead of the body: a paragraph deep inside an article about something
else is not read, so it flags nothing. Its answer is the mean over the pieces of the text (parts of words), so what
each piece adds to an answer is known exactly, and can be quoted.

The files of the folder are data in safe formats (ONNX, NumPy without pickle, a SentencePiece vocabulary). The word
vectors stay 4-bit blocks as published and are unpacked for the pieces of a text only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import numpy.typing as npt

from bot.model import Direction, Item, Kind, Label, TextField

if TYPE_CHECKING:
    import sentencepiece

Floats = npt.NDArray[np.float32]

TOPICS: tuple[Label, ...] = get_args(Label)
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
KINDS: tuple[Kind, ...] = get_args(Kind)
ANSWERS = len(TOPICS) + len(DIRECTIONS) + len(KINDS)  # the outputs, in this order

TITLE_READ = 300  # characters
LEAD_READ = 240  # characters of the summary, or of the body where there is none
SEPARATOR = " | "
MOST_PIECES = 72
FIRST, LAST, PADDING = 0, 2, 1  # ids of the marks around a text

_HALF_PAIRS = re.compile("[\ud800-\udfff]")

BLOCK = 32  # weights that share one scale
BLOCK_BYTES = 2 + BLOCK // 2


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
        import onnxruntime
        from sentencepiece import SentencePieceProcessor

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # many readers, not one greedy one
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            (folder / "encoder.onnx").read_bytes(), options, providers=["CPUExecutionProvider"]
        )
        self._vocabulary: sentencepiece.SentencePieceProcessor = SentencePieceProcessor(
            model_proto=(folder / "pieces.model").read_bytes()
        )
        self._words = np.load(folder / "words.npy", allow_pickle=False)
        self._positions = np.load(folder / "positions.npy", allow_pickle=False).astype(np.float32)

    def read(self, text: str) -> Reading:
        """The reading of `text`. One text a run: 8-bit arithmetic would let the neighbours in a batch tell."""
        ids, places = self._pieces(text)
        vectors = embed(self._words, np.array([ids])) + self._positions[: len(ids)]
        answers: Any = self._session.run(None, {"vectors": vectors})[0]
        shares = answers[0] / len(ids)
        return Reading(shares.sum(0), np.array(places, np.int32), shares[1:-1])

    def _pieces(self, text: str) -> tuple[list[int], list[int]]:
        """The ids of the pieces of `text` with the marks around them, and where each piece begins."""
        ids, places, at = [FIRST], [0], 0
        text = _HALF_PAIRS.sub("\ufffd", text)  # cannot be written as UTF-8
        for piece in self._vocabulary.encode(text, return_type="proto").pieces[: MOST_PIECES - 2]:
            at += len(piece.surface)
            ids.append(piece.id)
            places.append(at)
        return [*ids, LAST], places


def embed(words: npt.NDArray[np.uint8], ids: npt.NDArray[np.int64]) -> Floats:
    """The vectors of `ids`, shape [..., width], from a table of 4-bit rows."""
    rows = words[ids]
    blocks = unpack_blocks(rows.reshape(-1, BLOCK_BYTES))
    return blocks.reshape(*ids.shape, -1)


def unpack_blocks(blocks: npt.NDArray[np.uint8]) -> Floats:
    """Q4_0 blocks, shape [n, 18], as weights, shape [n, 32].

    A block is a float16 scale and 16 bytes of two weights each; the low halves of the bytes come first.
    """
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    halves = blocks[:, 2:]
    weights = np.concatenate([halves & 15, halves >> 4], axis=1).astype(np.float32) - 8
    return np.asarray(weights * scales, np.float32)
