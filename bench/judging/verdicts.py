"""How right the verdicts are on labelled headlines, beside what simpler methods give, and what each costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click
from rich.progress import track
from rich.table import Table

from bench.cost import cpu, feeds_of, parse_all
from bench.judging.baselines import by_keywords, by_lexicon, by_published_list
from bench.records import read_lines
from bench.tables import console
from bot.model import Item, Label, Verdict
from bot.settings import LEXICON_FILE, default_directory
from bot.signals.classifier import WEIGHTS, Classifier, Model
from bot.signals.document import language_of
from bot.signals.evaluation.confusion import direction_confusion, directions
from bot.signals.evaluation.labels import TOPICS, Judged, Labelled, Period, labelled
from bot.signals.evaluation.resampling import Estimate
from bot.signals.evaluation.scores import sample_of, scores
from bot.signals.lexicon import Lexicon

AT_ONCE = 100  # records in one interleaved round
WARM_UP = 20  # records judged before the clock runs
NEEDED = (
    "judgement: skipped, it needs labelled headlines: python -m bench judgement LABELS.jsonl, lines as "
    '`tradewire eval` takes them: {"id", "title", "summary"?, "date"?, "lang"?, "trade", "market", '
    '"urgent": 0 or 1, "direction"?}'
)


@dataclass(slots=True)
class Judge:
    """A way to judge, and what came of it."""

    name: str
    classify: Callable[[Item], Verdict]
    topics: tuple[Label, ...] = TOPICS  # that it has an opinion on
    directions: bool = True
    judged: list[Judged] = field(default_factory=list)
    seconds: float = 0.0

    def judge(self, records: Sequence[Labelled]) -> None:
        verdicts: list[Verdict] = []
        self.seconds += cpu(lambda: verdicts.extend(self.classify(record.item) for record in records))
        self.judged += [
            Judged(labelled=record, verdict=verdict) for record, verdict in zip(records, verdicts, strict=True)
        ]


@click.command()
@click.argument("labels", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD", help="Only records since this day.")
@click.option(
    "--weights",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=WEIGHTS,
    show_default="the shipped model",
    help="The folder of another model, such as one trained on what came before --since.",
)
def judgement(labels: Path | None, since: datetime | None, weights: Path) -> None:
    """Compare the classifier with word list, keyword rules and lexicon on LABELS, a file of JSON lines."""
    if labels is None:
        click.echo(NEEDED)
        return
    period = Period(since=since.date() if since else None)
    now = datetime.now(UTC)
    records = [record for record in read_lines(labels, lambda line: labelled(line, now)) if _within(period, record)]
    ours = [record for record in records if language_of(record.item)]
    if not ours:
        raise click.ClickException(f"{labels}: none of its records is in the period and in a language of ours")
    judges = _judges(Lexicon.load(default_directory() / LEXICON_FILE), Model.load(weights))
    unit = _run(judges, ours)
    since_when = f" since {period.since}" if period.since else ""
    _show(judges, unit, f"{labels.name}{since_when}, {judges[-1].judged[0].verdict.model}")
    console().print(_what(ours, len(records)))


def _within(period: Period, record: Labelled) -> bool:
    published = record.item.published_at
    return period.holds(published) if published else not period.limited


def _judges(lexicon: Lexicon, model: Model) -> list[Judge]:
    return [
        Judge("published list", by_published_list, topics=("trade",), directions=False),
        Judge("keyword rules", by_keywords),
        Judge("our lexicon", partial(by_lexicon, lexicon=lexicon)),
        Judge("our classifier", Classifier(lexicon, model).classify),
    ]


def _run(judges: Sequence[Judge], records: Sequence[Labelled]) -> float:
    """Every judge on every record, in interleaved rounds. Seconds of feedparser for the same items."""
    for judge in judges:
        for record in records[:WARM_UP]:
            judge.classify(record.item)
    unit = 0.0
    for start in track(range(0, len(records), AT_ONCE), description="judgement", transient=True):
        portion = records[start : start + AT_ONCE]
        unit += cpu(partial(parse_all, feeds_of([record.item for record in portion])))
        for judge in judges:
            judge.judge(portion)
    return unit


# --- figures ----------------------------------------------------------------------------------------------


def f1_of(judged: Iterable[Judged], topic: Label) -> Estimate | None:
    sample = sample_of(judged, topic)
    return scores(sample).f1 if sample.n else None


def direction_accuracy(judged: Iterable[Judged]) -> Estimate | None:
    """Over all records that are labelled trade with a direction: where trade was missed, so was the direction."""
    found = direction_confusion(directions(judged))
    return found.accuracy_of_all if found else None


def _figures(judge: Judge) -> list[Estimate | None]:
    english = [each for each in judge.judged if _is_english(each.labelled)]
    others = [each for each in judge.judged if not _is_english(each.labelled)]
    wanted: list[tuple[Label, list[Judged]]] = [("trade", others), ("market", others)]
    return [
        *(f1_of(english, topic) if topic in judge.topics else None for topic in TOPICS),
        direction_accuracy(english) if judge.directions else None,
        *(f1_of(group, topic) if topic in judge.topics else None for topic, group in wanted),
        direction_accuracy(others) if judge.directions else None,
    ]


def _is_english(record: Labelled) -> bool:
    return language_of(record.item) == "en"


# --- the table --------------------------------------------------------------------------------------------


def _show(judges: Sequence[Judge], unit: float, title: str) -> None:
    table = Table(title=f"Judgement: F1, direction by accuracy; {title}", title_justify="left", show_lines=True)
    headings = ("trade", "market", "urgent", "direction", "trade,\nothers", "market,\nothers", "direction,\nothers")
    table.add_column("")
    for heading in (*headings, "CPU ms", "x feed-\nparser"):
        table.add_column(heading, justify="right")
    for judge in judges:
        each = judge.seconds / len(judge.judged) * 1e3
        table.add_row(judge.name, *map(_cell, _figures(judge)), f"{each:.3f}", f"{judge.seconds / unit:.2f}")
    console().print(table)


def _cell(estimate: Estimate | None) -> str:
    """The figure, and below it the 95 % interval."""
    if estimate is None:
        return "-"
    span = "" if estimate.low is None else f"\n{estimate.low:.2f}-{estimate.high:.2f}"
    return f"{estimate.value:.2f}{span}"


def _what(records: Sequence[Labelled], read: int) -> str:
    english = sum(map(_is_english, records))
    return (
        f"{english:,} records in English, {len(records) - english:,} in others of our languages; "
        f"{read - len(records):,} left out, in none of them. Below each figure its 95 % bootstrap interval; a "
        "direction is wrong where trade was missed. CPU for one headline of this file, which may hold far "
        "more news than a stream does; feedparser reads it with title, link, guid, date and summary, or one sentence "
        "where it has none. Labels that a model was trained on flatter it."
    )
