"""What judging costs a headline, as a ratio to feedparser's cost of an entry, and whether memory stays steady."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from io import BufferedIOBase
from pathlib import Path
from threading import Thread

import click
from rich.progress import track

from bench.cost import FEEDPARSER, LONGEST, SHORTEST, bare_feeds_of, cpu, feeds_of, parse_all
from bench.judging.headlines import NEWS, Record, invented
from bench.records import read_lines
from bench.tables import show_costs
from bot.intake.normalise import from_record
from bot.model import Item
from bot.settings import LEXICON_FILE, default_directory
from bot.signals.blend import Blend
from bot.signals.classifier import WEIGHTS, Classifier, Model
from bot.signals.encoder import Encoder, Reading
from bot.signals.gate import Gate
from bot.signals.lexicon import Lexicon

COMMAND = (sys.executable, "-m", "bot", "classify", "--jsonl")
EARLY = 1_000  # items after which the memory is looked at first
UNDECLARED = 200  # headlines whose language is identified
_KEYS = ("id", "title", "summary", "body", "outlet", "date", "lang")

BARE = "feedparser, entries of one sentence"
FAST = "items that the gate stops"
WHOLE = "all items, in this process"
COMMAND_REST = "`classify --jsonl`, after its start"
IDENTIFY = "to read one in no declared language"


@dataclass(frozen=True, slots=True)
class Mix:
    """Headlines to judge, and what they are."""

    name: str
    records: Sequence[Record]
    items: Sequence[Item]

    @classmethod
    def of(cls, name: str, records: Sequence[Record]) -> Mix:
        """Raises ClickException where one of `records` is no item: the command would leave it unanswered."""
        try:
            return cls(name, records, [from_record(record, datetime.now(UTC)) for record in records])
        except ValueError as error:
            raise click.ClickException(f"{name}: {error}") from None


class CountingEncoder(Encoder):
    """Knows how many texts it has read."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.count = 0

    def read(self, text: str) -> Reading:
        self.count += 1
        return super().read(text)


@dataclass(frozen=True, slots=True)
class Run:
    """What a run of the command took."""

    answers: int
    cpu: float  # seconds, user and system
    wall: float  # seconds
    peaks: dict[int, int]  # bytes: the most memory it held until so many items were answered; where /proc tells


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--count", type=click.IntRange(min=100), default=5_000, show_default=True, help="Headlines in a mix.")
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True)
def speed(files: tuple[Path, ...], count: int, rounds: int) -> None:
    """Measure on invented headlines, and on those of each of FILES: JSON lines as `classify --jsonl` takes them.

    A label file is such a file; it holds far more news than a stream, so it costs more.
    """
    encoder = CountingEncoder(WEIGHTS)
    model = Model(Gate.load(WEIGHTS), encoder, Blend.load(WEIGHTS / "blend.json"))
    classifier = Classifier(Lexicon.load(default_directory() / LEXICON_FILE), model)
    for mix in _mixes(files, count):
        _measure(mix, classifier, encoder, rounds)


def _mixes(files: Sequence[Path], count: int) -> Iterator[Mix]:
    news = f"{count:,} invented headlines, {NEWS:.0%} of them news"
    yield Mix.of(news, invented(count))
    yield Mix.of(f"{news}, each with a sentence of summary", invented(count, summaries=True))
    for path in files:
        records = read_records(path, count)
        yield Mix.of(f"{len(records):,} headlines of {path.name}", records)


def read_records(path: Path, most: int) -> list[Record]:
    """At most `most` records of `path`, from all over the file."""
    records = read_lines(path, lambda line: {key: line[key] for key in _KEYS if key in line})
    if not records:
        raise click.ClickException(f"{path}: no item in it")
    every = max(1.0, len(records) / most)
    return [records[int(place * every)] for place in range(min(most, len(records)))]


