"""How the benchmarks print what they measured."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from bench.cost import FEEDPARSER

WIDTH = 120  # columns where standard output is no terminal


def console() -> Console:
    return Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)


def show_costs(title: str, seconds: Mapping[str, Sequence[float]], comment: str = "") -> None:
    """A table of `seconds` for one entry, by stage and round, as ratios to feedparser's, and the comment below it."""
    unit = statistics.median(seconds[FEEDPARSER])
    table = Table(title=title, title_justify="left")
    for heading in ("stage", "ms, median", "min to max", "x feedparser"):
        table.add_column(heading, justify="left" if heading == "stage" else "right")
    for name, runs in seconds.items():
        median = statistics.median(runs)
        span = f"{min(runs) * 1e3:.3f} to {max(runs) * 1e3:.3f}"
        table.add_row(name, f"{median * 1e3:.3f}", span, f"{median / unit:.2f}")
    console().print(table, comment)
