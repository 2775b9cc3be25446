"""How right the facts are: precision and recall by type, on items whose facts people wrote down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from bench.judging.fact_matching import Labelled, Tally, rules, score
from bench.records import read_lines, texts_by_id
from bench.tables import console
from bot.assembly import classifier_of
from bot.codec import facts_from_json
from bot.intake.normalise import from_record
from bot.model import Fact
from bot.settings import LEXICON_FILE, default_directory
from bot.signals.document import read
from bot.signals.evaluation.charts import wilson
from bot.signals.evaluation.metrics import ratio
from bot.signals.facts import extract
from bot.signals.lexicon import Lexicon

NEEDED = (
    'facts: skipped, it needs labelled facts: python -m bench facts FACTS.jsonl, lines as {"id", "title", '
    '"summary"?, "date", "lang"?, "facts": [...]}, each fact as `tradewire classify` prints it, without its span; '
    'with "open": true it counts neither way'
)
TEXTS = "Where lines without a title, as in bench/judging/labels/facts.jsonl, find their text, by id; .gz too."
_NO_SPAN = {"field": "title", "start": 0, "end": 0}


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--classified", is_flag=True, help="As verdicts have them: none from items that are not read closely.")
@click.option("--errors", is_flag=True, help="List the facts that are wrong, and those that are missed.")
@click.option("--texts", type=click.Path(exists=True, dir_okay=False, path_type=Path), help=TEXTS)
def facts(files: tuple[Path, ...], *, classified: bool, errors: bool, texts: Path | None) -> None:
    """Score the facts found in the items of FILES, JSON lines."""
    if not files:
        click.echo(NEEDED)
        return
    now = datetime.now(UTC)
    known = texts_by_id(texts) if texts else {}
    labelled = [
        each
        for path in files
        for each in read_lines(path, lambda line: labelled_facts({**known.get(str(line.get("id")), {}), **line}, now))
    ]
    lexicon = Lexicon.load(default_directory() / LEXICON_FILE)
    found = _by_classifier(labelled) if classified else _by_extractor(labelled, lexicon)
    tallies = _count(labelled, list(found), lexicon)
    _show(tallies, f"Facts: {len(labelled):,} items of {', '.join(path.name for path in files)}")
    if errors:
        _list(tallies)


def labelled_facts(record: Mapping[str, Any], now: datetime) -> Labelled:
    """The item and the facts of one JSON object. Raises ValueError or LookupError where a key is wrong."""
    due: list[Fact] = []
    undecided: list[Fact] = []
    for plain in record["facts"]:
        (fact,) = facts_from_json([{**plain, "span": _NO_SPAN}])
        (undecided if plain.get("open") else due).append(fact)
    return Labelled(str(record.get("id")), from_record(record, now), due, undecided)


def _by_extractor(labelled: Sequence[Labelled], lexicon: Lexicon) -> Iterator[tuple[Fact, ...]]:
    for record in labelled:
        document = read(record.item, lexicon)
        yield extract(document, lexicon) if document else ()


def _by_classifier(labelled: Sequence[Labelled]) -> Iterator[tuple[Fact, ...]]:
    classifier = classifier_of(default_directory() / LEXICON_FILE)
    return (classifier.classify(record.item).facts for record in labelled)


def _count(labelled: Sequence[Labelled], found: Sequence[tuple[Fact, ...]], lexicon: Lexicon) -> dict[str, Tally]:
    tallies = {}
    for rule in rules(lexicon):
        tally = tallies[rule.name] = Tally()
        for record, those in zip(labelled, found, strict=True):
            score(rule, those, record, tally)
    return tallies


def _show(tallies: Mapping[str, Tally], title: str) -> None:
    table = Table(title=title, title_justify="left", caption_justify="left")
    table.caption = "Excused: found, and open to dispute. In brackets 95 % intervals (Wilson)."
    table.add_column("type")
    for heading in ("due", "found", "right", "wrong", "excused", "missed", "precision", "recall"):
        table.add_column(heading, justify="right")
    for name, tally in tallies.items():
        judged, due = tally.right + len(tally.wrong), tally.right + len(tally.missed)
        counts = (due, judged + tally.excused, tally.right, len(tally.wrong), tally.excused, len(tally.missed))
        table.add_row(name, *map(str, counts), _share(tally.right, judged), _share(tally.right, due))
    console().print(table)


def _share(right: int, whole: int) -> str:
    share = ratio(right, whole)
    if share is None:
        return "-"
    low, high = wilson(share, whole)
    return f"{share:.3f} ({low:.2f}-{high:.2f})"


def _list(tallies: Mapping[str, Tally]) -> None:
    for name, tally in tallies.items():
        for what, those in (("wrong", tally.wrong), ("missed", tally.missed)):
            for line in those:
                click.echo(f"{what}  {name}: {line}")
