"""`/wire sources add` on a real database of either kind, with feeds and pages over real sockets."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.commands.sources import MOST_ADDED
from bot.deliver.card import plain
from bot.model import Authority, Source, SourceId
from bot.store import added_sources
from tests.contract import source_room
from tests.contract.source_room import ANN, TARIFF, TOMATO, SourceRoom, feed, page
from tests.contract.story_room import labels, said
from tests.fakes.web import FakeWeb, item, rss
from tests.samples import NOW

pytestmark = pytest.mark.asyncio(loop_scope="module")

intake, web, room = source_room.intake, source_room.web, source_room.room  # fixtures


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
        f"“{TARIFF}” for trade, market: “tariffs”, “goods”, “brazil and”",
        "About it: language en · about 24 a day",
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


async def test_usual_places_are_tried_where_a_page_names_none(room: SourceRoom, web: FakeWeb) -> None:
    web.serve("/news/today", page())
    web.serve("/rss.xml", feed(TOMATO))
    assert "Found “Daily Trade”" in await room.ask(f"sources add {web.url('/news/today')}")


async def test_a_slow_link_does_not_hide_the_others(
    room: SourceRoom, web: FakeWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.intake.discovery.OTHERS_WITHIN", 0.5)
    web.serve("/", page("/slow", "/feed", "/drip"))
    web.silent("/slow")
    web.drip("/drip")
    web.serve("/feed", feed(TOMATO))
    assert "Found “Daily Trade”" in await room.ask(f"sources add {web.url('/')}")


async def test_an_address_that_never_answers_is_said_in_time(
    room: SourceRoom, web: FakeWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.intake.discovery.FIRST_WITHIN", 0.1)
    web.silent("/feed")
    assert "did not answer in full within 0.1 s" in await room.ask(f"sources add {web.url('/feed')}")


async def test_a_page_without_any_feed_is_said_with_a_hint_and_few_requests(room: SourceRoom, web: FakeWeb) -> None:
    web.serve("/", page(*(f"/nothing-{number}" for number in range(500))))
    shown = await room.ask(f"sources add {web.url('/')}")
    assert "I found no feed there." in shown
    assert "without a feed that can be found" in shown
    assert len(web.requests) <= 16


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


async def test_only_so_many_are_added_from_chat(room: SourceRoom, web: FakeWeb) -> None:
    wanted = [
        Source(id=SourceId(f"s{number}"), name="S", url=f"https://s{number}.example/") for number in range(MOST_ADDED)
    ]
    room.database.write_now(
        added_sources.add, (), wanted, author=ANN, author_name="", most=MOST_ADDED, now=room.clock.now()
    )
    web.serve("/feed", feed(TOMATO))
    assert f"{MOST_ADDED} sources have been added" in (await room.add(web.url("/feed"))).title
