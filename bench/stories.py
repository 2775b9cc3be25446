"""How well items are grouped into stories, on windows of news that people grouped: BCubed and pairwise figures.

Every third of the files is scored by weights that were fitted on the others only, by the very steps of the program:
stored candidates, then the likeliest story. BCubed: A. Bagga and B. Baldwin, "Entity-Based Cross-Document
Coreferencing Using the Vector Space Model", 1998. The encoder that gives an item its sense was trained on such
windows too: where FILES are those, the last line of each window is kinder than the truth, unless --vectors gives
held-out ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from statistics import fmean
from typing import Any

import click
import numpy as np
from rich.progress import track
from rich.table import Table

from bench.records import read_lines, texts_by_id
from bench.tables import console
from bot.intake.normalise import from_record
from bot.model import Fact, Item
from bot.routing.novelty import fresh_facts, keys_after
from bot.settings import LEXICON_FILE, default_directory
from bot.signals.document import read
from bot.signals.facts import extract
from bot.signals.lexicon import Lexicon
from bot.stories.fitting import FOLDS, Grouped, fit, grouped_by
from bot.stories.likeness import Likeness
from bot.stories.sense import Sense
from bot.stories.signature import Vector, signature

SHOWN = (3, 3, 2, 2)  # figures of each measure: precision, recall and, where it says something, F1


@dataclass(frozen=True, slots=True)
class Score:
    """Precision and recall of one measure."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Window:
    """News that people grouped, what each item states, and whether it says something new about its story."""

    grouped: Grouped
    facts: list[tuple[Fact, ...]]
    news: list[bool]


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--texts", type=click.Path(exists=True, path_type=Path), help="Titles of lines that have none, by id.")
@click.option("--vectors", type=click.Path(exists=True, path_type=Path), help="Held-out vectors of FILES (npz).")
@click.option("--write", type=click.Path(path_type=Path), help="Also fit on all FILES, into this file.")
@click.option("--threshold", type=float, default=-1.0, show_default=True, help="Log-odds from which an item joins.")
def stories(
    files: tuple[Path, ...], texts: Path | None, vectors: Path | None, write: Path | None, threshold: float
) -> None:
    """Score FILES by weights fitted on other FILES: JSON lines with id, title, outlet, date and story."""
    if len(files) < 2:
        raise click.UsageError("give two FILES or more: each is scored by what others teach")
    senses = _read_by(Sense()) if vectors is None else _given(vectors)
    known = {} if texts is None else texts_by_id(texts)
    windows = [_window(path, known, senses) for path in track(files, description="reading", transient=True)]
    table = Table(title="Stories, each window scored by what others taught", title_justify="left")
    for heading in ("window", "way", "BCubed P, R, F1", "pairwise P, R, F1", "first P, R", "new fact P, R"):
        table.add_column(heading)
    folds, scored = min(FOLDS, len(windows)), defaultdict[str, list[list[Score]]](list)
    taught = [
        _ways([other.grouped for at, other in enumerate(windows) if at % folds != fold], threshold)
        for fold in range(folds)
    ]
    for place, (path, window) in enumerate(zip(files, windows, strict=True)):
        for name, way in taught[place % folds].items():
            scores = _scores(window, way(window.grouped))
            scored[name].append(scores)
            table.add_row(path.stem, name, *map(_shown, scores, SHOWN))
        table.add_section()
    for name, rows in scored.items():
        columns = zip(zip(*rows, strict=True), SHOWN, strict=True)
        table.add_row("mean", name, *(_mean(column, count) for column, count in columns))
    console().print(table)
    if write:
        write.write_text(fit([window.grouped for window in windows], threshold).model_dump_json(indent=1) + "\n")


Way = Callable[[Grouped], list[Hashable]]


def _ways(others: Sequence[Grouped], threshold: float) -> dict[str, Way]:
    """The parts of the method, one after the other: the ablation."""
    full = Likeness(fit(others, threshold))
    worded = Likeness(fit([_without_sense(other) for other in others], threshold))
    return {
        "alone": lambda window: list(range(len(window.items))),
        "same words": lambda window: [item["words"].tobytes() for item in window.items],
        "words": lambda window: grouped_by(_without_sense(window), worded),
        "words and sense": lambda window: grouped_by(window, full),
    }


def _without_sense(window: Grouped) -> Grouped:
    words_only = window.items.copy()
    words_only["read"] = False
    return replace(window, items=words_only)


Senses = Callable[[str, Sequence[Item]], Iterable[Vector]]


