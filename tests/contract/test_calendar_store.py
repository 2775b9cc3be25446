"""The calendar on both databases: what items make of it, what becomes of events, and who is reminded when."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.calendar.events import Status
from bot.routing.preferences import Preferences
from bot.routing.quiet import QuietHours
from bot.store import calendar, places, reminders
from bot.store.calendar import MOST_ALIKE
from bot.store.engine import Database
from bot.store.schema import calendar_events, calendar_reports, deliveries, reminder_times
from tests.contract.calendar_desk import ANN, CalendarDesk, desk_on
from tests.samples import NOW, SLACK

MEETING = "Meeting: China · US, Geneva"


@pytest.fixture
def desk(database: Database) -> CalendarDesk:
    return desk_on(database)


def count(connection: sa.Connection, table: sa.Table) -> int:
    number: int = connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
    return number


# --- events ---------------------------------------------------------------------------------------------------


def test_reports_of_one_meeting_are_one_event_that_keeps_its_id(desk: CalendarDesk) -> None:
    desk.item(0, "2025-05-12")
    (first,) = desk.events()
    desk.item(1, "2025-05-12")
    desk.item(2, "2025-05-14")
    (same, other) = desk.events()
    assert (same.id, same.outlets, same.sequence) == (first.id, ("Outlet 0", "Outlet 1"), 0)
    assert other.id != same.id


def test_the_order_in_which_items_arrive_does_not_change_the_events(desk: CalendarDesk) -> None:
    days = ["2025-05-12", "2025-05-12/2025-05-13", "2025-05-20", "2025-05-12", "2025-05-19/2025-05-25"]
    numbers = list(range(len(days)))
    random.shuffle(numbers)
    for number in numbers:
        desk.item(number, days[number])
    assert [(event.days.first.isoformat(), len(event.outlets)) for event in desk.events()] == [
        ("2025-05-12", 3),
        ("2025-05-20", 2),
    ]


def test_what_moved_and_what_is_off_changes_the_event(desk: CalendarDesk) -> None:
    desk.item(0, "2025-05-12")
    desk.item(1, None, title="US and China postpone trade talks to 20 May")
    (event,) = desk.events()
    assert (event.days.first, event.status, event.sequence) == (date(2025, 5, 20), Status.MOVED, 1)
    desk.item(2, None, title="China calls off trade talks with US")
    assert desk.standing() == [("2025-05-20", Status.CANCELLED, "called off")]
    assert desk.events()[0].sequence == 2


def test_an_item_that_changes_its_day_says_what_it_was(desk: CalendarDesk) -> None:
    desk.item(0, "2025-05-12")
    desk.item(0, "2025-05-14")
    desk.item(1, "2025-05-14")
    assert desk.standing() == [("2025-05-14", Status.MOVED, "was 12 May 2025")]


def test_a_withdrawn_item_takes_its_event_away_unless_others_stand_by_it(desk: CalendarDesk) -> None:
    desk.item(0, "2025-05-12")
    desk.item(1, "2025-05-12")
    desk.withdraw(0)
    assert desk.standing() == [("2025-05-12", Status.SET, "")]
    assert desk.events()[0].outlets == ("Outlet 1",)
    desk.withdraw(1)
    assert desk.standing() == []
    (gone,) = desk.events()
    assert (gone.status, gone.sequence) == (Status.WITHDRAWN, 1), "other calendars hear of it"


def test_two_events_that_turn_out_to_be_one_become_one_with_what_was_planned(desk: CalendarDesk) -> None:
    desk.start()
    desk.item(0, "2025-05-12")
    desk.item(1, "2025-05-14")
    assert len(desk.events()) == 2
    desk.item(2, None, title="US and China move trade talks from 12 May to 14 May")
    assert desk.standing() == [("2025-05-14", Status.MOVED, "was 12 May 2025")]
    assert desk.tick("2025-05-13T09:00") == [("slack:C0TRADE", f"Tomorrow: {MEETING}")]


def test_the_same_item_again_changes_nothing(desk: CalendarDesk) -> None:
    desk.item(0, "2025-05-12")
    before = desk.events()
    desk.now += timedelta(hours=5)
    desk.item(0, "2025-05-12")
    assert desk.events() == before


def test_what_many_say_already_is_not_kept_once_more(desk: CalendarDesk) -> None:
    for number in range(MOST_ALIKE + 3):
        desk.item(number, "2025-05-12")
    assert desk.database.read_now(count, calendar_reports) == MOST_ALIKE
    (event,) = desk.events()
    assert len(event.outlets) == MOST_ALIKE
    desk.item(99, "2025-05-13")
    assert len(desk.events()) == 2


def test_days_and_countries_are_found(desk: CalendarDesk) -> None:
    desk.item(0, "2025-05-12")
    desk.item(1, "2025-05-20/2025-05-22")

    def between(first: str, last: str, country: str | None = None) -> int:
        days = (date.fromisoformat(first), date.fromisoformat(last))
        return len(desk.database.read_now(calendar.between, *days, country=country, limit=9))

    assert between("2025-05-12", "2025-05-20") == 2
    assert between("2025-05-13", "2025-05-19") == 0
    assert between("2025-05-21", "2025-05-30", "CN") == 1
    assert between("2025-05-01", "2025-05-30", "FR") == 0
    following = desk.database.read_now(calendar.after, date(2025, 5, 13), country="US")
    assert following
    assert following.days.first == date(2025, 5, 20)
    assert desk.database.read_now(calendar.countries, since=NOW.date()) == ["CN", "US"]


def test_what_is_long_over_is_deleted_with_its_reports(desk: CalendarDesk) -> None:
    desk.start()
    desk.item(0, "2025-05-12")
    desk.item(1, "2025-06-12")
    while desk.database.write_now(calendar.prune, before=date(2025, 6, 1), most=1):
        pass
    assert [event.days.first.month for event in desk.events()] == [6]
    for table in (calendar_events, calendar_reports, reminder_times):
        assert desk.database.read_now(count, table) == 1


# --- reminders ------------------------------------------------------------------------------------------------


def test_everybody_is_reminded_once_at_nine_of_their_own_day_before(desk: CalendarDesk) -> None:
    desk.start()
    desk.start(place=ANN, zone="America/New_York")
    desk.item(0, "2025-05-12")
    assert desk.tick("2025-05-11T08:59") == []
    assert desk.tick("2025-05-11T09:00") == [("slack:C0TRADE", f"Tomorrow: {MEETING}")]
    both = [("slack:C0TRADE", f"Tomorrow: {MEETING}"), ("slack:@UANN", f"Tomorrow: {MEETING}")]
    assert desk.tick("2025-05-11T13:00") == both
    assert desk_on(desk.database).tick("2025-05-11T14:00") == both, "a restart sends nothing again"


def test_a_place_has_its_own_zone_and_quiet_hours(desk: CalendarDesk) -> None:
    own = Preferences(place=SLACK, zone="Asia/Tokyo", quiet=QuietHours.parse("08:00-10:00 Asia/Tokyo"))
    desk.database.write_now(places.save, own, now=NOW)
    desk.start(zone="America/New_York")
    desk.item(0, "2025-05-12")
    assert len(desk.tick("2025-05-11T00:00")) == 1
    held = desk.database.read_now(
        lambda connection: connection.execute(sa.select(deliveries.c.not_before)).scalar_one()
    )
    assert held == datetime(2025, 5, 11, 1, 0, tzinfo=UTC), "at ten in Tokyo"


def test_a_place_that_moves_to_another_zone_is_reminded_by_the_new_one(desk: CalendarDesk) -> None:
    desk.start()
    desk.item(0, "2025-05-09")
    for zone, at, told in (("Asia/Tokyo", "2025-05-08T00:00", 1), ("America/New_York", "2025-05-08T09:00", 0)):
        desk.database.write_now(places.save, Preferences(place=SLACK, zone=zone), now=NOW)
        desk.database.write_now(desk.agenda.put_right, desk.now)
        if not told:
            assert desk.tick(at) == []
    assert len(desk.tick("2025-05-08T13:00")) == 1


def test_what_is_heard_of_late_is_reminded_of_at_once_and_what_is_over_never(desk: CalendarDesk) -> None:
    desk.start(lead="1w")
    desk.item(0, "2025-05-08")
    assert desk.tick("2025-05-07T10:00") == [("slack:C0TRADE", f"Tomorrow: {MEETING}")]
    desk.item(1, "2025-05-20")
    assert len(desk.tick("2025-05-21T00:00")) == 1, "it slept through that one, which is over"


def test_a_new_reminder_is_planned_for_what_is_known_and_not_for_what_is_too_close(desk: CalendarDesk) -> None:
    desk.item(0, "2025-05-08")
    desk.item(1, "2025-05-20")
    desk.now = NOW + timedelta(hours=5)
    desk.start()
    assert desk.tick() == []
    assert desk.tick("2025-05-19T09:00") == [("slack:C0TRADE", f"Tomorrow: {MEETING}")]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("country:CN", True),
        ("country:FR", False),
        ("ministers", True),
        ('"rare earths"', False),
        ("topic:trade", True),
    ],
)
def test_a_reminder_is_for_the_events_that_it_asks_for(desk: CalendarDesk, query: str, wanted: bool) -> None:
    desk.start(query)
    desk.item(0, "2025-05-12")
    assert bool(desk.tick("2025-05-11T09:00")) is wanted


def test_what_moves_is_told_to_those_who_were_reminded_and_reminded_of_anew(desk: CalendarDesk) -> None:
    desk.start()
    desk.start(place=ANN, lead="2w")  # reminded already
    desk.item(0, "2025-05-12")
    assert desk.tick("2025-05-07T12:00") == [("slack:@UANN", f"In 5 days: {MEETING}")]
    desk.item(1, None, title="US and China postpone trade talks to 20 May")
    assert desk.tick() == [("slack:@UANN", f"In 5 days: {MEETING}"), ("slack:@UANN", f"Changed: {MEETING}")]
    assert len(desk.tick("2025-05-11T09:00")) == 2, "nothing on the old day"
    assert desk.tick("2025-05-19T09:00")[2:] == [("slack:C0TRADE", f"Tomorrow: {MEETING}")]


def test_what_moves_after_its_reminder_is_reminded_of_again(desk: CalendarDesk) -> None:
    desk.start()
    desk.item(0, "2025-05-12")
    desk.tick("2025-05-11T09:00")
    desk.item(1, None, title="US and China postpone trade talks to 20 May")
    desk.tick("2025-05-11T09:01")
    assert [title for _, title in desk.tick("2025-05-19T09:00")] == [
        f"Tomorrow: {MEETING}",
        f"Changed: {MEETING}",
        f"Tomorrow: {MEETING}",
    ]


def test_what_is_off_is_not_reminded_of_and_those_who_were_hear_of_it_once(desk: CalendarDesk) -> None:
    desk.start()
    desk.start(place=ANN, lead="2w")
    desk.item(0, "2025-05-12")
    desk.tick("2025-05-07T12:00")
    for number in (1, 2):
        desk.item(number, None, title="China calls off trade talks with US")
    assert desk.tick("2025-05-11T09:00") == [
        ("slack:@UANN", f"In 5 days: {MEETING}"),
        ("slack:@UANN", f"Off: {MEETING}"),
    ]


def test_a_withdrawn_report_is_told_to_those_who_were_reminded(desk: CalendarDesk) -> None:
    desk.start(lead="2w")
    desk.item(0, "2025-05-12")
    desk.tick("2025-05-07T12:00")
    desk.withdraw(0)
    assert desk.tick()[1:] == [("slack:C0TRADE", f"Off: {MEETING}")]
    assert "WITHDRAWN (the report was withdrawn)" in str(desk.sent()[1][1].lines)


def test_two_wishes_for_one_event_at_one_place_are_one_message(desk: CalendarDesk) -> None:
    desk.start()
    desk.start("country:CN")
    desk.item(0, "2025-05-12")
    assert len(desk.tick("2025-05-11T09:00")) == 1


def test_what_is_stopped_is_not_sent_and_a_person_can_be_forgotten(desk: CalendarDesk) -> None:
    stopped = desk.start(place=ANN)
    desk.start("country:CN", place=ANN)
    desk.start()
    desk.item(0, "2025-05-12")
    desk.database.write_now(reminders.remove, [stopped.id])
    assert [each.query for each in desk.database.read_now(reminders.at, ANN)] == ["country:CN"]
    desk.database.write_now(reminders.forget_person, ANN)
    assert desk.database.read_now(reminders.at, ANN) == []
    (kept,) = desk.database.read_now(reminders.at, SLACK)
    assert kept.owner == SLACK, "what was asked for a channel stays the channel's"
    assert [place for place, _ in desk.tick("2025-05-11T09:00")] == ["slack:C0TRADE"]


def test_a_fault_in_reading_one_item_does_not_keep_it_from_being_told(
    desk: CalendarDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: object) -> None:
        raise ValueError("no such day")

    monkeypatch.setattr("bot.steps.agenda.reports", stumble)
    desk.item(0, "2025-05-12")
    assert desk.events() == []
