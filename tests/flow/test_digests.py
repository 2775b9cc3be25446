"""A whole bot with quiet hours, caps and digests, over real sockets, from the command to the message."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.commands.spec import Caller
from bot.model import Destination
from tests.fakes.slack_service import Dropped
from tests.fakes.web import item, rss
from tests.flow.desk import MARKET, NEITHER, SLACK_CHANNEL, TRADE, Desk
from tests.flow.test_chat import ask_slack, chatting, discord_answer

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
BERLIN = '[people]\nzone = "Europe/Berlin"\nmanagers = ["slack:@U0123"]\n'
TALKS = item(
    "Norland and Skarhavn open talks on copper tariffs",
    guid="trade-9",
    link="https://wire.example/copper",
    description="Trade ministers meet in Lund, officials said.",
)


async def set_on_both(desk: Desk, setting: str, value: str) -> tuple[str, str]:
    """The same setting for the channel of each platform."""
    slack = await ask_slack(desk, f"settings {setting} {value}")
    discord = await discord_answer(await desk.discord.slash("settings", {"setting": setting, "value": value}))
    return slack, discord


async def test_what_quiet_hours_hold_comes_as_one_digest_on_both_platforms(desk: Desk) -> None:
    """It is 10:00 in Berlin, and quiet until noon."""
    desk.configure(main=BERLIN)
    desk.web.serve("/feed", rss(NEITHER))
    async with chatting(desk):
        for setting, value in (("quiet", "09:30-12:00"), ("digest", "daily 12:15")):
            for answer in await set_on_both(desk, setting, value):
                assert f"of this channel: {value}" in answer, answer
    desk.web.serve("/feed", rss(MARKET, TRADE))
    desk.clock.advance(5 * MINUTE)
    await desk.once()
    desk.clock.advance(2 * HOUR)
    await desk.once()
    assert desk.slack_titles == []
    assert desk.discord_titles == []
    desk.clock.advance(15 * MINUTE)
    await desk.once()
    await desk.once()
    (slack,), (discord,) = desk.slack_titles, desk.discord_titles
    assert "Digest, Wed 7 May 12:20: 2 stories" in slack
    assert "Brazil and Japan agree" in slack
    assert "Nikkei plunges" in slack
    assert discord == "Digest, Wed 7 May 12:20: 2 stories"
    printed = desk.console.getvalue()
    assert "Brazil and Japan agree" in printed, "the console prefers nothing"
    assert "Digest" not in printed
    desk.assert_payloads_are_valid()


async def test_after_the_cap_the_rest_comes_when_the_day_ends_whoever_restarts(desk: Desk) -> None:
    desk.configure(main=BERLIN)
    desk.web.serve("/feed", rss(NEITHER))
    async with chatting(desk):
        for answer in await set_on_both(desk, "cap", "1"):
            assert "1 message a day" in answer
    desk.web.serve("/feed", rss(TALKS, MARKET, TRADE))
    desk.clock.advance(10 * MINUTE)
    await desk.once()
    assert len(desk.slack_titles) == len(desk.discord_titles) == 1
    desk.clock.advance(13 * HOUR)
    await desk.once()
    assert len(desk.slack_titles) == 1
    desk.clock.advance(HOUR)
    async with desk.bot() as one, desk.bot() as other:  # two processes at midnight
        await asyncio.gather(one.service.send_digests(), other.service.send_digests())
    await desk.once()  # and neither lived to send it
    assert len(desk.slack_titles) == len(desk.discord_titles) == 2
    assert "2 more than the cap of a day" in desk.slack_titles[1]
    assert desk.discord_titles[1].startswith("Digest, Thu 8 May 00:1")
    desk.assert_payloads_are_valid()


async def test_a_digest_that_reached_the_platform_without_an_answer_is_not_sent_again(desk: Desk) -> None:
    desk.configure(
        main=BERLIN, routes=f'[[route]]\nname = "desk"\nto = ["slack:{SLACK_CHANNEL}"]\nwhen = "recipes"\n'
    )
    async with desk.bot() as bot:
        await bot.service.once()
        manager = Caller(user=Destination("slack", "U0123", person=True), place=Destination("slack", SLACK_CHANNEL))
        await bot.catalog.run_text("settings digest hourly", manager)
    desk.web.serve("/feed", rss(NEITHER.replace("kitchen-1", "kitchen-2").replace("Ten tomato", "Nine tomato")))
    desk.clock.advance(10 * MINUTE)
    await desk.once()
    desk.clock.advance(HOUR)
    desk.slack.fail("chat.postMessage", Dropped(done=True))
    async with desk.bot() as bot:
        await bot.service.send_digests()
        for leased in await bot.service.drain.claim(9):
            await bot.service.drain.run(leased)
    assert len(desk.slack_titles) == 1, "it stands there, and nobody knows"
    desk.clock.advance(5 * MINUTE)
    await desk.once()
    assert len(desk.slack_titles) == 1
    assert "Nine tomato" in desk.slack_titles[0]
