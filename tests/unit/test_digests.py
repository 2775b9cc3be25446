"""When digests are due: the right local times, each once, also on the nights when the clocks change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.routing.digests import DAYS, MOST_TIMES, DigestPlan, day_end, day_start, moment

MINUTE = timedelta(minutes=1)
BERLIN, NEW_YORK, LORD_HOWE, KOLKATA = map(
    ZoneInfo, ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")
)
# A moment of the night in which the clocks change, and by how much they jump (more than nothing: forward).
NIGHTS = {
    "spring in Berlin": (BERLIN, datetime(2025, 3, 30, 1, 0, tzinfo=UTC), timedelta(hours=1)),
    "autumn in Berlin": (BERLIN, datetime(2025, 10, 26, 1, 0, tzinfo=UTC), timedelta(hours=-1)),
    "spring in New York": (NEW_YORK, datetime(2025, 3, 9, 7, 0, tzinfo=UTC), timedelta(hours=1)),
    "autumn in New York": (NEW_YORK, datetime(2025, 11, 2, 6, 0, tzinfo=UTC), timedelta(hours=-1)),
    "spring on Lord Howe": (LORD_HOWE, datetime(2025, 10, 4, 15, 30, tzinfo=UTC), timedelta(minutes=30)),
    "autumn on Lord Howe": (LORD_HOWE, datetime(2025, 4, 5, 15, 0, tzinfo=UTC), timedelta(minutes=-30)),
}

times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
wall_plans = st.builds(
    DigestPlan,
    times=st.lists(times, min_size=1, max_size=4, unique=True).map(lambda listed: tuple(sorted(listed))),
    days=st.one_of(
        st.just(frozenset(range(7))),
        st.just(frozenset(range(5))),
        st.integers(0, 6).map(lambda day: frozenset({day})),
    ),
)
plans = st.one_of(wall_plans, st.just(DigestPlan()))
nights = st.sampled_from(sorted(NIGHTS))


def served(plan: DigestPlan, zone: ZoneInfo, start: datetime, ticks: Iterable[datetime]) -> list[datetime]:
    """The slots that a bot serves that looks at these moments, and remembers only the last one."""
    found, last = [], start
    for tick in ticks:
        if slot := plan.due(last, tick, zone):
            found.append(slot)
            last = slot
    return found


def every_minute(start: datetime, end: datetime) -> list[datetime]:
    return [start + MINUTE * number for number in range(1, int((end - start) / MINUTE) + 1)]


# --- plans as people write them ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("hourly", "hourly"),
        ("daily", "daily 08:00"),
        ("Daily at 17:30 and 8:00", "daily 08:00 17:30"),
        ("daily 08:00, 08:00, 12:15", "daily 08:00 12:15"),
        ("every weekdays 9:00", "weekdays 09:00"),
        ("weekly on Monday at 7:45", "weekly monday 07:45"),
        ("weekly thu", "weekly thursday 08:00"),
    ],
)
def test_a_plan_is_read_as_people_write_it(text: str, canonical: str) -> None:
    assert str(DigestPlan.parse(text)) == canonical


@given(plans)
def test_a_plan_is_read_back_as_it_was_written(plan: DigestPlan) -> None:
    assert DigestPlan.parse(str(plan)) == plan


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "write hourly, daily"),
        ("dayly 08:00", "did you mean daily"),
        ("weekly", "the day is missing"),
        ("weekly 08:00", "the day is missing"),
        ("weekly t 08:00", "is no day"),
        ("weekly mondy 08:00", "did you mean monday"),
        ("daily 25:00", "“25:00” is no time of day"),
        ("daily 08:60", "“08:60” is no time of day"),
        ("daily noon", "“noon” is no time of day"),
        ("hourly 08:00", "leave the times away"),
        ("daily " + " ".join(f"{hour:02}:00" for hour in range(MOST_TIMES + 1)), "hourly is more often"),
    ],
)
def test_what_is_no_plan_is_answered_with_the_nearest_one(text: str, hint: str) -> None:
    with pytest.raises(ValueError, match=hint):
        DigestPlan.parse(text)


# --- ordinary days ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "zone", "now", "newest", "following"),
    [
        ("daily 08:00 17:30", BERLIN, "2025-05-07T10:00", "2025-05-07T06:00", "2025-05-07T15:30"),
        ("daily 08:00", BERLIN, "2025-05-07T06:00", "2025-05-07T06:00", "2025-05-08T06:00"),
        ("weekdays 08:00", NEW_YORK, "2025-05-10T20:00", "2025-05-09T12:00", "2025-05-12T12:00"),
        ("weekly monday 09:00", LORD_HOWE, "2025-05-07T00:00", "2025-05-04T22:30", "2025-05-11T22:30"),
        ("hourly", KOLKATA, "2025-05-07T10:29", "2025-05-07T09:30", "2025-05-07T10:30"),
        ("hourly", BERLIN, "2025-05-07T10:00", "2025-05-07T10:00", "2025-05-07T11:00"),
    ],
)
def test_slots_are_at_local_times(plan: str, zone: ZoneInfo, now: str, newest: str, following: str) -> None:
    parsed, at = DigestPlan.parse(plan), _utc(now)
    assert (parsed.newest(at, zone), parsed.following(at, zone)) == (_utc(newest), _utc(following))


@settings(deadline=None)
@given(plans, st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE, KOLKATA]), st.integers(0, 2 * 366 * 24 * 60))
def test_the_newest_and_the_following_slot_are_neighbours(plan: DigestPlan, zone: ZoneInfo, minutes: int) -> None:
    now = datetime(2025, 1, 1, tzinfo=UTC) + MINUTE * minutes
    newest, following = plan.newest(now, zone), plan.following(now, zone)
    assert newest <= now < following
    assert plan.following(newest, zone) == following
    assert plan.newest(following, zone) == following
    assert plan.newest(following - timedelta(seconds=1), zone) == newest


def test_a_bot_that_was_off_serves_one_digest_for_all_that_it_missed() -> None:
    plan, start = DigestPlan.parse("daily 08:00 12:00 17:00"), datetime(2025, 5, 1, tzinfo=UTC)
    back = start + timedelta(days=10)
    assert served(plan, BERLIN, start, [back, back + MINUTE]) == [plan.newest(back, BERLIN)]


def test_a_clock_that_is_set_back_repeats_nothing() -> None:
    plan, start = DigestPlan.parse("daily 08:00"), _utc("2025-05-07T05:59")
    ticks = [start + MINUTE, start, start + MINUTE, start + 2 * MINUTE]
    assert served(plan, BERLIN, start, ticks) == [_utc("2025-05-07T06:00")]


# --- the nights when the clocks change --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "night", "expected"),
    [
        ("daily 02:30", "spring in Berlin", ["2025-03-30T01:30"]),  # there is no 02:30: at 03:30 it is past
        ("daily 02:30", "autumn in Berlin", ["2025-10-26T00:30"]),  # there are two: the first
        ("daily 02:30 03:30", "spring in Berlin", ["2025-03-30T01:30"]),  # one moment
        ("daily 01:30", "autumn in New York", ["2025-11-02T05:30"]),
        ("daily 02:15", "spring on Lord Howe", ["2025-10-04T15:45"]),
        ("daily 01:45", "autumn on Lord Howe", ["2025-04-05T14:45"]),
    ],
)
def test_a_time_that_is_missing_or_there_twice_is_one_digest(plan: str, night: str, expected: list[str]) -> None:
    zone, change, _ = NIGHTS[night]
    start = change - timedelta(hours=6)
    found = served(DigestPlan.parse(plan), zone, start, every_minute(start, start + timedelta(hours=12)))
    assert found == [_utc(each) for each in expected]


@pytest.mark.parametrize("night", NIGHTS)
def test_an_hourly_digest_comes_at_every_full_hour_of_the_night(night: str) -> None:
    zone, change, jump = NIGHTS[night]
    start, end = change - timedelta(hours=5, minutes=17), change + timedelta(hours=5)
    found = served(DigestPlan(), zone, start, every_minute(start, end))
    assert found == [at for at in every_minute(start, end) if at.astimezone(zone).minute == 0]
    shown = Counter(at.astimezone(zone).replace(tzinfo=None) for at in found)
    twice = [at for at, count in shown.items() if count > 1]
    assert len(twice) == (1 if jump == timedelta(hours=-1) else 0)


@settings(deadline=None, max_examples=50)
@given(wall_plans, nights)
def test_every_local_time_is_served_once_on_the_days_around_a_change(plan: DigestPlan, night: str) -> None:
    zone, change, jump = NIGHTS[night]
    day = change.astimezone(zone).date()
    first, last = day - timedelta(days=1), day + timedelta(days=1)
    start, end = moment(first, time(), zone) - MINUTE, moment(last + timedelta(days=1), time(), zone) - MINUTE
    ticks = [at for at in every_minute(start, end) if at.minute % 15 == 0]
    found = served(plan, zone, start, ticks)
    asked = [
        datetime.combine(first + timedelta(days=days), at)
        for days in range((last - first).days + 1)
        for at in plan.times
        if (first + timedelta(days=days)).weekday() in plan.days
    ]
    served_at = [slot.astimezone(zone).replace(tzinfo=None) for slot in found]
    assert len(set(found)) == len(found)
    assert {_shown(each, change, zone, jump) for each in asked} == set(served_at)


@settings(deadline=None)
@given(plans, nights, st.lists(st.integers(1, 60 * 60 * 24 * 3), min_size=1, max_size=60, unique=True))
def test_whatever_the_ticks_no_slot_is_served_twice_and_none_is_left(
    plan: DigestPlan, night: str, seconds: list[int]
) -> None:
    zone, change, _ = NIGHTS[night]
    start = change - timedelta(hours=36)
    ticks = [start + timedelta(seconds=each) for each in sorted(seconds)]
    found = served(plan, zone, start, ticks)
    assert found == sorted(set(found))
    assert all(plan.newest(slot, zone) == slot for slot in found)
    newest = plan.newest(ticks[-1], zone)
    assert (found[-1] if found else None) == (newest if newest > start else None)


# --- days -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "now", "hours"),
    [(BERLIN, "2025-05-07T10:00", 24), (BERLIN, "2025-03-30T10:00", 23), (NEW_YORK, "2025-11-02T10:00", 25)],
)
def test_a_day_ends_at_local_midnight(zone: ZoneInfo, now: str, hours: int) -> None:
    start, end = day_start(_utc(now), zone), day_end(_utc(now), zone)
    assert start <= _utc(now) < end
    assert (end - start) == timedelta(hours=hours)
    assert end.astimezone(zone).time() == time()


def test_a_day_that_has_no_midnight_begins_when_the_clock_has_jumped_over_it() -> None:
    havana = ZoneInfo("America/Havana")  # 00:00 becomes 01:00
    assert moment(date(2025, 3, 9), time(), havana).astimezone(havana).time() == time(1)


def test_every_day_has_a_name() -> None:
    assert [DAYS[date(2025, 5, 5 + number).weekday()] for number in range(7)] == list(DAYS)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _shown(asked: datetime, change: datetime, zone: ZoneInfo, jump: timedelta) -> datetime:
    """The wall clock when a digest asked for at `asked` comes: later by the jump where that time does not exist."""
    after = change.astimezone(zone).replace(tzinfo=None)
    skipped = jump > timedelta(0) and after - jump <= asked < after
    return asked + jump if skipped else asked
