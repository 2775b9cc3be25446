"""Takes secrets out of what is about to be shown: log lines, tracebacks, errors on the terminal.

Two nets, one behind the other: the values that this process was given, in every spelling in which libraries print
them, and whatever looks like a token or a password in an address. What is sent to a platform does not pass here.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any
from urllib.parse import quote, quote_plus

import structlog

MARK = "***"
SHORTEST = 6  # characters: what is shorter stands in ordinary words, and no line could be read any more
_DEEPEST = 8  # of lists in lists: deeper ones are shown as Python writes them

# What stands before a secret is kept, by name, so that people see what was hidden.
_LOOKS_SECRET = re.compile(
    r"(?P<user>://[^\s/:@]*:)[^\s/@]+(?=@)"  # scheme://user:password@host
    r"|\b(?:xox[a-z](?:\.xox[a-z])?|xapp|xwfp)-[\w-]{6,}"  # https://docs.slack.dev/authentication/tokens
    r"|\b[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}"  # a bot token of Discord: id, time, signature
    r"|\b(?P<scheme>(?:Bot|Bearer|Basic) +)(?=\S*[\d.=])[\w.~+/=-]{16,}"  # an Authorization header
    r"|(?P<asked>[?&](?i:access_token|api_?key|auth|key|pass(?:wor)?d|secret|sig(?:nature)?|ticket|token)=)"
    r"[^&\s\"'<>]+"
)


class _Hidden:
    """The secrets of this process. One for the process, as its standard error is one."""

    pattern: re.Pattern[str] | None = None


def hide(secrets: Iterable[str]) -> None:
    """From now on these are shown nowhere; those of an earlier call are forgotten."""
    spellings = {spelling for secret in secrets for spelling in _spellings(secret) if len(spelling) >= SHORTEST}
    longest_first = sorted(spellings, key=len, reverse=True)
    _Hidden.pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


def redacted(text: str) -> str:
    """`text` without the secrets of this process, nor anything that looks like one."""
    while (clean := _once(text)) != text:  # what is left and right of a mark may itself be a secret
        text = clean
    return text


def _once(text: str) -> str:
    if len(text) < SHORTEST:
        return text
    if _Hidden.pattern is not None:
        text = _Hidden.pattern.sub(MARK, text)
    return _LOOKS_SECRET.sub(_marked, text)


def _marked(found: re.Match[str]) -> str:
    return (found["user"] or found["scheme"] or found["asked"] or "") + MARK


def _spellings(secret: str) -> set[str]:
    """As it is; as Python and JSON write it inside quotes; as bytes; as part of an address."""
    return {
        secret,
        repr(secret)[1:-1],
        repr(secret.encode())[2:-1],
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
    }


# --- logs ---------------------------------------------------------------------------------------------------


def redact_event(_logger: Any, _method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """The processor that stands before the renderer, and after the one that writes tracebacks out."""
    return {redacted(str(key)): _redacted_value(value) for key, value in event.items()}


def _redacted_value(value: Any, depth: int = 0) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return redacted(value)
    if depth < _DEEPEST and isinstance(value, Mapping):
        return {redacted(str(key)): _redacted_value(each, depth + 1) for key, each in value.items()}
    if depth < _DEEPEST and isinstance(value, list | tuple | set | frozenset):
        return [_redacted_value(each, depth + 1) for each in value]
    shown = repr(value)  # as a renderer would show it
    clean = redacted(shown)
    return value if clean == shown else clean


class RedactingFormatter(logging.Formatter):
    """For what libraries log through the standard library, with its tracebacks."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


# --- what nobody caught -------------------------------------------------------------------------------------


def guard_tracebacks() -> None:
    """Have Python write the traceback of an error that nobody caught, in any thread, without secrets."""
    sys.excepthook = _write
    threading.excepthook = _write_of_thread


def _write(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error or kind(), trace)  # Python ends by the signal then
        return
    sys.stderr.write(redacted("".join(traceback.format_exception(kind, error, trace))))


def _write_of_thread(failed: threading.ExceptHookArgs) -> None:
    if not issubclass(failed.exc_type, SystemExit):
        _write(failed.exc_type, failed.exc_value, failed.exc_traceback)
