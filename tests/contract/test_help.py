"""Help on commands and on queries; that its examples work when copied is tested where the whole program runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.model import Destination
from bot.routing.guide import EXAMPLES
from bot.routing.query import parse
from bot.store import audience
from bot.store.engine import Database
from tests.contract.story_room import GUEST, Room, enter, labels, room_of, said
from tests.fakes.clock import FakeClock
from tests.samples import DISCORD, SLACK


@pytest.fixture
def room(database: Database, clock: FakeClock) -> Room:
    return room_of(database, clock)


async def test_help_puts_in_what_there_is(room: Room) -> None:
    last = room.database.read_now(audience.last_told_item, SLACK)
    assert last is not None
    assert f"Example: /wire why {last[:8]}" in await room.ask("help why")
    assert 'Example: /wire mute source "Example Wire" too much of it' in await room.ask("help mute")


async def test_on_discord_examples_name_their_options(room: Room) -> None:
    there = replace(GUEST, user=Destination("discord", "7", person=True), place=DISCORD)
    shown = await room.ask("help search", there)
    assert 'Example: /wire search query:"rare earths" OR 稀土 since:7d' in shown
    assert "Example: /wire search query:topic:trade country:CN -crypto" in shown
    muting = await room.ask("help mute", there)
    assert "Example: /wire mute kind:term value:rare earths for:3d reason:too much of it" in muting
    assert "Try one: /wire search query:tarif* country:CN" in await room.ask("help query", there)
    assert "With examples: /wire help command:latest." in await room.ask("help", there)
    assert "Example: /wire search tariff*" in await room.ask("help search"), "as it is typed, on Slack"


async def test_on_an_empty_desk_help_shows_the_examples_as_they_are(database: Database, clock: FakeClock) -> None:
    shown = await enter(database, clock).ask("help why")
    assert "Example: /wire why 3f9a6c01" in shown


async def test_the_overview_names_every_command_and_where_to_read_on(room: Room) -> None:
    reply = await room.reply("help", GUEST)
    for command in room.catalog.commands:
        assert f"{command.usage}: {command.help}" in said(reply)
    assert "How queries are written" in (await room.press(reply, "How queries are written")).title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("help search", "/wire search"),
        ("help SEARCH", "/wire search"),
        ("help /wire search", "/wire search"),
        ("help mute term", "/wire mute"),
        ("help query", "How queries are written"),
        ("help lates", "There is no command “lates”."),
        ("help querry", "There is no command “querry”."),
        ("help zzz", "There is no command “zzz”."),
        (f"help {'z' * 300}", f"There is no command “{'z' * 40}”."),
    ],
)
async def test_help_answers_whatever_is_asked(room: Room, text: str, title: str) -> None:
    assert (await room.reply(text)).title == title


async def test_an_unknown_command_is_answered_with_the_nearest_one_as_a_button(room: Room) -> None:
    reply = await room.reply("help serach")
    assert "Did you mean search?" in said(reply)
    assert labels(reply) == ["Help on search"]
    assert (await room.press(reply, "Help on search")).title == "/wire search"
    assert labels(await room.reply("help zzz")) == []


def test_the_page_on_queries_shows_queries() -> None:
    assert len(EXAMPLES) == 10
    for example, finds in EXAMPLES:
        assert parse(example).text == example
        assert finds


async def test_the_examples_on_queries_can_be_searched_for(room: Room) -> None:
    for example, _ in EXAMPLES:
        assert example in (await room.reply(f"search {example}")).title
