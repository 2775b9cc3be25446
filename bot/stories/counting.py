"""From many headlines to `frequencies.npy`: how rare each word is in news.

    python -m bot.stories.counting TEXTS.jsonl.gz

Nothing of the headlines stays but a count for each of 65,536 word numbers.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt
from rich.progress import track

from bot.stories.signature import SIZE, STEP, WEIGHTS, number_of, words_of


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", default=WEIGHTS, type=click.Path(path_type=Path), help="Folder of frequencies.npy.")
def main(file: Path, out: Path) -> None:
    """Count the words of FILE: JSON lines with a title, plain or compressed."""
    np.save(out / "frequencies.npy", counted(track(_titles(file), description="counting")))


def counted(titles: Iterable[str]) -> npt.NDArray[np.uint8]:
    """log(headlines / headlines with a word), in steps of 1 / STEP, at the number of the word modulo SIZE."""
    found: Counter[int] = Counter()
    headlines = 0
    for headlines, title in enumerate(titles, 1):  # noqa: B007 - the last number is the count
        words, numbers = words_of(title)
        found.update({number_of(word) % SIZE for word in words | numbers})
    if not headlines:
        raise click.ClickException("there is no headline to count words in")
    counts = np.zeros(SIZE)
    counts[list(found)] = list(found.values())
    rarity = np.log(headlines / (1 + counts)) * STEP
    return np.clip(np.round(rarity), 0, 255).astype(np.uint8)


def _titles(file: Path) -> Iterator[str]:
    with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)["title"]


if __name__ == "__main__":
    main()
