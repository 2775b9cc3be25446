"""The child side of the worker pool: reads a call, runs it, writes its result. Started by `workers.py` only.

A frame on either pipe is its length in 8 bytes, then a pickle. The first frame is the Setup; every later one is
(function, arguments, subject, seconds). Each is answered by an Answer.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import pickle
import resource
import signal
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from bot.intake.faults import FetchFailed, failed
from bot.intake.fetched import Fault, FaultKind

HEADER = struct.Struct("!Q")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What the parent tells a new worker: modules to import now, and its limit in bytes of address space."""

    preload: tuple[str, ...]
    memory: int


class Answer(NamedTuple):
    """What a call came to: a result, or a Fault where it is not `done`; and the bytes of memory that the worker
    holds after it."""

    done: bool
    result: Any
    resident: int


def pack(message: object) -> bytes:
    """One frame."""
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return HEADER.pack(len(body)) + body


def main() -> None:
    """Serve calls until the parent closes its end, which it also does by dying."""
    calls, answers = _private_pipes()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent; it closes the pipe when it is done
    logging.disable()  # what parsers log about strangers' pages concerns nobody
    with contextlib.suppress(EOFError, BrokenPipeError):
        setup: Setup = _read(calls)
        for module in setup.preload:
            importlib.import_module(module)
        _limit(setup.memory)
        _write(answers, Answer(done=True, result=None, resident=_resident()))
        while True:
            done, result = _outcome(*_read(calls))
            _write(answers, Answer(done, result, _resident()))


def _outcome(function: Any, arguments: tuple[Any, ...], subject: str, seconds: float) -> tuple[bool, Any]:
    # The parent kills a worker that overruns; the alarm is for the case that the parent was killed itself.
    signal.setitimer(signal.ITIMER_REAL, seconds + 1)
    try:
        return True, function(*arguments)
    except FetchFailed as failure:
        return False, failure.fault
    except MemoryError:
        return False, _fault(FaultKind.TOO_LARGE, f"{subject}: reading it takes more memory than a worker may use")
    except RecursionError:
        return False, _fault(FaultKind.UNREADABLE, f"{subject}: it is nested too deeply to be read")
    except Exception as error:  # noqa: BLE001  # parsers raise anything on hostile input
        return False, _fault(FaultKind.UNREADABLE, f"{subject}: it cannot be read ({type(error).__name__}: {error})")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _fault(kind: FaultKind, message: str) -> Fault:
    return failed(kind, message).fault


def _private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output for the frames alone; whatever prints goes to standard error from here on."""
    calls = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    return calls, answers


def _resident() -> int:
    """Not `getrusage`: its peak counts what the parent held when it started this process.
    https://man7.org/linux/man-pages/man5/proc_pid_statm.5.html"""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    except OSError:  # a system without it: the number of calls still ends a worker's life
        return 0


def _limit(memory: int) -> None:
    """Of address space; and no core dumps, which would hold strangers' documents."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    limit = memory if most == resource.RLIM_INFINITY else min(memory, most)
    with contextlib.suppress(ValueError, OSError):  # a system without this limit: the time limit still holds
        resource.setrlimit(resource.RLIMIT_AS, (limit, most))


def _read(pipe: BinaryIO) -> Any:
    header = pipe.read(HEADER.size)
    if len(header) < HEADER.size:
        raise EOFError
    return pickle.loads(pipe.read(HEADER.unpack(header)[0]))  # noqa: S301  # from our own parent


def _write(pipe: BinaryIO, message: object) -> None:
    pipe.write(pack(message))
    pipe.flush()
