"""The list of subscriptions on a real database of either kind: seen, ended, resumed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.deliver.card import plain
from bot.model import Destination
from bot.store import subscriptions
from bot.store.engine import Database
from tests.contract.story_room import ALONE, ANN, GUEST, MANAGER, Room, labels, room_of
from tests.contract.subscription_room import IN_CHANNEL, press, stored
from tests.fakes.clock import FakeClock
from tests.samples import SLACK


@pytest.fixture
def room(database: Database, clock: FakeClock) -> Room:
    return room_of(database, clock)


# --- the list -------------------------------------------------------------------------------------------------


async def test_the_list_shows_query_place_tier_hits_and_who(room: Room) -> None:
    assert "You subscribe to nothing." in await room.ask("subscriptions", ALONE)
    await room.ask("subscribe steel dm urgent")
    await room.ask("subscribe tin here")
    own, channels = stored(room, ANN, SLACK)
    reply = await room.reply("subscriptions")
    assert plain(reply.lines).splitlines() == [
        f"{own.id}. “steel” · to you · urgent and louder · 0 hits in a week",
        f"{channels.id}. “tin” · to this channel · everything · by Ann · 0 hits in a week",
    ]
    assert reply.menu is not None
    assert [command for _, command in reply.menu.choices] == [f"unsubscribe:{own.id}", f"unsubscribe:{channels.id}"]
    assert "tin" not in await room.ask("subscriptions", ALONE), "of a channel only there"


async def test_a_long_list_is_turned_over(room: Room) -> None:
    for number in range(20):
        await room.catalog.run_text(f"subscribe {'x' * 90}{number}", ALONE)
    first = await room.reply("subscriptions", ALONE)
    assert first.title == "Subscriptions: 8 of 20"
    numbers = [each.id for each in stored(room)]
    third = await press(room, await press(room, first, "More"), "More")
    assert third.title == f"Subscriptions from {numbers[16]}: 4 of 20"
    assert "More" not in labels(third)


async def test_the_number_to_begin_with_is_the_one_that_the_list_shows(room: Room) -> None:
    await room.ask("subscribe zinc", ALONE)
    await room.ask("unsubscribe zinc", ALONE)
    for query in ("steel", "tin", "copper"):
        await room.ask(f"subscribe {query}", ALONE)
    _, tin, copper = stored(room)
    for number in (f"{tin.id}", f"#{tin.id}", f"{tin.id}."):
        reply = await room.reply(f"subscriptions {number}", ALONE)
        assert [line.split(" ·")[0] for line in plain(reply.lines).splitlines()] == [
            f"{tin.id}. “tin”",
            f"{copper.id}. “copper”",
        ]
    for none in ("1234567", "tin", "0"):
        assert f"There is no subscription “{none}” in the list." in await room.ask(f"subscriptions {none}", ALONE)


# --- unsubscribe ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["{id}", "#{id}", "{id}.", "STEEL tin", "tin steel"])
async def test_one_is_ended_by_its_number_or_by_its_query(room: Room, how: str) -> None:
    await room.ask("subscribe steel AND tin" if how != "tin steel" else "subscribe tin steel", ALONE)
    await room.ask("subscribe zinc", ALONE)
    (made, _) = stored(room)
    shown = await room.ask("unsubscribe " + how.format(id=made.id), ALONE)
    assert "You are no longer subscribed" in shown
    assert [each.query for each in stored(room)] == ["zinc"]


async def test_without_a_name_one_is_chosen_from_a_menu(room: Room) -> None:
    assert "You subscribe to nothing." in await room.ask("unsubscribe", ALONE)
    for query in ("steel", "tin"):
        await room.ask(f"subscribe {query}", ALONE)
    reply = await room.reply("unsubscribe", ALONE)
    assert reply.menu is not None
    text, command = reply.menu.choices[1]
    assert "“tin” · to you" in text
    assert (await room.catalog.press(command, ALONE)).title == "You are no longer subscribed: “tin”"
    gone = await room.catalog.press(command, ALONE)
    assert "There is no subscription" in gone.title
    assert [each.query for each in stored(room)] == ["steel"]


async def test_ones_own_queries_are_suggested(room: Room) -> None:
    for query in ("steel OR tin", "Zinc"):
        await room.ask(f"subscribe {query}", ALONE)
    assert await room.catalog.suggest("unsubscribe", "which", "zi", IN_CHANNEL) == ["Zinc"]
    assert await room.catalog.suggest("unsubscribe", "which", "", GUEST) == []


# --- paused ---------------------------------------------------------------------------------------------------


async def test_what_is_paused_says_why_and_runs_again_by_its_button(room: Room) -> None:
    for query in ("steel", "tin", "zinc"):
        await room.ask(f"subscribe {query}", ALONE)
    assert "None of your subscriptions is paused." in await room.ask("subscriptions resume", ALONE)
    room.database.write_now(subscriptions.pause, ANN, "your direct messages are closed")
    reply = await room.reply("subscriptions", ALONE)
    assert plain(reply.lines).count("paused: your direct messages are closed") == 3
    first = stored(room)[0]
    assert (await press(room, reply, f"Resume {first.id}")).title == "You are subscribed: “steel”"
    assert [bool(each.paused) for each in stored(room)] == [False, True, True]
    assert "2 subscriptions run again." in (await press(room, reply, "Resume all")).title
    assert not any(each.paused for each in stored(room))


async def test_subscribing_to_what_is_paused_lets_it_run_again(room: Room) -> None:
    await room.ask("subscribe steel", ALONE)
    room.database.write_now(subscriptions.pause, ANN, "closed")
    assert "You are subscribed: “steel”" in await room.ask("subscribe steel", ALONE)
    assert [each.paused for each in stored(room)] == [""]


# --- beside other commands ------------------------------------------------------------------------------------


async def test_where_a_channel_subscribes_it_can_mute(room: Room) -> None:
    elsewhere = Destination("slack", "C0OTHER")
    there = replace(MANAGER, place=elsewhere)
    assert "No alerts come to this channel" in await room.ask("mute topic trade", there)
    await room.ask("subscribe steel here", there)
    assert "Muted in this channel" in await room.ask("mute topic trade", there)


async def test_what_people_write_cannot_break_an_answer(room: Room) -> None:
    for text in ("<!channel> @everyone", "`x` ~y~ [z](https://evil.example)", "x" * 900):
        await room.reply(f'subscribe "{text}"', ALONE)
    assert len(stored(room)) == 3
    for name in ("subscriptions", "unsubscribe", "subscribe title:" + "y" * 900):
        await room.reply(name, ALONE)
