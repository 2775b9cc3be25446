"""What becomes of a source that brings much at once: noticed when it is polled, and decided on by an operator.

What makes a flood is said in `routing/floods.py`. It is stored before the first of its items is, so that a poll that
a crash cut short goes on as it began. What is held back is stored, grouped and decided on like everything else, but
tells nobody and is not in the calendar, until it is released; what nobody releases is dropped, with the reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.clock import Clock
from bot.counts import how_many
from bot.deliver.card import Action
from bot.model import Item, ItemKey, Notice, Reason, Source
from bot.operations.operators import Operators
from bot.routing.floods import HELD_FOR, OLD, Flood, FloodKind, Released, floods_in
from bot.steps.agenda import Agenda
from bot.steps.grouping import Joined
from bot.steps.telling import News, Teller
from bot.store import feeds, floods, news
from bot.store.engine import Database

PORTION = 25  # items in one transaction
RELEASED_WITHIN = timedelta(seconds=15)  # a command has 25; who releases more presses again
MOST_TITLES = 3  # of what is held back, the newest, that the operators are shown
MAX_TITLE = 120  # characters


def look(connection: sa.Connection, source: Source, items: Sequence[Item], now: datetime) -> list[Flood]:
    """The floods that the new items of a poll are part of; what is new of them has no number yet."""
    read = floods.read(connection, source.id)
    if read is None or source.path is not None:
        return []  # the first poll has a brake of its own, and what stands in a folder somebody has put there
    known = floods.going_on(connection, source.id, last_read=read.last)
    cut_short = any(flood.began_at > read.last for flood in known)
    more = [item for item in items if not any(flood.holds(item) for flood in known)]
    if cut_short or len(more) <= OLD:
        return known
    usual = floods.usual(connection, source.id, since_first=read.first, now=now)
    return known + floods_in(more, usual, last_ok=read.last, last_new=read.news, now=now)


def begin(
    connection: sa.Connection,
    operators: Operators,
    source: Source,
    found: Sequence[Flood],
    items: Sequence[Item],
    holder: str,
) -> list[Flood]:
    """Keep what is new of them, and tell the operators of what waits for them; returns them with their numbers."""
    if not feeds.holds(connection, source.id, owner=holder):
        return list(found)  # whoever polls it now looks for itself, and nothing is admitted here
    return [
        flood if flood.number is not None else _begun(connection, operators, source, flood, items) for flood in found
    ]


def _begun(
    connection: sa.Connection, operators: Operators, source: Source, flood: Flood, items: Sequence[Item]
) -> Flood:
    number = floods.add(connection, source.id, flood)
    if flood.kind is FloodKind.OLD:
        held = [item for item in items if flood.holds(item)]
        operators.tell(
            connection,
            key=f"flood:{number}",
            title=f"{source.id} brought {how_many(len(held), 'old item')} as if they were new: nobody was told.",
            lines=_told_operators(source, flood, held),
            now=flood.began_at,
            actions=(
                Action(label="Release", command=f"sources:release {source.id}"),
                Action(label="Drop", command=f"sources:drop {source.id}"),
            ),
        )
    return replace(flood, number=number)


def _told_operators(source: Source, flood: Flood, held: Sequence[Item]) -> list[str]:
    return [
        f"{flood.detail}. So it looks when a site was rebuilt, or when its address is in other hands.",
        *(f"• {item.title[:MAX_TITLE]}" for item in held[: -MOST_TITLES - 1 : -1]),
        f"Fit to be read: /wire sources release {source.id}. What is urgent is told then, the rest comes in digests.",
        f"Not fit: /wire sources drop {source.id}. If nobody decides they are dropped after {HELD_FOR.days} days.",
    ]


def words_of(flood: Flood, source: Source) -> str:
    """Why nobody is told of an item that is held back."""
    return f"{flood.detail}: nobody is told until an operator decides (/wire sources release {source.id})"


def hold(connection: sa.Connection, teller: Teller, held_back: News, flood: Flood) -> list[Notice]:
    """Decide on an item that nobody is told of for now, and keep it where somebody would have been."""
    notices = teller.tell(connection, held_back)
    if flood.number is not None and any(notice.reason is Reason.FLOOD_BRAKE for notice in notices):
        floods.hold(connection, flood.number, held_back.joined.item.key)
    return notices


@dataclass(frozen=True, slots=True, kw_only=True)
class Flooding:
    """Decides on what was held back of a source."""

    database: Database
    teller: Teller
    agenda: Agenda
    clock: Clock

    async def release(self, source: Source, by: str) -> Released:
        """Tell of what was held back: the urgent at once, the rest in digests.

        A portion in a transaction, so that what a crash or the time cuts short is still held back.
        """
        began, released = self.clock.now(), Released()
        while True:
            portion = await self.database.write(self._release, source, by)
            released += portion
            if not portion.left or self.clock.now() - began > RELEASED_WITHIN:
                return released

    async def drop(self, source: Source, by: str) -> int:
        """Tell nobody of it; returns how many items."""
        return await self.database.write(floods.drop, source.id, f"dropped by {by}", now=self.clock.now())

    def _release(self, connection: sa.Connection, source: Source, by: str) -> Released:
        now, how = self.clock.now(), f"released by {by}"
        news.group_alone(connection)
        self.teller.listeners.catch_up(connection)
        keys = floods.held_of(connection, source.id, limit=PORTION)
        reasons: Counter[Reason] = Counter()
        for key in keys:
            reasons.update(notice.reason for notice in self._tell(connection, source, key, how, now))
        floods.let_go(connection, keys)
        left = floods.held(connection).get(source.id, 0)
        if not left:
            floods.end(connection, source.id, how, now=now)
        in_digests = reasons[Reason.HELD]
        told = sum(count for reason, count in reasons.items() if reason.tells) - in_digests
        return Released(items=len(keys), told=told, in_digests=in_digests, left=left)

    def _tell(
        self, connection: sa.Connection, source: Source, key: ItemKey, how: str, now: datetime
    ) -> Sequence[Notice]:
        """What was too old for this source when it came is not any fresher now; the wait itself makes nothing old."""
        stored = news.item(connection, key)
        story = news.story(connection, stored[2], lock=True) if stored else None
        if stored is None or story is None or story.mark == "withdrawn":
            return ()
        joined = Joined(stored[0], stored[1], story)
        self.agenda.note(connection, joined, now)
        learned = self.teller.learned(connection, now)
        unaged = replace(source, max_age=None)
        return self.teller.tell(connection, News(source=unaged, joined=joined, now=now, learned=learned, burst=how))
