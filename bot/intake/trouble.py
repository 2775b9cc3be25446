"""What is wrong with a source that a person should hear of, once; what passes by itself is none of it. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from bot.intake.fetched import FaultKind, Fetched
from bot.intake.pacing import back_off
from bot.intake.rhythm import Rhythm
from bot.model import Source

IN_A_ROW = 3  # failures: one or two are weather
FAILING_WAIT = timedelta(hours=1)  # between two tries: by then it has failed for about as long, or eight times so


class Trouble(StrEnum):
    """Stands in the source's row until it is over."""

    FAILING = "failing"
    BLOCKED = "blocked"
    RETIRED = "retired"  # 410: asked once a week only
    FROZEN = "frozen"  # answers, and brings nothing


def trouble_of(source: Source, fetched: Fetched, now: datetime) -> Trouble | None:
    """After a poll. None after a fault means: nothing more than before."""
    fault, failures = fetched.fault, fetched.state.failures
    if fault is None:
        rhythm = Rhythm.load(fetched.state.rhythm)
        return Trouble.FROZEN if rhythm is not None and rhythm.is_frozen(now) else None
    if fault.kind is FaultKind.GONE:
        return Trouble.RETIRED
    if failures < IN_A_ROW:
        return None
    if fault.kind is FaultKind.BLOCKED:
        return Trouble.BLOCKED
    return Trouble.FAILING if back_off(source, fault, failures) >= FAILING_WAIT else None
