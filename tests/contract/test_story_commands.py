"""The story page and Follow on a real database of either kind: what they answer, and what they change."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.commands.following import MOST_FOLLOWED
from bot.deliver.card import plain
from bot.deliver.discord.embeds import reply_payload as discord_payload
from bot.deliver.slack.blocks import reply_payload as slack_payload
from bot.model import ItemKey, Rate, Reason, StoryId, fact_key
from bot.store import audience, follows, news
from bot.store.engine import Database
from tests import samples
from tests.contract.story_room import (
    ALONE,
    ANN,
    ANSWER,
    BOB,
    FIVE,
    GUEST,
    HOUR,
    LEAD,
    MANAGER,
    STORY,
    TARIFF,
    TEN,
    US,
    Room,
    labels,
    report,
    room_of,
    said,
    story_of,
)
from tests.fakes.clock import FakeClock
from tests.judges.discord import judge as judge_discord
from tests.judges.slack import judge as judge_slack
from tests.samples import NOW, SLACK


@pytest.fixture
def room(database: Database, clock: FakeClock) -> Room:
    return room_of(database, clock)


# --- the story page ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", ["", STORY, LEAD, "aaaaaaaa", "https://news.example/1"])
async def test_the_page_shows_the_story_report_by_report(room: Room, wanted: str) -> None:
    reply = await room.reply(f"story {wanted}")
    assert reply.title == samples.TITLE
    assert plain(reply.lines).splitlines() == [
        "3 reports from 2 outlets (Example Wire, Daily) · alert · aaaaaaaaaaaa",
        "First 2025-05-07 08:00 UTC, last 2025-05-07 11:00 UTC",
        "Direction: escalation since 2025-05-07 08:00 UTC → de-escalation since 2025-05-07 10:00 UTC",
        f"2025-05-07 08:00 UTC · Example Wire · {samples.TITLE} · first told",
        "↳ Parties: US; Measures: tariff (announced)",
        f"2025-05-07 09:00 UTC · Daily · {samples.TITLE} · new fact",
        "↳ Rates: 10% tariff",
        f"2025-05-07 10:00 UTC · wire · {samples.TITLE}",
        "↳ Rates: 5% tariff",
    ]
    assert labels(reply) == ["Follow", "Mute", "Why"]
    moments = [run.when for line in reply.lines for run in line if run.when]
    assert moments[-3:] == [NOW, NOW + HOUR, NOW + 2 * HOUR], "each reader sees their own zone"


async def test_escalations_corrections_and_withdrawals_are_marked(room: Room) -> None:
    def turn(connection: sa.Connection) -> None:
        for number, reason in ((1, Reason.ESCALATED), (1, Reason.CORRECTION), (2, Reason.WITHDRAWN)):
            notice = samples.notice(item_key=ItemKey(f"{number:016x}"), story_id=STORY, reason=reason)
            audience.save_decision(connection, notice)
        news.update_story(connection, replace(story_of(3), mark="withdrawn", mark_note="the agency took it back"))

    room.database.write_now(turn)
    shown = await room.ask("story")
    assert (
        "Daily · Ministers agree to suspend steel duties for ninety days · new fact, escalation, correction" in shown
    )
    assert "wire · Ministers agree to suspend steel duties for ninety days · withdrawal" in shown
    assert "WITHDRAWN: the agency took it back" in shown


async def test_a_long_story_is_read_page_by_page_each_report_once(room: Room) -> None:
    def grow(connection: sa.Connection) -> None:
        for number in range(3, 40):
            fact = Rate(value=float(number * 100), of="tariff", span=samples.span())
            hostile = f"<!channel> @everyone *{number}* {'x' * 400}"
            report(connection, number, f"Outlet {number}", [fact], "neutral", Reason.NEW_FACT, hostile)

    room.database.write_now(grow)
    reply, pages = await room.reply("story"), []
    while True:
        pages.append(said(reply))
        if "More" not in labels(reply):
            break
        reply = await room.press(reply, "More")
        assert judge_slack(slack_payload(reply)) == []
        assert judge_discord(*ANSWER, discord_payload(reply)) == []
    assert len(pages) > 4
    for number in range(3, 40):
        assert sum(page.count(f"· Outlet {number} ·") for page in pages) == 1
        assert sum(page.count(f"Rates: {number * 100:,}% tariff") for page in pages) == 1
    assert "(from report " in pages[1]
    assert "Direction:" not in pages[1]
    assert "Follow" in labels(reply)


async def test_the_directions_of_a_restless_story_are_cut_to_the_last(room: Room) -> None:
    def turn(connection: sa.Connection) -> None:
        for number in range(3, 9):
            report(connection, number, "", [], "escalation" if number % 2 else "neutral", Reason.NOTHING_NEW)

    room.database.write_now(turn)
    assert "Direction: … → escalation since 2025-05-07 13:00 UTC → neutral since" in await room.ask("story")


@pytest.mark.parametrize("start", ["0", "4", "-1", "two", "9" * 12, "²"])
async def test_a_page_that_is_none_is_answered_with_those_there_are(room: Room, start: str) -> None:
    shown = await room.ask(f"story {STORY} {start}")
    assert f"“{start}” is no report of this story: it has 3 reports." in shown
    assert "start is a number from 1 to 3" in shown


async def test_a_story_that_is_not_stored_is_refused_with_what_helps(room: Room) -> None:
    for command in ("story", "follow", "unfollow", "mute story"):
        assert "No item “zzzz” is stored." in await room.ask(f"{command} zzzz")


async def test_without_a_story_those_that_one_follows_are_listed(room: Room) -> None:
    assert "Nothing was told here yet, and you follow no story." in await room.ask("story", ALONE)
    await room.ask(f"follow {STORY}", ALONE)
    reply = await room.reply("story", ALONE)
    assert reply.title == "Stories you follow"
    assert f"1. {samples.TITLE} · {STORY}" in plain(reply.lines)
    assert (await room.press(reply, "Story 1", ALONE)).title == samples.TITLE

    other = samples.story(id=StoryId("bbbbbbbbbbbb"), key="b", lead=ItemKey("b" * 16), title="Quotas end")
    room.database.write_now(news.add_story, other)
    room.database.write_now(follows.follow, ANN, other.id, now=NOW)
    shown = await room.ask("story")
    assert "You also follow\n1. Quotas end · bbbbbbbbbbbb" in shown
    assert "You follow it." in shown
    assert "Quotas end" not in await room.ask(f"story {STORY}")
    assert "Quotas end" not in await room.ask("story", GUEST)


# --- follow -----------------------------------------------------------------------------------------------


async def test_a_follow_counts_what_is_known_as_told(room: Room) -> None:
    reply = await room.reply("follow", GUEST)
    assert reply.title == "You follow this story now."
    assert "by direct message" in plain(reply.lines)
    told = room.database.read_now(audience.told_about, STORY, [BOB])[BOB]
    assert told.fact_keys >= {fact_key(fact) for fact in (US, TARIFF, TEN, FIVE)}
    again = await room.reply(f"follow {LEAD}", GUEST)
    assert again.title == "You follow this story already."
    assert room.followers() == [BOB]
    assert labels(await room.reply("story", GUEST)) == ["Unfollow", "Mute", "Why"]
    assert (await room.press(reply, "Unfollow", GUEST)).title == "You no longer follow this story."
    assert room.followers() == []
    assert (await room.reply("unfollow", GUEST)).title == "You did not follow this story."


async def test_to_follow_takes_ones_own_mute_back_and_leaves_the_channels(room: Room) -> None:
    for caller in (ALONE, MANAGER):
        await room.ask(f"mute story {STORY}", caller)
    shown = await room.ask("follow")
    assert "You had muted it for yourself; that is taken back." in shown
    assert [mute.place for mute in room.muted(SLACK, ANN)] == [SLACK]


async def test_a_story_that_is_closed_can_be_followed_and_that_is_said(room: Room) -> None:
    room.clock.advance(timedelta(days=3))
    assert "it is closed, so only corrections and withdrawals" in await room.ask("follow")


async def test_nobody_follows_without_end(room: Room) -> None:
    def fill(connection: sa.Connection) -> None:
        for number in range(MOST_FOLLOWED):
            story = samples.story(id=StoryId(f"{number:012}"), key=f"{number}")
            news.add_story(connection, story)
            follows.follow(connection, ANN, story.id, now=NOW)

    room.database.write_now(fill)
    assert f"You follow {MOST_FOLLOWED} stories already." in await room.ask("follow")
    assert "… and more" in await room.ask("story")
