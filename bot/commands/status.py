"""`/wire status`: how the sources, the deliveries, the database and the chat connections are doing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot import __version__
from bot.clock import Clock
from bot.commands.sources_state import standings
from bot.commands.spec import Caller, Command
from bot.commands.views import status as views
from bot.commands.views.status import Reader, Status
from bot.deliver.card import Reply
from bot.model import Destination, Source
from bot.observe.health import Parts
from bot.store import audience, condition, news, outbox
from bot.store.engine import Database

DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusDesk:
    """What the command works on. `configured` are the sources of the file, `started_at` is when this process began.

    `managers` see every channel; who manages a channel sees why something fails, everybody else that it does.
    """

    database: Database
    clock: Clock
    parts: Parts
    configured: Sequence[Source]
    managers: frozenset[Destination]
    started_at: datetime

    async def status(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        reader = await self._reader(caller)
        return views.status(await self.database.read(self._status, caller), reader)

    async def _reader(self, caller: Caller) -> Reader:
        everywhere = caller.user in self.managers
        manages = everywhere or (caller.place != caller.user and (await caller.may_manage()).granted)
        return Reader(user=caller.user, place=caller.place, sees_why=manages, sees_channels=everywhere)

    def _status(self, connection: sa.Connection, caller: Caller) -> Status:
        now = self.clock.now()
        since = now - DAY
        read, opened = news.counts(connection, since=since)
        waiting = outbox.backlog(connection)
        return Status(
            read=read,
            opened=opened,
            outcomes=outbox.outcomes(connection, since=since),
            reasons=audience.reason_counts(connection, since=since),
            sources=standings(connection, self.configured, now=now),
            queues=condition.queues(waiting),
            waiting=waiting,
            downs=condition.downs(connection, now=now),
            last_alert=condition.last_alert(connection, caller.place),
            database=self.database.name,
            is_sqlite=self.database.is_sqlite,
            size=condition.size(connection),
            parts=tuple(self.parts),
            version=__version__,
            started_at=self.started_at,
            now=now,
        )


def status_command(desk: StatusDesk) -> Command:
    return Command(
        name="status",
        help="How the sources, the deliveries and the chat connections are doing.",
        run=desk.status,
        examples=("/wire status",),
    )
