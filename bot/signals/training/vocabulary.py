"""Which pieces of the base's vocabulary the model keeps: those that news in our languages uses.

    python -m bot.signals.training.vocabulary BASE TEXTS.jsonl... --out bot/signals/weights/pieces.model

Done once: the published vocabulary serves a hundred languages in 250,000 pieces. `make train` reads the kept ones
from `pieces.model`, so that a model can be trained again without the large body of texts.
"""

from __future__ import annotations

import gzip
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click
import sentencepiece
from sentencepiece import sentencepiece_model_pb2

from bot.signals.encoder import LEAD_READ, SEPARATOR
from bot.signals.training.base import Base

pb: Any = sentencepiece_model_pb2  # its classes are made at run time

MARKS = ("<s>", "<pad>", "</s>", "<unk>")  # the ids 0 to 3, in the base as here
UNKNOWN = MARKS.index("<unk>")
MOST_FREQUENT = 28_600
COMMON = 40_000  # ids are in order of frequency: kana below this one are kept though few texts are Japanese
LANGUAGE_WEIGHTS = {"en": 2, "zh": 3, "es": 4, "de": 8, "ja": 40}  # few texts count more


@click.command()
@click.argument("base", type=click.Path(path_type=Path, exists=True))
@click.argument("texts", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--out", required=True, type=click.Path(path_type=Path))
def main(base: Path, texts: tuple[Path, ...], out: Path) -> None:
    """Choose the pieces that TEXTS (JSON lines, plain or .gz, with title, summary and lang) use most."""
    published = Base.read(base)
    whole = processor(published, range(len(MARKS), len(published.pieces)))
    used: Counter[int] = Counter()
    for record in (record for path in texts for record in _records(path)):
        text = record["title"] + SEPARATOR + (record.get("summary") or "")[:LEAD_READ]
        for piece in whole.encode(text):
            used[piece] += LANGUAGE_WEIGHTS.get(record.get("lang", "en"), 0)
    kept = _chosen(published.pieces, used)
    out.write_bytes(model_of(published, kept))
    click.echo(f"{len(kept)} of {len(published.pieces)} pieces kept in {out}")


def _records(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _chosen(pieces: list[str], used: Counter[int]) -> list[int]:
    frequent = {piece for piece, _ in used.most_common(MOST_FREQUENT)}
    kana = {at for at, piece in enumerate(pieces[:COMMON]) if any("\u3040" <= letter <= "\u30ff" for letter in piece)}
    letters = {at for at in used if len(pieces[at].strip("▁")) <= 1}  # nothing in our scripts is unreadable
    return sorted((frequent | kana | letters) - set(range(len(MARKS))))


def processor(base: Base, kept: Iterable[int]) -> sentencepiece.SentencePieceProcessor:
    return sentencepiece.SentencePieceProcessor(model_proto=model_of(base, kept))


def model_of(base: Base, kept: Iterable[int]) -> bytes:
    """A SentencePiece model of the marks and the pieces `kept`, with the scores of the base."""
    model = pb.ModelProto()
    model.ParseFromString(_normaliser())
    del model.pieces[:]
    kind = pb.ModelProto.SentencePiece
    for mark in MARKS:
        model.pieces.add(piece=mark, score=0, type=kind.UNKNOWN if mark == "<unk>" else kind.CONTROL)
    for at in kept:
        model.pieces.add(piece=base.pieces[at], score=float(base.scores[at]), type=kind.NORMAL)
    model.trainer_spec.Clear()
    model.trainer_spec.model_type = pb.TrainerSpec.UNIGRAM
    model.trainer_spec.vocab_size = len(model.pieces)
    for at, mark in enumerate(("bos", "pad", "eos", "unk")):
        setattr(model.trainer_spec, f"{mark}_id", at)
    data: bytes = model.SerializeToString()
    return data


def _normaliser() -> bytes:
    """A model of next to nothing: only its rules for cleaning text (NFKC, as the base was trained with) are used."""
    out = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["some words", "other words"] * 50),
        model_writer=out,
        vocab_size=30,
        hard_vocab_limit=False,
        normalization_rule_name="nmt_nfkc",
        minloglevel=2,
    )
    return out.getvalue()


def kept_rows(base: Base, pieces: sentencepiece.SentencePieceProcessor) -> list[int]:
    """For each id of `pieces` the row of the base that has its vector."""
    rows = {piece: at for at, piece in enumerate(base.pieces)}
    return [rows[pieces.id_to_piece(at)] for at in range(pieces.get_piece_size())]


if __name__ == "__main__":
    main()
