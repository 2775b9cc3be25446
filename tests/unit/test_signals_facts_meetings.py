"""Meetings and deadlines in a text, and the dates they are set for."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bot.model import Meeting
from bot.signals.facts.dates import find_dates
from tests.unit.signals_samples import facts_of

TUESDAY = date(2025, 5, 6)


def meetings(title: str, body: str = "") -> list[tuple[str | None, str | None, tuple[str, ...]]]:
    return [(fact.where, fact.when, fact.who) for fact in facts_of(Meeting, title, body)]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Trump and Xi to meet in Busan on Oct. 30", [("Busan", "2025-10-30", ("Trump", "Xi"))]),
        ("US and China to hold trade talks in London on Saturday", [("London", "2025-05-10", ("US", "China"))]),
        ("EU and Japan set July 9 deadline for trade deal", [(None, "2025-07-09", ("EU", "Japan"))]),
        ("US and China met in Geneva on Monday", [("Geneva", "2025-05-05", ("US", "China"))]),
        ("US and China trade talks are going well", []),
        ("Dinner in Geneva on Saturday", []),
        ("Trump-Xi summit ends in Busan", [("Busan", None, ("Trump", "Xi"))]),
        ("Modi to meet Putin", [(None, None, ("Modi", "Putin"))]),
        ("Starmer to hail ties in Modi meeting", [(None, None, ("Starmer", "Modi"))]),
        ("Modi and Putin discuss trade in New Delhi summit", [("New Delhi", None, ("Modi", "Putin"))]),
        ("Carney says US and China will meet in Oslo", [("Oslo", None, ("US", "China"))]),
        ("Modi and Carney to meet next week in Oslo", [("Oslo", "2025-05-12/2025-05-18", ("Modi", "Carney"))]),
        ("Carney to meet Modi in September", [(None, "2025-09-01/2025-09-30", ("Carney", "Modi"))]),
        ("Modi and Carney meet today at the White House", [("White House", "2025-05-06", ("Modi", "Carney"))]),
        ("Carney says dispute settled after Takaichi meeting in Seoul", [("Seoul", None, ("Carney", "Takaichi"))]),
        ("Modi rebukes Putin in tense meeting", [(None, None, ("Modi", "Putin"))]),
        ("Macron's first official meeting with Nordic bankers", [(None, None, ("Macron",))]),
        ("Dairies nervous ahead of Modi-Carney summit", [(None, None, ("Modi", "Carney"))]),
        ("Japan and Canada to hold talks with Peru", [(None, None, ("Japan", "Canada", "Peru"))]),
        ("Merz to chair energy summit on Friday", [(None, "2025-05-09", ("Merz",))]),
        ("Merz joins rally before G-20 finance ministers meeting", [(None, None, ("G20",))]),
        ("Trump attacks Powell ahead of Fed meeting", [(None, None, ("Fed",))]),
        ("Talk of slump hangs over summit in Vienna", [("Vienna", None, ())]),
        ("Starmer and South Korea's Lee argue before Oslo trade talks", [("Oslo", None, ("Starmer", "Lee"))]),
        ("Carney faces July 23 deadline on dairy law", [(None, "2025-07-23", ())]),
        ("Norway-Peru trade talks to resume", []),
        ("Macron says Modi meeting was a success", []),
        ("NATO chief holds a meeting", []),
        ("Fans of Carney hold a meeting in Ottawa", []),
        ("If Modi and Putin meet, markets will cheer", []),
        ("Modi cancels summit with Putin in Oslo", []),
        ("US and China must meet climate targets by Friday", []),
        ("Tariffs on Norway start on Friday", []),
        ("As Friday deadline for tariffs on Norway nears, dairies wait", [(None, "2025-05-09", ())]),
    ],
)
def test_meetings_with_place_date_and_people(
    title: str, expected: list[tuple[str | None, str | None, tuple[str, ...]]]
) -> None:
    assert meetings(title) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        # who takes part beyond the names joined to the word
        ("Carney says he will meet Modi in Oslo", [("Oslo", None, ("Carney", "Modi"))]),
        ("Carney jokes with Modi as leaders meet in Oslo", [("Oslo", None, ("Carney", "Modi"))]),
        ("Carney lowers dairy duties after meeting with NATO chief", [(None, None, ("Carney", "NATO"))]),
        ("Carney mocks Norway a day before summit with new Premier Modi", [(None, None, ("Carney", "Modi"))]),
        ("After Modi meeting, Carney calls on Norway to lower duties", [(None, None, ("Carney", "Modi"))]),
        ("Carney and Tollefsen to meet in Oslo", [("Oslo", None, ("Carney", "Tollefsen"))]),
        ("Carney to meet Tollefsen on Friday", [(None, "2025-05-09", ("Carney", "Tollefsen"))]),
        ("Carney to meet dairy executives", [(None, None, ("Carney",))]),
        ("Dairy farmers meet Carney", [(None, None, ("Carney",))]),
        ("Norway and Peru host summit on whaling", [(None, None, ("Norway", "Peru"))]),
        ("Peruvian president to join summit on whaling", [(None, None, ("Peru",))]),
        ("Carney hosts Modi in Ottawa", [("Ottawa", None, ("Carney", "Modi"))]),
        ("Oslo hosts Carney and Modi", [("Oslo", None, ("Carney", "Modi"))]),
        ("Carney sits down with Modi", [(None, None, ("Carney", "Modi"))]),
        ("The Fed meets to weigh a pause", [(None, None, ("Fed",))]),
        ("Fed saw price risks at April meeting", [(None, "2025-04-01/2025-04-30", ("Fed",))]),
        # where
        ("Carney and Modi to meet in Porvoo on Friday", [("Porvoo", "2025-05-09", ("Carney", "Modi"))]),
        ("Climate talks begin in Brazil", [("Brazil", None, ())]),
        ("Nerves fray ahead of Alaska meeting", [("Alaska", None, ())]),
        ("At NATO summit, Carney pledges troops in Poland", [(None, None, ("NATO",))]),
        ("Two hurt in Oslo as Carney readies for Modi summit", [(None, None, ("Carney", "Modi"))]),
        ("Carney and Modi to meet to discuss war in Norway", [(None, None, ("Carney", "Modi"))]),
        ("Carney hails Modi meeting ahead of Doha talks", [(None, None, ("Carney", "Modi"))]),
        # when
        ("Carney says he'll meet with Modi next Friday", [(None, "2025-05-09", ("Carney", "Modi"))]),
        ("EU leaders agreed on Monday to push the cod deadline to October 31", [(None, "2025-10-31", ())]),
        # what is no meeting
        ("Carney's remark met with anger in Norway", []),
        ("Norway close to meeting climate targets", []),
        ("Meet Carney's fiercest rival", []),
        ("Dairies' lawsuit meets Carney's push for tariffs", []),
        ("Carney talks to reporters in Oslo", []),
        ("Carney's second meeting with Modi is off", []),
        ("Carney-Modi summit in Oslo postponed", []),
        ("Carney-Modi summit planned for Oslo is on hold", []),
        ("Norway requests urgent meeting with Modi", []),
        ("If Norway wanted talks, Carney would come to Oslo", []),
        ("Carney hopes Norway will start fish talks in December", []),
        ("Norway to delay April 15 deadline for dairy tariffs", []),
    ],
)
def test_meetings_told_in_other_ways(
    title: str, expected: list[tuple[str | None, str | None, tuple[str, ...]]]
) -> None:
    assert meetings(title) == expected


def test_what_several_sentences_say_of_one_meeting_is_one_fact() -> None:
    body = (
        "Treasury Secretary Scott Bessent will travel to Geneva, where he will meet Chinese officials on trade, his "
        "office announced on Tuesday. Chinese Vice Premier He Lifeng will be meeting Bessent during his visit to "
        "Switzerland from May 9 to 12."
    )
    assert meetings("US and China plan trade talks", body) == [
        ("Geneva", "2025-05-09/2025-05-12", ("Bessent", "He Lifeng"))
    ]


def test_meetings_on_other_days_in_other_places_stay_apart() -> None:
    body = (
        "Bessent will meet Chinese officials in Geneva on May 10 for trade talks. "
        "Bessent will meet Japanese officials in Tokyo on June 3 for trade talks."
    )
    assert [(where, when) for where, when, _ in meetings("US plans talks with China and Japan", body)] == [
        ("Geneva", "2025-05-10"),
        ("Tokyo", "2025-06-03"),
    ]


def test_day_on_which_something_was_said_is_no_day_of_a_meeting() -> None:
    assert meetings("US officials will meet Chinese negotiators in Bern, Washington said on Thursday")[0][1] is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from May 9 to 12", "2025-05-09/2025-05-12"),
        ("on 9-12 May", "2025-05-09/2025-05-12"),
        ("from May 30 to June 2", "2025-05-30/2025-06-02"),
        ("from Dec. 30 to Jan. 2", "2024-12-30/2025-01-02"),
        ("by Aug. 1, 2026", "2026-08-01"),
        ("on January 3rd", "2025-01-03"),
        ("on 2025-05-09", "2025-05-09"),
        ("next Tuesday", "2025-05-13"),
        ("on Saturday", "2025-05-10"),
        ("tomorrow", "2025-05-07"),
        ("5月9日至12日", "2025-05-09/2025-05-12"),
        ("5月9日", "2025-05-09"),
    ],
)
def test_dates_are_resolved_against_the_day_of_the_item(text: str, expected: str) -> None:
    assert [mention.iso for mention in find_dates(text, TUESDAY)] == [expected]


def test_weekday_in_a_sentence_about_the_past_is_the_last_one() -> None:
    assert [mention.iso for mention in find_dates("They met on Friday", TUESDAY, past=True)] == ["2025-05-02"]


def test_date_without_a_year_is_the_nearest_one() -> None:
    december = date(2025, 12, 20)
    assert find_dates("on January 5", december)[0].iso == "2026-01-05"
    assert find_dates("on November 5", december)[0].iso == "2025-11-05"


@pytest.mark.parametrize(
    "text", ["may 9 people", "31 June", "May 50%", "soon", "later this year", "99月99日", "May 12 to 9"]
)
def test_what_is_no_date_is_left_alone(text: str) -> None:
    assert find_dates(text, TUESDAY) == []


def test_meeting_is_resolved_against_publication_not_today() -> None:
    at = datetime(2019, 1, 28, tzinfo=UTC)
    (meeting,) = facts_of(Meeting, "US and China to hold trade talks in Beijing on Wednesday", at=at)
    assert meeting.when == "2019-01-30"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("this week", "2025-05-05/2025-05-11"),
        ("this weekend", "2025-05-10/2025-05-11"),
        ("last week", "2025-04-28/2025-05-04"),
        ("next month", "2025-06-01/2025-06-30"),
        ("in March", "2025-03-01/2025-03-31"),
        ("in early February 2026", "2026-02-01/2026-02-28"),
    ],
)
def test_weeks_and_months_are_intervals(text: str, expected: str) -> None:
    assert [mention.iso for mention in find_dates(text, TUESDAY)] == [expected]


def test_a_day_in_the_text_says_more_than_a_week_in_the_title() -> None:
    body = "Modi will meet Carney in Oslo on May 15 for a summit."
    assert meetings("Modi and Carney to meet next week", body) == [("Oslo", "2025-05-15", ("Modi", "Carney"))]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("US team headed to Oslo for Ukraine talks", [("Oslo", None, ("US",))]),
        ("Trump says Modi is tough as pair prepare for Iran talks in Oslo", [("Oslo", None, ("Trump", "Modi"))]),
        ("Oslo summit between Modi and Carney begins", [("Oslo", None, ("Modi", "Carney"))]),
        ("Modi to meet Carney, Macron in Oslo", [("Oslo", None, ("Modi", "Carney", "Macron"))]),
    ],
)
def test_who_meets_is_told_from_what_the_talks_are_about(
    title: str, expected: list[tuple[str | None, str | None, tuple[str, ...]]]
) -> None:
    assert meetings(title) == expected
