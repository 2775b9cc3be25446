"""Mute and unmute on a real database of either kind: what they answer, and what they change."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.commands.muting import MOST_MUTES
from bot.commands.spec import Caller
from bot.deliver.card import plain
from bot.deliver.discord.embeds import reply_payload as discord_payload
from bot.model import Destination, Reason
from bot.store.engine import Database
from tests import samples
from tests.contract.story_room import (
    ALONE,
    ANN,
    ANSWER,
    BOB,
    GUEST,
    HOUR,
    LEAD,
    MANAGER,
    STORY,
    US,
    WHO,
    Room,
    enter,
    labels,
    never_asked,
    report,
    room_of,
    said,
)
from tests.fakes.clock import FakeClock
from tests.judges.discord import judge as judge_discord
from tests.samples import DISCORD, NOW, SLACK


@pytest.fixture
def room(database: Database, clock: FakeClock) -> Room:
    return room_of(database, clock)


# --- mute -------------------------------------------------------------------------------------------------


async def test_a_storys_mute_lasts_until_it_closes_and_can_be_undone(room: Room) -> None:
    reply = await room.reply(f"mute story {LEAD[:8]}")
    assert reply.title == f"Muted in this channel: the story “{samples.TITLE}”."
    assert "Until: the story closes\nBy: Ann\n" in plain(reply.lines)
    (mute,) = room.muted()
    assert (mute.value, mute.author, mute.author_name, mute.expires_at) == (STORY, ANN, "Ann", None)
    shown = await room.reply("story")
    assert "Muted by Ann until the story closes" in plain(shown.lines)
    assert labels(shown) == ["Follow", "Unmute", "Why"]
    undone = await room.press(reply, "Undo")
    assert undone.title == f"No longer muted in this channel: the story “{samples.TITLE}”."
    assert room.muted() == []


@pytest.mark.parametrize(
    ("text", "value", "hours", "reason"),
    [
        ("topic Trade", "trade", 168, ""),
        ("topic urgent for 3h", "urgent", 3, ""),
        ("source daily for 2d too noisy", "Daily", 48, "too noisy"),
        ('source "EXAMPLE WIRE" we know', "Example Wire", 168, "we know"),
        ('term "rare earths" for 90m for a while', "rare earths", 1.5, "for a while"),
        ("term Tin", "tin", 168, ""),
        ("term 关税 for=1h", "关税", 1, ""),
        ("term rare earths", "rare earths", 168, ""),
        (
            "term interest rate decision for 3d because it is known",
            "interest rate decision",
            72,
            "because it is known",
        ),
        ("term rare earths for=3d too noisy", "rare earths", 72, "too noisy"),
        ("term higher for longer for 3d", "higher for longer", 72, ""),
        ('term "higher for longer" we know', "higher for longer", 168, "we know"),
        ("source example wire", "Example Wire", 168, ""),
        ("source Example Wire for 12h too noisy", "Example Wire", 12, "too noisy"),
        ("topic market too noisy for 3h", "market", 3, "too noisy"),
        (f"story {STORY} for 2h", STORY, 2, ""),
    ],
)
async def test_everything_can_be_muted_for_a_time_and_for_a_reason(
    room: Room, text: str, value: str, hours: float, reason: str
) -> None:
    reply = await room.reply(f"mute {text}")
    (mute,) = room.muted()
    assert (mute.value, mute.reason, mute.expires_at) == (value, reason, NOW + hours * HOUR)
    assert mute.until in plain(reply.lines)
    assert "No longer muted" in (await room.press(reply, "Undo")).title
    assert room.muted() == []


async def test_pressed_twice_it_stays_as_it_was_and_a_new_time_replaces_the_old(room: Room) -> None:
    await room.ask("mute term tin for 2h first")
    other = replace(MANAGER, user=BOB, name="Bob")
    assert "Muted already in this channel: the term “tin”." in await room.ask("mute term tin", other)
    assert [mute.by for mute in room.muted()] == ["Ann"]
    await room.ask("mute term TIN for 5h", other)
    assert [(mute.by, mute.expires_at) for mute in room.muted()] == [("Bob", NOW + 5 * HOUR)]


async def test_mutes_lists_who_why_and_until_when(room: Room) -> None:
    assert "Nothing is muted in this channel." in await room.ask("mutes", GUEST)
    for text in ("term tin for 2h too much", "topic market", f"story {STORY}"):
        await room.ask(f"mute {text}")
    reply = await room.reply("mutes", GUEST)
    assert plain(reply.lines).splitlines() == [
        "1. The term “tin” · by Ann until 2025-05-07 10:00 UTC · too much",
        "2. The topic “market” · by Ann until 2025-05-14 08:00 UTC",
        f"3. The story “{samples.TITLE}” · {STORY} · by Ann until the story closes",
    ]
    assert "what is muted" in (await room.press(reply, "Unmute 2", GUEST)).title.lower()
    await room.press(reply, "Unmute 2")
    room.clock.advance(timedelta(days=2))
    assert "Nothing is muted in this channel." in await room.ask("mutes"), "one ran out, one closed"


@pytest.mark.parametrize("wanted", [STORY, LEAD, "https://news.example/2"])
async def test_a_storys_mute_is_ended_by_any_name_of_the_story(room: Room, wanted: str) -> None:
    await room.ask("mute story aaaaaaaa")
    assert "No longer muted" in await room.ask(f"unmute story {wanted}")


async def test_unmuting_what_is_not_muted_says_what_is(room: Room) -> None:
    assert "Nothing is muted here." in await room.ask("unmute term tin")
    await room.ask('mute term "rare earths"')
    shown = await room.ask("unmute term tin")
    assert "No term “tin” is muted here." in shown
    assert "Muted here: the term “rare earths”." in shown
    assert "No longer muted" in await room.ask("unmute term Rare Earths")


@pytest.mark.parametrize(
    ("text", "problem", "cure"),
    [
        ("mute", "“kind” is missing", "story, source, topic, term"),
        ("mute stroy x", "Did you mean story?", "Usage: /wire mute <kind> <value> [for …] [reason]"),
        ("mute term", "“value” is missing", "Example: /wire mute term rare earths for 3d"),
        ("mute topic trad", "A topic is one of trade, market, urgent, not “trad”. Did you mean trade?", "help mute"),
        ("mute source Daily too noisy", "No source or outlet “Daily too noisy” is known.", "Did you mean “Daily”?"),
        ("mute source Daily for ever", "“ever” is not a time to mute for", "for 3d"),
        ("mute topic market for ever", "“ever” is not a time to mute for", "for 3d"),
        ("mute term higher for longer", "“longer” is not a time", 'mute term "higher for longer" for 3d'),
        ("mute term for 3d", "“3d” is not a time to mute for", "help mute"),
        ('mute term ""', "no letter or digit", "help mute"),
        ('mute story ""', "No item", "6 characters"),
        ("mute story aaaaa", "No item “aaaaa” is stored.", "6 characters of it at least"),
        ("mute source dialy", "No source or outlet “dialy” is known.", "Did you mean “Daily”?"),
        ("mute source zzzzzzzz", "No source or outlet", "Known: “Daily”, “Example Wire”."),
        ("mute term !!!", "no letter or digit", "help mute"),
        (f"mute term {'x' * 81}", "at most 80", "help mute"),
        ("mute term tin for ever", "“ever” is not a time to mute for", "for 3d"),
        ("mute term tin for 5s", "“5s” is not a time to mute for", "for 3d"),
        ("mute term tin for", "quotes go around it", "help mute"),
        ("unmute term", "“value” is missing", "/wire unmute topic market"),
    ],
)
async def test_what_makes_no_sense_changes_nothing_and_is_told_what_does(
    room: Room, text: str, problem: str, cure: str
) -> None:
    shown = await room.ask(text)
    assert problem in shown
    assert cure in shown
    assert room.muted() == []


async def test_a_story_that_is_closed_need_not_be_muted(room: Room) -> None:
    room.clock.advance(timedelta(days=3))
    assert "it is closed" in await room.ask(f"mute story {STORY}")
    assert room.muted() == []


async def test_what_people_write_is_kept_on_one_line_and_in_bounds(room: Room) -> None:
    shouting = replace(MANAGER, name="A\nnn\u202e" + "n" * 100)
    await room.catalog.run("mute", {"kind": "topic", "value": "trade", "reason": "why\n\u202e" + "y" * 300}, shouting)
    (mute,) = room.muted()
    assert mute.author_name.isprintable()
    assert mute.reason.isprintable()
    assert (len(mute.author_name), len(mute.reason)) == (60, 200)
    assert judge_discord(*ANSWER, discord_payload(await room.reply("mutes"))) == []


async def test_a_place_keeps_only_so_many_mutes(room: Room) -> None:
    for number in range(MOST_MUTES):
        await room.catalog.run_text(f"mute term tin{number}", MANAGER)
    assert f"{MOST_MUTES} things are muted here already." in await room.ask("mute term zinc")
    assert "Muted in this channel" in await room.ask("mute term tin0 for 1h"), "one of them may change"
    room.clock.advance(timedelta(days=8))
    assert "Muted in this channel" in await room.ask("mute term zinc"), "what has run out does not count"


# --- names as they are -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "value", "muted"),
    [
        ("source", '"Example Wire"', "Example Wire"),
        ("source", "Example Wire", "Example Wire"),
        ("term", '"rare earths"', "rare earths"),
        ("term", "“rare earths”", "rare earths"),
        ("term", "rare earths for 3d", "rare earths"),
        ("topic", '"trade"', "trade"),
        ("story", f'"{STORY}"', STORY),
    ],
)
async def test_a_typed_option_is_read_like_written_text(room: Room, kind: str, value: str, muted: str) -> None:
    await room.catalog.run("mute", {"kind": kind, "value": value}, MANAGER)
    assert [mute.value for mute in room.muted()] == [muted]
    lifted = await room.catalog.run("unmute", {"kind": kind, "value": value.removesuffix(" for 3d")}, MANAGER)
    assert "No longer muted" in lifted.title


@pytest.mark.parametrize(
    ("outlet", "typed"),
    [
        ("“Quoted” Daily", "“Quoted” Daily"),
        ("“Quoted” Daily", '"Quoted" Daily'),  # as Slack sends it
        ('The "Wire"', 'The "Wire"'),
        ('"Whole"', '"Whole"'),
        ("O" * 100, "O" * 100),
        ("O" * 100, f'"{"O" * 100}"'),
        ("Wire, kind=story", "Wire, kind=story"),
        ("For 3d", "For 3d"),
        ("News for 3d printers", '"News for 3d printers"'),
    ],
)
async def test_an_outlet_is_muted_by_its_name_whatever_that_holds(room: Room, outlet: str, typed: str) -> None:
    room.database.write_now(report, 7, outlet, [US], None, Reason.FIRST)
    named = {"kind": "source", "value": typed}
    reply = await room.catalog.run("mute", named, MANAGER)
    assert [mute.value for mute in room.muted()] == [outlet]
    assert "No longer muted" in (await room.press(reply, "Undo")).title
    await room.catalog.run("mute", named, MANAGER)
    assert "No longer muted" in (await room.catalog.run("unmute", named, MANAGER)).title
    assert room.muted() == []


async def test_a_mute_of_a_quoted_name_is_ended_before_that_of_the_name_within(room: Room) -> None:
    for number, outlet in ((7, "Whole"), (8, '"Whole"')):
        room.database.write_now(report, number, outlet, [US], None, Reason.FIRST)
        await room.catalog.run("mute", {"kind": "source", "value": outlet}, MANAGER)
    await room.catalog.run("unmute", {"kind": "source", "value": '"Whole"'}, MANAGER)
    assert [mute.value for mute in room.muted()] == ["Whole"]


# --- where -----------------------------------------------------------------------------------------------


async def test_where_no_route_sends_anything_nothing_is_claimed_to_be_silent(room: Room) -> None:
    elsewhere = replace(MANAGER, place=Destination("slack", "C0OTHER"), may_manage=never_asked)
    for text in (f"mute story {STORY}", "mute topic trade", "mutes"):
        shown = await room.ask(text, elsewhere)
        assert "No alerts come to this channel" in shown
        assert "No route in routes.toml names slack:C0OTHER." in shown
    assert room.muted(elsewhere.place) == []


async def test_what_is_muted_where_a_route_once_sent_it_is_still_listed(room: Room) -> None:
    await room.ask("mute topic trade")
    unrouted = enter(room.database, room.clock, to=())
    assert "The topic “trade”" in await unrouted.ask("mutes")
    assert "No longer muted" in await unrouted.ask("unmute topic trade")


async def test_in_a_thread_the_mute_is_the_channels(room: Room) -> None:
    thread = Destination("discord", "777")
    within = replace(MANAGER, place=DISCORD, thread=thread)
    await room.ask("mute topic trade", within)
    assert [mute.place for mute in room.muted(DISCORD, thread)] == [DISCORD]


async def test_a_thread_that_a_route_names_is_a_place_of_its_own(room: Room) -> None:
    thread = Destination("discord", "777")
    routed = enter(room.database, room.clock, to=(DISCORD, thread))
    await routed.ask("mute topic trade", replace(MANAGER, place=DISCORD, thread=thread))
    assert [mute.place for mute in routed.muted(DISCORD, thread)] == [thread]


# --- who may ----------------------------------------------------------------------------------------------


async def test_who_may_not_is_told_who_may_and_what_they_can_do(room: Room) -> None:
    reply = await room.reply(f"mute story {STORY}", GUEST)
    shown = said(reply)
    assert "for those who manage it to say" in shown
    assert WHO in shown
    assert "what you mute in direct messages with me is muted for you alone" in shown
    assert room.muted() == []
    assert (await room.press(reply, "Follow", GUEST)).title == "You follow this story now."
    assert labels(await room.reply("mute topic trade", GUEST)) == []


async def test_who_may_not_mute_may_not_unmute(room: Room) -> None:
    reply = await room.reply("mute topic trade")
    assert WHO in said(await room.press(reply, "Undo", GUEST))
    assert len(room.muted()) == 1


async def test_in_direct_messages_everybody_mutes_for_themselves(room: Room) -> None:
    reply = await room.reply(f"mute story {STORY} too much", ALONE)
    assert reply.title == f"Muted for you: the story “{samples.TITLE}”."
    assert [mute.place for mute in room.muted(SLACK, ANN)] == [ANN]
    assert "Muted for you" in await room.ask("mutes", ALONE)
    assert "Nothing is muted in this channel." in await room.ask("mutes")
    assert (await room.press(reply, "Undo", ALONE)).title.startswith("No longer muted for you")


async def test_the_owners_managers_may_everywhere_and_no_platform_is_asked(room: Room) -> None:
    owned = enter(room.database, room.clock, managers=frozenset({BOB}))
    for place in (SLACK, DISCORD):
        await owned.ask("mute topic trade", Caller(user=BOB, place=place, may_manage=never_asked))
    assert [mute.by for mute in owned.muted(SLACK, DISCORD)] == ["slack:@UBOB"] * 2


async def test_a_connection_that_does_not_say_who_may_refuses(room: Room) -> None:
    assert "does not say who may" in await room.ask("mute topic trade", Caller(user=ANN, place=SLACK))
