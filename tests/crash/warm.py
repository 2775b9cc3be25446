"""A process that has imported the program and loaded its models, and forks it whenever a line asks for it.

The short form of the crash run starts the program some twenty times; from scratch that alone would take a minute.
Everything after the imports is as in `python -m bot`: settings, database, clients, schedulers.
"""

from __future__ import annotations

import ctypes
import functools
import json
import os
import signal
import sys

import pytest

from bot import app
from bot.cli import main
from bot.signals.classifier import Model
from bot.stories.sense import Sense

_PR_SET_PDEATHSIG = 1  # https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html

__all__ = ["app"]  # imported for what it imports


def serve() -> None:
    """One JSON object a line: arguments, environment, log. Answers with the number of the process."""
    patch = pytest.MonkeyPatch()
    patch.setattr(Model, "load", load_model := functools.cache(Model.load))
    patch.setattr("bot.assembly.Sense", sense := functools.cache(Sense))
    load_model()
    sense()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody is left a zombie, which would pass for alive
    while line := sys.stdin.readline():
        wish = json.loads(line)
        if pid := os.fork():
            sys.stdout.write(f"{pid}\n")
            sys.stdout.flush()
        else:
            _become(wish["arguments"], wish["environment"], wish["log"])


def _die_with_parent() -> None:
    """A run that is itself killed leaves no program behind that would go on for ever (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _become(arguments: list[str], environment: dict[str, str], log: str) -> None:
    os.setsid()
    _die_with_parent()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.update(environment)
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for stream, descriptor in ((os.open(os.devnull, os.O_RDONLY), 0), (output, 1), (output, 2)):
        os.dup2(stream, descriptor)
    main(arguments, prog_name="tradewire")


if __name__ == "__main__":
    serve()
