"""What a query would have matched of late: what somebody should know before they subscribe to it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.model import Item, Tier, Verdict
from bot.routing.query import Query, subject
from bot.routing.tiers import tier_of

LOOKS_BACK = timedelta(days=7)
SAMPLE = 3  # items that are shown
LARGE_SHARE = 0.10  # of all items: more than this asks to be confirmed
TELLING = 50  # items; of fewer the share says nothing


@dataclass(kw_only=True)
class LookBack:
    """Counts of items, not of stories: several items of one story are told once.

    `since` is when the oldest of them was seen, or the beginning of the week where all of it was read.
    """

    since: datetime
    read: int = 0
    matched: int = 0
    at_once: int = 0  # of those matched, loud enough to be told at once
    sample: list[Item] = field(default_factory=list)  # of those told at once, the first that were read

    @property
    def is_large(self) -> bool:
        return self.read >= TELLING and self.matched > LARGE_SHARE * self.read

    def read_on(self, query: Query, tier: Tier, items: Iterable[tuple[Item, Verdict]]) -> None:
        """Hold the query, whose subscription tells `tier` and louder at once, against more items."""
        for item, verdict in items:
            loudness = tier_of(verdict)
            self.read += 1
            if query.matches(subject(item, verdict, loudness)):
                self.matched += 1
                if loudness.rank >= tier.rank:
                    self.at_once += 1
                    self.sample += [item][: SAMPLE - len(self.sample)]
