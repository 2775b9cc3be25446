"""What is not told at once but stands in a digest: what is too quiet, in quiet hours, or more than the cap. Pure.

Nothing that was asked for ends in nothing: a place with digests finds it there. Where none is planned, what quiet
hours hold is told at their end, and what is more than the cap when the local day ends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.model import Notice, Reason, Tier
from bot.routing.preferences import Preferences
from bot.routing.routes import Match

QUIET_WAITS = timedelta(days=1)  # what a night held is told in the morning where the next digest is days away


class Why(StrEnum):
    """Why something waits for a digest."""

    QUIETER = "quieter"  # than what is told at once there
    QUIET = "quiet"  # hours
    CAP = "cap"
    BRAKE = "brake"  # of a source's first poll
    AMENDED = "amended"  # since a digest told it


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A notice that waits for a digest, and why."""

    notice: Notice
    why: Why


def held(notice: Notice, match: Match, own: Preferences, *, told: int, now: datetime, usual: ZoneInfo) -> Held | None:
    """`notice` as one that the place finds in a digest; None: it goes its way.

    `told` is how many messages the place was or will be told on the day of this one. `usual` is the zone of places
    that never said one.
    """
    planned = own.next_digest(now, usual)
    if notice.reason is Reason.FLOOD_BRAKE:
        return Held(notice=notice, why=Why.BRAKE) if planned else None
    if not notice.reason.tells:
        return None
    if match.digest and planned:
        return _held(notice, Why.QUIETER, planned, own, usual)
    if notice.reason is Reason.HELD and planned and planned - now <= QUIET_WAITS:
        return _held(notice, Why.QUIET, planned, own, usual)
    if own.cap is not None and told >= own.cap and notice.tier is not Tier.FLASH:
        return _held(notice, Why.CAP, own.rest_of_day(now, usual), own, usual)
    return None


def put_right(notice: Notice, own: Preferences, *, now: datetime, usual: ZoneInfo) -> Held:
    """A correction or withdrawal for those who read the story in a digest: they find it in the next."""
    return _held(notice, Why.AMENDED, own.rest_of_day(now, usual), own, usual)


def _held(notice: Notice, why: Why, until: datetime, own: Preferences, usual: ZoneInfo) -> Held:
    """`decide` has written the reason itself first where quiet hours hold it."""
    because = f"the cap of the day ({own.cap}) is reached, " if why is Why.CAP else ""
    comes = f"held for the digest of {until.astimezone(own.local(usual)):%a %d %b %H:%M} {own.local(usual).key}"
    first, rest = str(notice.reason), notice.detail
    if notice.reason is Reason.HELD:
        first, _, rest = notice.detail.replace(", held until", ", quiet until", 1).partition(", ")
    detail = f"{first}, {because}{comes}: {rest}"
    return Held(notice=replace(notice, reason=Reason.HELD, detail=detail, until=until), why=why)
