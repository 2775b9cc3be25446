"""Logs: lines for eyes or JSON, without secrets."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from typing import Literal

import structlog

from bot.observe.redaction import RedactingFormatter, guard_tracebacks, redact_event

LogFormat = Literal["auto", "json", "text"]


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
