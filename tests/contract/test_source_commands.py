"""`/wire sources` on a real database of either kind, with feeds and pages over real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import pytest
import pytest_asyncio

from bot.commands.sources import MOST_ADDED
from bot.commands.spec import Caller
from bot.deliver.card import plain
from bot.intake.fetch import Intake
from bot.model import Authority, Destination, Fault, FaultKind, FetchState, Source, SourceId
from bot.opml import read_opml
from bot.sourcing import Pause
from bot.store import added_sources, feeds
from bot.store.engine import Database
from tests.contract.source_room import ADMIN, ANN, BOB, GUEST, OWNER, SourceRoom, enter, reading
from tests.contract.story_room import WHO, labels, never_asked, said
from tests.fakes.clock import FakeClock
from tests.fakes.web import FakeWeb, item, rss
from tests.samples import DISCORD, NOW, SLACK

pytestmark = pytest.mark.asyncio(loop_scope="module")

sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # nothing is stored here

HOUR = timedelta(hours=1)
TARIFF = "Brazil and Japan agree to cut tariffs on farm goods to 5%"
TOMATO = "Ten tomato recipes for a late summer"
USTR = Source(id=SourceId("ustr"), name="Trade Office", url="https://ustr.example/rss")
OFF = Source(id=SourceId("old"), name="old", url="https://old.example/rss", enabled=False)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def intake() -> AsyncIterator[Intake]:
    async with reading() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def web() -> AsyncIterator[FakeWeb]:
    async with FakeWeb() as server:
        yield server


@pytest.fixture
def room(database: Database, clock: FakeClock, intake: Intake) -> SourceRoom:
    return enter(database, clock, intake, USTR, OFF)


def feed(*titles: str, title: str = "Daily Trade", days_old: int = 0) -> str:
    entries = [
        item(each, guid=each, pubDate=format_datetime(NOW - timedelta(days=days_old, hours=number)))
        for number, each in enumerate(titles)
    ]
    return rss(*entries, title=title)


def page(*hrefs: str) -> str:
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="{href}">' for href in hrefs)
    return f"<!doctype html><html><head>{links}</head><body>Hello</body></html>"


# --- adding -----------------------------------------------------------------------------------------------


async def test_a_feed_is_tried_and_shown_before_a_button_saves_it(room: SourceRoom, web: FakeWeb) -> None:
    web.serve("/feed", feed(TARIFF, TOMATO, "Third", "Fourth"))
    reply = await room.reply(f"sources add {web.url('/feed')} every=10m authority=official lang=en max_age=2d")
    assert reply.title == "Found “Daily Trade”. Nothing is saved yet."
    assert plain(reply.lines).splitlines() == [
        f"4 entries · {web.url('/feed')}",
        f"{TARIFF} · 2025-05-07 08:00 UTC",
        f"{TOMATO} · 2025-05-07 07:00 UTC",
        "Third · 2025-05-07 06:00 UTC",
        "Would have been flagged: 1 of them",
        "It would be polled every 10m, as official.",
    ]
    assert room.ids() == []
    saved = await room.press(reply, "Add")
    assert saved.title == "Added “Daily Trade” (daily-trade), polled every 10m."
    (new,) = room.changes().added
    assert new.source == Source(
        id=SourceId("daily-trade"),
        name="Daily Trade",
        url=web.url("/feed"),
        every=timedelta(minutes=10),
        authority=Authority.OFFICIAL,
        max_age=timedelta(days=2),
        lang="en",
    )
    assert (new.author, new.author_name, new.added_at) == (ANN, "Ann", NOW)
    assert "That is there already" in (await room.press(reply, "Add")).title, "pressed twice"
    assert room.ids() == ["daily-trade"]


async def test_a_page_with_one_feed_leads_to_it(room: SourceRoom, web: FakeWeb) -> None:
    web.serve("/news", page("feed.xml"))
    web.serve("/feed.xml", feed(TOMATO))
    reply = await room.add(web.url("/news"))
    assert "Added “Daily Trade”" in reply.title
    assert [each.source.url for each in room.changes().added] == [web.url("/feed.xml")]


async def test_of_several_feeds_one_is_chosen_and_tried(room: SourceRoom, web: FakeWeb) -> None:
    web.serve("/", page("/a", "/b", "/dead", "/a-again", "/known"))
    web.serve("/a", feed(TARIFF, title="World <b>news</b>"))
    web.serve("/b", feed(TOMATO, title="@everyone & <!channel>"))
    web.serve("/a-again", feed(TARIFF, title="World <b>news</b>"))
    web.serve("/known", feed("Known", title="Known"))
    await room.add(web.url("/known"))
    reply = await room.reply(f"sources add {web.url('/')} name=Mine")
    assert "has 2 feeds. Which one?" in reply.title
    assert "There already: known." in said(reply)
    chosen = await room.choose(reply, "/b")
    assert TOMATO in said(chosen)
    assert "Added “Mine”" in (await room.press(chosen, "Add")).title
    assert room.changes().added[-1].source.url == web.url("/b")


@sqlite_only
async def test_usual_places_are_tried_where_a_page_names_none(room: SourceRoom, web: FakeWeb) -> None:
    web.serve("/news/today", page())
    web.serve("/rss.xml", feed(TOMATO))
    assert "Found “Daily Trade”" in await room.ask(f"sources add {web.url('/news/today')}")


@sqlite_only
async def test_a_slow_link_does_not_hide_the_others(
    room: SourceRoom, web: FakeWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.intake.discovery.OTHERS_WITHIN", 0.5)
    web.serve("/", page("/slow", "/feed", "/drip"))
    web.silent("/slow")
    web.drip("/drip")
    web.serve("/feed", feed(TOMATO))
    assert "Found “Daily Trade”" in await room.ask(f"sources add {web.url('/')}")


@sqlite_only
async def test_an_address_that_never_answers_is_said_in_time(
    room: SourceRoom, web: FakeWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.intake.discovery.FIRST_WITHIN", 0.1)
    web.silent("/feed")
    assert "did not answer in full within 0.1 s" in await room.ask(f"sources add {web.url('/feed')}")


@sqlite_only
async def test_a_page_without_any_feed_is_said_with_a_hint_and_few_requests(room: SourceRoom, web: FakeWeb) -> None:
    web.serve("/", page(*(f"/nothing-{number}" for number in range(500))))
    shown = await room.ask(f"sources add {web.url('/')}")
    assert "I found no feed there." in shown
    assert "without a feed that can be found" in shown
    assert len(web.requests) <= 16


@sqlite_only
@pytest.mark.parametrize("path", ["/feed", "/page", "/redirect", "/outside"])
async def test_no_page_leads_inward(room: SourceRoom, web: FakeWeb, path: str) -> None:
    """127.0.0.1 may be read from here, 127.0.0.2 and the metadata service of a cloud may not."""
    async with FakeWeb("127.0.0.2") as inside:
        inside.serve("/secret", feed("A secret"))
        web.redirect("/feed", inside.url("/secret"))
        web.serve("/page", page(inside.url("/secret"), "http://169.254.169.254/latest/meta-data/"))
        web.serve("/redirect", page("/feed", "file:///etc/passwd"))
        web.redirect("/outside", "file:///etc/passwd")
        shown = await room.ask(f"sources add {web.url(path)}")
        assert "I found no feed there." in shown
        assert "secret" not in shown.lower().replace("/secret", "")
        assert inside.requests == []


@sqlite_only
@pytest.mark.parametrize(
    ("body", "warning"),
    [
        (feed(TOMATO, days_old=400), "It looks frozen: it answers, but its newest entry is of 2024-04-02."),
        (rss(item("One", guid="1")), "None of its entries has a plausible date"),
        (rss(), "There is nothing in it that can be read now"),
    ],
)
async def test_what_speaks_against_a_feed_is_said_before_it_is_saved(
    room: SourceRoom, web: FakeWeb, body: str, warning: str
) -> None:
    web.serve("/feed", body)
    reply = await room.reply(f"sources add {web.url('/feed')}")
    assert warning in said(reply)
    assert labels(reply) == ["Add"]


@sqlite_only
async def test_a_feed_that_refuses_is_said_with_the_cure(room: SourceRoom, web: FakeWeb) -> None:
    web.serve("/feed", status=403)
    shown = await room.ask(f"sources add {web.url('/feed')}")
    assert "refuses this bot or its network (403); set intake.user_agent_contact" in shown


async def test_what_is_there_already_is_not_offered_again(room: SourceRoom, web: FakeWeb) -> None:
    for address in ("http://www.ustr.example/rss/", "ustr.example/rss"):
        reply = await room.reply(f"sources add {address}")
        assert reply.title == "That is there already: “Trade Office” (ustr)."
    assert web.requests == []


async def test_an_offer_of_yesterday_is_looked_for_again(room: SourceRoom, web: FakeWeb) -> None:
    web.serve("/feed", feed(TOMATO))
    reply = await room.reply(f"sources add {web.url('/feed')}")
    room.clock.advance(timedelta(hours=25))
    assert "more than a day old" in (await room.press(reply, "Add")).title
    assert room.ids() == []


async def test_hostile_titles_are_one_line_of_text(room: SourceRoom, web: FakeWeb) -> None:
    web.serve("/feed", feed("<!channel> @everyone \u202e", title=f"<@U1>\n\u202e*bold*{'x' * 300}"))
    reply = await room.add(web.url("/feed"))
    (new,) = room.changes().added
    assert new.source.name.isprintable()
    assert len(new.source.name) <= 80
    assert new.source.name in reply.title
    await room.reply("sources")


async def test_a_password_in_an_address_is_never_shown(room: SourceRoom, web: FakeWeb) -> None:
    web.serve("/feed", feed(TOMATO))
    address = web.url("/feed", user="ann:hunter2")
    reply = await room.reply(f"sources add {address}")
    shown = [said(reply), said(await room.press(reply, "Add"))]
    shown += [await room.ask(text) for text in ("sources", "sources daily-trade", "sources check daily-trade")]
    exported = await room.reply("sources export")
    assert exported.file is not None
    assert "1 address is without the password" in said(exported)
    assert "hunter2" not in "".join(shown) + exported.file.content.decode()
    assert room.changes().added[0].source.url == address


async def test_keys_in_addresses_are_not_exported_and_what_is_left_stays_as_it_is(
    database: Database, clock: FakeClock, intake: Intake
) -> None:
    addresses = ("?q=a%20b&api_key=hunter2&page=2", "?rss&author=ann&keywords=x+y", "?X-Sig=hunter2#top")
    sources = [
        Source(id=SourceId(f"s{number}"), name="S", url=f"https://s{number}.example/{address}")
        for number, address in enumerate(addresses)
    ]
    reply = await enter(database, clock, intake, *sources).reply("sources export")
    assert reply.file is not None
    assert "2 addresses are without the password or key" in said(reply)
    assert [each.url for each in read_opml(reply.file.content).feeds] == [
        "https://s0.example/?q=a%20b&api_key=&page=2",
        "https://s1.example/?rss&author=ann&keywords=x+y",
        "https://s2.example/?X-Sig=#top",
    ]


async def test_only_so_many_are_added_from_chat(room: SourceRoom, web: FakeWeb) -> None:
    wanted = [
        Source(id=SourceId(f"s{number}"), name="S", url=f"https://s{number}.example/") for number in range(MOST_ADDED)
    ]
    room.database.write_now(
        added_sources.add, (), wanted, author=ANN, author_name="", most=MOST_ADDED, now=room.clock.now()
    )
    web.serve("/feed", feed(TOMATO))
    assert f"{MOST_ADDED} sources have been added" in (await room.add(web.url("/feed"))).title


# --- list -------------------------------------------------------------------------------------------------


def poll(room: SourceRoom, source_id: str, *, fault: str = "", new: bool = False) -> None:
    """The row of a source after a poll."""
    now = room.clock.now()
    ((_, state),) = room.database.write_now(
        feeds.claim_due, [SourceId(source_id)], owner="me", now=now, lease=HOUR, limit=1
    )
    if fault:
        failed = Fault(kind=FaultKind.BLOCKED, message=fault)
        failures = state.failures + 1
        room.database.write_now(feeds.save_fault, SourceId(source_id), failed, failures=failures, owner="me", now=now)
    else:
        room.database.write_now(
            feeds.save_cursor, SourceId(source_id), FetchState(), owner="me", now=now, brought_new=new
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
    poll(room, "silent")
    await room.ask("sources pause held too noisy")
    then, usual = "2025-05-07 08:00 UTC", " · every 5m · outlet"
    assert (await room.ask("sources", GUEST)).splitlines() == [
        "Sources",
        "1 failing, 1 frozen, 1 paused, 1 not polled yet, 1 ok, 1 off in sources.toml",
        f"1. ✗ bad · failing since {then}: https://bad.example/ refuses this bot{usual}",
        f"2. ❄ silent · frozen since {then}: it answers, but brings nothing new{usual}",
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


async def test_a_pause_keeps_who_and_why_on_one_line(room: SourceRoom) -> None:
    shouting = replace(OWNER, name="A\nnn\u202e" + "n" * 100)
    await room.catalog.run("sources", {"action": "pause", "source": "ustr", "reason": "a\n" + "b" * 400}, shouting)
    (pause,) = room.changes().pauses
    assert isinstance(pause, Pause)
    assert pause.reason.isprintable()
    assert (len(pause.reason), len(pause.author_name)) == (200, 60)
    await room.reply("sources")


# --- lists ------------------------------------------------------------------------------------------------


async def test_an_export_is_a_file_that_another_desk_can_import(room: SourceRoom, web: FakeWeb) -> None:
    web.serve("/feed", feed(TOMATO))
    await room.add(f"{web.url('/feed')} authority=wire every=20m")
    await room.ask("sources pause ustr")
    reply = await room.reply("sources export")
    assert reply.file is not None
    assert reply.file.name == "tradewire-sources.opml"
    outlines = read_opml(reply.file.content).feeds
    assert [(each.name, each.enabled, each.authority) for each in outlines] == [
        ("Trade Office", False, Authority.OUTLET),
        ("old", False, Authority.OUTLET),
        ("Daily Trade", True, Authority.WIRE),
    ]


async def test_an_import_says_what_became_of_every_feed(room: SourceRoom, web: FakeWeb) -> None:
    body = f"""\ufeff<?xml version="1.0" encoding="latin-1"?><!DOCTYPE opml [<!ENTITY x "boom">]><opml><body>
      <outline text="News & views"><outline text="&x;One\u202e" xmlUrl="HTTP://one.example/rss"></outline>
      <outline text="One again" xmlUrl="http://www.one.example/rss/"/>
      <outline text="Two" xmlUrl="https://two.example/rss" tradewire:every="1s" tradewire:authority="wire"/>
      <outline text="Off" xmlUrl="https://off.example/rss" tradewire:enabled="false"/>
      <outline text="There" xmlUrl="{USTR.url}"/><outline text="Bad" xmlUrl="ftp://bad.example/"/><outline text="No"/>
    """
    web.serve("/list.opml", body.encode())
    reply = await room.reply(f"sources import {web.url('/list.opml')}")
    assert said(reply).splitlines() == [
        "3 added, 2 there already, 1 unusable.",
        "Added: x-one, two, off",
        "What stands in them now is history; only what comes from now on can alert.",
        "No web address: ftp://bad.example/",
    ]
    found = {each.source.id: each.source for each in room.changes().added}
    assert {each.first_poll for each in found.values()} == {"none"}
    assert found[SourceId("two")].every == timedelta(minutes=1), "no site is asked more often from chat"
    assert found[SourceId("two")].authority is Authority.WIRE
    assert [pause.source_id for pause in room.changes().pauses] == ["off"]
    assert "0 added, 5 there already" in await room.ask(f"sources import {web.url('/list.opml')}")


async def test_a_list_that_cannot_be_read_changes_nothing(room: SourceRoom, web: FakeWeb) -> None:
    web.serve("/page", page())
    web.endless("/endless")
    web.redirect("/inward", "http://127.0.0.2:1/list.opml")
    for path, why in {
        "/page": "no feed in it",
        "/endless": "sends more than 2 MiB",
        "/inward": "is a private or special address",
        "/gone": "HTTP 404",
    }.items():
        shown = await room.ask(f"sources import {web.url(path)}")
        assert "Nothing was imported." in shown
        assert why in shown
    assert room.ids() == []


# --- who may, and wrong input -------------------------------------------------------------------------------


@sqlite_only
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


@sqlite_only
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
