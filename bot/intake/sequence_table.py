"""From py3langid's model to the files that `sequences.py` reads.

    python -m bot.intake.sequence_table [--out FOLDER]

The model is an automaton over bytes; what it knows at each of its states is the longest sequence of its list that the
bytes read so far end in. Written down as that list, with the languages that each is met in, it is a tenth as large.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import click
import numpy as np

from bot.intake.sequences import FILES, LONGEST, WEIGHTS, packed
from bot.signals.integrity import write as write_sums

# Languages that news feeds are written in: with all 97 of the model a headline of names is easily Latin or Malay.
LIKELY = (
    "ar", "be", "bg", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi", "hr", "hu", "id", "it",
    "ja", "ko", "lt", "lv", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "th", "tr", "uk", "ur", "vi",
    "zh",
)  # fmt: skip


@click.command()
@click.option("--out", default=WEIGHTS, type=click.Path(path_type=Path), help="Folder of the files.")
def main(out: Path) -> None:
    """Write the table that tells languages apart."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    model: Any = LanguageIdentifier.from_model_file(MODEL_FILE)
    model.set_languages(list(LIKELY))
    rows = sequences(model)
    order = sorted(rows, key=packed)
    weights = np.asarray(model.nb_ptc)[[rows[each] for each in order]]
    floor = weights.min(0)  # a language in which a sequence was never met has this for it
    met = weights != floor
    heads = zip(model.nb_classes, map(float, model.nb_pc), map(float, floor), strict=True)
    (out / FILES[0]).write_text(json.dumps(list(heads)) + "\n", "ascii")
    arrays = (
        np.array([packed(each) for each in order], np.uint64),
        np.concatenate([[0], met.sum(1).cumsum()]).astype(np.int32),
        met.nonzero()[1].astype(np.uint8),
        weights[met],
    )
    for name, array in zip(FILES[1:], arrays, strict=True):
        np.save(out / name, array, allow_pickle=False)
    write_sums(out, FILES)
    click.echo(f"{len(order)} sequences and {len(LIKELY)} languages written to {out}")


def sequences(model: Any) -> Mapping[bytes, int]:
    """Every sequence of the automaton with its row of weights.

    Raises ValueError where a state knows anything else than the longest sequence that it ends in.
    """
    ends = _ends(model)
    rows: dict[bytes, int] = {}
    for state in sorted(ends, key=lambda state: len(ends[state])):
        known = next((rows[end] for end in _tails(ends[state]) if end in rows), -1)
        row = model.tk_output[state]
        if row == known:
            continue
        if row < 0:
            raise ValueError(f"state {state} forgets a sequence: the model is of another kind; keep the files")
        rows[ends[state]] = row
    if max(map(len, rows)) > LONGEST or len(set(rows.values())) != len(rows):
        raise ValueError(
            "sequences share weights or are longer than they were: the model is of another kind; keep the files"
        )
    return rows


def _ends(model: Any) -> dict[int, bytes]:
    """The shortest bytes that lead to each state: all others that do end in them."""
    table = np.frombuffer(model.tk_nextmove, model.tk_nextmove.typecode).reshape(-1, 256)
    ends, last = {0: b""}, [0]
    while last:
        before, last = last, []
        for at, code in product(before, range(256)):
            state = int(table[model.tk_row[at], code])
            if state not in ends:
                ends[state] = ends[at] + bytes([code])
                last.append(state)
    return ends


def _tails(end: bytes) -> list[bytes]:
    return [end[start:] for start in range(len(end))]


if __name__ == "__main__":
    main()
