"""Search, latest and what is suggested while people type, on a real database of either kind."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from bot.commands.spec import Caller
from bot.commands.views.search import PAGE
from bot.deliver.card import Reply, plain
from bot.deliver.discord.embeds import reply_payload as discord_payload
from bot.deliver.slack.blocks import reply_payload as slack_payload
from bot.store import news
from bot.store.engine import Database
from bot.store.search import find
from tests import samples
from tests.contract.archive import forget_index, key_of, store, story_of
from tests.contract.reading_room import filled, judged
from tests.contract.story_room import (
    ALONE,
    GUEST,
    HOUR,
    LEAD,
    MANAGER,
    STORY,
    Room,
    labels,
    said,
)
from tests.fakes.clock import FakeClock
from tests.samples import NOW


@pytest.fixture
def room(database: Database, clock: FakeClock) -> Room:
    return filled(database, clock)


def bold(reply: Reply) -> list[str]:
    return [run.text for line in reply.lines for run in line if run.bold]


async def all_pages(room: Room, text: str) -> list[Reply]:
    found = [await room.reply(text)]
    while "More" in labels(found[-1]):
        found.append(judged(await room.press(found[-1], "More")))
    return found


# --- search -----------------------------------------------------------------------------------------------


async def test_a_search_shows_each_hit_with_outlet_story_time_and_the_words_in_bold(room: Room) -> None:
    reply = await room.reply("search quota number 119")
    first, about, passage = reply.lines
    assert "".join(run.text for run in first) == "1. Copper story number 119 <!channel> @everyone"
    assert [run.text for run in first if run.bold] == ["number", "119"]
    assert [(run.text, run.url) for run in about if run.url] == [("Daily", "https://news.example/119")]
    assert about[0].when == NOW + 119 * HOUR
    assert f"alert · story {story_of(119)}" in plain((about,))
    assert [run.text for run in passage if run.bold] == ["quota", "number", "119"]
    assert plain((passage,)).startswith("…")
    assert reply.menu is not None
    ((label, command),) = reply.menu.choices
    assert label.startswith("1. Copper story number 119")
    assert (await room.catalog.press(command, MANAGER)).title.startswith("Copper story number 119")


async def test_the_reports_of_one_story_are_one_entry(room: Room) -> None:
    shown = await room.ask("search duties")
    assert shown.count(samples.TITLE) == 1
    assert f"story {STORY} · also: Daily, Example Wire" in shown


async def test_every_page_is_a_press_away_and_nothing_is_lost_or_repeated(room: Room) -> None:
    pages = await all_pages(room, "search copper since 500h")
    assert [len([line for line in page.lines if line[0].text.endswith(". ")]) for page in pages] == [6, 6, 6, 2]
    titles = [f"Copper story number {number} " for number in reversed(range(100, 120))]
    for number, title in enumerate(titles, 1):
        (shown,) = [page for page in pages if title in said(page)]
        assert f"{number}. {title}" in said(shown)
    assert labels(pages[0]) == ["More"]
    assert labels(pages[1]) == ["Back", "More"]
    assert labels(pages[-1]) == ["Back"]
    assert pages[1].title == "“copper” in the last 500h, page 2"
    assert said(await room.press(pages[1], "Back")) == said(pages[0])
    for page in pages:
        for payload in (slack_payload(page), discord_payload(page)):
            assert all(label in str(payload) for label in labels(page)), "no button is left out"
            assert "do not fit" not in str(payload)


async def test_a_query_too_long_for_a_button_has_its_further_pages_by_hand(room: Room) -> None:
    query = f"copper {' OR '.join(f'something{number}' for number in range(12))} OR copper"
    reply = await room.reply(f"search {query}")
    assert labels(reply) == []
    assert "ask again with page=2" in said(reply)
    assert f"{PAGE + 1}. Copper" in await room.ask(f"search {query} page=2")


async def test_only_what_was_published_since_then_is_found(room: Room) -> None:
    assert "number 119" in await room.ask("search copper since 90m")
    assert "number 118" not in await room.ask("search copper since 90m")
    shown = await room.ask("search copper since=30m")
    assert "Nothing stored matches “copper” in the last 30m." in shown
    assert "Without since" in shown


async def test_a_wrong_query_is_answered_with_the_place_and_the_query_that_was_meant(room: Room) -> None:
    reply = await room.reply("search copper topic:trad since 500h")
    assert "did you mean trade?" in reply.title
    assert "copper topic: ▸trad◂ " in said(reply)
    assert labels(reply) == ["Search for that"]
    assert "Copper story number 119" in said(judged(await room.press(reply, "Search for that")))
    assert "1 to" not in said(await room.reply("search (copper"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("search", "“query” is missing"),
        ('search ""', "there is no letter or digit"),
        ("search copper page=0", "“0” is no page."),
        ("search copper page=51", "“51” is no page."),
        ("search copper page=4000", "“4000” is no page."),
        ("search copper page=two", "“two” is no page."),
        ("search copper since=soon", "“soon” is no length of time."),
        ("search copper page=9", "There is no page 9"),
        ("search copper page 9", "There is no page 9"),
        ("search copper since never", "“never” is no length of time."),
        ("search copper since yesterday", "“yesterday” is no length of time."),
        ('search copper "since never"', "Nothing stored matches"),
        ("search zinc", "Nothing stored matches “zinc”."),
        ("search zinc page=2", "There is no page 2"),
        (f"search {'x' * 1001}", "a command has at most 1,000"),
        ("search a* " + "b " * 70, "at most 64 terms"),
    ],
)
async def test_what_cannot_be_searched_is_told_why(room: Room, text: str, problem: str) -> None:
    assert problem.lower() in (await room.ask(text)).lower()


async def test_a_search_says_when_it_did_not_look_at_everything(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.database.write_now(forget_index)
    room.database.write_now(store, 500, title="Newest", seen_at=NOW, published_at=NOW)
    assert "Not everything that is stored can be searched yet" in await room.ask("search copper")
    monkeypatch.setattr("bot.commands.searching.find", partial(find, longest_s=-1.0))
    assert "stopped: ask for rarer words" in await room.ask("search newest")


async def test_what_its_publisher_withdrew_is_struck_through(room: Room) -> None:
    room.database.write_now(news.mark_item, key_of(119), "withdrawn", "")
    reply = await room.reply("search number 119")
    assert all(run.strike for run in reply.lines[0][1:])
    assert "· withdrawn" in said(reply)


# --- latest -----------------------------------------------------------------------------------------------


async def test_latest_shows_who_has_it_how_loud_it_is_when_and_its_reference(room: Room) -> None:
    reply = await room.reply("latest")
    line = reply.lines[0]
    title = "Copper story number 119 <!channel> @everyone"
    assert (line[1].text, line[1].url, line[1].bold) == (title, "https://news.example/119", True)
    assert plain((line,)) == (
        f"1. {title} · Example Wire · alert · de-escalation · 2025-05-12 07:00 UTC · {key_of(119)[:8]}"
    )
    assert reply.menu is not None
    assert "Judged: " in said(await room.catalog.press(reply.menu.choices[0][1], MANAGER))


async def test_latest_is_paged_without_loss(room: Room) -> None:
    pages = await all_pages(room, "latest trade 30d")
    shown = [line[1].text for page in pages for line in page.lines]
    assert shown == [
        *(f"Copper story number {n} <!channel> @everyone" for n in reversed(range(100, 120))),
        samples.TITLE,
    ]
    assert [page.title for page in pages] == [
        "Latest trade stories",
        *(f"Latest trade stories, page {n}" for n in (2, 3)),
    ]
    assert said(await room.press(pages[1], "Back")) == said(pages[0])
    assert "There is no page 4" in await room.ask("latest trade 30d 4")
    assert "No urgent stories were flagged" in await room.ask("latest urgent")


async def test_a_story_with_further_reports_shows_when_the_last_one_came(room: Room) -> None:
    story = room.database.read_now(news.story, STORY)
    assert story is not None
    changed = replace(
        story, version=4, mark="withdrawn", updated_at=NOW + 119 * HOUR, outlets=("A", "B", "C", "D", "E")
    )
    room.database.write_now(news.update_story, changed)
    (line,) = [line for line in (await room.reply("latest")).lines if line[1].text == samples.TITLE]
    assert line[1].strike
    assert "A, B, C +2 · alert · de-escalation · withdrawn" in plain((line,))
    assert plain((line,)).endswith(f", last report 2025-05-12 07:00 UTC · {LEAD[:8]}")


# --- what is suggested ------------------------------------------------------------------------------------


async def suggested(room: Room, command: str, option: str, typed: str, caller: Caller = MANAGER) -> list[str]:
    values = list(await room.catalog.suggest(command, option, typed, caller))
    assert len(values) <= 25
    assert all(0 < len(value) <= 100 for value in values)
    return values


@pytest.mark.parametrize(
    ("command", "option"), [("why", "item"), ("story", "story"), ("follow", "story"), ("mute", "value")]
)
async def test_stories_are_suggested_by_reference_or_headline_and_mean_themselves(
    room: Room, command: str, option: str
) -> None:
    (value,) = await suggested(room, command, option, "number 117")
    assert value.startswith(f"{key_of(117)[:8]} · Copper story number 117")
    assert (await suggested(room, command, option, str(key_of(117)[:8]))) != []
    arguments = {option: value} | ({"kind": "story"} if command == "mute" else {})
    reply = judged(await room.catalog.run(command, arguments, MANAGER))
    assert "No item" not in reply.title


async def test_what_is_suggested_to_be_muted_is_muted_without_a_reason(room: Room) -> None:
    (story,) = await suggested(room, "mute", "value", "number 117")
    await room.catalog.run("mute", {"kind": "story", "value": story}, MANAGER)
    assert (await suggested(room, "mute", "value", "tra"))[0] == "trade"
    (outlet,) = await suggested(room, "mute", "value", "metal")
    await room.catalog.run("mute", {"kind": "source", "value": outlet}, MANAGER)
    assert [(mute.value, mute.reason) for mute in room.muted()] == [(story_of(117), ""), ("Metal Wire", "")]
    assert await suggested(room, "unmute", "value", "", GUEST) == [
        f"{story_of(117)} · Copper story number 117 <!channel> @everyone",
        "Metal Wire",
    ]
    assert await suggested(room, "unmute", "value", "", ALONE) == []
    for kind, value in (("story", f"{story_of(117)} · Copper"), ("source", "Metal Wire")):
        assert "No longer muted" in (await room.catalog.run("unmute", {"kind": kind, "value": value}, MANAGER)).title


async def test_what_somebody_follows_is_suggested_to_them_alone(room: Room) -> None:
    await room.ask(f"follow {STORY}")
    assert await suggested(room, "unfollow", "story", "dut") == [f"{STORY} · {samples.TITLE}"]
    assert await suggested(room, "unfollow", "story", "", GUEST) == []


async def test_commands_and_the_page_on_queries_are_suggested_for_help(room: Room) -> None:
    assert (await suggested(room, "help", "command", "se"))[0] == "search"
    assert await suggested(room, "help", "command", "query") == ["query"]
