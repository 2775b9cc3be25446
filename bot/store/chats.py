"""When a chat was last connected, by any process: so that of many one tells, and a restart forgets nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.store.schema import chats


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """`up_at`: when a process was last connected; `told`: whether the operators heard that none has been since."""

    up_at: datetime
    told: bool


def known(connection: sa.Connection, name: str, *, now: datetime) -> Chat:
    """The row of a chat, locked; one that is looked after for the first time is begun as if it had just been up."""
    asked = sa.select(chats.c.up_at, chats.c.told_at).where(chats.c.name == name).with_for_update()
    row = connection.execute(asked).one_or_none()
    if row is None:  # two at once: the loser is run again
        connection.execute(sa.insert(chats).values(name=name, up_at=now))
        return Chat(up_at=now, told=False)
    return Chat(up_at=row.up_at, told=row.told_at is not None)


def is_up(connection: sa.Connection, name: str, *, now: datetime) -> None:
    """It is connected, and whatever the operators were told of it is over."""
    connection.execute(sa.update(chats).where(chats.c.name == name).values(up_at=now, told_at=None))


def told_down(connection: sa.Connection, name: str, *, now: datetime) -> None:
    """The operators have been told that nobody is connected."""
    connection.execute(sa.update(chats).where(chats.c.name == name).values(told_at=now))
