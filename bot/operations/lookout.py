"""Whether anybody answers commands: the operators hear of a chat without a connection, once, and of its return.

Alerts need no such connection, so they go on, and so do the messages from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.clock import Clock
from bot.observe.complaint import Complaint, complaining
from bot.observe.health import Part, Parts
from bot.operations.operators import Operators
from bot.store import chats
from bot.store.engine import Database

EVERY_S = 30.0
PATIENCE = timedelta(minutes=5)  # without a connection in any process, and the operators are told
STEADY = timedelta(minutes=2)  # connected again for so long, and they are told that it is over


@dataclass(kw_only=True)
class Lookout:
    """`chats` are the parts of this process to look after, each with what it is called to people.

    Two processes that are connected to the same chat give it the same name: while one of them is, commands are
    answered, and nobody is told.
    """

    database: Database
    operators: Operators
    clock: Clock
    parts: Parts
    chats: Mapping[str, str]
    _since: dict[str, tuple[bool, datetime]] = field(default_factory=dict)  # how a part is, and since when

    async def run(self) -> None:
        """Look twice a minute until cancelled."""
        look = complaining(self.look, Complaint("lookout_failed"))
        while True:
            await look()
            await self.clock.sleep(EVERY_S)

    async def look(self) -> None:
        """Note how each chat is, and tell what is to be told."""
        now = self.clock.now()
        for part in self.parts:
            if part.name in self.chats:
                await self.database.write(
                    _note, self.operators, self.chats[part.name], part, self._lasted(part, now), now=now
                )

    def _lasted(self, part: Part, now: datetime) -> timedelta:
        """How long it has been as it is."""
        was_ok, since = self._since.get(part.name, (part.ok, now))
        self._since[part.name] = part.ok, since if was_ok == part.ok else now
        return now - self._since[part.name][1]


def _note(
    connection: sa.Connection, operators: Operators, name: str, part: Part, lasted: timedelta, *, now: datetime
) -> None:
    chat = chats.known(connection, name, now=now)
    if part.ok and (lasted >= STEADY or not chat.told):
        chats.is_up(connection, name, now=now)
        if chat.told:
            _tell_up(connection, operators, name, chat.up_at, now)
    elif not part.ok and not chat.told and min(lasted, now - chat.up_at) >= PATIENCE:
        chats.told_down(connection, name, now=now)
        _tell_down(connection, operators, name, chat.up_at, part.detail, now)


def _tell_down(
    connection: sa.Connection, operators: Operators, name: str, since: datetime, why: str, now: datetime
) -> None:
    operators.tell(
        connection,
        key=f"chat:{name}:{since.isoformat()}:down",
        title=f"Nobody answers commands on {name}.",
        lines=[
            f"✗ No connection since {since:%Y-%m-%d %H:%M} UTC: {why}",
            "Alerts are sent all the same. It is tried again by itself; you hear once commands are answered.",
        ],
        now=now,
    )


def _tell_up(connection: sa.Connection, operators: Operators, name: str, since: datetime, now: datetime) -> None:
    operators.tell(
        connection,
        key=f"chat:{name}:{since.isoformat()}:up",
        title=f"Commands on {name} are answered again.",
        lines=[f"✓ They were not since {since:%Y-%m-%d %H:%M} UTC."],
        now=now,
    )
