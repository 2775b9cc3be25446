"""Tradewire's polling beside lemon24/reader's and a plain loop's, phase by phase, in turns."""

from __future__ import annotations

import json
import platform
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import click
from rich.console import Console
from rich.table import Table

from bench.pollers.documents import ODD
from bench.pollers.process import Contender, Cost
from bench.pollers.server import address
from bench.tables import WIDTH

PEERS = Path(".venv/peers/bin/python")  # where `make bench` installs reader
READER_WORKERS = 10
FEEDS, ROUNDS = 400, 3
OURS, READER, LOOP = "Tradewire", "reader", "plain loop"
REPORT = Path("docs/benchmarks.md")
BEGINS, ENDS = "<!-- pollers begin -->", "<!-- pollers end -->"


@dataclass(frozen=True, slots=True)
class Phase:
    """What the feeds answer, and the wish: so many times reader's feeds per CPU second."""

    name: str
    version: int
    validators: bool
    wish: float


PHASES = (
    Phase("first load", 1, validators=True, wish=1.4),
    Phase("unchanged (304)", 1, validators=True, wish=6),
    Phase("changed (2 new entries)", 2, validators=True, wish=8),
    Phase("identical (200, no validators)", 2, validators=False, wish=25),
)


@dataclass(slots=True)
class Measured:
    """What one contender took: a cost a round and phase, and its peaks in MiB."""

    costs: dict[str, list[Cost]] = field(default_factory=dict)
    peaks: list[float] = field(default_factory=list)


class Feeds:
    """The server of the feeds, in a process of its own."""

    def __init__(self, count: int) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "bench.pollers.server", str(self.port), str(count)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        self._process.stdout.readline()

    def show(self, phase: Phase) -> dict[str, int]:
        """Answer as in `phase` from now on; returns how often each status was answered until now."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"version": phase.version, "validators": phase.validators}) + "\n")
        self._process.stdin.flush()
        served: dict[str, int] = json.loads(self._process.stdout.readline())
        return served

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@click.command()
@click.option("--feeds", "count", type=click.IntRange(min=10), default=FEEDS, show_default=True)
@click.option("--rounds", type=click.IntRange(min=1), default=ROUNDS, show_default=True)
@click.option("--write", is_flag=True, help=f"Put the table into {REPORT}.")
def pollers(count: int, rounds: int, write: bool) -> None:
    """Compare polling with other programs', on feeds that this machine serves to itself."""
    if not PEERS.exists():
        raise click.ClickException(f"{PEERS} is missing: `make bench` installs the programs to compare with")
    feeds = Feeds(count)
    measured: dict[str, Measured] = {}
    try:
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as folder:
                _round(feeds, count, Path(folder), measured)
    finally:
        feeds.close()
    table = list(_rows(measured, count))
    _show(table, count, rounds)
    if write:
        _write(table, count, rounds)


def _round(feeds: Feeds, count: int, folder: Path, measured: dict[str, Measured]) -> None:
    with ExitStack() as stack:
        contenders = [stack.enter_context(each) for each in _contenders(feeds.port, count, folder)]
        for phase in PHASES:
            for contender in contenders:
                feeds.show(phase)
                cost = contender.refresh()
                _check(contender.name, phase, feeds.show(phase), count)
                measured.setdefault(contender.name, Measured()).costs.setdefault(phase.name, []).append(cost)
        for contender in contenders:
            measured[contender.name].peaks.append(contender.peak())


def _contenders(port: int, count: int, folder: Path) -> Iterator[Contender]:
    urls = [*(address(number, port) for number in range(count)), ""]
    ours, loops, readers = folder / "ours", folder / "loop", folder / "reader"
    module = [sys.executable, "-m"]
    yield Contender(OURS, [*module, "bench.pollers.with_tradewire", str(port), str(count), str(ours)], ours)
    script = Path(__file__).with_name("with_reader.py")
    yield Contender(READER, [str(PEERS), str(script), str(readers), str(READER_WORKERS)], readers, urls)
    yield Contender(LOOP, [*module, "bench.pollers.with_loop", str(loops)], loops, urls)


def _check(name: str, phase: Phase, served: Mapping[str, int], count: int) -> None:
    """Nobody is faster by asking less."""
    status = "304" if phase.name.startswith("unchanged") else "200"
    if sum(served.values()) != count or served.get(status, 0) < (1 - ODD) * count:  # odd feeds are parsed again
        raise click.ClickException(f"{name}, {phase.name}: asked for {count} feeds, the server answered {served}")


Row = tuple[str, str, str, str, str, str]
HEADINGS = ("phase", "program", "ms of CPU a feed", "least to most", "ms of wall a feed", "x reader")


def _rows(measured: Mapping[str, Measured], count: int) -> Iterator[Row]:
    for phase in PHASES:
        unit = median(cost.cpu for cost in measured[READER].costs[phase.name])
        for name, found in measured.items():
            cpu = [cost.cpu / count * 1e3 for cost in found.costs[phase.name]]
            wall = median(cost.wall for cost in found.costs[phase.name]) / count * 1e3
            times = unit / count * 1e3 / max(median(cpu), 1e-9)
            wish = f" (wish {phase.wish:g})" if name == OURS else ""
            span = f"{min(cpu):.2f} to {max(cpu):.2f}"
            yield phase.name, name, f"{median(cpu):.2f}", span, f"{wall:.2f}", f"{times:.1f}{wish}"
    for name, found in measured.items():
        peak = median(found.peaks)
        times = peak / median(measured[READER].peaks)
        yield "peak memory", name, f"{peak:.0f} MiB", "", "", f"{times:.1f} times as much"


def _show(rows: list[Row], count: int, rounds: int) -> None:
    table = Table(title=f"{count} feeds, {rounds} rounds in turns, medians", title_justify="left")
    for heading in HEADINGS:
        table.add_column(heading)
    for row in rows:
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False).print(table)


def _write(rows: list[Row], count: int, rounds: int) -> None:
    machine = f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}, {_cpu_name()}"
    lines = [
        f"{count} feeds, {rounds} rounds in turns, medians; {machine}; {datetime.now(UTC):%Y-%m-%d}.",
        "",
        f"| {' | '.join(HEADINGS)} |",
        f"|{'---|' * len(HEADINGS)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
    text = REPORT.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    REPORT.write_text(f"{before}{BEGINS}\n" + "\n".join(lines) + f"\n{ENDS}{after}", encoding="utf-8")


def _cpu_name() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else platform.processor()


def free_port() -> int:
    """On which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
