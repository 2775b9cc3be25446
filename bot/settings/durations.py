"""Durations as people write them: 5m, 36h."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator

LONGEST_DURATION = timedelta(days=3660)

_DURATION = re.compile(r"(\d+)\s*(s|m|h|d|w)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def parse_duration(text: object) -> timedelta:
    """ "90s", "5m", "36h", "7d" or "2w". Raises ValueError that names the forms."""
    match = _DURATION.fullmatch(str(text).strip().lower())
    seconds = int(match[1][:9]) * _SECONDS[match[2]] if match else 0
    if not match or seconds > LONGEST_DURATION.total_seconds():
        raise ValueError(
            f"{text!r} is not a duration: write a number and s, m, h, d or w, as in 5m; ten years at most"
        )
    return timedelta(seconds=seconds)


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