def _read_by(sense: Sense) -> Senses:
    """The senses of the items of a window, as the shipped encoder reads them."""
    return lambda _, items: [sense.of(item) for item in items]


def _given(path: Path) -> Senses:
    """The senses that `python -m bot.stories.training --held-out` wrote, by the name of the window."""
    known = np.load(path)
    return lambda name, _: known[name]


def _window(path: Path, texts: Mapping[str, Mapping[str, Any]], senses: Senses) -> Window:
    now = datetime.now(UTC)
    lines = [{**({} if "title" in line else texts.get(line["id"], {})), **line} for line in read_lines(path, dict)]
    if not all("story" in line for line in lines):
        raise click.ClickException(f"{path}: a line without a story; give files that people grouped")
    keys = ("id", "title", "summary", "outlet", "date", "lang")
    items = [from_record({key: line[key] for key in keys if line.get(key)}, now) for line in lines]
    pairs = zip(items, senses(path.stem, items), strict=True)
    return Window(
        grouped=Grouped(np.array([signature(*pair) for pair in pairs]), [line["story"] for line in lines]),
        facts=[_facts(item) for item in items],
        news=[bool(line.get("new_fact")) for line in lines],
    )


def _facts(item: Item) -> tuple[Fact, ...]:
    document = read(item, _lexicon())
    return () if document is None else extract(document, _lexicon())


@lru_cache(maxsize=1)
def _lexicon() -> Lexicon:
    return Lexicon.load(default_directory() / LEXICON_FILE)


def _scores(window: Window, found: Sequence[Hashable]) -> list[Score]:
    """In the order of the columns."""
    stories = window.grouped.stories
    return [bcubed(stories, found), pairwise(stories, found), firsts(stories, found), _news(window, found)]


def _figures(score: Score, count: int) -> tuple[float, ...]:
    return (score.precision, score.recall, score.f1)[:count]


def _shown(score: Score, count: int) -> str:
    return " ".join(f"{figure:.3f}" for figure in _figures(score, count))


def _mean(scores: Sequence[Score], count: int) -> str:
    columns = zip(*(_figures(score, count) for score in scores), strict=True)
    return " ".join(f"{fmean(column):.3f}" for column in columns)


def _news(window: Window, found: Sequence[Hashable]) -> Score:
    """Of the items that are told as news of a story that is known, how many are, and the reverse."""
    told: defaultdict[Hashable, frozenset[str]] = defaultdict(frozenset)
    said = set()
    for place, (story, facts) in enumerate(zip(found, window.facts, strict=True)):
        if story in told and fresh_facts(facts, facts, told[story]):
            said.add(place)
        told[story] = keys_after(told[story], facts, None)
    true = {place for place, new in enumerate(window.news) if new}
    return Score(len(true & said) / (len(said) or 1), len(true & said) / (len(true) or 1))


def bcubed(gold: Sequence[Hashable], found: Sequence[Hashable]) -> Score:
    """Of each item, how much of its group belongs with it, and how much of what belongs with it is in its group."""
    true, said = _groups(gold), _groups(found)
    both = [
        (len(true[one] & said[other]), len(said[other]), len(true[one]))
        for one, other in zip(gold, found, strict=True)
    ]
    return Score(
        sum(shared / size for shared, size, _ in both) / len(both),
        sum(shared / size for shared, _, size in both) / len(both),
    )


def pairwise(gold: Sequence[Hashable], found: Sequence[Hashable]) -> Score:
    """Of the pairs that are put together, how many belong together, and the reverse."""
    true, said = _pairs(gold), _pairs(found)
    return Score(len(true & said) / (len(said) or 1), len(true & said) / (len(true) or 1))


def firsts(gold: Sequence[Hashable], found: Sequence[Hashable]) -> Score:
    """Of the items that are said to open a story, how many do, and the reverse."""
    true, said = _openers(gold), _openers(found)
    return Score(len(true & said) / len(said), len(true & said) / len(true))


def _groups(labels: Sequence[Hashable]) -> dict[Hashable, set[int]]:
    groups: defaultdict[Hashable, set[int]] = defaultdict(set)
    for place, label in enumerate(labels):
        groups[label].add(place)
    return groups


def _pairs(labels: Sequence[Hashable]) -> set[tuple[int, int]]:
    return {pair for group in _groups(labels).values() for pair in combinations(sorted(group), 2)}


def _openers(labels: Collection[Hashable]) -> set[int]:
    seen: dict[Hashable, int] = {}
    for place, label in enumerate(labels):
        seen.setdefault(label, place)
    return set(seen.values())
