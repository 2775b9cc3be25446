"""From many headlines to `frequencies.npy`, how rare each word is in news, and `names.npy`, which words are names.

    python -m bot.stories.counting TEXTS.jsonl.gz

Nothing of the headlines stays but a count and a bit for each of 65,536 word numbers.
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

from bot.stories.signature import STEP, WEIGHTS
from bot.stories.words import SIZE, STOP, number_of, stem, words_of, written

LEAST_WORDS = 3  # after the first: of fewer nobody can say what their capitals are for
MOST_CAPITALS = 0.6  # share of them; above it all words have capitals
MOSTLY = 0.7  # share of its places in which a name has a capital


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", default=WEIGHTS, type=click.Path(path_type=Path), help="Folder of both tables.")
def main(file: Path, out: Path) -> None:
    """Count the words of FILE: JSON lines with a title and its language, plain or compressed."""
    np.save(out / "frequencies.npy", counted(title for title, _ in track(_titles(file), description="counting")))
    english = (title for title, language in track(_titles(file), description="names") if language in (None, "en"))
    np.save(out / "names.npy", np.packbits(named(english)))


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


def named(titles: Iterable[str]) -> npt.NDArray[np.bool_]:
    """Whether the word with each number modulo SIZE is a name where it has a capital, as English headlines write it.

    Only those count that give capitals to names and nothing else. A word that none of them has is a name.
    """
    capital, small = np.zeros(SIZE), np.zeros(SIZE)
    for title in titles:
        words = [word for word in written(title)[1:] if word.casefold() not in STOP]
        with_capital = [word[0].isupper() for word in words]
        if len(words) >= LEAST_WORDS and sum(with_capital) <= MOST_CAPITALS * len(words):
            for word, has in zip(words, with_capital, strict=True):
                (capital if has else small)[number_of(stem(word)) % SIZE] += 1
    return capital >= MOSTLY * (capital + small)


def _titles(file: Path) -> Iterator[tuple[str, str | None]]:
    with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            yield record["title"], record.get("lang")


if __name__ == "__main__":
    main()
