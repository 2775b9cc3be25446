"""The state of each part of the program, for `/wire status`, the board and /readyz."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.observe.redaction import redacted

DATABASE = "database"  # the part that all others use
TROUBLE_S = 30.0  # what fails is tried again every few seconds by somebody


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the program as it is now."""

    name: str
    ok: bool
    detail: str


Report = Callable[[bool, str], None]


def unheard(ok: bool, detail: str) -> None:
    """A report that nobody asked for."""


class Parts:
    """The state of every part. Written by whoever runs the part, read by whoever asks; any thread.

    A part says itself how it is (`set`), or has to be heard of in time (`expect`): a loop that hangs says nothing.
    What several use and nobody runs, such as the database, is not well for a while after somebody stumbled over it.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._parts: dict[str, Part] = {}
        self._expected: dict[str, _Pulse] = {}
        self._stumbled: dict[str, tuple[str, float]] = {}

    def set(self, name: str, *, ok: bool, detail: str) -> None:
        with self._lock:
            self._parts[name] = Part(name, ok, redacted(detail))  # it is shown to people

    def reporter(self, name: str) -> Report:
        """For a part that says itself how it is: `report(ok, detail)`."""
        return lambda ok, detail: self.set(name, ok=ok, detail=detail)

    def expect(self, name: str, *, within: float) -> None:
        """From now on `beat(name)` has to come every `within` seconds; until the first the part is not ok."""
        with self._lock:
            self._expected[name] = _Pulse(within)

    def beat(self, name: str) -> None:
        """A part that is expected to has done a round of its work; of others nobody keeps count."""
        with self._lock:
            if name in self._expected:
                self._expected[name] = _Pulse(self._expected[name].within, self._monotonic())

    def stumbled(self, name: str, why: str) -> None:
        """It failed somebody; where nobody says so again within `TROUBLE_S` it counts as well."""
        with self._lock:
            self._stumbled[name] = (redacted(why), self._monotonic() + TROUBLE_S)

    def __iter__(self) -> Iterator[Part]:
        with self._lock:
            now = self._monotonic()
            parts = {**self._parts, **{name: pulse.part(name, now) for name, pulse in self._expected.items()}}
            parts |= {name: Part(name, False, why) for name, (why, until) in self._stumbled.items() if now < until}
        return iter(sorted(parts.values(), key=lambda part: part.name))

    @property
    def ok(self) -> bool:
        return all(part.ok for part in self)


@dataclass(frozen=True, slots=True)
class _Pulse:
    """When a part was last heard of; seconds."""

    within: float
    last: float | None = None

    def part(self, name: str, now: float) -> Part:
        if self.last is None:
            return Part(name, ok=False, detail="has not run yet")
        silent = now - self.last
        return Part(name, ok=silent <= self.within, detail=f"ran {silent:.0f} s ago")
