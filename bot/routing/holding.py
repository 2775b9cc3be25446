"""What is not told at once but stands in a digest: what is too quiet, in quiet hours, or more than is taken. Pure.

Nothing that was asked for ends in nothing: a place with digests finds it there. Where none is planned, what quiet
hours hold is told at their end, what is more than the cap of a day when the local day ends, and what is more than an
hour takes, or came in a burst of its source, at the next full hour.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.model import Notice, Reason, Tier
from bot.routing.preferences import Preferences
from bot.routing.routes import FOLLOW, Match

QUIET_WAITS = timedelta(days=1)  # what a night held is told in the morning where the next digest is days away


class Why(StrEnum):
    """Why something waits for a digest."""

    QUIETER = "quieter"  # than what is told at once there
    QUIET = "quiet"  # hours
    CAP = "cap"  # of a day
    HOUR = "hour"  # it is more than an hour takes
    BURST = "burst"  # of its source
    BRAKE = "brake"  # of a source's first poll
    AMENDED = "amended"  # since a digest told it


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A notice that waits for a digest, and why."""

    notice: Notice
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """What a place was or will be told in the sixty minutes up to a notice, and the most that it takes in them."""

    told: int
    most: int


def held(
    notice: Notice,
    match: Match,
    own: Preferences,
    *,
    told: int,
    now: datetime,
    usual: ZoneInfo,
    hour: Hour | None = None,
    burst: str = "",
) -> Held | None:
    """`notice` as one that the place finds in a digest; None: it goes its way.

    `told` is how many messages the place was or will be told on the day of this one; `hour` says the same of the
    hour, None where nothing limits it. `burst` is the one that the item came in, in words. `usual` is the zone of
    places that never said one.
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
        because = f"the cap of the day ({own.cap}) is reached, "
        return _held(notice, Why.CAP, own.rest_of_day(now, usual), own, usual, because)
    at = notice.until or now  # what quiet hours hold counts when they end
    if burst and notice.tier.rank < Tier.URGENT.rank and match.route != FOLLOW:
        return _held(notice, Why.BURST, own.rest_of_hour(at, usual), own, usual, f"flood brake ({burst}), ")
    if hour and hour.told >= hour.most and not _passes_full_hour(notice, match):
        figures = f"{hour.told} message{'s' if hour.told > 1 else ''} in the last hour, where {hour.most} is the most"
        return _held(notice, Why.HOUR, own.rest_of_hour(at, usual), own, usual, f"flood brake ({figures}), ")
    return None


def _passes_full_hour(notice: Notice, match: Match) -> bool:
    """A flash does, and what passes quiet hours there."""
    return notice.tier.rank >= (match.loud or Tier.FLASH).rank


def put_right(notice: Notice, own: Preferences, *, now: datetime, usual: ZoneInfo) -> Held:
    """A correction or withdrawal for those who read the story in a digest: they find it in the next."""
    return _held(notice, Why.AMENDED, own.rest_of_day(now, usual), own, usual)


def _held(notice: Notice, why: Why, until: datetime, own: Preferences, usual: ZoneInfo, because: str = "") -> Held:
    """`decide` has written the reason itself first where quiet hours hold it."""
    comes = f"held for the digest of {until.astimezone(own.local(usual)):%a %d %b %H:%M} {own.local(usual).key}"
    first, rest = str(notice.reason), notice.detail
    if notice.reason is Reason.HELD:
        first, _, rest = notice.detail.replace(", held until", ", quiet until", 1).partition(", ")
    detail = f"{first}, {because}{comes}: {rest}"
    return Held(notice=replace(notice, reason=Reason.HELD, detail=detail, until=until), why=why)
