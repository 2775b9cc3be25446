"""How fast 1, 2 and 4 real workers empty one outbox on PostgreSQL, and whether each message came once and in order.

The workers are processes of the program itself, the platforms are processes that keep what they got. What the fakes
kept is held against what was decided: nothing twice, nothing missing, every channel in order.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import click
from rich.table import Table

from bench.scale import desk
from bench.scale.desk import Fake, Meter, Used
from bench.tables import console
from bot.deliver.drain import LEASE
from bot.store.engine import Database

DELIVERIES, DESTINATIONS = 20_000, 500
WORKERS = "1,2,4"
SLACK_SHARE = 0.5
SLACK_SHARE_WITH_RATES = 0.1  # so that both platforms are about as long at it: Slack takes 5 a second, Discord 40
STUCK_S = 200.0  # without a message: longer than a lease
LONGER = 15.0  # seconds that the paused worker stands still beyond its lease


class Wrong(NamedTuple):
    """What the fakes kept otherwise than it was decided."""

    twice: int
    missing: int
    misplaced: int  # channels whose messages are not in their order


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One run."""

    workers: int
    rates: bool
    deliveries: int
    seconds: float
    used: Used
    refused: int  # answers of 429
    wrong: Wrong
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
    outcomes: list[Outcome] = []
    with desk.postgres(admin_url) as (url, folder):
        if pause:
            outcomes.append(_run(url, folder, deliveries, destinations, 2, rates=False, pause=True))
        else:
            for with_rates in (False, True) if rates is None else (rates,):
                for count in wanted:
                    outcomes.append(_run(url, folder, deliveries, destinations, count, rates=with_rates))
                    show(outcomes[-1:])
    show(outcomes)
    if any(any(each.wrong) or each.held for each in outcomes):
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
    answers = [fake.ask("/kept") for fake in fakes]
    kept = [(channel, delivery) for answer in answers for channel, delivery, _ in answer["kept"]]
    times = [moment for answer in answers for _, _, moment in answer["kept"]]
    return Outcome(
        workers=workers,
        rates=rates,
        deliveries=len(times),
        seconds=max(times) - min(times),
        used=used,
        refused=sum(answer["refused"] for answer in answers),
        wrong=compared(database.read_now(desk.order), kept),
        held=database.read_now(desk.leases_held),
        paused=paused,
    )


def compared(decided: Mapping[str, Sequence[str]], kept: Sequence[tuple[str, str]]) -> Wrong:
    """Deliveries as they were decided, by channel, against the channel and delivery of each message as it came."""
    came = Counter(delivery for _, delivery in kept)
    by_channel: dict[str, list[str]] = {}
    for channel, delivery in kept:
        if delivery not in by_channel.setdefault(channel, []):
            by_channel[channel].append(delivery)
    return Wrong(
        twice=sum(count - 1 for count in came.values()),
        missing=sum(delivery not in came for deliveries in decided.values() for delivery in deliveries),
        misplaced=sum(
            by_channel.get(channel, []) != [delivery for delivery in due if delivery in came]
            for channel, due in decided.items()
        ),
    )


def show(outcomes: Sequence[Outcome]) -> None:
    table = Table(title="Workers on one outbox, PostgreSQL", title_justify="left")
    for heading in (
        "workers", "rates", "messages", "seconds", "a second", "ms CPU worker/ server/ fakes", "trans- actions",
        "429s", "twice", "missing", "mis- placed", "leases left",
    ):  # fmt: skip
        table.add_column(heading, justify="right")
    for each in outcomes:
        cpu = (each.used.workers, each.used.server, each.used.fakes)
        table.add_row(
            f"{each.workers}{', one paused' if each.paused else ''}",
            "kept" if each.rates else "none",
            f"{each.deliveries:,}",
            f"{each.seconds:.1f}",
            f"{each.deliveries / each.seconds:.1f}",
            "/".join(f"{seconds / each.deliveries * 1e3:.1f}" for seconds in cpu),
            f"{each.used.transactions / each.deliveries:.1f}",
            *(str(count) for count in (each.refused, *each.wrong, each.held)),
        )
    console().print(table)