def _measure(mix: Mix, classifier: Classifier, encoder: CountingEncoder, rounds: int) -> None:
    stopped = _stopped(mix.items, classifier, encoder)
    feeds, bare = feeds_of(mix.items), bare_feeds_of(mix.items)
    lines = [json.dumps(record).encode() + b"\n" for record in mix.records]
    undeclared = [{**record, "lang": None} for record in mix.records[:UNDECLARED]]
    seconds: dict[str, list[float]] = {}
    starts, runs = [], []
    for _ in track(range(rounds), description="speed", transient=True):
        starts.append(run_command([], ()))
        runs.append(run_command(lines, (EARLY, len(lines))))
        spent = {
            FEEDPARSER: cpu(partial(parse_all, feeds)) / len(mix.items),
            BARE: cpu(partial(parse_all, bare)) / len(mix.items),
            FAST: cpu(partial(_judge, classifier, stopped)) / max(1, len(stopped)),
            WHOLE: cpu(partial(_judge, classifier, mix.items)) / len(mix.items),
            COMMAND_REST: (runs[-1].cpu - starts[-1].cpu) / len(lines),
            IDENTIFY: cpu(partial(Mix.of, "", undeclared)) / len(undeclared),
        }
        for name, each in spent.items():
            seconds.setdefault(name, []).append(each)
    command = _command_figures(starts, runs, seconds[FEEDPARSER], len(lines))
    show_costs(f"Speed: {mix.name}", seconds, f"{_what(mix, len(stopped), rounds)}\n{command}\n")


def _judge(classifier: Classifier, items: Sequence[Item]) -> None:
    for item in items:
        classifier.classify(item)


def _stopped(items: Sequence[Item], classifier: Classifier, encoder: CountingEncoder) -> list[Item]:
    """The items that are not read closely. Judging them all also warms up what is to be measured."""
    stopped = []
    for item in items:
        before = encoder.count
        classifier.classify(item)
        if encoder.count == before:
            stopped.append(item)
    return stopped


# --- the command ------------------------------------------------------------------------------------------


def run_command(lines: Sequence[bytes], marks: Collection[int]) -> Run:
    """`tradewire classify --jsonl` on `lines`; its memory is looked at after as many answers as each mark says."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    answers, peaks = 0, dict[int, int]()
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        writer = Thread(target=_write, args=(process.stdin, lines))
        writer.start()
        while answers < len(lines) and process.stdout.readline():
            answers += 1
            if answers in marks and (peak := _peak_memory(process.pid)):
                peaks[answers] = peak
        writer.join()
        process.stdin.close()
    if process.returncode or answers < len(lines):
        said = f"{answers} answers to {len(lines)} lines, exit code {process.returncode}"
        raise click.ClickException(f"{' '.join(COMMAND)}: {said}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(answers, spent, time.perf_counter() - started, peaks)


def _write(stream: BufferedIOBase, lines: Sequence[bytes]) -> None:
    with suppress(BrokenPipeError):  # the command has ended; its exit code is reported
        stream.writelines(lines)
        stream.flush()


def _peak_memory(pid: int) -> int | None:
    """Bytes; ru_maxrss would not do, since it begins with what the parent held."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return None


# --- words ------------------------------------------------------------------------------------------------


def _what(mix: Mix, stopped: int, rounds: int) -> str:
    count = len(mix.items)
    read = count - stopped
    return (
        f"CPU a headline, {rounds} interleaved rounds. {read:,} of {count:,} items ({read / count:.1%}) are read by "
        f"the encoder. feedparser reads as many entries as news sites write them: title, link, guid, date and "
        f"{SHORTEST} to {LONGEST:,} characters of HTML, in half of the feeds twice."
    )


def _command_figures(starts: Sequence[Run], runs: Sequence[Run], base: Sequence[float], count: int) -> str:
    whole = sum(run.cpu for run in runs) / (sum(base) * count)
    start = sorted(starts, key=lambda run: run.cpu)[len(starts) // 2]
    quickest = min(run.wall for run in starts)
    peaks = [
        f"{max(run.peaks[mark] for run in runs) / 2**20:.0f} MiB after {mark:,} items"
        for mark in sorted({EARLY, count})
        if all(mark in run.peaks for run in runs)
    ]
    return (
        f"`classify --jsonl` in all, with its start: {whole:.2f} x feedparser. To start and end on no input: "
        f"{start.cpu:.2f} s of CPU, at best {quickest:.2f} s by the clock ({os.cpu_count()} cores). "
        f"Peak memory: {', '.join(peaks) or 'not told by this system'}."
    )
