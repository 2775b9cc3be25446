"""What was typed after `/wire summary`: since when, and about what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.spec import Mistake
from bot.commands.typed.summary import LONGEST, SUGGESTED, Wish, page_of, suggested_topics, wider, wish_of
from tests.samples import NOW  # a Wednesday, 8:00 UTC

UTC_ZONE, TOKYO, AMERICA = ZoneInfo("UTC"), ZoneInfo("Asia/Tokyo"), ZoneInfo("America/Los_Angeles")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MIDNIGHT = datetime(2025, 5, 7, tzinfo=UTC)


def wish(about: str = "", zone: ZoneInfo = UTC_ZONE, **arguments: str) -> Wish:
    return wish_of({**({"about": about} if about else {}), **arguments}, now=NOW, zone=zone)


@pytest.mark.parametrize(
    ("text", "since", "period"),
    [
        ("", NOW - DAY, "the last 24 hours"),
        ("today", MIDNIGHT, "today"),
        ("TODAY", MIDNIGHT, "today"),
        ("24h", NOW - DAY, "the last 24 hours"),
        ("week", NOW - 7 * DAY, "the last 7 days"),
        ("6h", NOW - 6 * HOUR, "the last 6 hours"),
        ("since 6h", NOW - 6 * HOUR, "the last 6 hours"),
        ("since 1h", NOW - HOUR, "the last 1 hour"),
        ("90m", NOW - 1.5 * HOUR, "the last 90 minutes"),
        ("since 3d", NOW - 3 * DAY, "the last 3 days"),
        ("since yesterday", MIDNIGHT - DAY, "since yesterday"),
        ("yesterday", MIDNIGHT - DAY, "since yesterday"),
        ("since monday", MIDNIGHT - 2 * DAY, "since Monday"),
        ("since Wednesday", MIDNIGHT - 7 * DAY, "since Wednesday"),
        ("since 2025-05-01", MIDNIGHT - 6 * DAY, "since 1 May 2025"),
        ("2025-05-01", MIDNIGHT - 6 * DAY, "since 1 May 2025"),
        ("since 2020-01-01", NOW - LONGEST, "the last 90 days"),
    ],
)
def test_a_time_is_read_as_people_write_it(text: str, since: datetime, period: str) -> None:
    read = wish(text)
    assert (read.since, read.period, read.about, read.wanted) == (since, period, "", None)


@pytest.mark.parametrize(
    ("zone", "midnight"),
    [(TOKYO, datetime(2025, 5, 6, 15, tzinfo=UTC)), (AMERICA, datetime(2025, 5, 7, 7, tzinfo=UTC))],
)
def test_a_day_begins_in_the_zone_of_who_asks(zone: ZoneInfo, midnight: datetime) -> None:
    assert wish("today", zone).since == midnight
    assert wish(zone=zone, period="today").since == midnight


@pytest.mark.parametrize(
    ("text", "query", "topic"),
    [
        ("trade", "topic:trade", "trade"),
        ("Market", "topic:market", "market"),
        ("China", "country:CN", "China"),
        ("cn", "country:CN", "China"),
        ("Vietnam", "country:VN", "Vietnam"),
        ("South Korea", "country:KR", "South Korea"),
        ("britain", "country:GB", "UK"),
        ("trade China", "topic:trade country:CN", "trade, China"),
        ("tariff* country:CN", "tariff* country:CN", "tariff* country:CN"),
        ('"rare earths"', '"rare earths"', '"rare earths"'),
        ("trade war", "trade war", "trade war"),
    ],
)
@pytest.mark.parametrize("time", ["", "week {}", "{} week", "since 6h {}", "{} since 2025-05-01"])
def test_what_it_is_about_is_a_topic_a_country_or_a_query(text: str, query: str, topic: str, time: str) -> None:
    read = wish(time.format(text) if time else text)
    assert read.wanted is not None
    assert (read.wanted.text, read.topic, read.about) == (query, topic, text)


def test_options_come_before_what_is_typed() -> None:
    read = wish("China", period="week")
    assert (read.period, read.about) == ("the last 7 days", "China")
    assert wish("China", since="2025-05-01").period == "since 1 May 2025"
    assert wish("monday holiday", since="6h").about == "monday holiday"


@pytest.mark.parametrize(
    ("text", "problem", "cure"),
    [
        ("since tomorrow", "“tomorrow” is no time to begin with.", "since 2025-05-01"),
        ("since 2y", "“2y” is no time to begin with.", "since 6h"),
        ("since 2025-13-01", "“2025-13-01” is no time", "Write today, 24h, week"),
        ("since 2025-05-08", "“2025-05-08” is not in the past.", "of what came before"),
        ("0h", "“0h” is not in the past.", "of what came before"),
        ("tody trade", "“tody” is no time.", "Did you mean today?"),
        ("weeek", "“weeek” is no time.", "Did you mean week?"),
        ("topic:trad", "That is no query: “trad” is no topic; did you mean trade?", "Did you mean: topic:trade"),
        ("(tariff", "That is no query:", "^"),
    ],
)
def test_a_mistake_is_named_with_its_cure(text: str, problem: str, cure: str) -> None:
    with pytest.raises(Mistake) as raised:
        wish(text)
    reply = raised.value.reply
    assert reply.title.startswith(problem)
    assert cure in " ".join(run.text for line in reply.lines for run in line)


def test_a_wrong_since_is_a_mistake() -> None:
    with pytest.raises(Mistake, match="“soon” is no time"):
        wish("China", since="soon")


@pytest.mark.parametrize(
    ("text", "longer"),
    [("today", "since=24h"), ("6h", "since=24h"), ("24h", "since=week"), ("week", "since=30d"),
     ("since 30d", "since=90d"), ("since 90d", None)],
)  # fmt: skip
def test_the_next_longer_time_is_offered(text: str, longer: str | None) -> None:
    assert wider(wish(text), NOW) == longer


@pytest.mark.parametrize(("text", "number", "page"), [("1", None, 1), ("12", None, 12), ("57/2", 57, 2)])
def test_a_page_is_of_a_new_summary_or_of_one_by_number(text: str, number: int | None, page: int) -> None:
    found = page_of({"page": text})
    assert (found.number, found.page) == (number, page)
    assert page_of({}).page == 1


@pytest.mark.parametrize("text", ["0", "57/0", "x", "1/2/3", "-1", "٣", "9" * 40, ""])
def test_what_is_no_page_is_a_mistake(text: str) -> None:
    with pytest.raises(Mistake, match="is no page"):
        page_of({"page": text})


@given(st.text(max_size=60), st.sampled_from(["", "since ", "week "]))
def test_whatever_is_typed_is_a_wish_or_a_mistake(text: str, before: str) -> None:
    try:
        read = wish(before + text)
    except Mistake:
        return
    assert NOW - LONGEST <= read.since < NOW


@pytest.mark.parametrize(
    ("typed", "first"),
    [("", "trade"), ("tr", "trade"), ("chil", "Chile"), ("gh", "Ghana"), ("CN", "China"), ("sou", "South Africa")],
)
def test_topics_and_countries_are_suggested_as_they_begin(typed: str, first: str) -> None:
    assert suggested_topics(typed)[0] == first
    assert len(suggested_topics(typed)) <= SUGGESTED


def test_nothing_is_suggested_for_a_query() -> None:
    assert suggested_topics("tariff* country:CN") == []
