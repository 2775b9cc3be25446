"""Stories of a time, kept summaries, what people saw in them, and the use of a day: on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from bot.model import Authority, Destination, ItemKey, Story, StoryId
from bot.store import news, summaries, written_use
from bot.store.engine import Database
from bot.store.schema import summaries_seen
from bot.store.schema import written_use as written_use_rows
from bot.store.written_use import DayCap
from bot.summary.entries import Entry
from tests import samples
from tests.samples import NOW
from tests.summary_stories import DAY, HOUR, a_week, store, story, tariff

ANN, BOB = (Destination("slack", name, person=True) for name in ("UANN", "UBOB"))
TODAY = date(2025, 5, 7)


@pytest.fixture
def week(database: Database) -> list[Story]:
    told = a_week()
    database.write_now(store, told)
    return told


def since(database: Database, hours: int, *, limit: int = 100) -> tuple[list[Entry], int]:
    return database.read_now(summaries.flagged_since, NOW - hours * HOUR, limit=limit)


def ids(entries: list[Entry]) -> list[int]:
    return [int(each.story.id, 16) for each in entries]


# --- the stories ------------------------------------------------------------------------------------------


def test_flagged_stories_of_a_time_come_the_last_reported_first(database: Database, week: list[Story]) -> None:
    database.write_now(store, [story(9, labels=(), at=NOW)])
    found, count = since(database, 4)
    assert (ids(found), count) == ([1, 4, 2, 5], 4)
    assert since(database, 1000)[1] == 6
    assert [each.url for each in found][:1] == [f"https://news.example/{1:012x}"]


def test_what_is_more_than_asked_for_is_counted(database: Database, week: list[Story]) -> None:
    found, count = since(database, 1000, limit=2)
    assert (ids(found), count) == ([1, 4], 6)


def test_the_best_authority_of_its_items_is_the_storys(database: Database, week: list[Story]) -> None:
    def add(connection: sa.Connection, authority: Authority, number: int) -> None:
        item = samples.item(key=ItemKey(f"ff{number:014x}"), authority=authority, url=f"https://x.example/{number}")
        news.add_item(connection, item, week[0].id, week[0].verdict)

    for number, authority in enumerate((Authority.OUTLET, Authority.OFFICIAL)):
        database.write_now(add, authority, number)
    first, second = since(database, 2)[0]
    assert (first.authority, second.authority) == (Authority.OFFICIAL, Authority.WIRE)


def test_stories_come_in_the_order_asked_for_without_those_that_are_gone(
    database: Database, week: list[Story]
) -> None:
    wanted = [week[3].id, StoryId("ffffffffffff"), week[0].id]
    assert ids(database.read_now(summaries.entries_of, wanted)) == [4, 1]


def test_every_item_of_the_stories_is_read(database: Database, week: list[Story]) -> None:
    def read(connection: sa.Connection) -> list[tuple[StoryId, ItemKey]]:
        return [(story_id, item.key) for story_id, item in summaries.items_of(connection, [week[0].id, week[1].id])]

    assert database.read_now(read) == [(week[0].id, week[0].lead), (week[1].id, week[1].lead)]


# --- what a person saw ------------------------------------------------------------------------------------


def keep(database: Database, person: Destination, stories: list[Story], *, hours: int = 0) -> int:
    """A summary of one page at `hours` after NOW, looked at."""

    def write(connection: sa.Connection) -> int:
        pages = [(("Trade", tuple(each.id for each in stories)),)]
        number = summaries.save(connection, person, "Summary", pages, now=NOW + hours * HOUR)
        summaries.save_seen(
            connection, person, number, summaries.entries_of(connection, [each.id for each in stories])
        )
        return number

    return database.write_now(write)


def seen(database: Database, person: Destination, told: Story, *, before: int | None = None) -> frozenset[str] | None:
    def read(connection: sa.Connection) -> frozenset[str] | None:
        (found,) = summaries.with_seen(connection, summaries.entries_of(connection, [told.id]), person, before=before)
        return found.seen

    return database.read_now(read)


def test_what_somebody_saw_is_theirs_alone(database: Database, week: list[Story]) -> None:
    keep(database, ANN, week[:1])
    assert seen(database, ANN, week[0]) == frozenset({"party:us", "party:cn", "rate:25:tariff"})
    assert seen(database, ANN, week[1]) is None
    assert seen(database, BOB, week[0]) is None


def test_what_was_seen_before_a_summary_counts_for_its_pages(database: Database, week: list[Story]) -> None:
    first = keep(database, ANN, week[:1])
    grown = replace(week[0], verdict=replace(week[0].verdict, facts=(tariff(99),)), version=2)
    database.write_now(news.update_story, grown)
    second = keep(database, ANN, week[:1], hours=1)
    assert seen(database, ANN, week[0], before=first) is None
    assert seen(database, ANN, week[0], before=second) == frozenset({"party:us", "party:cn", "rate:25:tariff"})
    assert seen(database, ANN, week[0]) == frozenset({"party:us", "party:cn", "rate:25:tariff", "rate:99:tariff"})


def test_a_page_looked_at_twice_is_seen_once(database: Database, week: list[Story]) -> None:
    number = keep(database, ANN, week)

    def again(connection: sa.Connection) -> int:
        summaries.save_seen(connection, ANN, number, summaries.entries_of(connection, [week[0].id]))
        return len(connection.execute(sa.select(summaries_seen)).all())

    assert database.write_now(again) == len(week)


def test_the_last_summary_before_another_is_found(database: Database, week: list[Story]) -> None:
    assert database.read_now(summaries.last_made, ANN) is None
    keep(database, ANN, week[:1])
    second = keep(database, ANN, week[:1], hours=5)
    keep(database, BOB, week[:1], hours=9)
    assert database.read_now(summaries.last_made, ANN) == NOW + 5 * HOUR
    assert database.read_now(summaries.last_made, ANN, before=second) == NOW


# --- summaries --------------------------------------------------------------------------------------------


def test_a_summary_is_kept_page_by_page(database: Database) -> None:
    pages = [(("Trade · China", (StoryId("a"), StoryId("b"))), ("Other", (StoryId("c"),))), (("Other", ()),)]
    number = database.write_now(summaries.save, ANN, "Summary of today", pages, now=NOW)
    kept = database.read_now(summaries.kept, number)
    assert kept is not None
    assert (kept.number, kept.person, kept.title, kept.made_at) == (number, ANN, "Summary of today", NOW)
    assert list(kept.pages) == pages
    assert database.read_now(summaries.kept, number + 1) is None


def test_a_person_can_have_all_of_theirs_forgotten(database: Database, week: list[Story]) -> None:
    for hours in range(2):
        keep(database, ANN, week[:2], hours=hours)
    keep(database, BOB, week[:1])
    assert database.write_now(summaries.forget_person, ANN) == 2
    assert database.read_now(summaries.last_made, ANN) is None
    assert seen(database, ANN, week[0]) is None
    assert seen(database, BOB, week[0]) is not None


def test_old_summaries_go_with_what_was_seen_in_them(database: Database, week: list[Story]) -> None:
    keep(database, ANN, week[:1])
    young = keep(database, ANN, week[1:2], hours=48)
    assert database.write_now(summaries.forget, made_before=NOW + DAY) == 1
    assert database.read_now(summaries.last_made, ANN, before=young) is None
    assert database.read_now(summaries.kept, young) is not None
    assert seen(database, ANN, week[0]) is None


# --- what written summaries cost --------------------------------------------------------------------------


def reserve(database: Database, tokens: int, *, day: date = TODAY, requests: int = 3, most: int = 1_000) -> bool:
    return database.write_now(written_use.reserve, day, tokens, DayCap(requests=requests, tokens=most))


def test_requests_and_tokens_of_a_day_are_capped(database: Database) -> None:
    assert [reserve(database, 400) for _ in range(3)] == [True, True, False]
    assert reserve(database, 200)
    assert not reserve(database, 0), "three requests were taken"
    assert reserve(database, 400, day=TODAY + timedelta(days=1))


def test_a_cap_of_nothing_lets_nothing_through(database: Database) -> None:
    assert not reserve(database, 1, requests=0)
    assert not reserve(database, 1_001)
    assert reserve(database, 1_000)


def test_what_a_request_did_cost_takes_the_place_of_what_was_reserved(database: Database) -> None:
    assert reserve(database, 900)
    assert not reserve(database, 200)
    database.write_now(written_use.settle, TODAY, reserved=900, used=100)
    assert reserve(database, 900)


def test_old_days_are_forgotten(database: Database) -> None:
    for back in range(3):
        reserve(database, 1, day=TODAY - timedelta(days=back))
    assert database.write_now(written_use.forget, before=TODAY) == 2

    def days(connection: sa.Connection) -> list[str]:
        return list(connection.execute(sa.select(written_use_rows.c.day)).scalars())

    assert database.read_now(days) == ["2025-05-07"]
