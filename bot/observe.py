"""Logs, and the state of each part of the program, for `/wire status`, the board and /readyz."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import structlog

from bot.redaction import RedactingFormatter, guard_tracebacks, redact_event, redacted

LogFormat = Literal["auto", "json", "text"]

DATABASE = "database"  # the part that all others use
TROUBLE_S = 30.0  # what fails is tried again every few seconds by somebody


def configure_logs(level: str = "INFO", form: LogFormat = "auto") -> None:
    """Lines for eyes, or JSON; "auto": for eyes on a terminal. On standard error: standard output is for alerts.

    What belongs to one item, or to one delivery, is bound where work on it begins, so every line of it has the ids.
    """
    plain = sys.stderr.isatty() if form == "auto" else form == "text"
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if plain else "iso", utc=not plain),
    ]
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.format_exc_info,
            redact_event,
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(),
                pad_event_to=0,
                pad_level=False,
                exception_formatter=structlog.dev.plain_traceback,
            )
            if plain
            else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=lambda *_: _Logger(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # Plain tracebacks, without local variables: those of the SDKs hold tokens.
    # The SDKs speak through the standard library: warnings only, for their info lines repeat what ours say.
    logging.basicConfig(level=logging.WARNING, handlers=[_of_libraries(shared, plain=plain)])
    guard_tracebacks()


class _Logger(structlog.PrintLogger):
    """A line that cannot be written is lost, and nothing with it: a full disk may be that of the log too."""

    def msg(self, message: str) -> None:
        with suppress(OSError):
            super().msg(message)

    debug = info = warning = error = critical = exception = msg


def _of_libraries(shared: list[structlog.types.Processor], *, plain: bool) -> logging.Handler:
    """Where our lines are JSON, so are theirs: who collects them reads one form."""
    handler = logging.StreamHandler(sys.stderr)
    if plain:
        handler.setFormatter(RedactingFormatter("%(levelname)s %(name)s: %(message)s"))
        return handler
    json_lines: list[structlog.types.Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        redact_event,
        structlog.processors.JSONRenderer(),
    ]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=json_lines))
    return handler


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
