"""What a platform delivers twice is done once: in one process by memory, among several by a row.

Slack sends again what it was not told is heard, to whichever process is connected; Discord replays after a resumed
connection, and sends everything to each process that is connected with the same token. The memory answers at once, so
that nothing stands between a command and its acknowledgement. The row is asked for after that, right before the work.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Clock
from bot.store import invocations
from bot.store.engine import Database

REMEMBERED = 1_024  # names

Take = Callable[[str], Awaitable[bool]]  # an invocation by its name: True for the process that may do it

log = structlog.get_logger()


async def alone(name: str) -> bool:
    """Where no other process is."""
    return True


def shared(database: Database, clock: Clock) -> Take:
    """Asks the row that all processes share.

    While the database is away the memory has to do: whatever a command could do twice, it does in that database.
    """

    async def take(name: str) -> bool:
        try:
            return await database.write(invocations.take, name, now=clock.now())
        except SQLAlchemyError as error:
            log.warning("invocation_not_noted", error=type(error).__name__)
            return True

    return take


class Memory:
    """The newest names that this process has seen."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._seen: OrderedDict[str, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._seen)

    def is_first(self, name: str) -> bool:
        """True once for each name, as far back as is remembered."""
        if name in self._seen:
            return False
        self._seen[name] = None
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)
        return True
