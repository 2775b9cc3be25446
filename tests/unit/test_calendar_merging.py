"""Many reports, one event: what is the same, what moved, what is off, whatever the order of arrival."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.calendar.events import Confidence, Days, Event, EventKind, Report, Says, Status
from bot.calendar.merging import Sight, merge
from bot.model import Authority, StoryId
from tests.calendar_reports import MONDAY, report

GENEVA = {"where": "Geneva", "home": "CH"}
LONDON = {"where": "London", "home": "GB"}
OFF = {"says": Says.CANCELLED, "days": None}


def events(*reports: Report) -> list[Event]:
    return [found.event for found in merge(reports)[0]]


def test_one_meeting_in_many_reports_is_one_event_with_all_that_they_say() -> None:
    (event,) = events(
        report(0, "2025-05-10/2025-05-11", **GENEVA),
        report(1, "2025-05-10/2025-05-11", people=("Bessent", "He Lifeng")),
        report(2, "2025-05-10", where="Switzerland", home="CH", whole=True),
    )
    assert (event.days, event.where) == (Days.parse("2025-05-10/2025-05-11"), "Geneva")
    assert event.people == ("Bessent", "He Lifeng")
    assert event.outlets == ("Outlet 0", "Outlet 1", "Outlet 2")
    assert event.confidence is Confidence.HIGH


@pytest.mark.parametrize(
    "other",
    [
        report(1, "2025-05-14"),
        report(1, parties=("JP", "US")),
        report(1, kind=EventKind.DEADLINE),
        report(1, **LONDON),
        report(1, people=("Greer", "Li Chenggang")),
        report(1, parties=("CN",)),
    ],
    ids=["another day", "other parties", "another kind", "another place", "other people", "one party only"],
)
def test_what_may_be_another_event_is_another(other: Report) -> None:
    first = report(0, people=("Bessent", "He Lifeng"), **GENEVA)
    assert len(events(first, other)) == 2


def test_a_body_meets_by_itself() -> None:
    fed: dict[str, Any] = {"parties": (), "names": ("Fed",)}
    assert len(events(report(0, **fed), report(1, **fed), report(2, parties=(), names=("ECB",)))) == 2


def test_an_exact_day_takes_the_place_of_a_week_and_raises_confidence() -> None:
    week = report(0, "2025-05-12/2025-05-18", authority=Authority.WIRE)
    assert events(week)[0].confidence is Confidence.LOW
    (event,) = events(week, report(1, "2025-05-14", authority=Authority.WIRE))
    assert (event.days, event.confidence) == (Days.parse("2025-05-14"), Confidence.MEDIUM)
    assert event.status is Status.SET, "a day within the week is no move"


def test_the_days_of_an_official_source_stand() -> None:
    (event,) = events(
        report(0, "2025-05-10/2025-05-12"),
        report(1, "2025-05-10/2025-05-12"),
        report(2, "2025-05-11", authority=Authority.OFFICIAL),
    )
    assert event.days == Days.parse("2025-05-11")
    assert (event.title, event.confidence) == ("Headline 2", Confidence.HIGH)


def test_what_moved_says_what_it_was() -> None:
    moved = report(2, "2025-05-20", says=Says.MOVED)
    (event,) = events(report(0), report(1, **GENEVA), moved)
    assert (event.status, event.days, event.note) == (Status.MOVED, Days.parse("2025-05-20"), "was 12 May 2025")
    assert (event.title, event.where) == ("Headline 2", "Geneva")


def test_who_has_not_heard_of_the_move_changes_nothing_and_who_told_the_new_day_before_belongs_to_it() -> None:
    moved = report(2, "2025-05-20", says=Says.MOVED, was="2025-05-12")
    (event,) = events(report(0), report(1, "2025-05-20"), moved, report(3))
    assert (event.days, len(event.outlets)) == (Days.parse("2025-05-20"), 4)


def test_a_move_of_nothing_known_is_an_event_and_one_of_several_is_none() -> None:
    (event,) = events(report(0, "2025-05-20", says=Says.MOVED, was="2025-05-12"))
    assert (event.days, event.note) == (Days.parse("2025-05-20"), "was 12 May 2025")
    unclear = report(2, None, says=Says.MOVED)
    assert [each.status for each in events(report(0), report(1, "2025-05-14"), unclear)] == [Status.SET] * 2


def test_postponed_without_a_day_is_off() -> None:
    (event,) = events(report(0), report(1, None, says=Says.MOVED))
    assert (event.status, event.note) == (Status.CANCELLED, "postponed, the new day is not told")


def test_what_is_called_off_is_off_until_two_outlets_or_the_same_say_otherwise_later() -> None:
    off = (report(0), report(1, **OFF))
    assert events(*off)[0].status is Status.CANCELLED
    late = MONDAY + timedelta(hours=20)
    assert events(*off, report(2))[0].status is Status.CANCELLED, "it has not heard of it"
    assert events(*off, report(3, said_at=late))[0].status is Status.CANCELLED, "one outlet alone"
    (event,) = events(*off, report(3, said_at=late), report(4, said_at=late))
    assert (event.status, event.note) == (Status.SET, "is on again")
    assert events(*off, report(5, outlet="Outlet 1", said_at=late))[0].status is Status.SET


def test_a_cancellation_of_one_of_two_needs_the_story_or_the_day() -> None:
    two = (report(0), report(1, "2025-05-14"))
    assert {each.status for each in events(*two, report(2, **OFF))} == {Status.SET}
    by_story = report(2, story=StoryId(f"{1:012x}"), **OFF)
    assert [each.days.first.day for each in events(*two, by_story) if not each.stands] == [14]
    by_day = report(2, was="2025-05-12", **OFF)
    assert [each.days.first.day for each in events(*two, by_day) if not each.stands] == [12]


def test_a_cancellation_of_nothing_known_is_no_event() -> None:
    found, idle = merge([report(0, **OFF)])
    assert found == []
    assert len(idle) == 1


def test_a_tariffs_day_and_anothers_are_two() -> None:
    effective = {"kind": EventKind.EFFECTIVE, "measure": "tariff"}
    assert len(events(report(0, **effective), report(1, **effective))) == 1
    quota = {"kind": EventKind.EFFECTIVE, "measure": "quota"}
    assert len(events(report(0, **effective), report(1, **quota))) == 2
    other = report(1, parties=("MX", "US"), **effective)
    assert len(events(report(0, **effective), other)) == 2


days = st.integers(0, 12).flatmap(
    lambda start: st.integers(0, 3).map(
        lambda length: (
            (MONDAY + timedelta(days=start)).date().isoformat()
            + "/"
            + (MONDAY + timedelta(days=start + length)).date().isoformat()
        )
    )
)


@st.composite
def many_reports(draw: st.DrawFn) -> list[Report]:
    made = []
    for number in range(draw(st.integers(1, 9))):
        says = draw(st.sampled_from([Says.SET, Says.SET, Says.SET, Says.MOVED, Says.CANCELLED]))
        made.append(
            report(
                number,
                draw(days) if says is not Says.CANCELLED else None,
                says=says,
                was=draw(st.none() | days) if says is not Says.SET else None,
                parties=draw(st.sampled_from([("CN", "US"), ("CN", "US", "EU"), ("US",), ("JP", "US")])),
                said_at=MONDAY + timedelta(hours=draw(st.integers(0, 60))),
                story=StoryId(draw(st.sampled_from("abc"))),
                outlet=draw(st.sampled_from(["A", "B", "C"])),
                authority=draw(st.sampled_from(list(Authority))),
                **draw(st.sampled_from([{}, GENEVA, LONDON])),
            )
        )
    return made


@settings(max_examples=150, deadline=None)
@given(many_reports(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_change_the_events(reports: list[Report], random: Random) -> None:
    shuffled = list(reports)
    random.shuffle(shuffled)
    assert merge(shuffled)[0] == merge(reports)[0]
    counted = [each for found in merge(reports)[0] for each in found.reports]
    assert len(counted) == len(set(counted)), "no report is counted twice"


@settings(max_examples=150, deadline=None)
@given(many_reports())
def test_what_has_nothing_to_do_with_each_other_can_be_merged_apart(reports: list[Report]) -> None:
    """The store merges only what is near a change; the events must be those of all reports together."""
    groups: list[list[Report]] = []
    for each in reports:
        near = [group for group in groups if any(Sight.of(each).related(Sight.of(other)) for other in group)]
        groups = [group for group in groups if group not in near] + [
            [each, *(one for group in near for one in group)]
        ]
    apart = [event for group in groups for event in events(*group)]
    assert sorted(map(repr, apart)) == sorted(map(repr, events(*reports)))
