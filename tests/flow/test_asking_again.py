"""The whole bot on a web that moves, retires, shuts it out and freezes: what is asked next, and who hears of it."""

from __future__ import annotations

import json
from datetime import timedelta
from email.utils import format_datetime

import pytest

from bot.assembly import Bot
from bot.commands.spec import Caller
from bot.model import Destination
from tests.contract.story_room import granted, said
from tests.fakes.discord_payloads import GUILD_CHANNEL_ID
from tests.fakes.web import item, rss
from tests.flow.desk import SLACK_CHANNEL, THREE, TRADE, Desk

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ADMIN = Caller(
    user=Destination("slack", "U0123", person=True),
    place=Destination("slack", SLACK_CHANNEL),
    may_administer=granted,
)


@pytest.fixture(autouse=True)
def _quiet_desk(desk: Desk) -> None:
    """Only the operators' messages go to Discord."""
    use(desk, "/feed")


def use(desk: Desk, path: str) -> None:
    desk.configure(
        sources=f'[[source]]\nid = "wire"\nurl = "{desk.web.url(path)}"\n',
        routes=f'[[route]]\nname = "desk"\nto = ["slack:{SLACK_CHANNEL}"]\nwhen = "topic:trade"\n',
        main=f'[operations]\ntell = ["discord:{GUILD_CHANNEL_ID}"]\n',
    )


async def after(desk: Desk, bot: Bot, wait: timedelta = 10 * MINUTE) -> list[str]:
    """What is asked for that long later."""
    desk.clock.advance(wait)
    before = len(desk.web.requests)
    assert await bot.service.once() == []
    return [asked.path for asked in desk.web.requests[before:]]


async def ask(bot: Bot, text: str) -> str:
    return said(await bot.catalog.run_text(text, ADMIN))


def heard(desk: Desk) -> list[str]:
    """What the operators were told, in order."""
    told = desk.discord.messages[GUILD_CHANNEL_ID]
    return [json.dumps(message["embeds"], ensure_ascii=False) for message in told]


# --- addresses --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 308])
async def test_a_feed_that_moved_for_good_is_asked_at_its_new_address_after_a_good_answer(
    desk: Desk, status: int
) -> None:
    desk.web.redirect("/feed", "/new?key=s3cret", status=status)
    desk.web.serve("/new", THREE)
    async with desk.bot() as bot:
        assert await after(desk, bot) == ["/feed", "/new?key=s3cret"]
        assert await after(desk, bot) == ["/new?key=s3cret"]
        listed = await ask(bot, "sources")
        assert f"moved to {desk.web.url('/new?key=…')}: change the url" in listed
        assert "s3cret" not in listed
    async with desk.bot() as bot:
        assert await after(desk, bot) == ["/new?key=s3cret"], "after a restart too"
    use(desk, "/new")
    async with desk.bot() as bot:
        assert await after(desk, bot) == ["/new"]
        assert "moved to" not in await ask(bot, "sources")
    assert len(desk.slack_titles) == 1, "nothing was told twice"


@pytest.mark.parametrize("status", [302, 307])
async def test_a_feed_that_is_elsewhere_for_now_is_asked_where_it_was(desk: Desk, status: int) -> None:
    desk.web.redirect("/feed", "/new", status=status)
    desk.web.serve("/new", THREE)
    async with desk.bot() as bot:
        for _ in range(2):
            assert await after(desk, bot) == ["/feed", "/new"]


async def test_of_a_chain_only_what_is_for_good_is_adopted(desk: Desk) -> None:
    desk.web.redirect("/feed", "/home", status=301)
    desk.web.redirect("/home", "/today", status=302)
    desk.web.serve("/today", THREE)
    async with desk.bot() as bot:
        await after(desk, bot)
        assert await after(desk, bot) == ["/home", "/today"]


@pytest.mark.parametrize("to", ["/page", "/gone", "http://10.0.0.1/feed"])
async def test_an_address_without_a_feed_is_not_adopted(desk: Desk, to: str) -> None:
    desk.web.redirect("/feed", to, status=301)
    desk.web.serve("/page", "<!doctype html><html><body>Welcome to our new site</body></html>")
    async with desk.bot() as bot:
        for _ in range(2):
            assert (await after(desk, bot, HOUR))[0] == "/feed"
        assert "moved to" not in await ask(bot, "sources")


async def test_an_adopted_address_that_fails_gives_way_to_the_configured_one(desk: Desk) -> None:
    desk.web.redirect("/feed", "/new", status=301)
    desk.web.serve("/new", THREE)
    async with desk.bot() as bot:
        await after(desk, bot)
        desk.web.serve("/feed", THREE)
        desk.web.serve("/new", status=404)
        for _ in range(3):
            assert await after(desk, bot, HOUR) == ["/new"]
        assert await after(desk, bot, HOUR) == ["/feed"]
        assert "ok" in await ask(bot, "sources")


# --- states that need a person ----------------------------------------------------------------------------


