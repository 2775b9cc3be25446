"""What counts as a flood of its source, and what of it waits for a digest."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.model import Destination, Item, Reason, Tier
from bot.routing import query
from bot.routing.digests import DigestPlan
from bot.routing.floods import BURST, LATE, OLD, FloodKind, Usual, floods_in
from bot.routing.holding import Held, Hour, Why, held
from bot.routing.preferences import Preferences, hourly_at
from bot.routing.quiet import QuietHours
from bot.routing.routes import FOLLOW, Match, Route
from tests import samples
from tests.samples import DISCORD, NOW, SLACK

UTC_ZONE = ZoneInfo("UTC")
HOUR = timedelta(hours=1)
RARELY = Usual(of_poll=2.0, of_hour=1.0)
LAST = NOW - timedelta(minutes=5)


def items(count: int, age: timedelta | None) -> list[Item]:
    return [samples.item(published_at=None if age is None else NOW - age) for _ in range(count)]


def kinds(new: list[Item], usual: Usual = RARELY, **times: timedelta) -> list[FloodKind]:
    ok, news = NOW - times.get("ok", timedelta(minutes=5)), NOW - times.get("news", timedelta(minutes=5))
    return [flood.kind for flood in floods_in(new, usual, last_ok=ok, last_new=news, now=NOW)]


def test_many_old_items_among_few_fresh_ones_are_held_and_only_they() -> None:
    old, fresh = items(50, 9 * HOUR), items(2, timedelta())
    (flood,) = floods_in([*old, *fresh], RARELY, last_ok=LAST, last_new=LAST, now=NOW)
    assert flood.kind is FloodKind.OLD
    assert flood.detail == "50 of 52 new items were published before 2025-05-07 06:55 UTC"
    assert all(flood.holds(item) for item in old)
    assert not any(flood.holds(item) for item in fresh)


@pytest.mark.parametrize(
    ("new", "usual", "expected"),
    [
        (items(OLD, 9 * HOUR), RARELY, []),
        (items(OLD + 1, 9 * HOUR), RARELY, [FloodKind.OLD]),
        (items(OLD + 1, LATE / 2), RARELY, []),  # many feeds date their items earlier than they show them
        (items(OLD + 1, 9 * HOUR) + items(OLD + 2, timedelta()), RARELY, [FloodKind.BURST]),
        (items(OLD + 1, 9 * HOUR), Usual(of_poll=20.0), []),  # it always brings old ones
        (items(BURST, timedelta()), RARELY, []),
        (items(BURST + 1, timedelta()), RARELY, [FloodKind.BURST]),
        (items(BURST + 1, None), RARELY, [FloodKind.BURST]),  # of what has no date nobody knows
        (items(BURST + 1, timedelta()), Usual(of_poll=4.0), []),
        (items(50, 9 * HOUR) + items(40, timedelta()), RARELY, [FloodKind.OLD, FloodKind.BURST]),
    ],
)
def test_a_flood_is_measured_against_what_is_usual(new: list[Item], usual: Usual, expected: list[FloodKind]) -> None:
    assert kinds(new, usual) == expected


def test_a_bot_that_was_off_finds_no_flood_in_what_came_meanwhile() -> None:
    day = timedelta(days=1)
    assert kinds(items(48, 3 * HOUR), Usual(of_poll=2.0, of_hour=2.0), ok=day, news=day) == []
    assert kinds(items(48, 3 * HOUR), Usual(of_poll=2.0, of_hour=2.0)) == [FloodKind.OLD]


def test_a_cache_that_showed_an_old_document_for_hours_hides_no_news() -> None:
    assert kinds(items(20, 3 * HOUR), RARELY, news=6 * HOUR) == []


# --- what waits for a digest --------------------------------------------------------------------------------------


def own(**changes: object) -> Preferences:
    return Preferences(place=SLACK, **changes)  # type: ignore[arg-type]  # as each test names them


def kept(
    tier: Tier = Tier.ALERT, there: Preferences | None = None, *, loud: Tier | None = None, route: str = "desk",
    hour: Hour | None = None, burst: str = "",
) -> Held | None:  # fmt: skip
    match = Match(destination=SLACK, route=route, wanted=True, detail="it matches", tier=tier, loud=loud)
    notice = samples.notice(tier=tier, route=route, detail="it matches")
    return held(notice, match, there or own(), told=0, now=NOW, usual=UTC_ZONE, hour=hour, burst=burst)


@pytest.mark.parametrize(
    ("told", "tier", "loud", "waits"),
    [
        (59, Tier.ALERT, None, False),
        (60, Tier.ALERT, None, True),
        (60, Tier.URGENT, None, True),
        (60, Tier.URGENT, Tier.URGENT, False),
        (60, Tier.ALERT, Tier.URGENT, True),
        (99, Tier.FLASH, None, False),
    ],
)
def test_what_is_more_than_an_hour_takes_waits_but_for_what_is_loud(
    told: int, tier: Tier, loud: Tier | None, waits: bool
) -> None:
    assert (kept(tier, loud=loud, hour=Hour(told=told, most=60)) is not None) == waits


def test_it_says_how_many_there_were_and_when_it_comes() -> None:
    found = kept(hour=Hour(told=60, most=60))
    assert found is not None
    assert (found.why, found.notice.reason, found.notice.until) == (Why.HOUR, Reason.HELD, NOW + HOUR)
    assert found.notice.detail == (
        "first, flood brake (60 messages in the last hour, where 60 is the most), "
        "held for the digest of Wed 07 May 09:00 UTC: it matches"
    )


def test_it_waits_for_the_digest_that_is_planned_and_for_the_end_of_quiet_hours() -> None:
    full = Hour(told=60, most=60)
    planned = kept(there=own(digest=DigestPlan.parse("daily 12:30")), hour=full)
    quiet = kept(there=own(quiet=QuietHours.parse("08:30-11:00 UTC")), hour=full)
    assert planned is not None
    assert quiet is not None
    assert planned.notice.until == NOW.replace(hour=12, minute=30)
    assert quiet.notice.until == NOW.replace(hour=11)


def test_of_a_burst_what_is_urgent_and_what_somebody_follows_is_told_at_once() -> None:
    burst = "wire: 45 items at once, where 2 are usual"
    found = kept(burst=burst)
    assert found is not None
    assert found.why is Why.BURST
    assert burst in found.notice.detail
    assert kept(Tier.URGENT, burst=burst) is None
    assert kept(route=FOLLOW, burst=burst) is None


@pytest.mark.parametrize(
    ("place", "there", "usual", "most"),
    [
        (SLACK, None, 60, 20),
        (SLACK, own(hourly=5), 60, 5),
        (SLACK, own(hourly=500), 10, 10),
        (DISCORD, None, 60, 60),
        (DISCORD, None, None, None),
    ],
)
def test_a_route_and_a_place_can_only_lower_what_an_hour_takes(
    place: Destination, there: Preferences | None, usual: int | None, most: int | None
) -> None:
    routes = [Route(name="desk", to=(SLACK,), when=query.parse("tariff"), hourly=20)]
    assert hourly_at(routes, place, there, usual) == most
