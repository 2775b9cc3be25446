"""How well items are grouped into stories, on windows of news that people grouped: BCubed and pairwise figures.

Every file is scored by weights that were fitted on the other files only, by the very steps of the program: stored
candidates, then the likeliest story. BCubed: A. Bagga and B. Baldwin, "Entity-Based Cross-Document Coreferencing
Using the Vector Space Model", 1998. The encoder that gives an item its sense was trained on such windows too: where
FILES are those, the last line of each window is kinder than the truth; docs/stories.md has figures without that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from itertools import combinations
from pathlib import Path
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
from bot.stories.fitting import Grouped, fit, grouped_by
from bot.stories.likeness import Likeness
from bot.stories.sense import Sense
from bot.stories.signature import signature


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
@click.option("--write", type=click.Path(path_type=Path), help="Also fit on all FILES, into this file.")
@click.option("--threshold", type=float, default=-0.75, show_default=True, help="Log-odds from which an item joins.")
def stories(files: tuple[Path, ...], texts: Path | None, write: Path | None, threshold: float) -> None:
    """Score FILES, each by weights fitted on the others: JSON lines with id, title, outlet, date and story."""
    if len(files) < 2:
        raise click.UsageError("give two FILES or more: each is scored by what the others teach")
    sense = Sense()
    known = {} if texts is None else texts_by_id(texts)
    windows = [_window(path, known, sense) for path in track(files, description="reading", transient=True)]
    table = Table(title="Stories, each window scored by the others' weights", title_justify="left")
    for heading in ("window", "way", "BCubed P, R, F1", "pairwise P, R, F1", "first P, R", "new fact P, R"):
        table.add_column(heading)
    for place, (path, window) in enumerate(zip(files, windows, strict=True)):
        others = [other.grouped for at, other in enumerate(windows) if at != place]
        for name, way in _ways(others, threshold).items():
            table.add_row(path.stem, name, *_figures(window, way(window.grouped)))
        table.add_section()
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


def _window(path: Path, texts: Mapping[str, Mapping[str, Any]], sense: Sense) -> Window:
    now = datetime.now(UTC)
    lines = [{**({} if "title" in line else texts.get(line["id"], {})), **line} for line in read_lines(path, dict)]
    if not all("story" in line for line in lines):
        raise click.ClickException(f"{path}: a line without a story; give files that people grouped")
    keys = ("id", "title", "summary", "outlet", "date", "lang")
    items = [from_record({key: line[key] for key in keys if line.get(key)}, now) for line in lines]
    return Window(
        grouped=Grouped(
            np.array([signature(item, sense.of(item)) for item in items]), [line["story"] for line in lines]
        ),
        facts=[_facts(item) for item in items],
        news=[bool(line.get("new_fact")) for line in lines],
    )


def _facts(item: Item) -> tuple[Fact, ...]:
    document = read(item, _lexicon())
    return () if document is None else extract(document, _lexicon())


@lru_cache(maxsize=1)
def _lexicon() -> Lexicon:
    return Lexicon.load(default_directory() / LEXICON_FILE)


def _figures(window: Window, found: Sequence[Hashable]) -> list[str]:
    stories = window.grouped.stories
    scores = (bcubed(stories, found), pairwise(stories, found))
    first, new = firsts(stories, found), _news(window, found)
    shown = [f"{score.precision:.3f} {score.recall:.3f} {score.f1:.3f}" for score in scores]
    return [*shown, *(f"{score.precision:.3f} {score.recall:.3f}" for score in (first, new))]


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
