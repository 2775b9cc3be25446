"""`eval`: how good the verdicts are on records that people labelled."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.base import COULD_NOT, Problem, complain, config_option
from bot.cli.judging import classifier_for, record_of
from bot.cli.progress import in_chunks
from bot.counts import how_many

if TYPE_CHECKING:
    from bot.signals.evaluation.document import Reading
    from bot.signals.evaluation.labels import Judged, Labelled, Period
    from bot.signals.evaluation.report import Report

CHUNK = 256  # items that the classifier takes at once
WIDTH = 100  # columns of the report where standard output is no terminal
PLOTS = (".html", ".svg")
MIN_OUTLET = 50  # records: the figures of a smaller outlet are mostly chance
_DEFAULT_MISTAKES = 10
_DAY = click.DateTime(["%Y-%m-%d"])


class _BareErrors(click.Command):
    """`--errors` needs no number, wherever it stands."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        given = []
        for place, argument in enumerate(args):
            following = args[place + 1] if place + 1 < len(args) else ""
            bare = argument == "--errors" and not following.isdecimal()
            given.append(f"--errors={_DEFAULT_MISTAKES}" if bare else argument)
        return super().parse_args(ctx, given)


@click.command("eval", cls=_BareErrors)
@click.argument("labels", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@config_option
@click.option(
    "--since",
    type=_DAY,
    metavar="YYYY-MM-DD",
    help="Only records of this day or later: evaluate on time held out of training.",
)
@click.option("--until", type=_DAY, metavar="YYYY-MM-DD", help="Only records of this day or earlier. Days are UTC.")
@click.option(
    "--natural",
    multiple=True,
    metavar="STRATUM",
    help="A stratum that was drawn as items came, for false alarms per 1,000; may be repeated. Without it: strata "
    "with `natural` in their name, else all records, which the report then says.",
)
@click.option(
    "--min-outlet",
    type=click.IntRange(min=1),
    default=MIN_OUTLET,
    show_default=True,
    metavar="N",
    help="Records that an outlet needs to be listed.",
)
@click.option(
    "--errors",
    type=click.IntRange(min=1),
    metavar="[N]",
    help=f"List the N worst mistakes of each sort, with the words that misled; {_DEFAULT_MISTAKES} without a number.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of tables.")
@click.option(
    "--plot",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw precision-recall and reliability into this file: .html or .svg.",
)
def evaluate(
    labels: str,
    config: Path | None,
    since: datetime | None,
    until: datetime | None,
    natural: tuple[str, ...],
    min_outlet: int,
    errors: int | None,
    as_json: bool,
    plot: Path | None,
) -> None:
    """Measure the verdicts on LABELS, a file of JSON lines (- for standard input).

    A line is an item as `classify --jsonl` takes it, with its labels: "trade", "market", "urgent" (0 or 1; missing
    or null: the record does not count for that topic), "direction" where trade is 1, "kind" where market is 1, and
    "stratum", how the record was drawn. Other keys are not read. A broken line is said and left out; then the exit
    code is 1.

    Per topic, language, outlet and stratum: precision, recall, F1 of the flags; average precision and calibration of
    the probabilities; 95 % bootstrap intervals over records. Labels that the model was trained on flatter it.
    """
    if plot and plot.suffix.lower() not in PLOTS:
        raise click.BadParameter(f"{plot.name} must end in {' or '.join(PLOTS)}", param_hint="--plot")
    from bot.signals.evaluation.document import Reading
    from bot.signals.evaluation.labels import Period
    from bot.signals.evaluation.report import evaluate as report_on

    period = Period(since=since.date() if since else None, until=until.date() if until else None)
    classifier = classifier_for(config)
    with click.open_file(labels, "rb") as lines:
        done = _judge(lines, classifier, period)
    name = "standard input" if labels == "-" else labels
    if not done.judged:
        raise Problem(_nothing_left(name, done, period))
    try:
        report = report_on(done.judged, natural=natural, min_outlet=min_outlet, mistakes=errors or 0)
    except ValueError as error:
        raise Problem(f"{name}: {error}") from None
    reading = Reading(
        file=name,
        records=done.records,
        broken=done.broken,
        outside=done.records - len(done.judged),
        period=period,
    )
    if plot:
        _draw(report, reading, plot)
    _print(report, reading, as_json=as_json)
    if done.broken:
        sys.exit(COULD_NOT)


@dataclass(slots=True)
class _Done:
    """What became of the lines."""

    judged: list[Judged] = field(default_factory=list)
    records: int = 0  # in the period or not
    broken: int = 0


def _judge(lines: Iterable[bytes], classifier: Any, period: Period) -> _Done:
    from bot.signals.evaluation.labels import Judged

    done = _Done()
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    for chunk in in_chunks(numbered, CHUNK, "Judging"):
        chosen = [record for record in _labelled(chunk, done) if _within(period, record)]
        verdicts = [classifier.classify(each.item) for each in chosen]
        done.judged += [
            Judged(labelled=each, verdict=verdict) for each, verdict in zip(chosen, verdicts, strict=True)
        ]
    return done


def _labelled(lines: Iterable[tuple[int, bytes]], done: _Done) -> Iterator[Labelled]:
    """The records of the numbered `lines`, counted in `done`. A broken line is said and passed over."""
    from bot.signals.evaluation.labels import labelled

    now = datetime.now(UTC)
    for number, line in lines:
        try:
            record = labelled(record_of(line), now)
        except (ValueError, RecursionError) as error:
            done.broken += 1
            complain(f"line {number}: {error}")
        else:
            done.records += 1
            yield record


def _within(period: Period, record: Labelled) -> bool:
    """An undated record is in no limited period."""
    published = record.item.published_at
    return period.holds(published) if published else not period.limited


def _nothing_left(name: str, done: _Done, period: Period) -> str:
    if not done.records:
        return f'{name}: no labelled record; a line is {{"id": "a1", "title": "…", "trade": 1, "market": 0}}'
    days = f"{period.since or 'the start'} to {period.until or 'the end'}"
    return f"{name}: {how_many(done.records, 'record')}, none dated {days}; widen --since and --until"


def _draw(report: Report, reading: Reading, path: Path) -> None:
    from bot.signals.evaluation.plot import html_page, svg_picture

    picture = (html_page if path.suffix.lower() == ".html" else svg_picture)(report, Path(reading.file).name)
    try:
        path.write_text(picture, "utf-8")
    except OSError as error:
        raise Problem(f"{path}: cannot be written: {error.strerror}") from None


def _print(report: Report, reading: Reading, *, as_json: bool) -> None:
    if as_json:
        from bot.signals.evaluation.document import document

        click.echo(json.dumps(document(report, reading)))
        return
    from rich.console import Console

    from bot.cli.evaluation_tables import show

    show(report, reading, Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False))
