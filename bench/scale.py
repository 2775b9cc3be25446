"""How fast 1, 2 and 4 real workers empty one outbox on PostgreSQL, and whether each message came once and in order.

The workers are processes of the program itself, the platforms are processes that keep what they got. What the fakes
kept is held against what was decided: nothing twice, nothing missing, every channel in order.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path

import click
from rich.table import Table

from bench import scale_desk as desk
from bench.scale_desk import Fake, Meter, Used
from bench.tables import console
from bot.deliver.drain import LEASE
from bot.store.engine import Database

DELIVERIES, DESTINATIONS = 20_000, 500
WORKERS = "1,2,4"
SLACK_SHARE = 0.5
SLACK_SHARE_WITH_RATES = 0.1  # so that both platforms are about as long at it: Slack takes 5 a second, Discord 40
STUCK_S = 200.0  # without a message: longer than a lease
LONGER = 15.0  # seconds that the paused worker stands still beyond its lease


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One run. CPU in seconds."""

    workers: int
    rates: bool
    deliveries: int
    seconds: float
    worker_cpu: float
    server_cpu: float
    fakes_cpu: float
    transactions: int
    refused: int  # answers of 429
    twice: int
    missing: int
    misplaced: int  # channels whose messages are not in their order
    held: int  # leases after the stop
    paused: bool = False


@click.command()
@click.option("--deliveries", type=click.IntRange(min=10), default=DELIVERIES, show_default=True)
@click.option("--destinations", type=click.IntRange(min=2), default=DESTINATIONS, show_default=True)
@click.option(
    "--workers", "counts", default=WORKERS, show_default=True, help="Runs with so many, one after the other."
)
@click.option("--rates/--no-rates", "rates", default=None, help="Only with, or only without the platforms' rates.")
@click.option("--pause", is_flag=True, help="Stop one of two workers for longer than its lease (SIGSTOP).")
@click.option("--database", "admin_url", help="A PostgreSQL whose user may create databases; else one of its own.")
def scale(
    deliveries: int, destinations: int, counts: str, *, rates: bool | None, pause: bool, admin_url: str | None
) -> None:
    """Measure how fast workers empty one outbox, on PostgreSQL."""
    wanted = [int(count) for count in counts.split(",")]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        server = nullcontext(admin_url) if admin_url else desk.server(Path(folder) / "postgres")
        url = stack.enter_context(server)
        outcomes = []
        if pause:
            outcomes.append(_run(url, Path(folder), deliveries, destinations, 2, rates=False, pause=True))
        else:
            for with_rates in (False, True) if rates is None else (rates,):
                for count in wanted:
                    outcomes.append(_run(url, Path(folder), deliveries, destinations, count, rates=with_rates))
                    show(outcomes[-1:])
    show(outcomes)
    if any(each.twice or each.missing or each.misplaced or each.held for each in outcomes):
        raise click.ClickException("messages were repeated, lost or out of order, or leases were kept")


def _run(
    admin_url: str, folder: Path, deliveries: int, destinations: int, count: int, *, rates: bool, pause: bool = False
) -> Outcome:
    slack = max(1, round(destinations * (SLACK_SHARE_WITH_RATES if rates else SLACK_SHARE)))
    everywhere = desk.places(slack, destinations - slack)
    with desk.fresh_database(admin_url) as url, desk.fakes("slack", "discord", rates=rates) as fakes:
        database = Database(url)
        with desk.workers(count, url, folder, fakes, rates=rates) as workers:
            meter = Meter(database, workers, fakes)
            database.write_now(desk.put_in, everywhere, deliveries // destinations)
            due = deliveries // destinations * destinations
            if pause:
                _stand_still(workers[0], fakes, due)
            _wait_for(fakes, due)
            time.sleep(1.5)  # the last receipts are written
            used = meter.read()
        outcome = _judged(database, fakes, used, workers=count, rates=rates, paused=pause)
        database.close()
    return outcome


def _wait_for(fakes: Sequence[Fake], due: int) -> None:
    last, since = -1, time.monotonic()
    while (arrived := _arrived(fakes)) < due:
        if arrived != last:
            last, since = arrived, time.monotonic()
        if time.monotonic() - since > STUCK_S:
            return
        time.sleep(0.25)


def _arrived(fakes: Sequence[Fake]) -> int:
    return sum(int(fake.ask("/count")) for fake in fakes)


def _stand_still(worker: subprocess.Popen[bytes], fakes: Sequence[Fake], due: int) -> None:
    """Stopped in the middle of its work, with leases in its hands and messages on their way."""
    while _arrived(fakes) < due / 5:
        time.sleep(0.05)
    os.kill(worker.pid, signal.SIGSTOP)
    time.sleep(LEASE.total_seconds() + LONGER)
    os.kill(worker.pid, signal.SIGCONT)
    time.sleep(LONGER)


def _judged(
    database: Database,
    fakes: Sequence[Fake],
    used: Used,
    *,
    workers: int,
    rates: bool,
    paused: bool,
) -> Outcome:
    """What the fakes kept against what was decided."""
    decided, answers = database.read_now(desk.order), [fake.ask("/kept") for fake in fakes]
    kept: dict[str, list[str]] = {}
    times: list[float] = []
    for channel, delivery, moment in (entry for answer in answers for entry in answer["kept"]):
        kept.setdefault(channel, []).append(delivery)
        times.append(moment)
    came = Counter(delivery for deliveries in kept.values() for delivery in deliveries)
    return Outcome(
        workers=workers,
        rates=rates,
        deliveries=len(times),
        seconds=max(times) - min(times),
        worker_cpu=used.workers,
        server_cpu=used.server,
        fakes_cpu=used.fakes,
        transactions=used.transactions,
        refused=sum(answer["refused"] for answer in answers),
        twice=sum(count - 1 for count in came.values()),
        missing=sum(delivery not in came for deliveries in decided.values() for delivery in deliveries),
        misplaced=sum(list(dict.fromkeys(kept.get(channel, []))) != due for channel, due in decided.items()),
        held=database.read_now(desk.leases_held),
        paused=paused,
    )


def show(outcomes: Sequence[Outcome]) -> None:
    table = Table(title="Workers on one outbox, PostgreSQL", title_justify="left")
    for heading in (
        "workers", "rates", "messages", "seconds", "a second", "ms CPU worker", "server", "fakes", "transactions",
        "429s", "twice", "missing", "misplaced", "leases left",
    ):  # fmt: skip
        table.add_column(heading, justify="right")
    for each in outcomes:
        table.add_row(
            f"{each.workers}{', one paused' if each.paused else ''}",
            "kept" if each.rates else "none",
            f"{each.deliveries:,}",
            f"{each.seconds:.1f}",
            f"{each.deliveries / each.seconds:.1f}",
            *(f"{cpu / each.deliveries * 1e3:.2f}" for cpu in (each.worker_cpu, each.server_cpu, each.fakes_cpu)),
            f"{each.transactions / each.deliveries:.1f}",
            *(str(count) for count in (each.refused, each.twice, each.missing, each.misplaced, each.held)),
        )
    console().print(table)
