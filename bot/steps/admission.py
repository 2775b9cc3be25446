"""What a poll brought is stored with all that follows from it, in one transaction: the decisions and their reasons,
the outbox, and with the last portion the cursor. So nothing is ever "seen" before what follows from it is durable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from bot.intake.delta import completed
from bot.intake.fetched import Fetched
from bot.intake.pacing import next_poll
from bot.intake.recognition import listing, sightings_of
from bot.intake.sameness import Kept
from bot.intake.trouble import trouble_of
from bot.model import Destination, Item, ItemKey, Notice, Source
from bot.operations import flooding
from bot.routing.first_poll import Brake, brake_for
from bot.routing.floods import Flood, FloodKind
from bot.steps.agenda import Agenda
from bot.steps.grouping import Joined, Judged, place, revise
from bot.steps.telling import News, Preferring, Teller
from bot.store import feeds, hubs, news, restoring, sightings

Brakes = Mapping[Destination, Brake]


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """Items for one short transaction; with the last one the poll ends."""

    new: Sequence[Judged] = ()
    revised: Sequence[Judged] = ()
    is_last: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What is kept of a poll once its items are stored."""

    fetched: Fetched
    polled_at: datetime
    items: Sequence[Item]
    found: Mapping[ItemKey, Kept]  # those of them that were stored before
    brings_news: bool

    def sight(self, connection: sa.Connection, source: Source) -> None:
        """The names under which known items came, and what stands in the document."""
        if listed := listing(self.items, self.found, self.fetched.standing):
            sightings.save(connection, source.id, sightings_of(self.items, self.found), listed)

    @property
    def settled(self) -> Fetched:
        """With a memory that says which items its new entries are."""
        if not self.items and not self.fetched.standing:
            return self.fetched
        traces = ((item.trace, self.found.get(item.key, item).key) for item in self.items if item.trace)
        state = self.fetched.state
        return replace(self.fetched, state=replace(state, memory=completed(state.memory, dict(traces))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Runs inside a transaction of its caller."""

    teller: Teller
    agenda: Agenda

    def held_back(
        self, connection: sa.Connection, source: Source, new: Sequence[Judged], now: datetime
    ) -> tuple[Brakes | None, Sequence[Flood]]:
        """What holds new items back: that this is the first poll of their source (else None), or that it brings so
        much."""
        told = feeds.told_in_first_poll(connection, source.id)
        if told is None:
            return None, flooding.look(connection, source, [each.item for each in new], now)
        wanted = self.teller.wanted(connection, source, new, now)
        brakes = {place: brake_for(source, items, told.get(place, []), now) for place, items in wanted.items()}
        return {place: brake for place, brake in brakes.items() if brake is not None}, []

    def commit(
        self,
        connection: sa.Connection,
        source: Source,
        portion: Portion,
        holder: str,
        now: datetime,
        brakes: Brakes | None,
        flood: Sequence[Flood],
        poll: Ending | None,
    ) -> tuple[list[Notice], bool]:
        """One portion of a poll with all that follows from it, in one transaction.

        The cursor moves with the last one: until then a crash only makes the feed be read again, and what is stored
        by then is known. False, with nothing written, where the lease was lost.
        """
        if not feeds.holds(connection, source.id, owner=holder):
            return [], False
        notices = self.admit(connection, source, portion.new, now, brakes, flood)
        notices += self.amend(connection, source, portion.revised, now)
        if portion.is_last and poll:
            poll.sight(connection, source)
            self.settle(connection, source, poll.settled, holder, poll.polled_at, brings_news=poll.brings_news)
        return notices, True

    def admit(
        self,
        connection: sa.Connection,
        source: Source,
        new: Sequence[Judged],
        now: datetime,
        brakes: Brakes | None = None,
        flood: Sequence[Flood] = (),
    ) -> list[Notice]:
        """New items, with all that follows from them."""
        if not new:
            return []
        news.group_alone(connection)
        known = news.known_keys(connection, [each.item.key for each in new])  # another source was faster
        fresh = [each for each in new if each.item.key not in known]
        joining = (place(connection, each, now) for each in fresh)
        return self._tell(connection, source, joining, now, brakes or {}, flood)

    def amend(
        self, connection: sa.Connection, source: Source, revised: Sequence[Judged], now: datetime
    ) -> list[Notice]:
        """Stored items of which something else is known now, with all that follows from it."""
        if not revised:
            return []
        news.group_alone(connection)
        joining = (joined for each in revised if (joined := revise(connection, each, now)))
        return self._tell(connection, source, joining, now, {})

    def _tell(
        self,
        connection: sa.Connection,
        source: Source,
        joining: Iterable[Joined],
        now: datetime,
        brakes: Brakes,
        flood: Sequence[Flood] = (),
    ) -> list[Notice]:
        """All that follows from each item before the next one joins its story."""
        self.teller.listeners.catch_up(connection)
        learned = self.teller.learned(connection, now)
        restored = restoring.in_force(connection, source.id)
        notices: list[Notice] = []
        preferences = Preferring()
        burst = next((f"{source.id}: {each.detail}" for each in flood if each.kind is FloodKind.BURST), "")
        for joined in joining:
            known = restored if restored and restored.covers(joined.item, revised=joined.revised) else None
            held = next((each for each in flood if each.holds(joined.item) and not joined.revised), None)
            news = News(
                source=source, joined=joined, now=now, learned=learned, brakes=brakes, restored=known,
                preferences=preferences, held_back=flooding.words_of(held, source) if held else "", burst=burst,
            )  # fmt: skip
            if held is None:
                self.agenda.note(connection, joined, now, told_until=known.told_until if known else None)
                notices += self.teller.tell(connection, news)
            else:
                notices += flooding.hold(connection, self.teller, news, held)
        return notices

    def settle(
        self,
        connection: sa.Connection,
        source: Source,
        fetched: Fetched,
        holder: str,
        now: datetime,
        *,
        brings_news: bool = False,
    ) -> None:
        """The cursor or the fault of a poll, and the lease given back; nothing where that was lost."""
        trouble = trouble_of(source, fetched, now)
        if fetched.fault:
            feeds.save_fault(
                connection, source.id, fetched.fault, fetched.state, owner=holder, now=now, trouble=trouble
            )
        else:
            feeds.save_cursor(
                connection,
                source.id,
                fetched.state,
                owner=holder,
                now=now,
                brought_new=brings_news,
                brought_entries=bool(fetched.entries),
                trouble=trouble,
            )
            if fetched.entries or fetched.standing:
                feeds.remember(connection, source.id, fetched.state.memory, owner=holder)
            if fetched.offer:
                hubs.offered(connection, source.id, source.url or "", fetched.offer, now=now)
        feeds.give_back(connection, source.id, owner=holder, due_at=next_poll(source, fetched, now))
