"""What the long run says of memory."""

from __future__ import annotations

import pytest

from bench.soak.run import Look, growth


def looks(*own: float, workers: float = 80.0) -> list[Look]:
    return [
        Look(polls=1_000 * (number + 1), own=mib, workers=workers, processes=2, read=0)
        for number, mib in enumerate(own)
    ]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (looks(100, 300, 310, 310, 310, 310), "+0.00 MiB of our process, +0.00 MiB of its workers"),  # caches fill
        (looks(100, 300, 310, 312, 314, 316), "+2.00 MiB of our process"),
        (looks(300, 290, 280, 270), "-10.00 MiB of our process"),
        (looks(300), "too short to tell"),
    ],
)
def test_growth_is_told_of_the_time_after_the_start(found: list[Look], words: str) -> None:
    assert words in growth(found)
