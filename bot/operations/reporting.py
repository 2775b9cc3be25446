"""What the operators hear of: what takes no messages and that it does again, and what waited until it expired.

Bundled, because trouble comes in crowds: a bot that is thrown out of a server finds a hundred channels closed. People
who cannot be written to are counted: that is nobody else's business.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import sqlalchemy as sa
import structlog

from bot.clock import Clock
from bot.counts import how_many
from bot.model import Destination
from bot.operations.operators import Operators
from bot.operations.unwell import tell_unwell
from bot.store import expiry, outages, troubles
from bot.store.engine import Database
from bot.store.outages import Outage

log = structlog.get_logger()

TOLD_EVERY = timedelta(minutes=15)  # at most, but for a whole platform: what follows soon after is bundled
MOST_NAMED = 10  # channels in one bulletin; the rest are counted
FORGOTTEN_AFTER = timedelta(days=1)  # what is down and nobody has tried since: nothing waits there any more
LOOKED_BACK = 7  # days whose expired deliveries may still be told, after a stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """Every process that works may do it: of each thing one tells. `expire_after` is how long anything may wait.

    `on_expired` hears how much of what has waited longer.
    """

    database: Database
    operators: Operators
    clock: Clock
    expire_after: timedelta
    on_expired: Callable[[expiry.Ended], None] = lambda ended: None

    async def tell(self) -> bool:
        """Tell what is down and what is over, of places and of sources; True where there was anything."""
        told = await self.database.write(tell_outages, self.operators, now=self.clock.now())
        if await self.database.read(troubles.is_news):
            told |= await self.database.write(tell_unwell, self.operators, now=self.clock.now())
        return told

    async def expire(self) -> None:
        """End what waited too long, and tell of yesterday's."""
        while ended := await self.database.write(expiry.expire, after=self.expire_after, now=self.clock.now()):
            log.warning("deliveries_expired", count=ended.total())
            self.on_expired(ended)
        now = self.clock.now()
        await self.database.write(tell_expired, self.operators, now=now)
        await self.database.write(outages.forget_untried, before=now - FORGOTTEN_AFTER)


def tell_outages(connection: sa.Connection, operators: Operators, *, now: datetime) -> bool:
    """One bulletin on all that went down or came back since the last."""
    news = outages.unreported(connection)
    last = outages.last_told(connection)
    just_told = last is not None and timedelta(0) <= now - last < TOLD_EVERY
    if not news or (just_told and not any(outage.is_platform for outage in news)):
        return False
    began = [outage for outage in news if outage.over_at is None]
    over = [outage for outage in news if outage.over_at is not None]
    operators.tell(
        connection, key=_key(news), title=_title(began, over), lines=[*_began(began), *_over(over)], now=now
    )
    outages.reported(connection, news, now=now)
    return True


def _key(news: Sequence[Outage]) -> str:
    matter = "\n".join(f"{outage.place} {outage.since.isoformat()} {outage.over_at is None}" for outage in news)
    return f"outage:{hashlib.sha256(matter.encode()).hexdigest()[:16]}"


def _title(began: Sequence[Outage], over: Sequence[Outage]) -> str:
    if not began:
        return f"{how_many(len(over), 'place takes', 'places take')} messages again."
    return f"{how_many(len(began), 'place takes', 'places take')} no messages: a person is needed."


def _began(began: Sequence[Outage]) -> Iterator[str]:
    if not began:
        return
    yield from _named(
        began, lambda outage: f"✗ {_name(outage)}, since {outage.since:%Y-%m-%d %H:%M} UTC: {outage.why}"
    )
    if people := sum(_is_person(outage) for outage in began):
        yield f"✗ {how_many(people, 'person', 'people')} cannot be written to."
    yield "What waits there is kept and sent in order once that is mended; it is tried after 5 minutes, then hourly."


def _over(over: Sequence[Outage]) -> Iterator[str]:
    yield from _named(over, lambda outage: f"✓ {_name(outage)} takes messages again.")
    if people := sum(_is_person(outage) for outage in over):
        yield f"✓ {how_many(people, 'person', 'people')} can be written to again."


def _named(some: Sequence[Outage], line: Callable[[Outage], str]) -> Iterator[str]:
    channels = [outage for outage in some if not _is_person(outage)]
    yield from map(line, channels[:MOST_NAMED])
    if len(channels) > MOST_NAMED:
        yield f"… and {how_many(len(channels) - MOST_NAMED, 'more channel')}: /wire status lists them."


def _name(outage: Outage) -> str:
    return f"all of {outage.place.capitalize()}" if outage.is_platform else outage.place


def _is_person(outage: Outage) -> bool:
    return ":@" in outage.place


def tell_expired(connection: sa.Connection, operators: Operators, *, now: datetime) -> None:
    """For each day that has ended, once, what was not sent because it had waited too long."""
    today = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    for back in range(1, LOOKED_BACK + 1):
        day = today - timedelta(days=back)
        if counts := expiry.expired(connection, since=day, until=day + timedelta(days=1)):
            key = f"expired:{day:%Y-%m-%d}"
            title = f"{how_many(sum(counts.values()), 'message')} expired on {day:%Y-%m-%d}."
            operators.tell(connection, key=key, title=title, lines=[*_expired(list(counts.items()))], now=now)


def _expired(counts: Sequence[tuple[Destination, int]]) -> Iterator[str]:
    yield "They had waited longer than [delivery] expire_after allows, and are not sent."
    channels = sorted(((n, str(place)) for place, n in counts if not place.person), reverse=True)
    yield from (f"{place}: {n}" for n, place in channels[:MOST_NAMED])
    if len(channels) > MOST_NAMED:
        yield f"… and {how_many(len(channels) - MOST_NAMED, 'more channel')}."
    if people := [n for place, n in counts if place.person]:
        yield f"{how_many(len(people), 'person', 'people')}: {sum(people)}"
