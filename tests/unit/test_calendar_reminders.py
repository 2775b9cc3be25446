"""When people are reminded, in their own zones and through the nights on which clocks change."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.calendar.events import Days
from bot.calendar.merging import merge
from bot.calendar.periods import Period
from bot.calendar.reminders import Lead, asked_for, changed, due_at, is_over, reminding, wants
from bot.deliver.card import plain
from bot.model import Party
from tests import samples
from tests.calendar_reports import MONDAY, report

BERLIN, NEW_YORK, TOKYO = (ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Asia/Tokyo"))


@pytest.mark.parametrize(
    ("day", "lead", "zone", "due"),
    [
        ("2025-05-12", "1d", BERLIN, "2025-05-11T07:00"),
        ("2025-05-12", "1d", NEW_YORK, "2025-05-11T13:00"),
        ("2025-05-12", "2w", TOKYO, "2025-04-28T00:00"),
        ("2025-05-12", "3h", BERLIN, "2025-05-11T19:00"),
        ("2025-03-31", "1d", BERLIN, "2025-03-30T07:00"),  # the clocks went forward that night
        ("2025-03-30", "1d", BERLIN, "2025-03-29T08:00"),
        ("2025-10-27", "1d", BERLIN, "2025-10-26T08:00"),  # and back that night
        ("2025-10-27", "24h", BERLIN, "2025-10-25T23:00"),  # a day of twenty-five hours lies between
        ("2025-11-03", "1d", NEW_YORK, "2025-11-02T14:00"),
    ],
)
def test_a_reminder_is_due_by_the_readers_own_clock(day: str, lead: str, zone: ZoneInfo, due: str) -> None:
    assert due_at(Days.parse(day), Lead.parse(lead), zone) == datetime.fromisoformat(f"{due}+00:00")


@pytest.mark.parametrize("text", ["", "d", "0d", "1", "1m", "31d", "5w", "721h", "-1d", "1 d", "９d"])
def test_what_is_no_time_before_an_event_says_what_is(text: str) -> None:
    with pytest.raises(ValueError, match="write a number and h, d or w, as in 1d, up to 30 days"):
        Lead.parse(text)


def test_an_event_is_over_when_it_began_before_the_readers_today() -> None:
    late = datetime(2025, 5, 12, 2, 0, tzinfo=UTC)
    assert not is_over(Days.parse("2025-05-11"), late, NEW_YORK), "there it is the eleventh still"
    assert is_over(Days.parse("2025-05-11"), late, TOKYO)


def test_the_reminder_says_when_what_where_and_who_says_so() -> None:
    (found,) = merge([report(0, where="Geneva", people=("Bessent", "He Lifeng"))])[0]
    bulletin = reminding(found.event, datetime(2025, 5, 11, 7, 0, tzinfo=UTC), BERLIN)
    assert bulletin.title == "Tomorrow: Meeting: China · US, Geneva"
    assert plain(bulletin.lines).splitlines() == [
        "12 May 2025",
        "With Bessent, He Lifeng",
        "Headline 0 (low confidence: Outlet 0)",
    ]
    assert bulletin.lines[-1][0].url == "https://news.example/0"


def test_the_notice_of_a_change_says_what_it_was() -> None:
    (found,) = merge([report(0), report(1, "2025-05-20", says="moved")])[0]
    bulletin = changed(found.event)
    assert bulletin.title == "Changed: Meeting: China · US"
    assert plain(bulletin.lines).startswith("20 May 2025\nMOVED (was 12 May 2025)\n")


def test_spans_begin_with_today_and_next_week_with_its_monday() -> None:
    friday = datetime(2025, 5, 9, tzinfo=UTC).date()
    assert [period.days(friday) for period in Period] == [
        Days.parse("2025-05-09"),
        Days.parse("2025-05-09/2025-05-15"),
        Days.parse("2025-05-12/2025-05-18"),
        Days.parse("2025-05-09/2025-06-08"),
    ]
    assert Period.NEXT_WEEK.days(MONDAY.date()) == Days.parse("2025-05-12/2025-05-18")


def test_a_country_is_one_that_takes_part_not_one_that_the_article_names_too() -> None:
    (found,) = merge([report(0)])[0]
    article = samples.verdict(facts=(*samples.verdict().facts, Party(value="JP", span=samples.span())))
    asked = asked_for(found.event, samples.item(), article)
    assert [wants(query, asked) for query in ("country:CN", "country:JP", "", "topic:trade")] == [
        True,
        False,
        True,
        True,
    ]
    goods = samples.item(title="Tariff on Brazilian coffee", summary="")
    assert not wants("country:BR", asked_for(found.event, goods, article)), "nor one whose goods it is about"
