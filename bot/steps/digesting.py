"""Digests on their way: what is due is put into the outbox, in the transaction that says that it was.

Nothing here remembers anything: which slot was served stands in the row of its place, so a bot that was off sends one
digest for all that it missed, and of two processes that look at the same moment one finds nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError

from bot.clock import Clock
from bot.deliver.card import Bulletin
from bot.deliver.compose import Composer
from bot.deliver.digest import Digested, digest_bulletin
from bot.routing.holding import Why
from bot.routing.preferences import Preferences, with_quiet_of
from bot.routing.routes import Route
from bot.store import bulletins, digests, places, silencing
from bot.store.bulletins import enqueue_bulletin
from bot.store.digests import Entry
from bot.store.engine import Database, is_conflict
from bot.store.places import Due

log = structlog.get_logger()

MOST_AT_ONCE = 500  # places in one look: the next look goes on
RETRY = timedelta(minutes=5)  # of a digest that our own code stumbles over, or that another is in the way of


@dataclass(frozen=True, slots=True, kw_only=True)
class Digester:
    """Sends what waits at its local times. `zone` is that of places that never said one.

    In the quiet hours of a place no digest comes: those of its route, where it chose none.
    """

    database: Database
    clock: Clock
    composer: Composer
    zone: ZoneInfo
    routes: Sequence[Route] = ()

    async def send_due(self) -> bool:
        """Look at every place that is due; False where none was."""
        if not await self.database.read(places.is_due, now=self.clock.now()):
            return False  # nobody who writes is disturbed
        for _ in range(MOST_AT_ONCE):
            if not await self.database.write(self._serve_next, self.clock.now()):
                break
        return True

    def comes(self, own: Preferences, now: datetime) -> datetime | None:
        """When the next planned digest of a place comes; None: it plans none."""
        return with_quiet_of(self.routes, own).next_digest(now, self.zone)

    def preview(
        self, connection: sa.Connection, own: Preferences, now: datetime
    ) -> tuple[Bulletin | None, datetime | None]:
        """What the next digest would be, and when it comes; None where nothing waits, and where none is planned."""
        own, waiting = with_quiet_of(self.routes, own), digests.waiting(connection, own.place)
        entries, _ = silencing.sifted(connection, own.place, waiting, now=now)
        at = own.next_digest(now, self.zone)
        if at is None and entries:
            looked_at = places.due_at(connection, own.place)
            at = looked_at if looked_at and looked_at > now else own.rest_of_day(now, self.zone)
        return self._bulletin(connection, own, entries, at or now, preview=True), at

    def send(self, connection: sa.Connection, own: Preferences, now: datetime, *, key: str) -> bool:
        """Send what waits, without asking for the time; False where nothing does."""
        taken = digests.take_all(connection, own.place)
        entries, silenced = silencing.sifted(connection, own.place, taken, now=now)
        silencing.keep(connection, own.place, silenced, now=now)
        bulletin = self._bulletin(connection, own, entries, now)
        if bulletin is None:
            return False
        return enqueue_bulletin(connection, own.place, bulletin, key=key, now=now) is not None

    def _serve_next(self, connection: sa.Connection, now: datetime) -> bool:
        """Serve one place that is due; False where none is."""
        due = places.next_due(connection, now=now)
        if due is None:
            return False
        place = due.preferences.place
        try:
            with connection.begin_nested():
                self._serve(connection, due, now)
        except Exception as error:  # one place must not keep the others from their digests
            if isinstance(error, DBAPIError) and is_conflict(error):
                raise  # it is tried again as a whole
            log.exception("digest_failed", destination=str(place))
            places.serve(connection, place, slot=None, due=now + RETRY, zone=self.zone)
        return True

    def _serve(self, connection: sa.Connection, due: Due, now: datetime) -> None:
        own, zone = with_quiet_of(self.routes, due.preferences), due.preferences.local(self.zone)
        awake = own.not_quiet(now)
        if due.served is None or awake > now:
            slot = now if due.served is None else None
            places.serve(connection, own.place, slot=slot, due=self._next(connection, own, now, awake), zone=zone)
            return
        slot = own.digest.due(due.served, now, zone) if own.digest else now
        if slot is not None and bulletins.waits(connection, own.place, digests.KEY):
            # Nothing can be posted there for long. When it can, one digest is for all that came meanwhile.
            places.serve(connection, own.place, slot=None, due=now + RETRY, zone=zone)
            return
        if slot is not None:
            self.send(connection, own, now, key=f"{digests.KEY}{slot.astimezone(zone).isoformat()}")
        places.serve(connection, own.place, slot=slot, due=own.next_digest(now, self.zone), zone=zone)

    def _next(self, connection: sa.Connection, own: Preferences, now: datetime, awake: datetime) -> datetime | None:
        """When to look again without a digest now: when the quiet hours end, or by a plan that is new."""
        if awake > now:
            return awake
        if own.digest is None and digests.waiting(connection, own.place):
            return own.rest_of_day(now, self.zone)
        return own.next_digest(now, self.zone)

    def _bulletin(
        self,
        connection: sa.Connection,
        own: Preferences,
        entries: Sequence[Entry],
        at: datetime,
        *,
        preview: bool = False,
    ) -> Bulletin | None:
        whys = {entry.story_id: entry.why for entry in entries}
        stories = [
            Digested(story=story, url=url or self.composer.page_url(story.lead, own.place), why=whys[story.id])
            for story, url in digests.stories_of(connection, entries)
        ]
        waiting = [each for each in stories if each.why is not Why.BRAKE]
        local = at.astimezone(own.local(self.zone))
        return digest_bulletin(waiting, braked=len(stories) - len(waiting), at=local, preview=preview)
