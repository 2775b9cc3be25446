"""Dates: taken in a full, plausible form, never guessed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake.dates import parse_date, plausible

NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Mon, 05 Oct 2026 22:16:00 GMT", "2026-10-05T22:16:00"),
        ("Mon, 05 Oct 2026 22:16 GMT", "2026-10-05T22:16:00"),
        ("05 Oct 2026 22:16:00 +0200", "2026-10-05T20:16:00"),
        ("Mon, 05 Oct 2026 22:16:00 EDT", "2026-10-06T02:16:00"),
        ("Mon, 05 Oct 2026 22:16:00 CET", "2026-10-05T21:16:00"),
        ("Mon, 05 Oct 2026 22:16:00 JST", "2026-10-05T13:16:00"),
        ("Mon Oct  5 08:30:00 2026", "2026-10-05T08:30:00"),
        ("  Mon, 05 Oct 2026\n 22:16:00 GMT ", "2026-10-05T22:16:00"),
        ("2026-10-05T08:30:00Z", "2026-10-05T08:30:00"),
        ("2026-10-05T08:30:00.1234567+02:00", "2026-10-05T06:30:00"),
        ("2026-10-05 08:30:00 +0200", "2026-10-05T06:30:00"),
        ("20261005T083000Z", "2026-10-05T08:30:00"),
        ("2026-10-05T08:30", "2026-10-05T08:30:00"),
        ("2026-10-05", "2026-10-05T12:00:00"),
        ("20261005", "2026-10-05T12:00:00"),
    ],
)
def test_full_dates_are_read_in_utc(text: str, moment: str) -> None:
    found = parse_date(text)
    assert found is not None
    assert found.isoformat(timespec="seconds") == f"{moment}+00:00"


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "yesterday",
        "1791189000",
        "2026年10月5日 08:30",
        "2026-W41-1",
        "05/10/2026",
        "10/05/2026 08:30:00",
        "24:00:00",
        "Mon, 05 Oct 2026 24:00:00 GMT",
        "Mon, 05 Oct 2026",
        "lun., 05 oct. 2026 08:30:00 +0200",
        "0000-00-00T00:00:00Z",
        "9999-12-31T23:59:59-23:00",
        "Mon, 05 Oct 2026 22:16:00 +9999",
        "2026-10-05T08:30:00Z" + " " * 10 + "x" * 60,
        "2026-10-05T99:99:99Z",
        "Fri, 99 Foo -1 1:1:1",
    ],
)
def test_anything_else_is_no_date(text: str | None) -> None:
    assert parse_date(text) is None


@given(
    st.text(max_size=70)
    | st.from_regex(r"[0-9:T+\-. ]{1,40}|(Mon, )?\d{1,9} (Oct|May) \d{1,9} \d{1,9}:\d{1,9} ?[-+A-Z0-9]{0,6}")
)
def test_no_text_makes_it_raise(text: str) -> None:
    found = parse_date(text)
    assert found is None or found.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("moment", "kept"),
    [
        (NOW, True),
        (NOW - timedelta(seconds=1), True),
        (NOW + timedelta(seconds=1), False),
        (datetime(2009, 1, 1, tzinfo=UTC), True),
        (datetime(1994, 12, 31, tzinfo=UTC), False),
        (datetime(1, 1, 1, tzinfo=UTC), False),
        (datetime.max.replace(tzinfo=UTC), False),
    ],
)
def test_only_plausible_moments_are_kept(moment: datetime, kept: bool) -> None:
    assert (plausible(moment, NOW) == moment) is kept
