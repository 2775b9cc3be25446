"""Whether anything leaks: one bot polls the same feeds for as long as you like, and its memory is looked at.

Every poll brings two new entries, so all of the way is walked: fetch, parse in the real pool, judge, pages of what
is undecided or urgent, stories, decisions, a console. The slope leaves out the first third, in which caches fill.
"""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression

import click
import sqlalchemy as sa
from rich.table import Table

from bench.tables import console
from bot.assembly import Bot, assembled
from bot.clock import SystemClock
from bot.deliver.console import ConsoleChannel
from bot.heap import keep_what_is_loaded, use_memory_sparingly
from bot.observe.logs import configure_logs
from bot.settings import load
from bot.store.schema import items, sources

FEEDS = 100
EVERY = 1_000  # polls from one look to the next
WARMING = 1 / 3  # of the run
MIB = 2**20
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Look:
    """After so many polls, in MiB of resident memory: our process, and its workers together."""

    polls: int
    own: float
    workers: float
    processes: int  # ids of workers seen so far: those that were replaced too
    read: int  # pages


class _Nowhere(io.StringIO):
    """A console whose output nobody keeps."""

    def write(self, text: str) -> int:
        return len(text)


@click.command()
@click.option("--minutes", default=1.0, show_default=True, type=click.FloatRange(min=0.05), help="How long to poll.")
@click.option("--feeds", default=FEEDS, show_default=True, type=click.IntRange(1, 5_000))
@click.option("--every", default=EVERY, show_default=True, type=click.IntRange(min=1), help="Polls between looks.")
def soak(minutes: float, feeds: int, every: int) -> None:
    """Measure whether memory grows with the number of polls."""
    use_memory_sparingly()
    configure_logs("ERROR")
    with tempfile.TemporaryDirectory() as folder, _server() as port:
        _configure(Path(folder), port, feeds)
        looks = asyncio.run(_poll(Path(folder), minutes * 60, feeds, every))
    console().print(_table(looks), growth(looks))


async def _poll(folder: Path, seconds: float, feeds: int, every: int) -> list[Look]:
    looks: list[Look] = []
    seen: set[int] = set()
    polls, ends = 0, time.monotonic() + seconds
    async with assembled(load(folder), console=ConsoleChannel(_Nowhere(), SystemClock())) as bot:
        await bot.service.prepare()
        keep_what_is_loaded()
        while time.monotonic() < ends:
            await bot.database.write(_all_due, bot)
            await bot.service.pollers.run_due()
            await bot.service.senders.run_due()
            polls += feeds
            children = _children()
            seen |= children
            if polls // every > (looks[-1].polls // every if looks else 0):
                read = await bot.database.read(_pages_read)
                own, workers = _resident(os.getpid()), sum(map(_resident, children))
                looks.append(Look(polls, own / MIB, workers / MIB, len(seen), read))
    return looks


def _all_due(connection: sa.Connection, bot: Bot) -> None:
    connection.execute(sa.update(sources).values(due_at=bot.clock.now()))


def _pages_read(connection: sa.Connection) -> int:
    asked = sa.select(sa.func.count()).select_from(items).where(items.c.page.is_not(None))
    return int(connection.execute(asked).scalar_one())


def _children() -> set[int]:
    """See proc_pid_task_tid_children(5)."""
    listed = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    mine = {int(child) for path in listed for child in path.read_text().split()}
    return {child for child in mine if _is_worker(child)}


def _is_worker(process: int) -> bool:
    try:
        return b"worker_process" in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:  # it has just ended
        return False


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE
    except OSError:
        return 0


@contextmanager
def _server() -> Iterator[int]:
    command = [sys.executable, "-m", "bench.soak.server"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


def _configure(folder: Path, port: int, feeds: int) -> None:
    hosts = [f"127.0.{number // 250}.{1 + number % 250}:{port}" for number in range(feeds)]
    listed = "".join(
        f'[[source]]\nid = "s{number}"\nurl = "http://{host}/feed/{number}"\n' for number, host in enumerate(hosts)
    )
    (folder / "sources.toml").write_text(listed)
    (folder / "tradewire.toml").write_text(
        '[intake]\nallow_networks = ["127.0.0.0/8"]\npage_deadline = "3s"\n'
        f'[database]\nurl = "sqlite:///{folder / "tradewire.db"}"\n'
    )
    (folder / "routes.toml").write_text(
        '[[route]]\nname = "desk"\nto = ["console"]\nwhen = "topic:trade OR topic:market"\n'
    )


def _table(looks: Sequence[Look]) -> Table:
    table = Table(title="Resident memory, MiB", title_justify="left")
    for heading in ("polls", "own process", "workers", "workers so far", "pages asked for"):
        table.add_column(heading, justify="right")
    for look in looks:
        figures = f"{look.own:.1f}", f"{look.workers:.1f}", str(look.processes), f"{look.read:,}"
        table.add_row(f"{look.polls:,}", *figures)
    return table


def growth(looks: Sequence[Look]) -> str:
    """What 1,000 polls add, by least squares."""
    settled = [look for look in looks if look.polls > looks[-1].polls * WARMING]
    if len(settled) < 2:
        return "too short to tell whether memory grows: more --minutes, or a smaller --every"
    thousands = [look.polls / 1_000 for look in settled]
    own = linear_regression(thousands, [look.own for look in settled]).slope
    workers = linear_regression(thousands, [look.workers for look in settled]).slope
    return f"growth per 1,000 polls: {own:+.2f} MiB of our process, {workers:+.2f} MiB of its workers"