async def test_a_feed_that_is_gone_for_good_retires_and_the_operators_hear_once(desk: Desk) -> None:
    desk.web.serve("/feed", status=410)
    async with desk.bot() as bot:
        assert await after(desk, bot) == ["/feed"]
        for _ in range(3):
            assert await after(desk, bot, DAY) == []
        assert len(heard(desk)) == 1
        assert "wire has retired" in heard(desk)[0]
        assert "1 source retired" in await ask(bot, "status")
        assert await after(desk, bot, 5 * DAY) == ["/feed"], "once a week"
        desk.web.serve("/feed", THREE)
        assert "is asked now" in await ask(bot, "sources resume wire")
        assert await after(desk, bot) == ["/feed"]
        assert "1 ok" in await ask(bot, "sources")
        assert len(heard(desk)) == 2
        assert "wire is read again" in heard(desk)[1]


async def test_another_address_ends_a_retirement(desk: Desk) -> None:
    desk.web.serve("/feed", status=410)
    desk.web.serve("/new", THREE)
    await desk.once()
    use(desk, "/new")
    async with desk.bot() as bot:
        assert await after(desk, bot, timedelta(0)) == ["/new"]
        assert "1 ok" in await ask(bot, "sources")


@pytest.mark.parametrize("gate", ["refused", "page", "header"])
async def test_a_site_that_shuts_us_out_is_blocked_and_asked_seldom(desk: Desk, gate: str) -> None:
    page = "<!DOCTYPE html><html><script src='/cdn-cgi/challenge-platform/h/b.js'></script></html>"
    if gate == "refused":
        desk.web.serve("/feed", status=403)
    elif gate == "page":
        desk.web.serve("/feed", page, status=503, headers={"Content-Type": "text/html"})
    else:
        desk.web.serve("/feed", "<rss/>", headers={"cf-mitigated": "challenge"})
    async with desk.bot() as bot:
        assert await after(desk, bot) == ["/feed"]
        assert "1 blocked" in await ask(bot, "sources")
        assert await after(desk, bot, 20 * MINUTE) == []
        assert await after(desk, bot, 20 * MINUTE) == ["/feed"]
        assert heard(desk) == []
        assert await after(desk, bot, 2 * HOUR) == ["/feed"]
        assert "wire shuts us out" in heard(desk)[0]
        assert "use another feed of the publisher" in heard(desk)[0]
        desk.web.serve("/feed", THREE)
        await after(desk, bot, 5 * HOUR)
        assert len(heard(desk)) == 2


async def test_a_feed_that_answers_and_is_frozen_raises_an_alarm_once_and_so_does_its_thaw(desk: Desk) -> None:
    days = [format_datetime(desk.clock.now() - number * DAY) for number in range(1, 9)]
    old = [item(f"Harvest {number}", guid=f"old-{number}", pubDate=date) for number, date in enumerate(days)]
    desk.web.serve("/feed", rss(*old), headers={"ETag": '"1"'})
    async with desk.bot() as bot:
        for _ in range(6):
            assert await after(desk, bot, DAY) == ["/feed"]
        assert heard(desk) == []
        for _ in range(3):
            assert await after(desk, bot, DAY) == ["/feed"], "it is asked as ever"
        assert len(heard(desk)) == 1
        assert "publishes on most days, and nothing since 2025-05-06" in heard(desk)[0]
        assert "1 source frozen" in await ask(bot, "status")
        fresh = TRADE.replace("</item>", f"<pubDate>{format_datetime(desk.clock.now())}</pubDate></item>")
        desk.web.serve("/feed", rss(fresh, *old))
        await after(desk, bot, DAY)
        assert "wire is read again" in heard(desk)[1]
        assert "1 ok" in await ask(bot, "sources")
        await after(desk, bot, DAY)
        assert len(heard(desk)) == 2


async def test_a_feed_that_was_frozen_before_it_was_added_is_found_at_its_first_poll(desk: Desk) -> None:
    year = [format_datetime(desk.clock.now() - timedelta(days=400 + number)) for number in range(10)]
    desk.web.serve("/feed", rss(*(item(f"Old {date}", guid=date, pubDate=date) for date in year)))
    await desk.once()
    assert "1 source needs a person" in heard(desk)[0]
    assert "nothing since 2024-04-02" in heard(desk)[0]


async def test_a_server_that_says_when_is_not_asked_before(desk: Desk) -> None:
    desk.web.serve("/feed", status=429, headers={"Retry-After": "3600"})
    async with desk.bot() as bot:
        assert await after(desk, bot) == ["/feed"]
        assert await after(desk, bot, 59 * MINUTE) == []
        assert await after(desk, bot, 8 * MINUTE) == ["/feed"]


async def test_a_copy_in_a_shared_cache_is_not_asked_for_before_it_is_renewed(desk: Desk) -> None:
    desk.web.serve("/feed", THREE, headers={"Cache-Control": "max-age=900", "Age": "60"})
    async with desk.bot() as bot:
        await after(desk, bot)
        assert await after(desk, bot, 14 * MINUTE) == []
        assert await after(desk, bot, 2 * MINUTE) == ["/feed"]
