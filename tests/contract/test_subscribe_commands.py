"""Subscribing on a real database of either kind: what is asked for, what is answered, and who may."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.commands.spec import Mistake
from bot.commands.subscribing import LONGEST_LOOK_S, Subscribing, subscribe_commands
from bot.deliver.card import plain
from bot.model import Destination, ItemKey, StoryId, Tier
from bot.routing.subscriptions import MOST_AT_ONE_PLACE, UNCONFIRMED
from bot.store import news
from bot.store.engine import Database
from tests import samples
from tests.contract.story_room import (
    ALONE,
    ANN,
    BOB,
    GUEST,
    MANAGER,
    WHO,
    Room,
    enter,
    labels,
    never_asked,
    room_of,
    said,
)
from tests.contract.subscription_room import IN_CHANNEL, press, stored
from tests.fakes.clock import FakeClock
from tests.samples import NOW, SLACK

HOUR = timedelta(hours=1)


@pytest.fixture
def room(database: Database, clock: FakeClock) -> Room:
    return room_of(database, clock)


def read(room: Room, titles: Iterable[str]) -> None:
    """Items newer than those of the room, the newest first; every second one is flagged."""

    def save(connection: sa.Connection) -> None:
        news.add_story(connection, samples.story(id=StoryId("b" * 12), key="b" * 12))
        for number, title in enumerate(titles):
            at = NOW + 4 * HOUR - number * timedelta(minutes=5)
            item = samples.item(
                key=ItemKey(f"{number + 256:016x}"),
                title=title,
                summary="",
                outlet="Daily",
                published_at=at,
                seen_at=at,
            )
            news.add_item(connection, item, StoryId("b" * 12), samples.verdict(labels=("trade",) * (number % 2)))

    room.database.write_now(save)


# --- subscribe ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "query", "place", "tier"),
    [
        ("tarif* country:CN", "tarif* country:CN", ANN, Tier.DIGEST),
        ('"rare earths" dm urgent', '"rare earths"', ANN, Tier.URGENT),
        ("“rare earths” flash", "“rare earths”", ANN, Tier.FLASH),
        ("topic:trade -steel here alert", "topic:trade -steel", SLACK, Tier.ALERT),
        ("tin here", "tin", SLACK, Tier.DIGEST),
        ("here source:ustr", "source:ustr", SLACK, Tier.DIGEST),
        ("tin urgent here", "tin", SLACK, Tier.URGENT),
        ('tin "urgent"', 'tin "urgent"', ANN, Tier.DIGEST),
        ("tier>=urgent rate>10", "tier>=urgent rate>10", ANN, Tier.DIGEST),
        ("urgent", "urgent", ANN, Tier.DIGEST),
        ("trade urgent tier=alert", "trade urgent", ANN, Tier.ALERT),
        ("关税 OR 貿易", "关税 OR 貿易", ANN, Tier.DIGEST),
        ("tar\u00adiff\u202e", "tariff", ANN, Tier.DIGEST),
    ],
)
async def test_what_is_typed_is_read_as_query_place_and_tier(
    room: Room, typed: str, query: str, place: Destination, tier: Tier
) -> None:
    reply = await room.reply(f"subscribe {typed}")
    (made,) = stored(room, ANN, SLACK)
    assert (made.query, made.place, made.tier, made.paused) == (query, place, tier, "")
    assert (made.owner, made.owner_name, made.made_in) == (ANN, "Ann", SLACK)
    assert "subscribed: “" in reply.title
    undone = await press(room, reply, "Undo") if place == ANN else await room.press(reply, "Undo")
    assert "no longer subscribed" in undone.title
    assert stored(room, ANN, SLACK) == []


async def test_typed_options_are_taken_as_they_are(room: Room) -> None:
    await room.catalog.run("subscribe", {"query": "steel urgent", "where": "here", "tier": "alert"}, MANAGER)
    (made,) = stored(room, SLACK)
    assert (made.query, made.tier) == ("steel urgent", Tier.ALERT)


async def test_the_answer_says_how_much_it_would_have_matched_and_shows_some(room: Room) -> None:
    read(room, ["Steel prices rise", "Steel quota ends", "Tomato recipes"])
    shown = await room.ask("subscribe steel dm alert", IN_CHANNEL)
    assert "it would have matched 5 of 6 items, 4 told at once." in shown
    assert "Told by direct message, at once: what matches and is an alert or louder." in shown
    assert "Steel quota ends · Daily · " in shown
    assert "Steel prices rise" not in shown
    none = await room.ask("subscribe copper", IN_CHANNEL)
    assert "it would have matched 0 of 6 items, 0 told at once." in none


async def test_where_nothing_was_read_it_says_so(database: Database, clock: FakeClock) -> None:
    shown = await enter(database, clock).ask("subscribe steel", IN_CHANNEL)
    assert "Nothing has been read since" in shown


async def test_what_was_read_before_the_last_week_does_not_count(room: Room) -> None:
    room.clock.advance(timedelta(days=8))
    assert "Nothing has been read since" in await room.ask("subscribe steel", IN_CHANNEL)


async def test_what_matches_a_large_share_is_saved_by_a_button_only(room: Room) -> None:
    read(room, ["Steel prices rise"] * 20 + ["Tomato recipes"] * 40)
    reply = await room.reply("subscribe steel", IN_CHANNEL)
    assert reply.title == ("That is a lot: it would have matched 23 of 63 items. Not subscribed yet: “steel”")
    assert "It would tell by direct message, at once" in plain(reply.lines)
    assert labels(reply) == ["Subscribe all the same", "Do not"]
    assert [each.paused for each in stored(room)] == [UNCONFIRMED]
    again = await room.reply("subscribe STEEL", IN_CHANNEL)
    assert again.title.startswith("That is a lot")
    restarted = enter(room.database, room.clock)
    await room.ask("subscriptions resume all")
    assert [each.paused for each in stored(room)] == [UNCONFIRMED], "it is resumed by itself only"
    for _ in range(2):
        assert (await press(restarted, reply, "Subscribe all the same")).title == "You are subscribed: “steel”"
    assert [each.paused for each in stored(room)] == [""]
    assert (await room.reply("subscribe steel", IN_CHANNEL)).title == "You are subscribed already: “steel”"


async def test_what_matches_too_much_can_be_left(room: Room) -> None:
    read(room, ["Steel prices rise"] * 60)
    reply = await room.reply("subscribe steel", IN_CHANNEL)
    await press(room, reply, "Do not")
    assert stored(room) == []
    assert "There is no subscription" in (await press(room, reply, "Subscribe all the same")).title


async def test_a_look_back_that_takes_long_stops_and_says_from_when_on_it_counted(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(room, ["Steel prices rise"] * 20)
    monkeypatch.setattr("bot.commands.subscribing.PORTION", 5)
    ticks: Iterator[float] = iter([0.0, 0.1, LONGEST_LOOK_S + 1])
    desk = Subscribing(database=room.database, clock=room.clock, managers=frozenset(), timer=lambda: next(ticks))
    command = subscribe_commands(desk)[0]
    shown = said(await command.run(ALONE, {"query": "steel"}))
    assert "it would have matched 10 of 10 items" in shown
    assert f"Since {NOW + 4 * HOUR - timedelta(minutes=45):%Y-%m-%d %H:%M} UTC" in shown


@pytest.mark.parametrize(
    ("query", "problem", "marked", "correction"),
    [
        ("topic:trad", "“trad” is no topic; did you mean trade?", "topic:▸trad◂", "topic:trade"),
        ("(steel OR tin", "This bracket is not closed.", "▸(◂steel OR tin", "(steel OR tin)"),
        ('"rare earths', "This quote is not closed.", '▸"◂rare earths', '"rare earths"'),
        ("titel:steel", "There is no field “titel”; did you mean title?", "▸titel◂:steel", "title:steel"),
        ("steel OR", "Nothing follows OR; to look for the word itself, put it in quotes.", "steel ▸OR◂", None),
        ("/tar.*/", "There are no regular expressions here", "▸/◂", None),
        ("!!!", "is no sign of this language", "▸!◂", None),
    ],
)
async def test_a_wrong_query_is_marked_and_corrected_and_nothing_is_saved(
    room: Room, query: str, problem: str, marked: str, correction: str | None
) -> None:
    reply = await room.catalog.run("subscribe", {"query": query, "where": "dm", "tier": "alert"}, IN_CHANNEL)
    shown = said(reply)
    assert problem in shown
    assert marked in shown
    assert stored(room) == []
    if correction is None:
        assert labels(reply) == []
    else:
        assert f"Perhaps you mean: {correction}" in shown
        await press(room, reply, "Use this")
        (made,) = stored(room)
        assert (made.query, made.tier) == (correction, Tier.ALERT)


@pytest.mark.parametrize(
    ("text", "problem", "cure"),
    [
        ("subscribe", "“query” is missing", "Usage: /wire subscribe <query> [where] [tier]"),
        ("subscribe steel tier=loud", "tier is one of digest, alert, urgent, flash", "/wire subscribe"),
        (
            "subscribe steel where=there",
            "where is one of here, dm, not “there”. Did you mean here?",
            "/wire subscribe",
        ),
        (f"subscribe {'x ' * 300}", "a query has at most 64 terms".capitalize(), "▸x◂"),
        ("subscribe here", "“here” says where, and there is no query beside it.", "/wire subscribe tariff* here"),
        ("subscriptions resume 7", "There is no subscription “7” of yours.", ""),
        ("unsubscribe zinc", "There is no subscription “zinc” of yours.", ""),
    ],
)
async def test_wrong_input_changes_nothing_and_is_told_what_is_right(
    room: Room, text: str, problem: str, cure: str
) -> None:
    shown = await room.ask(text)
    assert problem in shown
    assert cure in shown
    assert stored(room, ANN, SLACK) == []


async def test_the_same_query_again_changes_its_tier_and_makes_no_second(room: Room) -> None:
    await room.ask("subscribe steel AND tin", IN_CHANNEL)
    assert "You are subscribed: “steel AND tin”" in await room.ask("subscribe STEEL tin flash", IN_CHANNEL)
    (made,) = stored(room)
    assert made.tier is Tier.FLASH


async def test_a_place_has_only_so_many(room: Room) -> None:
    for number in range(MOST_AT_ONE_PLACE):
        await room.catalog.run_text(f"subscribe tin{number}", ALONE)
    assert f"You have {MOST_AT_ONE_PLACE} subscriptions already." in await room.ask("subscribe zinc", ALONE)
    assert "subscribed" in await room.ask("subscribe tin0 flash", ALONE), "one of them may change"
    assert len(stored(room)) == MOST_AT_ONE_PLACE


async def test_a_form_is_told_what_subscribing_would_do_and_does_nothing(room: Room) -> None:
    preview = await room.catalog.check("subscribe", {"query": "steel", "tier": "alert"}, IN_CHANNEL)
    assert preview.title == "It would have matched 3 of 3 items."
    assert "Told at once in your direct messages: what matches and is an alert or louder." in plain(preview.lines)
    with pytest.raises(Mistake) as wrong:
        await room.catalog.check("subscribe", {"query": "(steel"}, IN_CHANNEL)
    assert wrong.value.option == "query"
    with pytest.raises(Mistake) as refused:
        await room.catalog.check("subscribe", {"query": "steel", "where": "here"}, GUEST)
    assert refused.value.option == "where"
    assert stored(room, ANN, SLACK) == []


# --- who may --------------------------------------------------------------------------------------------------


async def test_who_may_not_subscribe_the_channel_is_told_who_may_and_what_they_can_do(room: Room) -> None:
    shown = await room.ask("subscribe steel here", GUEST)
    assert "for those who manage it to say" in shown
    assert WHO in shown
    assert "/wire subscribe QUERY dm" in shown
    assert stored(room, SLACK, BOB) == []
    await room.ask("subscribe steel", GUEST)
    assert [each.place for each in stored(room, SLACK, BOB)] == [BOB]


async def test_who_may_not_neither_sees_nor_ends_what_the_channel_subscribes_to(room: Room) -> None:
    reply = await room.reply("subscribe steel here")
    (made,) = stored(room, SLACK)
    shown = await room.ask("subscriptions", GUEST)
    assert "steel" not in shown
    assert WHO in shown
    assert "There is no subscription" in await room.ask(f"unsubscribe {made.id}", GUEST)
    assert "There is no subscription" in (await room.press(reply, "Undo", GUEST)).title
    assert len(stored(room, SLACK)) == 1


async def test_nobody_sees_or_ends_what_another_person_subscribes_to(room: Room) -> None:
    await room.ask("subscribe steel", GUEST)
    (made,) = stored(room, BOB)
    assert "steel" not in await room.ask("subscriptions")
    for wanted in (made.id, "steel"):
        assert "There is no subscription" in await room.ask(f"unsubscribe {wanted}")
    assert len(stored(room, BOB)) == 1


async def test_the_owners_managers_may_and_no_platform_is_asked(room: Room) -> None:
    owned = enter(room.database, room.clock, managers=frozenset({BOB}))
    await owned.ask("subscribe steel here", replace(GUEST, may_manage=never_asked))
    assert [each.owner for each in stored(room, SLACK)] == [BOB]


async def test_in_direct_messages_here_is_oneself(room: Room) -> None:
    await room.ask("subscribe steel here", ALONE)
    assert [each.place for each in stored(room)] == [ANN]
