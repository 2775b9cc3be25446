from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.routing.quiet import QuietHours

NIGHT = QuietHours.parse("22:00-06:00 Europe/Berlin")


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        ("2025-05-07T19:59", None),  # 21:59 in Berlin
        ("2025-05-07T20:00", "2025-05-08T04:00"),  # 22:00: begins
        ("2025-05-07T23:30", "2025-05-08T04:00"),  # after midnight there
        ("2025-05-08T03:59", "2025-05-08T04:00"),
        ("2025-05-08T04:00", None),  # 06:00: over
        ("2025-03-29T22:00", "2025-03-30T04:00"),  # the night that loses an hour
        ("2025-10-25T21:00", "2025-10-26T05:00"),  # the night that gains one
        ("2025-10-26T00:10", "2025-10-26T05:00"),
    ],
)
def test_quiet_hours_over_midnight_end_at_the_local_time(now: str, ends: str | None) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    expected = datetime.fromisoformat(ends).replace(tzinfo=UTC) if ends else None
    assert NIGHT.ends(moment) == expected


def test_quiet_hours_within_a_day() -> None:
    lunch = QuietHours.parse("12:00-13:00 America/New_York")
    assert lunch.ends(datetime(2025, 1, 7, 17, 30, tzinfo=UTC)) == datetime(2025, 1, 7, 18, 0, tzinfo=UTC)
    assert lunch.ends(datetime(2025, 1, 7, 18, 0, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    "text", ["", "22:00-06:00", "22:00-06:00 Mars/Base", "25:00-06:00 UTC", "06:00-06:00 UTC", "22:00-06:00 ../etc"]
)
def test_what_are_no_quiet_hours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        QuietHours.parse(text)


def test_an_hour_that_no_clock_shows_is_named() -> None:
    with pytest.raises(ValueError, match=r"“25:00” is no time of day: .* 22:00-06:00 Europe/Berlin"):
        QuietHours.parse("25:00-06:00 UTC")


def test_quiet_hours_that_end_in_the_doubled_hour_end_in_the_future() -> None:
    early = QuietHours.parse("22:00-02:30 Europe/Berlin")
    second_time = datetime(2025, 10, 26, 1, 10, tzinfo=UTC)  # 02:10, for the second time that night
    assert early.ends(second_time) == datetime(2025, 10, 26, 1, 30, tzinfo=UTC)
