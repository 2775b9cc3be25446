"""`/wire summary` on a real database of either kind: what it shows to whom, and what is new the next time."""

from __future__ import annotations

import io
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from bot.commands.spec import Caller
from bot.commands.summary import Summing
from bot.deliver.card import Reply
from bot.model import Destination, Item, ItemKey, StoryId
from bot.routing.preferences import Preferences
from bot.store import news, places
from bot.store.engine import Database
from bot.summary.canvas import DARK, LIGHT
from tests import samples
from tests.contract.summary_room import ANN, BOB, BOTH, SummaryRoom, said, story_lines, summary_room
from tests.fakes.clock import FakeClock
from tests.samples import NOW
from tests.summary_stories import DAY, HOUR, a_week, party, store, story, tariff


@pytest.fixture
def room(database: Database, clock: FakeClock) -> SummaryRoom:
    return summary_room(database, clock)


# --- what it shows ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", BOTH)
async def test_the_same_summary_on_both_platforms(room: SummaryRoom, platform: str) -> None:
    reply = await room.ask("week", BOTH[platform])
    assert said(reply).splitlines() == [
        "Summary of the last 7 days",
        "5 stories from 5 outlets: 3 trade, 1 market only, 1 other · 2 escalation, 1 de-escalation",
        "Trade · China: 1 escalation, 1 de-escalation",
        "1. FLASH Story 1 of the day · 25% tariff · escalation · 5 outlets",
        "2. Story 2 of the day · 10% tariff · de-escalation · 2 outlets",
        "Trade · EU: 1 escalation",
        "3. Story 3 of the day · US, EU · escalation · 1 outlet",
        "Markets · Dow",
        "4. Story 4 of the day · Dow ▲ +1.5% · 1 outlet",
        "Other",
        "5. Story 5 of the day · 1 outlet",
        "Withdrawn",
        "6. WITHDRAWN Story 6 of the day · US, Japan · escalation · 1 outlet",
    ]
    assert reply.actions == ()


async def test_the_picture_fits_its_platform_and_says_what_it_shows(room: SummaryRoom) -> None:
    for caller, theme in ((ANN, LIGHT), (BOB, DARK)):
        picture = (await room.ask("week", caller)).picture
        assert picture is not None
        assert "China 1 to 1, EU 1 to 0." in picture.alt
        image = Image.open(io.BytesIO(picture.content)).convert("RGB")
        assert image.getpixel((20, 20)) == theme.ground


async def test_the_owner_can_choose_how_the_picture_looks(room: SummaryRoom) -> None:
    desk = Summing(database=room.database, clock=room.clock, zone=ZoneInfo("UTC"), picture="dark")
    picture = (await desk.summary(ANN, {})).picture
    assert picture is not None
    assert Image.open(io.BytesIO(picture.content)).convert("RGB").getpixel((20, 20)) == DARK.ground


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", [1, 2, 4, 5, 6]),
        ("since 90m", [1]),
        ("week trade", [1, 2, 3, 6]),
        ("week market", [4]),
        ("week China", [1, 2]),
        ("week eu", [3]),
        ("week trade China", [1, 2]),
        ('week "story 4"', [4]),
        ("week direction:escalation -country:CN", [3, 6]),
        ("week rate>=25", [1]),
        ("week tier>=urgent", [1]),
        ("week source:wire stor*", [1, 2, 3, 4, 5, 6]),
        ("week source:else", []),
    ],
)
async def test_by_topic_country_or_any_query(room: SummaryRoom, text: str, shown: list[int]) -> None:
    reply = await room.ask(text)
    assert sorted(int(line.split("Story ")[1][0]) for line in story_lines(reply)) == shown


async def test_a_word_in_any_report_of_a_story_finds_it(room: SummaryRoom) -> None:
    item: Item = samples.item(key=ItemKey("f" * 16), url="https://x.example", title="Soybeans", body="Of barley.")
    room.database.write_now(news.add_item, item, StoryId(f"{3:012x}"), samples.verdict())
    assert story_lines(await room.ask("week barley"))[0].startswith("1. Story 3")
    assert "No stories about barley wheat" in (await room.ask("week barley wheat")).title


