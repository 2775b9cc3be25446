"""What feeds do to the names, dates and texts of their entries, and which alerts go out: none is told twice, none is
lost.

Days pass between the polls, so that nothing but the identity of an item keeps it from being told again: by then its
story is closed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from bot.model import Item
from bot.store import news
from tests.fakes.discord_payloads import GUILD_CHANNEL_ID
from tests.fakes.web import item, rss
from tests.flow.desk import Desk

TITLES = [
    "Brazil and Japan agree to cut tariffs on farm goods to 5%",
    "Canada and Chile open talks on a free trade agreement in Santiago",
    "Egypt delays new tariffs on imported cars until autumn",
    "India raises import duty on edible oils to 20%",
]
DAYS = timedelta(days=3)
SIX_O_CLOCK = datetime(2025, 5, 7, 6, 0, tzinfo=UTC)  # two hours before the clock of the tests begins

ROUTES = f"""
[[route]]
name = "desk"
to = ["discord:{GUILD_CHANNEL_ID}"]
when = "topic:trade OR topic:market"
"""

Names = Callable[[int], dict[str, str]]


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """With one place that is told: what an alert looks like where is not of interest here."""
    desk.configure(routes=ROUTES)
    return desk


def entry(number: int, title: str = "", **elements: str) -> str:
    """One of the entries, with its own text and date; an empty element is left out."""
    given = {
        "description": f"Ministers spoke of paragraph {number} of the plan.",
        "pubDate": format_datetime(SIX_O_CLOCK + timedelta(minutes=number)),
        **elements,
    }
    return item(title or TITLES[number], **{name: text for name, text in given.items() if text})


async def poll(desk: Desk, *entries: str, later: timedelta = DAYS) -> None:
    """The feed as it is now, asked some days after the last time."""
    desk.clock.advance(later)
    desk.web.serve("/feed", rss(*entries))
    await desk.once()


def told(desk: Desk) -> list[str]:
    """The titles of the alerts, oldest first; what an edit adds stands in the thread of its alert."""
    messages = desk.discord.messages[GUILD_CHANNEL_ID]
    return [message["embeds"][0]["title"] for message in messages if not message.get("message_reference")]


async def stored(desk: Desk, link: str) -> Item | None:
    async with desk.bot() as bot:
        key = await bot.database.read(news.find_item, link)
        row = await bot.database.read(news.item, key) if key else None
    return row[0] if row else None


# --- row 1: names that change for a whole feed ------------------------------------------------------------


def numbers(number: int) -> dict[str, str]:
    return {"guid": f"post-{number}", "link": f"https://wire.example/{number}"}


def addresses(number: int) -> dict[str, str]:
    return {"guid": f"https://wire.example/news/story-{number}", "link": f"https://wire.example/{number}"}


def insecure(number: int) -> dict[str, str]:
    return {"guid": f"http://www.wire.example/news/story-{number}/", "link": f"http://wire.example/{number}"}


def uuids(number: int) -> dict[str, str]:
    return {"guid": f"urn:uuid:5f0c1c7e-0000-4000-8000-{number:012}", "link": f"https://wire.example/{number}"}


def dated_links(number: int) -> dict[str, str]:
    return {"link": f"https://wire.example/2025/05/07/{number}.html"}


def moved_links(number: int) -> dict[str, str]:
    return {"link": f"https://news.wire.example/trade/{number}?page=1"}


def sessions(number: int) -> dict[str, str]:
    return {"link": f"https://wire.example/story;jsessionid=0A1B2C?id={number}&sid=k4f8s0a9d2j7x1m5q3zz"}


def other_sessions(number: int) -> dict[str, str]:
    return {"link": f"https://wire.example/story;jsessionid=9F8E7D?id={number}&sid=p0o9i8u7y6t5r4e3w2qq"}


def first_version(number: int) -> dict[str, str]:
    return {"guid": f"urn:newsml:wire.example:20250507:story{number}:1"}


def third_version(number: int) -> dict[str, str]:
    return {"guid": f"urn:newsml:wire.example:20250507:story{number}:3U"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (numbers, addresses),
        (addresses, uuids),
        (addresses, insecure),
        (dated_links, moved_links),
        (dated_links, numbers),
        (sessions, other_sessions),
        (first_version, third_version),
    ],
)
async def test_new_names_for_a_whole_feed_alert_nobody_again(desk: Desk, before: Names, after: Names) -> None:
    await poll(desk, *(entry(number, **before(number)) for number in range(3)))
    assert len(told(desk)) == 3
    await poll(desk, *(entry(number, **after(number)) for number in range(3)))
    assert len(told(desk)) == 3


async def test_what_is_new_among_renamed_entries_is_told(desk: Desk) -> None:
    await poll(desk, *(entry(number, **numbers(number)) for number in range(3)))
    await poll(desk, *(entry(number, **uuids(number)) for number in (3, 0, 1, 2)))
    assert told(desk)[3:] == [TITLES[3]]


async def test_entries_without_dates_are_known_under_new_names(desk: Desk) -> None:
    await poll(desk, *(entry(number, pubDate="", **numbers(number)) for number in range(3)))
    await poll(desk, *(entry(number, pubDate="", **uuids(number)) for number in range(3)))
    assert len(told(desk)) == 3


async def test_bare_headlines_are_known_where_the_whole_feed_is_renamed(desk: Desk) -> None:
    await poll(desk, *(entry(number, pubDate="", description="", **numbers(number)) for number in range(3)))
    await poll(desk, *(entry(number, pubDate="", description="", **uuids(number)) for number in range(3)))
    assert len(told(desk)) == 3


async def test_a_renamed_feed_that_also_dates_everything_anew_alerts_nobody_again(desk: Desk) -> None:
    await poll(desk, *(entry(number, **numbers(number)) for number in range(3)))
    bumped = format_datetime(desk.clock.now() + DAYS - timedelta(minutes=5))
    await poll(desk, *(entry(number, pubDate=bumped, **uuids(number)) for number in range(3)))
    assert len(told(desk)) == 3


async def test_an_entry_that_is_renamed_and_later_edited_is_still_known(desk: Desk) -> None:
    await poll(desk, entry(0, **numbers(0)))
    await poll(desk, entry(0, **uuids(0)))
    bumped = format_datetime(desk.clock.now() + DAYS)
    await poll(desk, entry(0, "Tokyo and Brasília settle on farm goods", pubDate=bumped, **uuids(0)))
    assert len(told(desk)) == 1


async def test_an_entry_that_is_edited_and_later_renamed_is_still_known(desk: Desk) -> None:
    edited = "Tokyo and Brasília settle on 5% tariffs for farm goods"
    await poll(desk, entry(0, **numbers(0)))
    await poll(desk, entry(0, edited, **numbers(0)))
    await poll(desk, entry(0, edited, **uuids(0)))
    assert len(told(desk)) == 1


async def test_a_headline_that_comes_again_for_another_event_is_told_again(desk: Desk) -> None:
    """A central bank gives all its decisions one headline and one text."""
    same = {"title": "Federal Reserve issues FOMC statement", "description": "Federal Reserve issues FOMC statement"}
    for month in (3, 5):
        date = format_datetime(datetime(2025, month, 7, 18, tzinfo=UTC))
        desk.clock.advance(timedelta(days=1 if month == 3 else 42))
        await poll(desk, entry(9, **same, guid=f"https://bank.example/2025{month}", pubDate=date))
    assert len(told(desk)) == 2


async def test_bare_headlines_of_a_feed_that_rolled_over_are_told_again(desk: Desk) -> None:
    """Reports with the same three headlines every week are no renamed feed."""
    for week in range(2):
        date = format_datetime(SIX_O_CLOCK + 2 * week * DAYS)
        names = [{"guid": f"report-{week}{n}", "link": f"https://wire.example/{week}/{n}"} for n in range(3)]
        await poll(
            desk,
            *(entry(n, pubDate=date, description="", **names[n]) for n in range(3)),
            later=2 * DAYS * (week or 1),
        )
    assert sorted(told(desk)) == sorted(TITLES[:3] * 2)


async def test_undated_headlines_with_another_text_are_told_again(desk: Desk) -> None:
    for week in range(2):
        await poll(
            desk,
            *(
                entry(n, pubDate="", description=f"Rate {week}.{n}% now.", guid=f"report-{week}{n}", link="")
                for n in range(3)
            ),
            later=2 * DAYS,
        )
    assert sorted(told(desk)) == sorted(TITLES[:3] * 2)


async def test_two_notices_of_one_headline_and_day_are_two_items(desk: Desk) -> None:
    """A register dates its notices by the day."""
    midnight = format_datetime(datetime(2025, 5, 8, tzinfo=UTC))
    for number, text in enumerate(("Duty of 12% on steel from Brazil.", "Duty of 73% on solar cells from Vietnam.")):
        link = f"https://register.example/{number}"
        await poll(desk, entry(3, description=text, pubDate=midnight, guid=link, link=link))
    found = [await stored(desk, f"https://register.example/{number}") for number in range(2)]
    assert [each and each.summary[:11] for each in found] == ["Duty of 12%", "Duty of 73%"]


async def test_the_same_words_without_a_date_are_told_again_after_days(desk: Desk) -> None:
    for halt in range(2):
        link = f"https://wire.example/halt/{halt}"
        await poll(desk, entry(0, pubDate="", description="Trade is halted.", guid=link, link=link), later=2 * DAYS)
    assert told(desk) == [TITLES[0]] * 2


async def test_a_statement_without_a_name_is_told_each_time(desk: Desk) -> None:
    for month in (3, 4):
        date = format_datetime(datetime(2025, month, 7, 18, 4, tzinfo=UTC))
        same = {"description": "The committee decided.", "link": "https://bank.example/"}
        await poll(desk, entry(3, pubDate=date, **same), later=2 * DAYS)
    assert told(desk) == [TITLES[3]] * 2


# --- row 2: names that are used twice, or missing ---------------------------------------------------------


async def test_entries_that_share_guid_and_headline_hide_none(desk: Desk) -> None:
    links = [f"https://wire.example/statement/{number}" for number in range(3)]
    await poll(
        desk,
        *(entry(number, "Trade ministry statement", guid="1", link=link) for number, link in enumerate(links)),
    )
    assert [bool(await stored(desk, link)) for link in links] == [True, True, True]


@pytest.mark.parametrize("guid", ["1", "null", "https://wire.example/", ""])
async def test_a_feed_of_one_entry_whose_guid_says_nothing_tells_each(desk: Desk, guid: str) -> None:
    for number in range(3):
        await poll(desk, entry(number, guid=guid, link=f"https://wire.example/{number}"))
    assert told(desk) == TITLES[:3]


async def test_a_guid_that_is_given_to_a_second_entry_does_not_repeat_the_first(desk: Desk) -> None:
    await poll(desk, entry(0, guid="news", link="https://wire.example/0"))
    await poll(
        desk,
        entry(1, guid="news", link="https://wire.example/1"),
        entry(0, guid="news", link="https://wire.example/0"),
    )
    assert told(desk) == TITLES[:2]


async def test_a_guid_that_is_handed_on_to_the_next_article_hides_none(desk: Desk) -> None:
    for number in range(3):
        link = f"https://wire.example/{number}"
        await poll(desk, entry(number, guid="latest", link=link))
        await poll(desk, entry(number, guid="latest", link=link))
    assert told(desk) == TITLES[:3]
    first = await stored(desk, "https://wire.example/0") or pytest.fail("lost")
    assert first.title == TITLES[0], "it is not taken for corrected"


@pytest.mark.parametrize("link", ["https://wire.example/{}", "https://wire.example/"])
async def test_guids_that_are_places_in_the_list_tell_each_article_once(desk: Desk, link: str) -> None:
    for newest in (2, 3):
        shown = range(newest, newest - 3, -1)
        await poll(desk, *(entry(n, guid=str(10 + place), link=link.format(n)) for place, n in enumerate(shown)))
    assert sorted(told(desk)) == sorted(TITLES)


async def test_a_page_of_its_own_stays_one_item_whatever_its_headline(desk: Desk) -> None:
    for number in range(2):
        await poll(desk, entry(number, guid="live", link="https://wire.example/live/tariffs"))
    assert len(told(desk)) == 1


async def test_entries_that_share_a_guid_are_known_when_their_texts_change(desk: Desk) -> None:
    for text in ("3 ministers spoke.", "4 ministers spoke, and the talks go on."):
        await poll(
            desk,
            *(entry(n, guid="news", link=f"https://wire.example/{n}", description=text) for n in range(3)),
        )
    assert len(told(desk)) == 3


async def test_entries_without_any_name_are_known_by_what_stays_of_their_text(desk: Desk) -> None:
    for junk in ("2 hours ago · 12 comments", "3 days ago · 1,204 comments"):
        await poll(
            desk,
            *(entry(number, pubDate="", description=f"Text {number} of the plan. {junk}") for number in range(2)),
        )
    assert len(told(desk)) == 2


# --- rows 3 to 5: edits, late arrivals, feeds that shrink -------------------------------------------------


async def test_a_bumped_date_and_headline_is_no_new_item(desk: Desk) -> None:
    for edit in range(3):
        date = format_datetime(desk.clock.now() + DAYS)
        await poll(desk, entry(0, f"{TITLES[0]} (edition {edit})", pubDate=date, **numbers(0)))
    assert len(told(desk)) == 1
    assert (await stored(desk, "https://wire.example/0") or pytest.fail("lost")).at < desk.clock.now() - DAYS


async def test_what_arrives_late_with_an_older_date_is_told(desk: Desk) -> None:
    await poll(desk, entry(2, **numbers(2)))
    late = format_datetime(SIX_O_CLOCK - timedelta(hours=9))
    await poll(desk, entry(2, **numbers(2)), entry(1, pubDate=late, **numbers(1)))
    assert told(desk) == [TITLES[2], TITLES[1]]


async def test_a_feed_that_shrinks_empties_and_grows_again_repeats_nothing(desk: Desk) -> None:
    everything = [entry(number, **numbers(number)) for number in range(3)]
    for entries in (everything, everything[:1], [], everything, [], everything):
        await poll(desk, *entries)
    assert told(desk) == TITLES[:3]


async def test_a_renamed_source_goes_on_to_speak_for_its_items(desk: Desk) -> None:
    await poll(desk, entry(0, **addresses(0)))
    source = f'[[source]]\nid = "new"\nname = "Example Wire"\nurl = "{desk.web.url("/feed")}"\n'
    desk.configure(sources=source, routes=ROUTES)
    await poll(desk, entry(0, **addresses(0)))
    await poll(desk, entry(0, f"WITHDRAWN: {TITLES[0]}", **addresses(0)))
    found = await stored(desk, addresses(0)["link"]) or pytest.fail("lost")
    assert found.title.startswith("WITHDRAWN")


# --- row 6: texts that change by themselves ---------------------------------------------------------------


async def test_an_entry_with_new_names_and_junk_in_every_answer_is_told_once(desk: Desk) -> None:
    for count, token in ((12, "9f86d081884c7d65"), (3_456, "2c26b46b68ffc68f"), (4, "fcde2b2edba56bf4")):
        text = (
            f'Ministers spoke. <img src="https://pixel.example/{token}.gif" width="1"> {count} comments, updated '
            f"{count % 24}:15. Read it at https://wire.example/?visit={token} {count % 50} minutes ago"
        )
        names = {"guid": f"visit-{token}", "link": f"https://wire.example/0?visit={token}"}
        await poll(desk, entry(0, pubDate="", description=text, **names))
    assert len(told(desk)) == 1


# --- row 7: dates -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "date",
    [
        "Wed, 07 May 2025 13:30:00 IST",  # India's, which is UTC to a parser
        "Wed, 07 May 2025 17:00:00",  # Tokyo's, without saying so
        "Thu, 08 May 2025 07:00:00 GMT",
        "Fri, 01 Jan 2038 00:00:00 GMT",
        "07/05/2025 17:00",
        "mié, 07 may 2025 17:00:00 +0200",
    ],
)
async def test_a_date_ahead_of_the_clock_or_of_no_form_is_the_time_of_first_sight(desk: Desk, date: str) -> None:
    seen = desk.clock.now()
    await poll(desk, entry(0, pubDate=date, **numbers(0)), later=timedelta(0))
    await poll(desk, entry(0, pubDate=date, **numbers(0)))
    found = await stored(desk, "https://wire.example/0") or pytest.fail("lost")
    assert found.at == seen
    assert len(told(desk)) == 1
