"""A replay as a person reads it: the list of what would have been sent, and the figures."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import TypeVar

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.counts import how_many
from bot.deliver.console import one_line
from bot.intake.text import cut
from bot.model import Destination, Tier
from bot.replay.decisions import Decided
from bot.replay.figures import Days, Figures, Traffic, Trial

_TITLE = 200  # characters of a headline
_MOST_COLUMNS = 56  # of the line of bars
_BARS = "▁▂▃▄▅▆▇█"
_NOTHING = "·"
_INDENT = 7  # under the time of day
_Name = TypeVar("_Name", bound=str)
_LOUD = {Tier.FLASH: "bold red", Tier.URGENT: "bold yellow"}


# --- the list ---------------------------------------------------------------------------------------------


def show_list(found: Iterable[Decided], console: Console) -> None:
    """One entry a decision, under its day; destinations that were decided on alike stand together."""
    console.print(Text("Times are UTC", style="dim"))
    day: date | None = None
    for _, alike in groupby(found, key=_alike):
        each, *others = alike
        at = each.notice.decided_at
        if at.date() != day:
            day = at.date()
            console.print(Text(f"{day:%a} {day}", style="bold"))
        places = [each.notice.destination, *(other.notice.destination for other in others)]
        console.print(_entry(each, places), soft_wrap=True)


def _alike(each: Decided) -> Hashable:
    notice = each.notice
    return notice.item_key, notice.route, notice.reason, notice.detail, notice.tier, each.in_thread, each.sent_at


def _entry(each: Decided, places: Sequence[Destination]) -> Text:
    notice, sent = each.notice, each.sent_at is not None
    text = Text(f"{notice.decided_at:%H:%M}  ", style="" if sent else "dim")
    text.append(f"{notice.tier:<6} " if sent else "not sent ", style=_LOUD.get(notice.tier, "cyan") if sent else "")
    text.append(f"{notice.reason:<9} ")
    text.append("↳ " if each.in_thread and sent else "")
    text.append(cut(one_line(each.title), _TITLE), style="bold" if sent else "")
    about = [one_line(each.outlet), _way(notice.route, places), one_line(notice.detail), _fate(each)]
    text.append(f"\n{'':{_INDENT}}{' · '.join(filter(None, about))}", style="dim")
    return text


def _fate(each: Decided) -> str:
    """What became of a message that was held."""
    if each.notice.until is None:
        return ""
    return f"sent {each.sent_at:%Y-%m-%d %H:%M} UTC" if each.sent_at else "not sent: a later message says it"


# --- the figures ------------------------------------------------------------------------------------------


def show_summary(figures: Figures, remarks: Sequence[str], console: Console) -> None:
    days, items = figures.days, figures.items
    console.print()
    span = f"{days.first} to {days.last}: {_days(days)}"
    console.print(Text(f"{how_many(items, 'item')}, {span}, {_rate(items / len(days))} a day", "bold"))
    for remark in remarks:
        console.print(Text(remark, style="yellow"))
    for route, places, traffic in figures.together():
        console.print()
        console.print(Text(_way(route, places), style="bold"))
        console.print(Padding(_sums(traffic, days), (0, 0, 0, 1)))
    if figures.trials:
        console.print()
        console.print(Text("Messages a day at other thresholds, each route by itself", style="bold"))
        console.print(Padding(_trials(figures.trials, days), (0, 0, 0, 1)))


def _sums(traffic: Traffic, days: Days) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    for name, value in _lines(traffic, days):
        table.add_row(name, value)
    return table


def _lines(traffic: Traffic, days: Days) -> Iterator[tuple[str, str]]:
    if busiest := traffic.busiest():
        mean = f"{traffic.messages:,}: {_rate(traffic.messages / len(days))} a day"
        most = f"{traffic.by_day[busiest]:,} on {busiest}, the busiest"
        yield "messages", f"{mean}; {most}; none on {len(days) - len(traffic.by_day):,} of {_days(days)}"
        yield "day by day", _course(traffic, days)
        yield from _scale(traffic, days)
        alerts = how_many(traffic.messages - traffic.threads, "alert")
        yield "of these", f"{alerts}, {traffic.threads:,} in their threads"
        yield "tiers", _counts({tier: traffic.tiers[tier] for tier in reversed(Tier) if traffic.tiers[tier]})
        yield "reasons", _counts(traffic.reasons)
    else:
        yield "messages", "none"
    if traffic.superseded:
        yield "held back", f"{traffic.superseded:,} held by quiet hours and said by a later message instead"
    if traffic.quiet:
        yield "not sent", _counts(traffic.quiet)


def _course(traffic: Traffic, days: Days) -> str:
    return f"{days.first} {bars(traffic.means(days.columns(_MOST_COLUMNS)))} {days.last}"


def _scale(traffic: Traffic, days: Days) -> Iterator[tuple[str, str]]:
    """What the bars mean where they are not single days."""
    columns = days.columns(_MOST_COLUMNS)
    if len(columns[0]) > 1:
        yield "", f"each bar {len(columns[0]):,} days; the highest {_rate(max(traffic.means(columns)))} a day"


def bars(values: Sequence[float]) -> str:
    """One character a value; the highest is a full block, nothing a dot."""
    most = max(values, default=0)
    return "".join(_BARS[round(value / most * (len(_BARS) - 1))] if value else _NOTHING for value in values)


def _trials(trials: Sequence[Trial], days: Days) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("route", no_wrap=True, overflow="ellipsis", max_width=30)
    table.add_column("threshold now")
    thresholds = list(dict.fromkeys(threshold for trial in trials for threshold in trial.messages))
    for threshold in thresholds:
        table.add_column("as it is" if threshold is None else f"{threshold:g}", justify="right")
    for trial in trials:
        now = "the labels" if trial.threshold is None else f"{trial.threshold:g}"
        sent = [trial.messages[threshold] for threshold in thresholds]
        table.add_row(Text(one_line(trial.route)), now, *(_rate(each / len(days)) for each in sent))
        table.add_row("", "in all", *(f"{each:,}" for each in sent), style="dim")
    return table


# --- words ------------------------------------------------------------------------------------------------


def _way(route: str, places: Sequence[Destination]) -> str:
    return f"{one_line(route)} → {', '.join(map(str, places))}"


def _counts(counts: Mapping[_Name, int]) -> str:
    return ", ".join(f"{name} {n:,}" for name, n in sorted(counts.items(), key=lambda each: -each[1]))


def _days(days: Days) -> str:
    return how_many(len(days), "day")


def _rate(mean: float) -> str:
    """Two digits or more that mean something: 0.04, 1.3, 120."""
    if mean == 0:
        return "0"
    return f"{mean:.2f}" if mean < 1 else f"{mean:.1f}" if mean < 100 else f"{mean:,.0f}"
