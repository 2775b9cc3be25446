"""`/wire sources` on a real database of either kind: the list, one source, who may and what is wrong input."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.commands.spec import Caller
from bot.intake.fetch import Intake
from bot.intake.fetched import Fault, FaultKind, FetchState
from bot.intake.rhythm import Rhythm
from bot.intake.trouble import Trouble
from bot.model import Destination, Source, SourceId
from bot.sources.sourcing import Pause
from bot.store import feeds
from bot.store.engine import Database
from tests.contract import source_room
from tests.contract.source_room import (
    ADMIN,
    BOB,
    GUEST,
    OFF,
    OWNER,
    TARIFF,
    TOMATO,
    SourceRoom,
    enter,
    feed,
)
from tests.contract.story_room import WHO, labels, never_asked, said
from tests.fakes.clock import FakeClock
from tests.fakes.web import FakeWeb
from tests.samples import DISCORD, SLACK

pytestmark = pytest.mark.asyncio(loop_scope="module")

intake, web, room = source_room.intake, source_room.web, source_room.room  # fixtures


HOUR = timedelta(hours=1)


# --- list -------------------------------------------------------------------------------------------------


def poll(room: SourceRoom, source_id: str, *, fault: str = "", new: bool = False, frozen: bool = False) -> None:
    """The row of a source after a poll."""
    now = room.clock.now()
    ((_, state),) = room.database.write_now(
        feeds.claim_due, [SourceId(source_id)], owner="me", now=now, lease=HOUR, limit=1
    )
    if fault:
        failed = Fault(kind=FaultKind.BLOCKED, message=fault)
        after = FetchState(failures=state.failures + 1)
        room.database.write_now(feeds.save_fault, SourceId(source_id), failed, after, owner="me", now=now)
    else:
        room.database.write_now(
            feeds.save_cursor,
            SourceId(source_id),
            FetchState(rhythm=state.rhythm or Rhythm.begun([now], now).dump()),
            owner="me",
            now=now,
            brought_new=new,
            trouble=Trouble.FROZEN if frozen else None,
        )
    room.database.write_now(feeds.give_back, SourceId(source_id), owner="me", due_at=now)


async def test_the_list_says_of_each_how_it_is_and_since_when(database: Database, intake: Intake) -> None:
    names = ("bad", "good", "held", "silent", "young")
    sources = [Source(id=SourceId(name), name=name, url=f"https://{name}.example/") for name in names]
    room = enter(database, FakeClock(), intake, *sources, OFF)
    for name in ("bad", "good", "silent"):
        poll(room, name, new=True)
    room.clock.advance(timedelta(days=8))
    poll(room, "bad", fault="https://bad.example/ refuses this bot")
    poll(room, "good", new=True)
    poll(room, "silent", frozen=True)
    await room.ask("sources pause held too noisy")
    then, usual = "2025-05-07 08:00 UTC", " · every 5m · outlet"
    assert (await room.ask("sources", GUEST)).splitlines() == [
        "Sources",
        "1 blocked, 1 frozen, 1 paused, 1 not polled yet, 1 ok, 1 off in sources.toml",
        f"1. ✗ bad · blocked since {then}: https://bad.example/ refuses this bot{usual}",
        f"2. ❄ silent · frozen since {then}: it answers, but brings nothing new; it publishes seldom{usual}",
        f"3. ⏸ held · paused since 2025-05-15 08:00 UTC: by Ann: too noisy{usual}",
        f"4. … young · not polled yet{usual}",
        f"5. ✓ good · ok · last new 2025-05-15 08:00 UTC{usual}",
        f"6. – old · off in sources.toml{usual}",
    ]


async def test_a_long_list_is_paged(database: Database, clock: FakeClock, intake: Intake) -> None:
    sources = [
        Source(id=SourceId(f"s{number:02}"), name="N" * 300, url=f"https://s{number}.example/")
        for number in range(20)
    ]
    room = enter(database, clock, intake, *sources)
    reply, seen = await room.reply("sources", GUEST), 0
    while True:
        seen += len(reply.lines) - 1
        if "More" not in labels(reply):
            break
        reply = await room.press(reply, "More", GUEST)
    assert seen == 20
    assert reply.title == "Sources: 19 to 20 of 20"
    assert "no number of one" in await room.ask("sources 99")
    assert "no number of one" in await room.ask("sources 0")


async def test_one_source_is_shown_by_its_id_or_name(room: SourceRoom) -> None:
    for wanted in ("ustr", "USTR", "“trade office”"):
        reply = await room.reply(f"sources list {wanted}", GUEST)
        assert reply.title == "“Trade Office” (ustr): not polled yet"
        assert labels(reply) == ["Check", "Pause"]


async def test_without_sources_it_is_said_how_to_add_one(
    database: Database, clock: FakeClock, intake: Intake
) -> None:
    assert "An administrator adds one" in await enter(database, clock, intake).ask("sources", GUEST)


async def test_ids_are_suggested_by_what_they_or_their_names_hold(room: SourceRoom, web: FakeWeb) -> None:
    web.serve("/feed", feed(TOMATO))
    await room.add(web.url("/feed"))
    for typed, ids in {
        "": ["daily-trade", "old", "ustr"],
        "trade": ["daily-trade", "ustr"],
        "U": ["ustr"],
        "zz": [],
    }.items():
        assert await room.desk.suggest(GUEST, typed) == ids


# --- check, remove, pause, resume --------------------------------------------------------------------------


async def test_a_check_says_in_words_what_is_wrong(
    database: Database, clock: FakeClock, intake: Intake, web: FakeWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Source(id=SourceId("here"), name="here", url=web.url("/feed"))
    folder = Source(id=SourceId("files"), name="files", path="seeds")
    room = enter(database, clock, intake, here, folder)
    assert "HTTP 404" in await room.ask("sources check here")
    with monkeypatch.context() as hurried:
        hurried.setattr("bot.commands.sources.CHECKED_WITHIN", 0.1)
        web.silent("/feed")
        assert "was not read within 0.1 s" in await room.ask("sources check here")
    web.serve("/feed", feed(TARIFF))
    shown = await room.ask("sources check here")
    assert "The source here answers." in shown
    assert "Would have been flagged: 1 of them" in shown
    assert "answers." in await room.ask("sources check files")


async def test_an_address_that_is_not_there_yet_can_be_checked_and_then_added(room: SourceRoom, web: FakeWeb) -> None:
    web.serve("/feed", feed(TOMATO))
    assert labels(await room.reply(f"sources check {web.url('/feed')}")) == ["Add"]


async def test_a_removed_source_can_be_had_back_as_it_was(room: SourceRoom, web: FakeWeb) -> None:
    web.serve("/feed", feed(TOMATO))
    await room.add(f"{web.url('/feed')} every=20m name=Kitchen")
    before = room.changes().added[0].source
    reply = await room.reply("sources remove kitchen")
    assert reply.title == "Removed “Kitchen” (kitchen). It is not polled any more; what it brought stays."
    assert room.ids() == []
    assert not room.health()["kitchen"].active
    await room.press(reply, "Undo")
    assert room.changes().added[0].source == before


async def test_a_source_of_the_file_is_paused_not_removed(room: SourceRoom) -> None:
    reply = await room.reply("sources remove ustr")
    assert "stands in sources.toml" in reply.title
    assert "tradewire feeds remove ustr" in said(reply)
    paused = await room.press(reply, "Pause")
    assert paused.title == "Paused: “Trade Office” (ustr) is not polled until somebody resumes it."
    assert not room.health()["ustr"].active
    assert "is polled again" in (await room.press(paused, "Resume")).title
    assert room.health()["ustr"].active
    assert "is not paused" in await room.ask("sources resume ustr")


async def test_a_second_pause_keeps_who_paused_it_first_and_why(room: SourceRoom) -> None:
    await room.ask("sources pause ustr too noisy")
    shown = await room.ask("sources pause ustr nobody reads it", ADMIN)
    assert "“Trade Office” (ustr) is paused already." in shown
    assert "by Ann: too noisy" in shown
    assert "nobody reads it" not in shown
    (pause,) = room.changes().pauses
    assert (pause.by, pause.reason) == ("Ann", "too noisy")


async def test_a_pause_keeps_who_and_why_on_one_line(room: SourceRoom) -> None:
    shouting = replace(OWNER, name="A\nnn\u202e" + "n" * 100)
    await room.catalog.run("sources", {"action": "pause", "source": "ustr", "reason": "a\n" + "b" * 400}, shouting)
    (pause,) = room.changes().pauses
    assert isinstance(pause, Pause)
    assert pause.reason.isprintable()
    assert (len(pause.reason), len(pause.author_name)) == (200, 60)
    await room.reply("sources")


# --- who may, and wrong input -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "add {feed}",
        "remove ustr",
        "check ustr",
        "check {feed}",
        "pause ustr",
        "resume ustr",
        "export",
        "import {feed}",
    ],
)
async def test_who_may_not_is_told_who_may_and_nothing_is_fetched_or_changed(
    room: SourceRoom, web: FakeWeb, text: str
) -> None:
    web.serve("/feed", feed(TOMATO))
    before = room.changes()
    refused = await room.reply(f"sources {text.format(feed=web.url('/feed'))}", GUEST)
    assert refused.title == "The sources are for the administrators of Tradewire to change."
    assert WHO in said(refused)
    assert "[people] managers in tradewire.toml" in said(refused)
    assert "Sources" in (await room.press(refused, "Sources", GUEST)).title
    assert (room.changes(), web.requests) == (before, [])


async def test_administrators_of_the_platform_may_where_alerts_come_to(room: SourceRoom) -> None:
    assert "Paused" in await room.ask("sources pause ustr", ADMIN)
    assert "Resumed" in await room.ask("sources resume ustr", replace(ADMIN, place=DISCORD))
    for place in (Destination("discord", "999"), BOB):
        elsewhere = Caller(user=BOB, place=place, may_administer=never_asked)
        shown = await room.ask("sources pause ustr", elsewhere)
        assert "in a channel that alerts come to" in shown
    assert "does not say who may" in await room.ask("sources pause ustr", Caller(user=BOB, place=SLACK))
    assert room.changes().pauses == ()


async def test_a_button_asks_again_who_presses_it(room: SourceRoom, web: FakeWeb) -> None:
    web.serve("/feed", feed(TOMATO))
    reply = await room.reply(f"sources add {web.url('/feed')}")
    assert "for the administrators" in (await room.press(reply, "Add", GUEST)).title
    assert room.ids() == []


@pytest.mark.parametrize(
    ("text", "problem", "cure"),
    [
        ("add", "Add what?", "the address of a feed or of a site's page"),
        ("remove", "Remove what?", "the id of a source"),
        ("import", "Import what?", "the address of an OPML list"),
        ("add nonsense", "“nonsense” is no web address.", "/wire sources add https://www.example.org/news"),
        ("import nonsense", "is no web address", "https://"),
        ("add ftp://a.example/", "is no web address", "https://"),
        ("add file:///etc/passwd", "is no web address", "https://"),
        ("add https://a.example/ every 10m", "“every 10m” is more than add takes", "every=10m"),
        ("add https://a.example/ every=soon", "every is 1m to 7d", "every=10m"),
        ("add https://a.example/ every=5s", "every is 1m to 7d", "every=10m"),
        ("add https://a.example/ max_age=10000w", "max_age is 60m to 365d", "max_age=10m"),
        ("add https://a.example/ lang=german", "its two letters", "lang=de"),
        (
            "add https://a.example/ authority=king",
            "authority is one of official, wire, outlet",
            "Usage: /wire sources",
        ),
        ("add #0123456789", "more than a day old", "Look again"),
        ("check #0123456789", "more than a day old", "Look again"),
        ("pause utsr", "There is no source “utsr”.", "Did you mean ustr?"),
        ("remove zzzz", "There is no source “zzzz”.", ""),
        ("check zzzz", "There is no source “zzzz”.", ""),
        ("puase ustr", "There is no source “puase”.", "Did you mean /wire sources pause"),
        ("ustr", "“Trade Office” (ustr): not polled yet", "Address: https://ustr.example/rss"),
    ],
)
async def test_what_makes_no_sense_changes_nothing_and_is_told_what_does(
    room: SourceRoom, text: str, problem: str, cure: str
) -> None:
    before = room.changes()
    shown = await room.ask(f"sources {text}")
    assert problem in shown
    assert cure in shown
    assert room.changes() == before
