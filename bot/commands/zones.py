"""In whose time zone a day begins, for the commands that speak of days."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.commands.spec import Caller
from bot.store import places
from bot.store.engine import Database


async def zone_of(caller: Caller, database: Database, usual: ZoneInfo) -> ZoneInfo:
    """What the person chose here, what the platform says of them, what the channel chose, else `usual`."""
    known = await database.read(places.preferences, [caller.user, caller.place])
    person, place = known.get(caller.user), known.get(caller.place)
    if person and person.zone:
        return person.local(usual)
    if told := _zone(await caller.zone()):
        return told
    return place.local(usual) if place else usual


def _zone(name: str | None) -> ZoneInfo | None:
    """None for a name that this machine's time zones lack, too."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
