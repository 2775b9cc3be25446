"""The whole bot against everything hostile that the tests have: how long it holds its event loop, what memory stays.

The server is a process of its own. Floods come as fast as they are taken, and limits are those that ship but for the
deadlines, which would only make it take longer.
"""

from __future__ import annotations

import asyncio
import gc
import io
import os
import platform
import subprocess
import sys
import tempfile
import time
from asyncio.events import Handle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click
import sqlalchemy as sa
from rich.table import Table

from bench.tables import console
from bot.assembly import Bot, assembled
from bot.clock import SystemClock
from bot.deliver.card import Card
from bot.deliver.console import ConsoleChannel
from bot.heap import keep_what_is_loaded, use_memory_sparingly
from bot.model import Delivery, Receipt
from bot.observe.logs import configure_logs
from bot.settings import load
from bot.store.schema import sources
from tests.fakes.hostile import CASES
from tests.fakes.hostile.good import GOOD_FEEDS, GOOD_TITLES
from tests.fakes.hostile.server import NETWORK, fake_names, hosts_of

ROUNDS = 3
MIB = 2**20
STEP = "_run"  # of asyncio's Handle: what the loop calls for every callback, and nothing else
CONFIGURATION = """[intake]
allow_networks = ["{network}"]
deadline = "5s"
parse_deadline = "5s"
parallel = 48
[delivery]
hourly = 1000
[database]
url = "sqlite:///{folder}/tradewire.db"
"""


@dataclass
class Round:
    """One poll of everything. Seconds and bytes."""

    wall: float
    processor: float  # of the bot's own process
    holds: list[float] = field(default_factory=list)  # processor time of the loop's thread, one callback each
    longest_wall: float = 0.0  # of one callback: what other threads and processes took of it, too
    resident: int = 0
    workers: int = 0  # bytes of all of them
    alerts: int = 0  # of good feeds


@click.command()
@click.option("--rounds", type=click.IntRange(min=1), default=ROUNDS, show_default=True)
def hostile(rounds: int) -> None:
    """Poll everything hostile and twenty good feeds."""
    command = [sys.executable, "-m", "bench.hostile.server"]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        assert server.stdout
        port = int(server.stdout.readline())
        configure(Path(folder), port)
        before, measured = asyncio.run(_rounds(Path(folder), rounds))
        inside, _ = server.communicate()
    _show(before, measured, int(inside))


def configure(folder: Path, port: int) -> None:
    hosts = hosts_of(case.name for case in (*CASES, *GOOD_FEEDS))
    (folder / "tradewire.toml").write_text(CONFIGURATION.format(network=NETWORK, folder=folder))
    (folder / "sources.toml").write_text(
        "".join(f'[[source]]\nid = "{name}"\nurl = "http://{host}:{port}/{name}"\n' for name, host in hosts.items())
    )
    (folder / "routes.toml").write_text('[[route]]\nname = "desk"\nto = ["console"]\nwhen = "topic:trade"\n')


async def _rounds(folder: Path, rounds: int) -> tuple[int, list[Round]]:
    use_memory_sparingly()
    configure_logs("CRITICAL")
    titles: list[str] = []

    def note(delivery: Delivery, card: Card, receipt: Receipt) -> None:
        titles.append(card.title)

    channel = ConsoleChannel(io.StringIO(), SystemClock())
    outside = hosts_of([CASES[0].name])[CASES[0].name]
    with fake_names(outside):
        async with assembled(load(folder), console=channel, on_sent=note) as bot:
            await bot.service.prepare()
            keep_what_is_loaded()
            before = resident(os.getpid())
            measured = []
            for _ in range(rounds):
                titles.clear()
                measured.append(await _round(bot))
                measured[-1].alerts = len(set(titles) & set(GOOD_TITLES))
    return before, measured


async def _round(bot: Bot) -> Round:
    due = sa.update(sources).values(due_at=bot.clock.now())
    await bot.database.write(lambda connection: connection.execute(due))
    wall, processor = time.perf_counter(), time.process_time()
    with watched_loop() as (holds, walls):
        await bot.service.once()
    spent = Round(wall=time.perf_counter() - wall, processor=time.process_time() - processor)
    gc.collect()
    spent.holds, spent.longest_wall = sorted(holds, reverse=True), max(walls)
    spent.resident, spent.workers = resident(os.getpid()), sum(map(resident, children()))
    return spent


@contextmanager
def watched_loop() -> Iterator[tuple[list[float], list[float]]]:
    """How long each callback of the event loop takes, in processor and in wall time."""
    run: Callable[[Handle], None] = getattr(Handle, STEP)
    holds: list[float] = []
    walls: list[float] = []

    def timed(handle: Handle) -> None:
        processor, wall = time.thread_time(), time.perf_counter()
        run(handle)
        holds.append(time.thread_time() - processor)
        walls.append(time.perf_counter() - wall)

    setattr(Handle, STEP, timed)
    try:
        yield holds, walls
    finally:
        setattr(Handle, STEP, run)


def resident(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def children() -> Iterator[int]:
    """The worker processes."""
    for task in Path("/proc/self/task").iterdir():
        yield from map(int, (task / "children").read_text(encoding="ascii").split())


def _show(before: int, measured: list[Round], inside: int) -> None:
    table = Table(title=f"{len(CASES)} hostile and {len(GOOD_FEEDS)} good feeds", title_justify="left")
    for heading in (
        "round", "wall, s", "CPU, s", "longest hold, ms of CPU", "of wall", "over 20 ms", "bot, MiB",
        "workers, MiB", "good feeds alerted",
    ):  # fmt: skip
        table.add_column(heading, justify="right")
    for number, each in enumerate(measured, start=1):
        table.add_row(
            str(number),
            f"{each.wall:.1f}",
            f"{each.processor:.1f}",
            f"{each.holds[0] * 1e3:.0f}",
            f"{each.longest_wall * 1e3:.0f}",
            str(sum(hold > 0.02 for hold in each.holds)),
            f"{each.resident / MIB:.0f}",
            f"{each.workers / MIB:.0f}",
            str(each.alerts),
        )
    where = f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores"
    console().print(table, f"{where}; {before / MIB:.0f} MiB before; connections to inside addresses: {inside}")
