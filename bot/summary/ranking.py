"""Which stories mattered most. Pure.

A story's points are a sum, so that each part can be said and none hides another:

    loudness      flash 6, urgent 4, alert 1, digest 0    what the desk would be woken for comes first
    probability   2 x the higher of trade and market      how sure it is that the story is one of theirs
    spread        log2(1 + outlets), at most 3            one outlet 1, three 2, seven and more 3
    authority     official 1, wire 0.5, outlet 0          the best of those who report it
    facts         0.25 each, at most 1.5                  figures, dates and measures rather than talk
    recency       1 down to 0                             of the time asked for, by the last report

Loudness outweighs all but the widest spread with facts; within one tier, seven outlets outweigh any authority.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from math import log2

from bot.model import Authority, Tier
from bot.summary.entries import Entry

_LOUDNESS = {Tier.FLASH: 6.0, Tier.URGENT: 4.0, Tier.ALERT: 1.0, Tier.DIGEST: 0.0}
_PROBABILITY = 2.0
_MOST_SPREAD = 3.0
_AUTHORITY = {Authority.OFFICIAL: 1.0, Authority.WIRE: 0.5, Authority.OUTLET: 0.0}
_PER_FACT, _MOST_FACTS = 0.25, 1.5
_RECENCY = 1.0


def ranked(entries: Iterable[Entry], *, since: datetime, until: datetime) -> list[Entry]:
    """`entries` with what mattered most first; of equals the one that was reported last."""

    def place(entry: Entry) -> tuple[float, float, str]:
        story = entry.story
        return -points(entry, since=since, until=until), -story.updated_at.timestamp(), story.id

    return sorted(entries, key=place)


def points(entry: Entry, *, since: datetime, until: datetime) -> float:
    """How much a story mattered between `since` and `until`, from 0 to 14.5: see above."""
    story = entry.story
    return (
        _LOUDNESS[story.tier]
        + _PROBABILITY * max(story.verdict.trade, story.verdict.market)
        + min(log2(1 + len(story.outlets)), _MOST_SPREAD)
        + _AUTHORITY[entry.authority]
        + min(_PER_FACT * len(entry.fact_keys), _MOST_FACTS)
        + _RECENCY * _freshness(story.updated_at, since, until)
    )


def _freshness(at: datetime, since: datetime, until: datetime) -> float:
    span = max(until - since, timedelta(seconds=1))
    return min(max((at - since) / span, 0.0), 1.0)
