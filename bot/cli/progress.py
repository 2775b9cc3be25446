"""A progress bar for work that turns out to take long."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress

PATIENCE = 2.0  # seconds before the bar shows itself: a bar that flashes up is a nuisance

_T = TypeVar("_T")


def in_chunks(whole: Sequence[_T], size: int, what: str) -> Iterator[Sequence[_T]]:
    """`whole` in pieces of `size`, with a bar that counts what has been worked off."""
    with counting(what, len(whole)) as done:
        for start in range(0, len(whole), size):
            piece = whole[start : start + size]
            yield piece
            done(len(piece))


@contextmanager
def counting(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A bar on standard error; tell the function that it gives how many more are done. `total` None: nobody knows.

    The bar shows on a terminal only, and once the work has taken two seconds.
    """
    started = monotonic()
    with _bar() as bar:
        task = bar.add_task(what, total=total)

        def done(more: int) -> None:
            bar.advance(task, more)
            if monotonic() - started >= PATIENCE:
                bar.start()

        yield done


@contextmanager
def _bar() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(
        *columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty(), redirect_stdout=False
    )
    try:
        yield bar
    finally:
        bar.stop()
