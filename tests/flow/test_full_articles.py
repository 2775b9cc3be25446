"""What a teaser leaves open, its article decides: fetched once, politely, and nobody else waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.assembly import Bot
from bot.commands.spec import Caller
from bot.model import Destination, Item, Reason
from bot.pipeline import Pipeline
from bot.steps.admission import Admission
from bot.steps.reading import MOST_PAGES
from bot.store import news, pages
from bot.store.schema import decisions, deliveries, items
from tests.fakes.articles import OTHER_TEXT, TRADE_TEXT, page
from tests.fakes.discord_payloads import GUILD_CHANNEL_ID
from tests.fakes.web import Asked, FakeWeb, item, rss, send
from tests.flow.desk import Desk

ARTICLE = "\n\n".join(TRADE_TEXT)
HTML = {"Content-Type": "text/html; charset=utf-8"}
CHANNEL = Destination("discord", str(GUILD_CHANNEL_ID))
ROUTES = f'[[route]]\nname = "desk"\nto = ["{CHANNEL}"]\nwhen = "topic:trade OR topic:market"\n'
READING = "full_text = true\n"

ACCORD = "Brazil, Japan sign accord"  # of what, its teaser does not say
URGENT = "China halts all rare earth exports to the US"
CLEAR = "Canada and Chile resume free trade talks in Santiago"
TOMATOES = "Ten tomato recipes for a late summer"
URGENT_TEXT = (
    "China will halt all exports of rare earths to the United States from Friday, its commerce ministry said.",
    "The ban comes on top of the 34 percent tariff on goods from the United States that took effect in April.",
    "Makers of magnets, motors and missiles buy most of their rare earths in China, and stocks last a few weeks.",
    "Officials of both countries will meet in Geneva on May 10 to speak of the exports, the ministry added.",
)


def source(desk: Desk, **settings: str) -> str:
    lines = "".join(f'{name} = "{value}"\n' for name, value in settings.items())
    wire = f'id = "wire"\nname = "Example Wire"\nurl = "{desk.web.url("/feed")}"\nevery = "1m"\n'
    return f"[[source]]\n{wire}{lines}"


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.configure(routes=ROUTES, main=READING, sources=source(desk))
    return desk


def entry(desk: Desk, title: str, summary: str = "", **elements: str) -> str:
    name = title.split()[0].strip(",").lower()
    told = {"guid": name, "link": desk.web.url(f"/{name}"), "description": summary, **elements}
    return item(title, **{name: text for name, text in told.items() if text})


async def poll(desk: Desk, *entries: str) -> None:
    desk.clock.advance(timedelta(minutes=10))
    desk.web.serve("/feed", rss(*entries))
    await desk.once()


async def begin(desk: Desk) -> None:
    """The first poll: what stands there then is never read in full."""
    await poll(desk, entry(desk, TOMATOES))


def told(desk: Desk) -> list[str]:
    return [each["embeds"][0]["title"] for each in desk.discord.messages[GUILD_CHANNEL_ID] if not _is_reply(each)]


def _is_reply(message: dict[str, Any]) -> bool:
    return bool(message.get("message_reference"))


def asked_for(desk: Desk, path: str) -> int:
    return sum(asked.path == path for asked in desk.web.requests)


async def stored(bot: Bot, title: str) -> Item:
    find = sa.select(items.c.key).where(items.c.title == title)
    key = await bot.database.read(lambda connection: connection.execute(find).scalar_one())
    found = await bot.database.read(news.item, key)
    assert found is not None
    return found[0]


async def why(desk: Desk, name: str) -> str:
    caller = Caller(place=CHANNEL, user=Destination.parse("discord:@5001"))
    async with desk.bot() as bot:
        reply = await bot.catalog.run("why", {"item": desk.web.url(f"/{name}")}, caller)
    return "\n".join("".join(run.text for run in line if hasattr(run, "text")) for line in reply.lines)


async def test_an_undecided_teaser_becomes_an_alert_by_its_article(desk: Desk) -> None:
    desk.web.serve("/brazil", page(ACCORD, TRADE_TEXT), headers=HTML)
    await begin(desk)
    await poll(desk, entry(desk, ACCORD), entry(desk, TOMATOES))
    assert told(desk) == [ACCORD]
    said = await why(desk, "brazil")
    assert f"Read in full: {len(ARTICLE):,} characters on its page" in said
    assert "“tariffs” speaks for trade" in said
    async with desk.bot() as bot:
        kept = await stored(bot, ACCORD)
    assert kept.body == ARTICLE
    assert desk.wrong_in_the_books() == []
    desk.assert_payloads_are_valid()


async def test_an_article_about_something_else_keeps_an_undecided_teaser_quiet(desk: Desk) -> None:
    desk.web.serve("/brazil", page(ACCORD, OTHER_TEXT), headers=HTML)
    await begin(desk)
    await poll(desk, entry(desk, ACCORD))
    assert told(desk) == []
    assert "Read in full" in await why(desk, "brazil")


async def test_each_page_is_read_once(desk: Desk) -> None:
    desk.web.serve("/brazil", page(ACCORD, TRADE_TEXT), headers=HTML)
    await begin(desk)
    for number in range(3):
        await poll(desk, entry(desk, ACCORD), entry(desk, f"Number {number} of the tomato recipes", guid=str(number)))
    assert (asked_for(desk, "/brazil"), told(desk)) == (1, [ACCORD])


async def test_what_stood_there_before_or_is_old_or_decided_is_not_read(desk: Desk) -> None:
    await poll(desk, entry(desk, ACCORD), entry(desk, TOMATOES))
    old = entry(desk, "Australia, Japan sign accord", pubDate="Mon, 05 May 2025 08:00:00 GMT")
    await poll(desk, old, entry(desk, CLEAR), entry(desk, "Two tomato recipes for the autumn"))
    assert {asked.path for asked in desk.web.requests} == {"/feed"}
    assert told(desk) == [CLEAR]


@pytest.mark.parametrize(
    ("settings", "main"), [({"full_text": "never"}, READING), ({}, "full_text = false\n")], ids=["source", "all"]
)
async def test_nothing_is_read_where_the_owner_wants_none_of_it(
    desk: Desk, settings: dict[str, str], main: str
) -> None:
    desk.configure(routes=ROUTES, main=main, sources=source(desk, **settings))
    await begin(desk)
    await poll(desk, entry(desk, ACCORD))
    assert (asked_for(desk, "/brazil"), told(desk)) == (0, [])


async def test_always_reads_what_is_decided_too(desk: Desk) -> None:
    desk.configure(routes=ROUTES, main=READING, sources=source(desk, full_text="always"))
    desk.web.serve("/brazil", page(ACCORD, TRADE_TEXT), headers=HTML)
    desk.web.serve("/canada", page(CLEAR, [text.replace("Brazil", "Canada") for text in TRADE_TEXT]), headers=HTML)
    await begin(desk)
    await poll(desk, entry(desk, ACCORD), entry(desk, CLEAR))
    assert (asked_for(desk, "/brazil"), asked_for(desk, "/canada")) == (1, 1)
    assert "Read in full" in await why(desk, "canada")


async def test_nobody_waits_for_a_page_that_does_not_answer_but_its_own_undecided_item(desk: Desk) -> None:
    given_up = asyncio.Event()

    async def hang(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await given_up.wait()
        await send(writer, 404, {})

    async with FakeWeb("127.0.0.2") as other:  # a site of its own: one site is asked for one page at a time
        other.on("/australia", hang)
        desk.web.on("/china", hang)
        await begin(desk)
        desk.clock.advance(timedelta(minutes=10))
        unclear = entry(desk, "Australia, Japan sign accord", link=other.url("/australia"))
        desk.web.serve("/feed", rss(unclear, entry(desk, URGENT), entry(desk, CLEAR)))
        async with desk.bot() as bot:
            polling = asyncio.create_task(bot.service.pollers.run_due())
            await until(lambda: _to_send(bot, 2))
            await until(lambda: _asked(other, desk.web))
            assert not polling.done()
            given_up.set()
            await polling
            await bot.service.once()
            assert (await stored(bot, "Australia, Japan sign accord")).body == ""
    assert sorted(told(desk)) == [CLEAR, URGENT]
    assert "By its teaser: its page is not given out (HTTP 404)" in await why(desk, "china")


async def _to_send(bot: Bot, least: int) -> bool:
    count = sa.select(sa.func.count()).select_from(deliveries)
    return await bot.database.read(lambda connection: connection.execute(count).scalar_one()) >= least


async def _asked(other: FakeWeb, own: FakeWeb) -> bool:
    return {"/australia", "/china"} <= {asked.path for asked in (*other.requests, *own.requests)}


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while True:
            if await true():
                return
            await asyncio.sleep(0.005)


async def test_what_is_urgent_is_told_first_and_its_figures_follow_in_its_thread(desk: Desk) -> None:
    desk.web.serve("/china", page(URGENT, URGENT_TEXT), headers=HTML)
    await begin(desk)
    await poll(desk, entry(desk, URGENT))
    assert told(desk) == [URGENT]
    replies = [each for each in desk.discord.messages[GUILD_CHANNEL_ID] if _is_reply(each)]
    assert len(replies) == 1
    async with desk.bot() as bot:
        kept = await stored(bot, URGENT)
        find = sa.select(decisions.c.reason).where(decisions.c.item_key == kept.key).order_by(decisions.c.id)
        reasons = await bot.database.read(lambda connection: connection.execute(find).scalars().all())
        assert await bot.database.read(pages.noted, kept.key) == pages.READ_IN_FULL
    assert reasons == [Reason.FIRST, Reason.NEW_FACT]
    assert kept.body == "\n\n".join(URGENT_TEXT)
    await poll(desk, entry(desk, URGENT), entry(desk, "Three tomato recipes"))
    assert len(desk.discord.messages[GUILD_CHANNEL_ID]) == 2
    assert desk.wrong_in_the_books() == []
    desk.assert_payloads_are_valid()


async def test_a_paywall_leaves_the_teaser_as_it_was(desk: Desk) -> None:
    pitch = ["Subscribe to unlock this article.", "Try unlimited access to news on tariffs and trade for 4 weeks."]
    desk.web.serve("/brazil", page(ACCORD, pitch), headers=HTML)
    await begin(desk)
    await poll(desk, entry(desk, ACCORD))
    assert told(desk) == []
    assert "By its teaser: its page shows no more than the feed" in await why(desk, "brazil")
    async with desk.bot() as bot:
        assert (await stored(bot, ACCORD)).body == ""


class Killed(Exception):
    """The program ends here."""


async def test_a_crash_between_page_and_store_repeats_nothing_but_the_page(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.web.serve("/brazil", page(ACCORD, TRADE_TEXT), headers=HTML)
    await begin(desk)
    admit = Admission.admit

    def killed(self: Admission, connection: sa.Connection, wire: Any, judged: Any, *rest: Any) -> Any:
        if any(each.page for each in judged):
            raise Killed
        return admit(self, connection, wire, judged, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(Admission, "admit", killed)
        patch.setattr(Pipeline, "fail", _nothing)
        await poll(desk, entry(desk, ACCORD), entry(desk, CLEAR))
    assert told(desk) == [CLEAR]
    await poll(desk, entry(desk, ACCORD), entry(desk, CLEAR))
    assert (told(desk), asked_for(desk, "/brazil")) == ([CLEAR, ACCORD], 2)
    await poll(desk, entry(desk, ACCORD), entry(desk, CLEAR), entry(desk, "Three tomato recipes"))
    assert (told(desk), asked_for(desk, "/brazil")) == ([CLEAR, ACCORD], 2)
    assert desk.wrong_in_the_books() == []


async def _nothing(*_: object) -> None:
    """A killed program records nothing."""


async def test_a_changed_teaser_reads_its_page_again_and_an_unchanged_one_does_not(desk: Desk) -> None:
    desk.web.serve("/brazil", page(ACCORD, TRADE_TEXT), headers=HTML)
    await begin(desk)
    await poll(desk, entry(desk, ACCORD))
    changed = [text.replace("5 percent", "8 percent") for text in TRADE_TEXT]
    desk.web.serve("/brazil", page(ACCORD, changed), headers=HTML)
    await poll(desk, entry(desk, ACCORD), entry(desk, "Three tomato recipes"))
    assert asked_for(desk, "/brazil") == 1
    await poll(desk, entry(desk, ACCORD, "They met in Tokyo."))
    async with desk.bot() as bot:
        assert "8 percent" in (await stored(bot, ACCORD)).body
    desk.web.serve("/brazil", status=503)
    await poll(desk, entry(desk, ACCORD, "They met in Tokyo, and shook hands."))
    async with desk.bot() as bot:
        kept = await stored(bot, ACCORD)
    assert asked_for(desk, "/brazil") == 3
    assert ("8 percent" in kept.body, kept.summary) == (True, "They met in Tokyo, and shook hands.")
    assert told(desk) == [f"CORRECTED · {ACCORD}"], "a figure in its text took the place of another"


async def test_only_a_few_pages_of_one_poll_are_read_and_the_rest_is_judged_as_it_is(desk: Desk) -> None:
    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await send(writer, 404, {})

    names = ["Australia", "Brazil", "Canada", "Denmark", "Egypt", "Finland", "Greece", "Hungary"]
    for name in names:
        desk.web.on(f"/{name.lower()}", behave)
    await begin(desk)
    await poll(desk, *(entry(desk, f"{name}, Japan sign accord") for name in names))
    assert sum(asked_for(desk, f"/{name.lower()}") for name in names) == MOST_PAGES
    async with desk.bot() as bot:
        noted = sa.select(sa.func.count()).where(items.c.page.is_not(None))
        assert await bot.database.read(lambda connection: connection.execute(noted).scalar_one()) == MOST_PAGES
        assert len([await stored(bot, f"{name}, Japan sign accord") for name in names]) == len(names)