@pytest.mark.parametrize(
    ("text", "title", "button", "then"),
    [
        ("since 30m", "No stories in the last 30 minutes.", "Last 24h", "Summary of the last 24 hours"),
        ("eu", "No stories about EU in the last 24 hours.", "Last week", "Summary of the last 7 days: EU"),
        ("week Brazil", "No stories about Brazil in the last 7 days.", "Last 30d", "No stories about Brazil in the"),
    ],
)
async def test_an_empty_time_offers_the_next_longer(
    room: SummaryRoom, text: str, title: str, button: str, then: str
) -> None:
    reply = await room.ask(text)
    assert reply.title == title
    assert reply.picture is None
    assert (await room.press(reply, button)).title.startswith(then)


async def test_the_longest_time_offers_none(room: SummaryRoom) -> None:
    assert (await room.ask("since 90d Brazil")).actions == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("weeek", "“weeek” is no time."),
        ("since soon", "“soon” is no time to begin with."),
        ("topic:trad", "That is no query: “trad” is no topic"),
        ("page=x", "“x” is no page."),
        ("week page=2", "There is no page 2: this summary has 1 page."),
        ("page 9", "There is no page 9: this summary has 1 page."),
        ("week page 9", "There is no page 9: this summary has 1 page."),
        ("page 57/2", "There is no summary 57 of yours."),
        ("page=57/2", "There is no summary 57 of yours."),
        ("period=month", "period is one of today, 24h, week, not “month”."),
    ],
)
@pytest.mark.parametrize("platform", BOTH)
async def test_wrong_input_is_answered_with_what_is_right(
    room: SummaryRoom, platform: str, text: str, problem: str
) -> None:
    assert (await room.ask(text, BOTH[platform])).title.startswith(problem)


async def test_topics_and_countries_are_suggested(room: SummaryRoom) -> None:
    (about,) = [option for option in room.catalog.by_name["summary"].options if option.name == "about"]
    assert about.suggest is not None
    assert await about.suggest(ANN, "can") == ["Canada"]


# --- whose day --------------------------------------------------------------------------------------------


async def tokyo() -> str | None:
    return "Asia/Tokyo"


async def nonsense() -> str | None:
    return "Mars/Olympus"


def prefer(database: Database, place: Destination, zone: str) -> None:
    database.write_now(places.save, Preferences(place=place, zone=zone), now=NOW)


def alt(reply: Reply) -> str:
    assert reply.picture is not None
    return reply.picture.alt


async def test_a_day_is_the_persons_own_then_the_platforms_then_the_channels_then_the_desks(
    database: Database, clock: FakeClock
) -> None:
    room = summary_room(database, clock, zone="Europe/Berlin")
    there = replace(ANN, zone=tokyo)
    assert "(Europe/Berlin)" in alt(await room.ask("today"))
    prefer(database, ANN.place, "America/New_York")
    assert "(America/New_York)" in alt(await room.ask("today"))
    assert "(Asia/Tokyo)" in alt(await room.ask("today", there))
    prefer(database, ANN.user, "Asia/Kolkata")
    assert "(Asia/Kolkata)" in alt(await room.ask("today", there))
    assert "(Europe/Berlin)" in alt(await room.ask("today", replace(BOB, zone=nonsense)))


async def test_today_begins_at_that_midnight(room: SummaryRoom) -> None:
    room.database.write_now(store, [story(9, at=NOW - 12 * HOUR)])  # 05:00 in Tokyo, and the day before in UTC
    assert len(story_lines(await room.ask("today"))) == 5
    assert len(story_lines(await room.ask("today", replace(BOB, zone=tokyo)))) == 6


# --- what is new ------------------------------------------------------------------------------------------


async def test_what_came_since_the_last_summary_is_marked(room: SummaryRoom) -> None:
    assert "NEW" not in said(await room.ask("week"))
    room.later(1)
    assert "Nothing new to you since your last summary, 2025-05-07 08:00 UTC" in said(await room.ask("week"))
    grown = replace(a_week()[2], verdict=replace(a_week()[2].verdict, facts=(party("EU"), tariff(20))))
    room.database.write_now(news.update_story, replace(grown, version=2, updated_at=room.clock.now()))
    room.database.write_now(store, [story(7, party("IN"), at=room.clock.now())])
    room.later(1)
    reply = await room.ask("week")
    assert "1 new to you and 1 with new facts since your last summary, 2025-05-07 09:00 UTC" in said(reply)
    marked = [line for line in story_lines(reply) if "NEW" in line or "new: " in line]
    assert marked == [
        "3. Story 3 of the day · new: 20% tariff · 20% tariff · escalation · 1 outlet",
        "4. NEW Story 7 of the day · India · 1 outlet",
    ]
    assert "new to you" not in said(await room.ask("week", BOB)), "it is his first"


