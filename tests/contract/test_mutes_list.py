"""The list of what is muted: everything in it can be ended from it, however much there is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.commands.muting import MOST_MUTES
from bot.commands.spec import Caller
from bot.deliver.card import Reply, plain
from bot.deliver.discord.embeds import reply_payload as discord_payload
from bot.deliver.slack.blocks import reply_payload as slack_payload
from bot.model import ItemKey, Reason, StoryId
from bot.store import news
from bot.store.engine import Database
from tests import samples
from tests.contract.story_room import ANSWER, GUEST, MANAGER, STORY, US, Room, labels, report, room_of, said
from tests.fakes.clock import FakeClock
from tests.judges.discord import judge as judge_discord
from tests.judges.slack import judge as judge_slack
from tests.samples import NOW

LONG = "x" * 300


@pytest.fixture
def room(database: Database, clock: FakeClock) -> Room:
    return room_of(database, clock)


def name(number: int) -> str:
    """The id of a story that add_stories adds."""
    return f"c{number:011x}"


def add_stories(connection: sa.Connection, first: int, last: int) -> None:
    for number in range(first, last):
        story_id, key = StoryId(name(number)), ItemKey(f"{number + 500:016x}")
        title = f"Story number {number} <!channel> {LONG}"
        news.add_story(connection, samples.story(id=story_id, key=story_id, lead=key, title=title, updated_at=NOW))
        item = samples.item(key=key, title=title, url=f"https://news.example/s{number}")
        news.add_item(connection, item, story_id, samples.verdict())


async def pages(room: Room, caller: Caller = MANAGER) -> list[Reply]:
    found = [await room.reply("mutes", caller)]
    while "More" in labels(found[-1]):
        found.append(await room.press(found[-1], "More", caller))
        assert judge_slack(slack_payload(found[-1])) == []
        assert judge_discord(*ANSWER, discord_payload(found[-1])) == []
    return found


async def test_every_mute_is_shown_once_with_what_ends_it(room: Room) -> None:
    room.database.write_now(add_stories, 0, 30)
    for number in range(30):
        await room.ask(f"mute story {name(number)} for 3d a reason {'y' * 180}")
    shown = await pages(room)
    assert len(shown) == 8
    assert (shown[0].title, shown[-1].title) == (
        "Muted in this channel: 1 to 4 of 30",
        "Muted in this channel: 29 to 30 of 30",
    )
    for number in range(30):
        assert sum(said(page).count(f"Story number {number} ") for page in shown) == 1
        assert sum(said(page).count(f"{name(number)}") for page in shown) == 1
    for page in shown:
        for payload in (slack_payload(page), discord_payload(page)):
            drawn = str(payload)
            assert all(label in drawn for label in labels(page)), "no button is left out"
    for page in reversed(shown):
        for label in labels(page):
            if label != "More":
                assert "No longer muted" in (await room.press(page, label)).title
    assert room.muted() == []


async def test_a_story_is_unmuted_by_the_id_in_the_list(room: Room) -> None:
    room.database.write_now(add_stories, 0, 3)
    for number in range(3):
        await room.ask(f"mute story {name(number)}")
    assert "No longer muted in this channel: the story “Story number 1" in await room.ask(f"unmute story {name(1)}")
    refusal = await room.reply("unmute story Story number 2")
    assert f"{name(2)}" in plain(refusal.lines)
    assert (await room.press(refusal, "Mutes")).title == "Muted in this channel"


async def test_names_that_no_button_can_carry_have_buttons_all_the_same(room: Room) -> None:
    outlets = ("O" * 100, "“Quoted” Daily", "Wire, kind=story", "Ümläut ✓" * 9)
    for number, outlet in enumerate(outlets, 7):
        room.database.write_now(report, number, outlet, [US], None, Reason.FIRST)
        await room.catalog.run("mute", {"kind": "source", "value": outlet}, MANAGER)
    (page,) = await pages(room)
    custom_ids = [button["custom_id"] for row in discord_payload(page)["components"] for button in row["components"]]
    assert len(custom_ids) == 4
    for custom_id in custom_ids:
        await room.catalog.press(custom_id.removeprefix("wire:"), MANAGER)
    assert room.muted() == []


async def test_a_button_of_the_list_means_its_mute_though_others_ended_before(room: Room) -> None:
    for term in ("tin", "zinc", "lead"):
        await room.ask(f"mute term {term}")
    (page,) = await pages(room)
    await room.press(page, "Unmute 1")
    await room.press(page, "Unmute 2")
    assert [mute.value for mute in room.muted()] == ["lead"]
    assert "is muted here" in (await room.press(page, "Unmute 2")).title
    assert [mute.value for mute in room.muted()] == ["lead"]


@pytest.mark.parametrize("start", ["0", "3", "-1", "two", "9" * 12, "²"])
async def test_a_number_that_is_none_is_answered_with_how_many_there_are(room: Room, start: str) -> None:
    for term in ("tin", "zinc"):
        await room.ask(f"mute term {term}")
    reply = await room.reply(f"mutes {start}")
    assert reply.title == f"There are 2 mutes here, and “{start}” is no number of one."
    assert "tin" in plain((await room.press(reply, "Mutes")).lines)


async def test_stories_that_closed_take_no_room(room: Room) -> None:
    room.database.write_now(add_stories, 0, MOST_MUTES)
    for number in range(MOST_MUTES):
        await room.catalog.run_text(f"mute story {name(number)}", MANAGER)
    assert "things are muted here already" in await room.ask("mute topic trade")
    room.clock.advance(timedelta(days=5))
    assert "Nothing is muted in this channel." in await room.ask("mutes")
    assert "Muted in this channel: the topic “trade”." in await room.ask("mute topic trade")


async def test_who_may_not_end_a_mute_may_read_the_list(room: Room) -> None:
    await room.ask(f"mute story {STORY}")
    (page,) = await pages(room, GUEST)
    assert "by Ann" in plain(page.lines)
    await room.press(page, "Unmute 1", replace(GUEST))
    assert len(room.muted()) == 1
