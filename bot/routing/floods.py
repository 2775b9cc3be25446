"""A source that brings much at once that it never did: what of it is news, and what waits for a person. Pure.

Two things look like news and are none of the usual kind. A site that is rebuilt, a feed whose every id has changed or
a domain in other hands brings **old** items as if they were new: what was published before the source last brought
anything is held back until an operator releases or drops it. A **burst** of fresh items is told, but what is not
urgent in a digest. Both are measured against what is usual for the source. Its first poll has a brake of its own
(`first_poll.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.model import Item

BURST = 30  # fresh items of one poll: no more are never a burst
TIMES_USUAL = 10
OLD = 15  # old items of one poll: half a feed of usual length
OLD_TIMES_USUAL = 3
LATE = timedelta(hours=1)  # many feeds date an item before it stands in them
HELD_FOR = timedelta(days=3)  # nobody has decided: what was held back is dropped


class FloodKind(StrEnum):
    OLD = "old"
    BURST = "burst"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What a source does: items of a poll that brings any, and items of an hour."""

    of_poll: float = 1.0
    of_hour: float = 0.0

    def expected(self, since: timedelta) -> float:
        """How many items may come after a pause: a bot that was off finds what came meanwhile."""
        return max(1.0, self.of_poll, self.of_hour * (since / timedelta(hours=1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood:
    """Much at once from one source; `detail` has the figures in words. OLD: `older_than` is what makes it old."""

    kind: FloodKind
    began_at: datetime
    detail: str
    older_than: datetime | None = None
    number: int | None = None  # under which it is stored

    def holds(self, item: Item) -> bool:
        """Whether nobody is told of `item` until an operator says so."""
        return is_old(item, self.older_than)


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """What became of items that were released; `left` are still held back."""

    items: int = 0
    told: int = 0
    in_digests: int = 0
    left: int = 0

    def __add__(self, other: Released) -> Released:
        return Released(
            items=self.items + other.items,
            told=self.told + other.told,
            in_digests=self.in_digests + other.in_digests,
            left=other.left,
        )


def is_old(item: Item, cut: datetime | None) -> bool:
    """Of what has no date nobody knows."""
    return cut is not None and item.published_at is not None and item.published_at <= cut


def floods_in(
    items: Sequence[Item], usual: Usual, *, last_ok: datetime, last_new: datetime, now: datetime
) -> list[Flood]:
    """What of the new items of one poll is a flood.

    `last_ok` is when the source was last read, `last_new` when it last brought anything: a cache that showed an old
    document for hours hides no news.
    """
    expected = usual.expected(now - last_ok)
    cut = last_new - LATE
    old = sum(is_old(item, cut) for item in items)
    fresh = len(items) - old
    found = []
    if old > max(OLD, OLD_TIMES_USUAL * expected, fresh):
        detail = f"{old} of {len(items)} new items were published before {cut:%Y-%m-%d %H:%M} UTC"
        found.append(Flood(kind=FloodKind.OLD, began_at=now, detail=detail, older_than=cut))
    news = fresh if found else len(items)
    if news > max(BURST, TIMES_USUAL * expected):
        detail = f"{news} items at once, where {expected:.0f} {'is' if expected < 1.5 else 'are'} usual"
        found.append(Flood(kind=FloodKind.BURST, began_at=now, detail=detail))
    return found