async def test_what_was_on_a_page_that_nobody_opened_is_still_new(database: Database, clock: FakeClock) -> None:
    room = summary_room(database, clock, [story(number, party("CN")) for number in range(25)])
    first = await room.ask()
    room.later(1)
    assert "15 new to you since" in said(await room.ask())
    await room.press(first, "Next")
    assert "5 new to you since" in said(await room.ask())


# --- pages ------------------------------------------------------------------------------------------------


async def test_pages_stay_as_they_were_while_news_come_and_after_a_restart(
    database: Database, clock: FakeClock
) -> None:
    told = [story(number, party("CN")) for number in range(25)]
    room = summary_room(database, clock, told)
    first = await room.ask("week trade")
    room.later(1)
    database.write_now(store, [story(number, party("CN"), outlets=9, at=clock.now()) for number in range(50, 60)])
    after_restart = summary_room(database, clock, [])
    second = await after_restart.press(first, "Next")
    third = await after_restart.press(second, "Next")
    lines = [line for page in (first, second, third) for line in story_lines(page)]
    assert [line.partition(".")[0] for line in lines] == [str(number) for number in range(1, 26)]
    assert sorted(int(line.split("Story ")[1].split()[0]) for line in lines) == list(range(25))
    assert second.title == "Summary of the last 7 days: trade (page 2 of 3)"
    assert (second.picture, [action.label for action in third.actions]) == (None, ["Previous"])
    again = await after_restart.press(second, "Next")
    assert again == third, "a double click changes nothing"


async def test_a_page_says_that_its_stories_are_newer_than_the_summary(database: Database, clock: FakeClock) -> None:
    told = [story(number, party("CN")) for number in range(25)]
    room = summary_room(database, clock, told)
    second = await room.press(await room.ask("week"), "Next")
    assert "As of now" not in said(second)
    room.later(1)
    on_page = [each for each in told if f"{each.title} ·" in said(second)]
    for changed in on_page[:2]:
        grown = replace(changed, title=f"{changed.title}, corrected", updated_at=clock.now())
        database.write_now(news.update_story, grown)
    again = said(await room.ask("page=1/2"))
    assert ", corrected" in again
    assert "As of now: 2 stories have changed since this summary was made, 2025-05-07 08:00 UTC" in again
    assert "As of now" not in said(await room.ask("page=1/3"))


async def test_a_later_page_of_a_new_summary_can_be_asked_for(database: Database, clock: FakeClock) -> None:
    room = summary_room(database, clock, [story(number, party("CN")) for number in range(25)])
    for text in ("week page=3", "page=3 week trade"):
        assert (await room.ask(text)).title.endswith("(page 3 of 3)")
    assert (await room.ask("week page=4")).title == "There is no page 4: this summary has 3 pages."


async def test_nobody_turns_the_pages_of_another(database: Database, clock: FakeClock) -> None:
    room = summary_room(database, clock, [story(number, title="secret") for number in range(25)])
    first = await room.ask("week")
    other = await room.press(first, "Next", BOB)
    assert other.title.startswith("There is no summary")
    assert "secret" not in said(other)


async def test_marks_on_a_page_are_those_of_its_summary_whenever_it_is_opened(
    database: Database, clock: FakeClock
) -> None:
    room = summary_room(database, clock, [story(number, party("CN")) for number in range(25)])
    await room.ask()
    room.later(1)
    second = await room.ask("page=2")
    assert all("NEW" in line for line in story_lines(second))
    back = await room.press(second, "Previous")
    assert not any("NEW" in line for line in story_lines(back))
    assert story_lines(await room.press(back, "Next")) == story_lines(second)


async def test_two_hundred_stories_are_pages(database: Database, clock: FakeClock) -> None:
    told = [
        story(number, party("CN"), title=f"@everyone <!channel> **{number}** " + "关税*_~" * 40, at=NOW - DAY / 2)
        for number in range(200)
    ]
    room = summary_room(database, clock, told)
    page, shown = await room.ask("week"), list[str]()
    while True:
        shown += story_lines(page)
        if "Next" not in [action.label for action in page.actions]:
            break
        page = await room.press(page, "Next")
    assert len(shown) == 200


async def test_in_direct_messages_it_is_the_same(room: SummaryRoom) -> None:
    alone = Caller(user=ANN.user, place=ANN.user)
    assert story_lines(await room.ask("week", alone)) == story_lines(await room.ask("week", BOB))
