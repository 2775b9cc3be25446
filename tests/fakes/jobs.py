"""What tests give worker processes to do. Kept apart from the tests, so that a worker imports little."""

from __future__ import annotations

import os
import sys
import time

from bot.intake.faults import failed
from bot.intake.fetched import FaultKind

_HOARD: list[bytes] = []


def process_id() -> int:
    return os.getpid()


def spin() -> None:
    while True:
        pass


def crash() -> None:
    os._exit(3)


def eat_memory() -> bytes:
    return b"x" * 2**40


def eat_memory_slowly() -> int:
    return len([bytearray(2**20) for _ in range(2**20)])


def hoard() -> int:
    """Leaves a worker with more memory than it may keep."""
    _HOARD.append(b"x" * 300 * 2**20)
    return os.getpid()


def recurse() -> None:
    recurse()


def complain(message: str) -> None:
    raise ValueError(message)


def refuse() -> None:
    raise failed(FaultKind.NOT_A_FEED, "this is a cake")


def chatter() -> str:
    """Prints where the answers go, which must not garble them."""
    print("printed")  # noqa: T201
    sys.stdout.flush()
    os.write(1, b"written")
    return "said"


def nap(seconds: float) -> float:
    time.sleep(seconds)
    return seconds
