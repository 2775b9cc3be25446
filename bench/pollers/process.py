"""A contender as a process that is told when to poll, and what it and its children take: CPU seconds and memory."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

_TICKS = os.sysconf("SC_CLK_TCK")
_PARENT, _TIMES = 1, slice(11, 15)  # fields of /proc/PID/stat after the name: see proc(5)


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one refresh."""

    cpu: float  # seconds, of the process and its children
    wall: float  # seconds
    stored: int  # entries, after it


class Contender:
    """Use as a context manager: it is killed at the end."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        folder: Path,
        told: Iterable[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        folder.mkdir(parents=True)
        self.name = name
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "HOME": str(folder), **(environment or {})},
        )
        for line in told:
            self._say(line)
        self._expect("ready")

    def __enter__(self) -> Contender:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def refresh(self) -> Cost:
        """Poll everything once."""
        self._say("poll")
        self._expect("begins")
        cpu, wall = self.cpu(), time.perf_counter()
        stored = int(self._hear())
        return Cost(self.cpu() - cpu, time.perf_counter() - wall, stored)

    def cpu(self) -> float:
        """Seconds since its start, those of children that have ended too."""
        return sum(sum(map(int, fields[_TIMES])) for fields in map(_stat, self._tree())) / _TICKS

    def peak(self) -> float:
        """MiB of memory at the most, by process, added up."""
        return sum(map(_high_water, self._tree())) / 1024

    def _tree(self) -> list[int]:
        children: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and (fields := _stat(int(entry.name))):
                children.setdefault(int(fields[_PARENT]), []).append(int(entry.name))
        found = [self._process.pid]
        for process in found:
            found += children.get(process, [])
        return found

    def _say(self, line: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def _hear(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} has ended; its error output says why")
        return line.strip()

    def _expect(self, word: str) -> None:
        if (line := self._hear()) != word:
            raise RuntimeError(f"{self.name} says {line!r} instead of {word!r}")


def _stat(process: int) -> list[str]:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has just ended
        return []


def _high_water(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)
