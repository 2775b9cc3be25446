"""How many feeds 1, 2 and 4 real workers poll a second on PostgreSQL: unchanged (304), and with new entries.

The feeds are served on 32 loopback addresses, over plain connections: TLS costs the client another millisecond or so.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import sqlalchemy as sa
from rich.table import Table

from bench.scale import desk
from bench.scale.desk import Fake, Meter
from bench.scale.fakes import HOSTS
from bench.tables import console
from bot.store.engine import Database
from bot.store.schema import sources

FEEDS = 150
WORKERS = "1,2,4"
PATIENCE_S = 600.0


@dataclass(frozen=True, kw_only=True)
class Round:
    """Every feed polled once. CPU in seconds."""

    workers: int
    what: str
    polls: int
    seconds: float
    worker_cpu: float
    server_cpu: float
    transactions: int


@click.command()
@click.option("--feeds", type=click.IntRange(min=1), default=FEEDS, show_default=True)
@click.option("--workers", "counts", default=WORKERS, show_default=True)
@click.option("--database", "admin_url", help="A PostgreSQL whose user may create databases; else one of its own.")
def polls(feeds: int, counts: str, admin_url: str | None) -> None:
    """Measure how many feeds workers poll a second, on PostgreSQL."""
    rounds: list[Round] = []
    with desk.postgres(admin_url) as (url, folder):
        for count in map(int, counts.split(",")):
            rounds += _rounds(url, folder, feeds, count)
    show(rounds)


def _rounds(admin_url: str, folder: Path, feeds: int, count: int) -> Iterator[Round]:
    with desk.fresh_database(admin_url) as url, desk.fakes("feeds") as fakes:
        database = Database(url)
        _write_sources(folder, fakes[0], feeds)
        with desk.workers(count, url, folder, fakes) as workers:
            _polled(fakes, feeds)  # the first poll, in which the workers also warm up
            _settled(database)
            for what, changes in (("unchanged", 0), ("two new entries", 1), ("ten new entries", 5)):
                for _ in range(changes):
                    fakes[0].ask("/change")
                meter, before = Meter(database, workers, fakes), int(fakes[0].ask("/count"))
                started = time.monotonic()
                database.write_now(_make_due)
                _polled(fakes, before + feeds)
                _settled(database)
                seconds, used = time.monotonic() - started, meter.read()
                yield Round(
                    workers=count,
                    what=what,
                    polls=feeds,
                    seconds=seconds,
                    worker_cpu=used.workers,
                    server_cpu=used.server,
                    transactions=used.transactions,
                )
        database.close()


def _write_sources(folder: Path, served: Fake, feeds: int) -> None:
    port = served.url.rpartition(":")[2]
    (folder / "config").mkdir(exist_ok=True)
    lines = (
        f'[[source]]\nid = "f{number}"\nname = "Feed {number}"\nevery = "1h"\n'
        f'url = "http://127.0.0.{number % HOSTS + 1}:{port}/{number}"\n'
        for number in range(feeds)
    )
    (folder / "config" / "sources.toml").write_text("".join(lines))


def _make_due(connection: sa.Connection) -> None:
    connection.execute(sa.update(sources).values(due_at=sa.func.now()))


def _polled(fakes: Sequence[Fake], count: int) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while int(fakes[0].ask("/count")) < count:
        if time.monotonic() > give_up:
            raise click.ClickException(f"the feeds were not all polled within {PATIENCE_S:.0f} s")
        time.sleep(0.1)


def _settled(database: Database) -> None:
    """Until no poll is under way."""
    held = sa.select(sa.func.count()).where(sources.c.lease_owner.is_not(None))
    while database.read_now(lambda connection: connection.execute(held).scalar_one()):
        time.sleep(0.1)


def show(rounds: Sequence[Round]) -> None:
    table = Table(title="Polls by workers on one PostgreSQL", title_justify="left")
    for heading in ("workers", "feeds", "polls", "a second", "ms CPU worker", "ms CPU server", "transactions"):
        table.add_column(heading, justify="left" if heading == "feeds" else "right")
    for each in rounds:
        table.add_row(
            str(each.workers),
            each.what,
            f"{each.polls:,}",
            f"{each.polls / each.seconds:.0f}",
            f"{each.worker_cpu / each.polls * 1e3:.2f}",
            f"{each.server_cpu / each.polls * 1e3:.2f}",
            f"{each.transactions / each.polls:.1f}",
        )
    console().print(table)
