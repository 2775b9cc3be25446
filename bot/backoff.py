"""How long to wait before something that failed is tried again."""

from __future__ import annotations

import random
from dataclasses import dataclass

_MOST_DOUBLINGS = 30


@dataclass(slots=True)
class Backoff:
    """Pauses in seconds: `first`, then twice as long each time, at most `longest`.

    Each is shortened by up to a half, by chance: what a server cut off all at once does not come back all at once.
    """

    first: float
    longest: float
    _failures: int = 0

    def pause(self) -> float:
        """For one more failure."""
        whole = min(self.longest, self.first * 2.0 ** min(self._failures, _MOST_DOUBLINGS))
        self._failures += 1
        return whole * random.uniform(0.5, 1.0)  # noqa: S311 - not a secret

    def reset(self) -> None:
        """It works: the next failure is a first one."""
        self._failures = 0
