"""Reminders that are easily lost, sent twice, or told of the wrong day."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from bot.model import Destination
from bot.routing.preferences import Preferences
from bot.routing.quiet import QuietHours
from bot.store import places, reminders
from bot.store.engine import Database
from bot.store.schema import deliveries
from tests.contract.calendar_desk import CalendarDesk, desk_on
from tests.samples import NOW, SLACK

MEETING = "Meeting: China · US, Geneva"


@pytest.fixture
def desk(database: Database) -> CalendarDesk:
    return desk_on(database)


def titles(desk: CalendarDesk, at: str | None = None) -> list[str]:
    return [title for _, title in desk.tick(at)]


def prefer(desk: CalendarDesk, zone: str | None = None, quiet: str | None = None) -> None:
    hours = QuietHours.parse(quiet) if quiet else None
    desk.database.write_now(places.save, Preferences(place=SLACK, zone=zone, quiet=hours), now=NOW)


def test_a_place_is_reminded_at_each_time_that_it_asked_for(desk: CalendarDesk) -> None:
    desk.start("country:CN", lead="3d")
    desk.start()
    desk.item(0, "2025-05-12")
    assert titles(desk, "2025-05-09T09:00") == [f"In 3 days: {MEETING}"]
    assert titles(desk, "2025-05-11T09:00")[1:] == [f"Tomorrow: {MEETING}"]


@pytest.mark.parametrize("day", ["2025-05-08", "2025-05-09"])
def test_times_that_have_passed_together_are_one_message(desk: CalendarDesk, day: str) -> None:
    """The first is heard of late; at the second the program was not running."""
    desk.start("country:CN", lead="2d")
    desk.start(lead="1d")
    desk.item(0, day)
    assert titles(desk, "2025-05-08T10:00") == [f"{'Today' if day.endswith('8') else 'Tomorrow'}: {MEETING}"]


def test_a_reminder_held_by_quiet_hours_says_how_far_it_is_when_it_is_read(desk: CalendarDesk) -> None:
    prefer(desk, quiet="20:00-07:00 UTC")
    desk.start(lead="3h")
    desk.item(0, "2025-05-12")
    assert titles(desk, "2025-05-11T21:00") == [f"Today: {MEETING}"]


def test_what_is_over_before_quiet_hours_end_is_not_reminded_of(desk: CalendarDesk) -> None:
    prefer(desk, quiet="10:00-09:00 UTC")
    desk.start()
    desk.now = datetime(2025, 5, 12, 11, tzinfo=UTC)
    desk.item(120, "2025-05-12")
    assert titles(desk) == []


def test_a_day_that_is_told_after_its_week_is_reminded_of(desk: CalendarDesk) -> None:
    desk.start()
    desk.item(0, "2025-05-12/2025-05-18")
    assert titles(desk, "2025-05-11T09:00") == [f"Soon: {MEETING}"]
    desk.item(100, "2025-05-15")
    assert titles(desk, "2025-05-14T08:00") == [f"Soon: {MEETING}"]
    assert titles(desk, "2025-05-14T09:00")[1:] == [f"Tomorrow: {MEETING}"]
    desk.item(101, "2025-05-15")
    assert len(titles(desk, "2025-05-14T10:00")) == 2


def test_what_is_to_happen_within_a_week_that_has_begun_is_reminded_of(desk: CalendarDesk) -> None:
    desk.start()
    desk.now = datetime(2025, 5, 13, 8, tzinfo=UTC)
    desk.item(140, "2025-05-12/2025-05-18")
    assert titles(desk) == [f"Soon: {MEETING}"]


def test_who_was_reminded_of_the_old_day_hears_of_the_move_also_where_the_new_one_was_known(
    desk: CalendarDesk,
) -> None:
    desk.start()
    desk.item(0, "2025-05-09")
    for number in (1, 2, 3):
        desk.item(number, "2025-05-14")
    assert titles(desk, "2025-05-08T09:00") == [f"Tomorrow: {MEETING}"]
    desk.item(21, None, title="US and China move trade talks from 9 May to 14 May")
    assert desk.standing() == [("2025-05-14", "moved", "was 9 May 2025")]
    assert titles(desk)[1:] == [f"Changed: {MEETING}"]
    assert titles(desk, "2025-05-13T09:00")[2:] == [f"Tomorrow: {MEETING}"]


def test_a_place_whose_new_zone_has_passed_the_time_is_reminded_at_once(desk: CalendarDesk) -> None:
    prefer(desk, zone="America/Los_Angeles")
    desk.start()
    desk.item(0, "2025-05-09")
    prefer(desk, zone="Asia/Tokyo")
    desk.now = datetime(2025, 5, 8, 3, tzinfo=UTC)
    desk.database.write_now(desk.agenda.put_right, desk.now)
    assert titles(desk) == [f"Tomorrow: {MEETING}"]


def test_a_query_that_cannot_be_read_any_more_keeps_no_item_from_being_told(desk: CalendarDesk) -> None:
    desk.start("(((")
    desk.start()
    desk.item(0, "2025-05-12")
    assert titles(desk, "2025-05-11T09:00") == [f"Tomorrow: {MEETING}"]


def test_only_places_that_changed_are_planned_anew(desk: CalendarDesk) -> None:
    desk.start()
    desk.item(0, "2025-05-30")
    looked_at = partial(reminders.of_changed_places, now=NOW, since=NOW)
    assert desk.database.read_now(looked_at) == []
    prefer(desk, zone="Asia/Tokyo")
    assert len(desk.database.read_now(looked_at)) == 1
    desk.database.write_now(desk.agenda.put_right, NOW)
    assert len(titles(desk, "2025-05-29T00:00")) == 1, "nine in Tokyo, though it was three weeks ahead"


def test_many_reminders_cost_the_admission_of_an_item_few_statements(desk: CalendarDesk) -> None:
    for number in range(60):
        desk.start(f"country:{'CN' if number % 2 else 'US'}", place=Destination("slack", f"U{number}", person=True))
    said: list[str] = []

    @sa.event.listens_for(desk.database.engine, "before_cursor_execute")
    def count(_c: object, _cursor: object, statement: str, _p: object, _x: object, _many: object) -> None:
        said.append(statement)

    for number, day in enumerate(["2025-05-12", "2025-05-12", "2025-05-13"]):
        said.clear()
        desk.item(number, day)
        assert len(said) < 40, f"item {number}: {len(said)} statements"
    assert len(titles(desk, "2025-05-11T09:00")) == 60
    held = desk.database.read_now(
        lambda c: c.execute(sa.select(sa.func.count()).select_from(deliveries)).scalar_one()
    )
    assert held == 60
    assert desk.now - NOW > timedelta(days=3)


def test_two_processes_that_remind_at_once_send_each_message_once(desk: CalendarDesk) -> None:
    for number in range(150):
        desk.start(place=Destination("slack", f"U{number}", person=True))
    desk.item(0, "2025-05-12")
    due = datetime(2025, 5, 11, 9, tzinfo=UTC)

    def work_off() -> None:
        while desk.database.write_now(desk.agenda.remind, due):
            pass

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(work_off) for _ in range(2)]:
            done.result()
    assert sorted(place for place, _ in desk.sent()) == sorted(f"slack:@U{number}" for number in range(150))
