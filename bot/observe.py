"""Logs, metrics, and the state of each part of the program, for `/wire status`, the board and /healthz."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram


def configure_logs(level: str = "INFO") -> None:
    """Readable lines on a terminal, JSON elsewhere; always on standard error, standard output is for alerts."""
    terminal = sys.stderr.isatty()
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if terminal else "iso", utc=not terminal),
    ]
    structlog.configure(
        processors=[
            *shared,
            *([] if terminal else [structlog.processors.format_exc_info]),
            structlog.dev.ConsoleRenderer(
                pad_event_to=0, pad_level=False, exception_formatter=structlog.dev.plain_traceback
            )
            if terminal
            else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # Plain tracebacks, without local variables: those of the SDKs hold tokens.
    # The SDKs speak through the standard library: warnings only, for their info lines repeat what ours say.
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")


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
    """The state of every part. Written by whoever runs the part, read by whoever asks; any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parts: dict[str, Part] = {}

    def set(self, name: str, *, ok: bool, detail: str) -> None:
        with self._lock:
            self._parts[name] = Part(name, ok, detail)

    def reporter(self, name: str) -> Report:
        """For a part that says itself how it is: `report(ok, detail)`."""
        return lambda ok, detail: self.set(name, ok=ok, detail=detail)

    def __iter__(self) -> Iterator[Part]:
        with self._lock:
            return iter(sorted(self._parts.values(), key=lambda part: part.name))

    @property
    def ok(self) -> bool:
        return all(part.ok for part in self)


class Metrics:
    """Prometheus counters of one process, in a registry of their own so that two can live in one test."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.polls = Counter("tradewire_polls", "Polls by outcome", ["outcome"], registry=self.registry)
        self.items = Counter("tradewire_items", "New items", ["source"], registry=self.registry)
        self.decisions = Counter("tradewire_decisions", "Decisions by reason", ["reason"], registry=self.registry)
        self.deliveries = Counter(
            "tradewire_deliveries", "Messages that a platform accepted", ["platform"], registry=self.registry
        )
        self.latency = Histogram(
            "tradewire_decision_to_delivery_seconds",
            "From the decision to the platform's answer",
            ["platform"],
            buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600),
            registry=self.registry,
        )
