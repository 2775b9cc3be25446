"""The report of `eval` as a person reads it: tables that fit into 100 columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.counts import how_many
from bot.intake.text import cut
from bot.signals.evaluation.confusion import NONE_GIVEN, NOT_FLAGGED, Confusion
from bot.signals.evaluation.document import Reading
from bot.signals.evaluation.metrics import BINS
from bot.signals.evaluation.mistakes import AllMistakes, Mistake, Mistakes
from bot.signals.evaluation.natural import ALERT, PER, Stream
from bot.signals.evaluation.report import Coverage, Report, TopicReport
from bot.signals.evaluation.resampling import CONFIDENCE, REPLICATES, Estimate
from bot.signals.evaluation.scores import Scores

UNDEFINED = "–"
_ROOMY = 4  # names; a table of more has its heads on two lines
_TITLE = 300  # characters of a headline; a message posted as a title can be a page long
_FEW = 20  # positives; below it an interval is little more than a hint


def show(report: Report, reading: Reading, console: Console) -> None:
    for head in _head(report.coverage, reading, report.model):
        console.print(head)
    _section(console, "Topics", _topics(report))
    for line in _notes(report):
        console.print(Padding(Text(line, style="dim"), (0, 0, 0, 1), expand=False))
    _section(console, "Calibration: of the items said to be this probable, how many are", _calibration(report))
    _section(console, "On a stream", _stream(report.stream))
    console.print(Padding(Text(report.stream.meaning, style="dim"), (0, 0, 0, 1), expand=False))
    _show_confusion(console, "Direction of trade news", report.direction, report.direction_by_language)
    _show_confusion(console, "Kind of market news", report.kind, {})
    for topic, each in report.topics.items():
        _section(console, f"{topic.capitalize()}, group by group", _groups(each, report.min_outlet))
    if report.mistakes:
        _show_mistakes(console, report.mistakes)


# --- what was read ----------------------------------------------------------------------------------------


def _head(coverage: Coverage, reading: Reading, model: str) -> Iterable[Text]:
    yield Text(f"{_printable(reading.file)} · judged by {model}", style="bold")
    days = f"; {coverage.first} to {coverage.last}" if coverage.first else ""
    undated = f", {coverage.undated:,} undated" if coverage.undated else ""
    yield Text(f"{how_many(coverage.judged, 'record')}: {_listed(coverage.languages)}{days}{undated}")
    if reading.outside:
        yield Text(f"{how_many(reading.outside, 'record is', 'records are')} left out: of another day, or undated")
    if reading.broken:
        yield Text(f"{how_many(reading.broken, 'broken line is', 'broken lines are')} left out", style="red")
    if coverage.repeated_ids:
        repeated = how_many(coverage.repeated_ids, "record has", "records have")
        yield Text(f"{repeated} the id of an earlier one: counted again")
    if coverage.abstained.n:
        missed = ", ".join(f"{n:,} {topic}" for topic, n in coverage.abstained.positives.items())
        languages = _listed(coverage.abstained.languages)
        others = how_many(coverage.abstained.n, "more is", "more are")
        yield Text(f"{others} in languages that are not ours ({languages}) and in no figure; labelled 1: {missed}")


def _notes(report: Report) -> Iterable[str]:
    yield (
        f"Ranges: {CONFIDENCE:.0%} bootstrap intervals, {REPLICATES:,} replicates; rough below {_FEW} positives "
        "(dim). AP: average precision. ECE: expected calibration error."
    )
    best = [
        f"{topic} {each.best.f1:.2f} from {each.best.threshold:.2f} on"
        for topic, each in report.topics.items()
        if each.best
    ]
    if best:
        yield f"Best F1 of any threshold, chosen on these very records: {', '.join(best)}."


# --- tables -----------------------------------------------------------------------------------------------


def _topics(report: Report) -> Table:
    table = _table("topic", "n", "positive", "flagged", "precision", "recall", "F1", "AP", "ECE", "Brier")
    for topic, each in report.topics.items():
        figures = each.overall
        table.add_row(
            topic,
            *_counts(figures),
            *map(_ranged, (figures.precision, figures.recall, figures.f1, figures.average_precision)),
            _number(figures.calibration_error, 3),
            _number(figures.brier, 3),
        )
    return table


def _calibration(report: Report) -> Table:
    heads = [head for topic in report.topics for head in (f"{topic:>8}\nn", "\nsaid", "\ntrue")]
    table = _table("\nprobability", *heads)
    for place in range(BINS):
        cells = []
        for each in report.topics.values():
            line = each.overall.reliability[place]
            cells += [f"{line.n:,}", _number(line.mean_probability), _number(line.share_positive)]
        table.add_row(f"{place / BINS:.1f}–{(place + 1) / BINS:.1f}", *cells)
    return table


def _stream(stream: Stream) -> Table:
    table = _table("alert for", "n", "positive", "false alarms", f"per {PER:,} items", "recall")
    for name, each in stream.topics.items():
        table.add_row(
            "trade or market" if name == ALERT else name,
            f"{each.n:,}",
            f"{each.positives:,}",
            f"{each.false_alarms:,}",
            _per_thousand(each.false_alarms_per_1000),
            _ranged(each.recall),
        )
    return table


def _groups(topic: TopicReport, min_outlet: int) -> Table:
    table = _table("", "n", "positive", "flagged", "precision", "recall", "F1", "AP", "ECE")
    dimensions = {
        "language": topic.by_language,
        f"outlet (from {min_outlet} records)": topic.by_outlet,
        "stratum": topic.by_stratum,
    }
    for dimension, groups in dimensions.items():
        if groups:
            table.add_section()
            table.add_row(Text(dimension, style="bold"))
        for name, figures in groups.items():
            table.add_row(
                Text(f" {_printable(name)}", overflow="ellipsis", no_wrap=True),
                *_counts(figures),
                *(_number(each.value if each else None) for each in (figures.precision, figures.recall)),
                _ranged(figures.f1),
                _ranged(figures.average_precision),
                _number(figures.calibration_error, 3),
                style="dim" if figures.positives < _FEW else "",
            )
    return table


def _show_confusion(
    console: Console, title: str, confusion: Confusion | None, by_language: Mapping[str, Confusion]
) -> None:
    if confusion is None:
        return
    _section(console, f"{title}: as labelled (rows), as we said (columns)", _confusion(confusion))
    accuracy, of_all = _ranged(confusion.accuracy), _ranged(confusion.accuracy_of_all)
    macro, frequent = _number(confusion.macro_f1), _number(confusion.most_frequent)
    lines = [
        f"Accuracy {accuracy} of {confusion.flagged:,} flagged; with misses as wrong, {of_all} of {confusion.n:,}.",
        f"Of the flagged: macro F1 {macro}; always saying the most frequent one would be right in {frequent}.",
    ]
    if len(by_language) > 1:
        each = (f"{name} {_ranged(figures.accuracy)} of {figures.flagged:,}" for name, figures in by_language.items())
        lines.append(f"Accuracy by language: {'; '.join(each)}.")
    for line in lines:
        console.print(Padding(Text(line), (0, 0, 0, 1), expand=False))


def _confusion(confusion: Confusion) -> Table:
    names = list(confusion.counts)
    unnamed = any(row[NONE_GIVEN] for row in confusion.counts.values())
    columns = [*names, *([NONE_GIVEN] if unnamed else []), NOT_FLAGGED]
    table = _table("", *(_narrow(name) if len(names) > _ROOMY else name for name in columns), "recall")
    for name, row in confusion.counts.items():
        cells = [
            Text(f"{row[said]:,}", style="bold" if said == name else "" if row[said] else "dim") for said in columns
        ]
        table.add_row(name, *cells, _number(confusion.classes[name].recall))
    table.add_section()
    table.add_row("precision", *(_number(confusion.classes[name].precision) for name in names))
    return table


# --- mistakes ---------------------------------------------------------------------------------------------


def _show_mistakes(console: Console, mistakes: AllMistakes) -> None:
    for topic, false_alarms in mistakes.false_alarms.items():
        _show_worst(console, f"{topic}: flagged, labelled 0", false_alarms)
        _show_worst(console, f"{topic}: missed, labelled 1", mistakes.misses[topic])
    _show_worst(console, "direction: labelled → said", mistakes.direction, named=True)
    _show_worst(console, "kind: labelled → said", mistakes.kind, named=True)


def _show_worst(console: Console, title: str, mistakes: Mistakes, *, named: bool = False) -> None:
    if not mistakes.total:
        return
    shown = f"the worst {len(mistakes.worst)} of " if len(mistakes.worst) < mistakes.total else ""
    console.print()
    console.print(Text(f"{title} ({shown}{mistakes.total:,})", style="bold"))
    for each in mistakes.worst:
        console.print(Padding(_mistake(each, named=named), (0, 0, 0, 1), expand=False))


def _mistake(mistake: Mistake, *, named: bool) -> Text:
    place = ", ".join(filter(None, (mistake.outlet, mistake.lang, mistake.id)))
    text = Text(f"{mistake.probability:.2f}  ", style="bold")
    if named:
        text.append(f"{mistake.labelled} → {mistake.said}  ", style="not bold")
    text.append(cut(_printable(mistake.title), _TITLE), style="not bold")
    text.append(f"  ({_printable(place)})", style="not bold dim")
    quotes = " · ".join(f"“{_printable(each.text)}” {each.weight:+.1f}" for each in mistake.evidence)
    text.append(f"\n      {quotes or 'nothing quoted'}", style="not bold cyan" if quotes else "not bold dim")
    return text


# --- cells ------------------------------------------------------------------------------------------------


def _section(console: Console, title: str, table: Table) -> None:
    console.print()
    console.print(Text(title, style="bold"))
    console.print(table)


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column(first, no_wrap=True, overflow="ellipsis", max_width=26)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _counts(figures: Scores) -> tuple[str, str, str]:
    return f"{figures.n:,}", f"{figures.positives:,}", f"{figures.flagged:,}"


def _ranged(estimate: Estimate | None) -> str:
    """ "0.93 .92–.95": the value with its interval, twelve columns at most."""
    if estimate is None:
        return UNDEFINED
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.2f}"
    return f"{estimate.value:.2f} {_bound(estimate.low)}–{_bound(estimate.high)}"


def _bound(value: float) -> str:
    shown = f"{value:.2f}"
    return "1.0" if shown == "1.00" else shown.removeprefix("0")


def _per_thousand(estimate: Estimate | None) -> str:
    if estimate is None:
        return UNDEFINED
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.1f}"
    return f"{estimate.value:.1f} {estimate.low:.1f}–{estimate.high:.1f}"


def _narrow(head: str) -> str:
    """A column head on two lines."""
    return head.replace("-", "-\n", 1).replace(" ", "\n", 1)


def _number(value: float | None, digits: int = 2) -> str:
    return UNDEFINED if value is None else f"{value:.{digits}f}"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {n:,}" for name, n in counts.items())


def _printable(text: str) -> str:
    """Without control characters: ids and strata come as they stand in the file."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)
