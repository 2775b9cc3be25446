"""What follows from an attempt that failed: how long to wait, and what is down. Pure."""

from __future__ import annotations

from datetime import timedelta

from bot.deliver.ports import Closed, PlatformClosed, PlatformPaused, SendError, UnknownOutcome
from bot.model import DeliveryAction, Destination

FIRST_RETRY = timedelta(seconds=1)
LONGEST_RETRY = timedelta(minutes=5)


def backoff(attempts: int) -> timedelta:
    """1 s, 2 s, 4 s ... up to 5 minutes."""
    doublings = min(max(attempts - 1, 0), 16)
    return min(FIRST_RETRY * (1 << doublings), LONGEST_RETRY)


def pause(error: SendError, attempts: int) -> timedelta:
    """What the platform asks for, else ever longer; where it is silent, at least what it must be given to finish."""
    if isinstance(error, UnknownOutcome):
        return max(error.after or FIRST_RETRY, backoff(attempts))
    return error.after or backoff(attempts)


def place_down(destination: Destination, action: DeliveryAction, error: SendError) -> str | None:
    """What the error says is down: the platform, the destination, or nothing. An edit alone proves too little."""
    if isinstance(error, PlatformClosed | PlatformPaused):
        return destination.platform
    if isinstance(error, Closed) and action is DeliveryAction.POST:
        return str(destination)
    return None
