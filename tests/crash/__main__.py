"""`python -m tests.crash`: the long form. Prints the line for the table in docs/reliability.md."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

import click

from tests.crash.campaign import Outcome, Plan, run
from tests.crash.fleet import from_scratch

SHOWN = 40  # complaints


@click.command()
@click.option("--kills", type=click.IntRange(min=1), default=300, show_default=True)
@click.option("--database", type=click.Choice(["sqlite", "postgres"]), default="sqlite", show_default=True)
@click.option("--workers", type=click.IntRange(1, 4), help="Processes; 1 on SQLite, 2 on PostgreSQL.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of news, weather and kills.")
@click.option("--folder", type=click.Path(path_type=Path), help="For logs and configuration; a temporary one else.")
def crash(kills: int, database: str, workers: int | None, seed: int, folder: Path | None) -> None:
    """Kill the program over and over, and see whether everything is told once, in order."""
    folder = (folder or Path(tempfile.mkdtemp(prefix="crash-"))) / "run"
    folder.parent.mkdir(parents=True, exist_ok=True)
    workers = workers or (2 if database == "postgres" else 1)
    plan = Plan(kills=kills, workers=workers, seed=seed, start=from_scratch)
    with _database(database, folder.parent) as url:
        outcome = asyncio.run(run(plan, url, folder, partial(_say, time.monotonic())))
    _report(outcome, database, workers, seed)
    found = outcome.findings.all
    for words in found[:SHOWN]:
        click.echo(f"  {words}", err=True)
    if found:
        click.echo(f"{len(found)} complaints; logs in {folder}", err=True)
        sys.exit(1)


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'crash.db'}"
        return
    from tests.fakes.postgres import empty_database, postgres_server

    given = os.environ.get("TRADEWIRE_TEST_POSTGRES_URL")
    with (
        nullcontext(given) if given else postgres_server(folder / "postgres") as server,
        empty_database(server, f"tradewire_crash_{os.getpid()}") as url,
    ):
        yield url


def _say(began: float, number: int) -> None:
    if number % 25 == 0:
        click.echo(f"{number} kills, {time.monotonic() - began:.0f} s", err=True)


def _report(outcome: Outcome, database: str, workers: int, seed: int) -> None:
    found, told, kills = outcome.findings, outcome.findings.told, sum(outcome.kills.values())
    for counted in (outcome.kills, outcome.trouble):
        click.echo(", ".join(f"{n} {what}" for what, n in counted.most_common()), err=True)
    cells = (
        f"{'SQLite' if database == 'sqlite' else 'PostgreSQL'}, {workers}",
        f"{kills:,} ({outcome.under_way:,})",
        f"{sum(outcome.trouble.values()):,}",
        f"{outcome.stories:,}",
        f"{told['alerts']:,}",
        f"{told['replies']:,}",
        f"{told['edits']:,}",
        f"{told['direct']:,}",
        f"{told['again']:,}",
        *(f"{len(each)}" for each in (found.lost, found.repeated, found.disordered, found.unresolved)),
        f"{outcome.killing_s / kills:.1f} s",
        f"{outcome.settling_s:.0f} s",
        f"{seed}",
    )
    click.echo(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    crash()
