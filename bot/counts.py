"""Counts as people read them: "1 item", "2,000 items"."""

from __future__ import annotations


def how_many(count: int, one: str, many: str = "") -> str:
    """`count` with its noun: `one` where it is one, else `many`, which is `one` with an s where it is not said."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"
