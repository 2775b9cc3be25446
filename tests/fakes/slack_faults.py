"""Planned trouble for the fake Slack."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True)
class RateLimited:
    """429 with Retry-After, in seconds or as a server wrote it; None: without. Nothing is done."""

    seconds: int | str | None = 1


@dataclass(frozen=True)
class ServerError:
    """A 5xx without a body that helps; the call was done first where `done`."""

    status: int = 503
    done: bool = False


@dataclass(frozen=True)
class Dropped:
    """The connection breaks without an answer; the call was done first where `done`."""

    done: bool


@dataclass(frozen=True)
class Slow:
    """The call is done, and its answer waits for `release`."""

    release: asyncio.Event


@dataclass(frozen=True)
class ApiError:
    """200 with ok: false and this code."""

    code: str


@dataclass(frozen=True)
class Garbage:
    """200 with a body that is not Slack's; the call was done first."""

    body: str
    content_type: str = "text/html"


Fault = RateLimited | ServerError | Dropped | Slow | ApiError | Garbage
