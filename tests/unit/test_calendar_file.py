"""The iCalendar file: read back it says the same, whatever feeds write into titles."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.calendar.events import Days, Event, EventId, Status
from bot.calendar.ics import MAX_EVENTS, calendar_file
from bot.calendar.merging import merge
from tests.calendar_reports import entries, report

AT = datetime(2025, 5, 6, 9, 30, 15, 123, tzinfo=UTC)


def event(**changes: Any) -> Event:
    (found,) = merge([report(0, "2025-05-10/2025-05-12", where="Geneva")])[0]
    values: dict[str, Any] = {"id": EventId("a1b2c3d4e5f6"), "made_at": AT, "changed_at": AT} | changes
    return replace(found.event, **values)


def read(*events: Event) -> list[Any]:
    return entries(calendar_file(events))


def test_an_event_is_read_back_as_it_is() -> None:
    (entry,) = read(event(sequence=2))
    assert entry["uid"] == "a1b2c3d4e5f6@tradewire"
    assert (entry.decoded("dtstart"), entry.decoded("dtend")) == (date(2025, 5, 10), date(2025, 5, 13))
    assert entry["dtstart"].params["value"] == "DATE"
    assert entry.decoded("dtstamp") == AT.replace(microsecond=0)
    assert (int(entry["sequence"]), entry["status"], entry["transp"]) == (2, "TENTATIVE", "TRANSPARENT")
    assert entry["summary"] == "Meeting: China · US, Geneva"
    assert entry["location"] == "Geneva"
    assert entry["url"] == "https://news.example/0"
    assert entry["description"].splitlines() == ["10 to 12 May 2025", "Headline 0", "low confidence: Outlet 0"]


def test_what_is_off_or_withdrawn_is_cancelled_and_keeps_its_uid() -> None:
    for status in (Status.CANCELLED, Status.WITHDRAWN):
        (entry,) = read(event(status=status, note="called off", sequence=1))
        assert (entry["status"], entry["uid"]) == ("CANCELLED", "a1b2c3d4e5f6@tradewire")
        assert entry["summary"].startswith("OFF: ")
        assert "called off" in entry["description"]


def test_a_month_is_tentative_and_says_that_the_day_is_not_told() -> None:
    (entry,) = read(event(days=Days.parse("2025-09-01/2025-09-30"), confidence="high"))
    assert entry["status"] == "TENTATIVE"
    assert entry["summary"].endswith("(day not told)")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300), st.text(max_size=120), st.text(max_size=80))
def test_no_text_breaks_the_file_or_adds_to_it(title: str, where: str, outlet: str) -> None:
    hostile = event(title=title, where=where or None, outlets=(outlet,), names=(outlet,), url=title)
    content = calendar_file([hostile, event(id=EventId("ffffffffffff"))])
    assert all(len(line) <= 75 for line in content.split(b"\r\n")), "RFC 5545, 3.1"
    assert not any(byte < 32 for byte in content.replace(b"\r\n", b"")), "no control characters"
    first, second = entries(content)
    assert (first["uid"], second["uid"]) == ("a1b2c3d4e5f6@tradewire", "ffffffffffff@tradewire")
    assert second["summary"] == "Meeting: China · US, Geneva"
    assert first["description"].splitlines()[-1].startswith("low confidence")


@pytest.mark.parametrize(
    "title",
    [
        "Talks, talks; and \\ more: “quoted”",
        "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:evil",
        "\x00\x07\x1b[31mred\u202etfel\ud7ff",
        "关税谈判将于五月十二日举行，双方代表团抵达日内瓦" * 12,
        "👩‍👩‍👧‍👦" * 60,
    ],
)
def test_a_hostile_title_is_one_line_of_its_own_event(title: str) -> None:
    (entry,) = read(event(title=title))
    assert entry["uid"] == "a1b2c3d4e5f6@tradewire"
    shown = entry["description"].splitlines()[1]
    assert shown.isprintable()
    assert len(shown) <= 400


def test_the_same_events_give_the_same_bytes_and_no_more_than_so_many() -> None:
    assert calendar_file([event()]) == calendar_file([event()])
    many = [event(id=EventId(f"{number:012x}"), made_at=AT + timedelta(hours=number)) for number in range(1_010)]
    content = calendar_file(many)
    assert content.count(b"BEGIN:VEVENT") == MAX_EVENTS
    assert len(content) < 2**20
