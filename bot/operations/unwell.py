"""What the operators hear of sources: which need a person and what that one can do, and which are well again.

Bundled, as `reporting.py` does it: where our own network is away, all of them fail together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.counts import how_many
from bot.deliver.card import Action
from bot.intake.faults import one_line
from bot.intake.rhythm import Rhythm
from bot.intake.trouble import Trouble
from bot.operations.operators import Operators
from bot.store import troubles
from bot.store.troubles import Unwell

TOLD_EVERY = timedelta(minutes=15)  # at most: what follows soon after is bundled
MOST_NAMED = 10  # sources in one bulletin; the rest are counted
MAX_WHY = 200  # characters

_ACTIONS = (Action(label="Sources", command="sources"), Action(label="Status", command="status"))


def tell_unwell(connection: sa.Connection, operators: Operators, *, now: datetime) -> bool:
    """One bulletin on all sources that came into trouble or out of it since the last."""
    news = troubles.unreported(connection)
    last = troubles.last_told(connection)
    if not news or (last is not None and timedelta(0) <= now - last < TOLD_EVERY):
        return False
    begun = [each for each in news if each.trouble is not None]
    over = [each for each in news if each.trouble is None]
    operators.tell(
        connection,
        key=_key(news, now),
        title=_title(begun, over),
        lines=[*_named(begun), *_named(over)],
        now=now,
        actions=_ACTIONS,
    )
    troubles.reported(connection, news, now=now)
    return True


def _key(news: Sequence[Unwell], now: datetime) -> str:
    matter = "\n".join([now.isoformat(), *(f"{each.id} {each.trouble}" for each in news)])
    return f"sources:{hashlib.sha256(matter.encode()).hexdigest()[:16]}"


def _title(begun: Sequence[Unwell], over: Sequence[Unwell]) -> str:
    if not begun:
        return f"{how_many(len(over), 'source is', 'sources are')} well again."
    return f"{how_many(len(begun), 'source needs', 'sources need')} a person."


def _named(some: Sequence[Unwell]) -> Iterator[str]:
    yield from map(_line, some[:MOST_NAMED])
    if len(some) > MOST_NAMED:
        yield f"… and {len(some) - MOST_NAMED} more: /wire sources lists them."


def _line(each: Unwell) -> str:
    since = f" since {each.since:%Y-%m-%d %H:%M} UTC" if each.since else ""
    why = one_line(each.fault, MAX_WHY)
    match each.trouble:
        case None:
            return f"✓ {each.id} is read again, and lives."
        case Trouble.FROZEN:
            said = f"❄ {each.id} answers, but is frozen: {_silence(each.rhythm)}"
            return f"{said}. See its site: the feed may have another address now; else remove it."
        case Trouble.RETIRED:
            return f"✗ {each.id} has retired{since}: {why}. It is asked weekly; /wire sources resume asks it now."
        case Trouble.BLOCKED:
            return f"✗ {each.id} shuts us out{since}: {why}. It is asked ever more seldom, at least once a day."
        case Trouble.FAILING:
            return f"✗ {each.id} fails{since}: {why}. It is tried ever more seldom, at least every 6 hours."


def _silence(rhythm: Rhythm | None) -> str:
    """ "it publishes usually every 7 days, and nothing since 2025-01-27"."""
    if rhythm is None or rhythm.newest is None:
        return "it brings nothing new"
    return f"it publishes {rhythm.in_words}, and nothing since {rhythm.newest:%Y-%m-%d}"
