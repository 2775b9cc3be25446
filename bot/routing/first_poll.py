"""The first poll of a source: what stands in its document was there before anybody asked, and tells little. Pure.

A new feed brings up to a thousand entries of the last weeks, a folder its whole archive. They are stored, joined to
stories and decided on, so that `why` can say what became of them, but a channel is not flooded:

- "recent": of what was published more than a day ago the newest `MOST_OLD`, of the rest the newest `MOST_FRESH`
- "sample": the newest one
- "none": nothing
- "all": everything

Each destination has its own places, and only items that some route wants there take one. A poll that a crash cut
short goes on with the places that are left. Who follows a story is always told of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.model import Item, ItemKey, Notice, Reason, Source
from bot.routing.routes import FOLLOW

FRESH_FOR = timedelta(hours=24)
MOST_FRESH = 25
MOST_OLD = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Brake:
    """Lets one destination be told of the items in `passes`, and of nothing else that no one there follows."""

    passes: frozenset[ItemKey]
    detail: str

    def applied(self, notice: Notice) -> Notice:
        """`notice`, silent where it would tell of an item that does not pass."""
        if not notice.reason.tells or notice.item_key in self.passes or notice.route == FOLLOW:
            return notice
        return replace(notice, reason=Reason.FLOOD_BRAKE, detail=self.detail, new_facts=(), until=None)


# What was no news when it came is none because its page is changed weeks later.
CHANGED_LATE = Brake(
    passes=frozenset(), detail=f"it is older than {FRESH_FOR // timedelta(hours=1)} hours and was changed"
)


def is_late(item: Item, now: datetime) -> bool:
    """Whether a change of `item` comes too late to be told to those who never heard of it."""
    return now - item.at > FRESH_FOR


def brake_for(source: Source, wanted: Iterable[Item], told: Sequence[datetime | None], now: datetime) -> Brake | None:
    """The brake on a first poll for one destination that wants these items; None where it may be told all of them.

    `told` are the publication times of what it was told already, before the poll was cut short. Of undated items,
    which count as fresh, the ones that stand first in the document are taken for the newest.
    """
    if source.first_poll == "all":
        return None
    newest = sorted(wanted, key=lambda item: item.at, reverse=True)
    passing = _passing(source, newest, told, now)
    held = len(newest) - len(passing)
    if source.first_poll == "recent" and not held:
        return None
    return Brake(passes=frozenset(item.key for item in passing), detail=_detail(source, held))


def _passing(source: Source, newest: list[Item], told: Sequence[datetime | None], now: datetime) -> list[Item]:
    if source.first_poll == "none":
        return []
    if source.first_poll == "sample":
        return newest[: max(0, 1 - len(told))]
    told_old = sum(_is_old(published, now) for published in told)
    fresh = [item for item in newest if not _is_old(item.published_at, now)]
    old = [item for item in newest if _is_old(item.published_at, now)]
    return fresh[: max(0, MOST_FRESH - len(told) + told_old)] + old[: max(0, MOST_OLD - told_old)]


def _is_old(published: datetime | None, now: datetime) -> bool:
    return published is not None and now - published > FRESH_FOR


def _detail(source: Source, held: int) -> str:
    what = "1 item is" if held == 1 else f"{held} items are"
    asked = "" if source.first_poll == "recent" else f" (first_poll is {source.first_poll})"
    return f"first poll of {source.id}: {what} not told{asked}"
