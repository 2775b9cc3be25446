"""What takes no messages is tried rarely, whatever waits there, and nothing of it is lost: over real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from bot.deliver.discord import brake
from bot.store import breaker, expiry, outages, outbox
from bot.store.engine import Database
from tests.contract.weather_room import AT_ONCE, MINUTE, DiscordRoom, SlackRoom, discord_room, slack_room
from tests.fakes.clock import FakeClock
from tests.fakes.discord_service import ME, SEND, TOKEN, Reject
from tests.fakes.slack_service import ApiError, RateLimited

MANY = 3 * AT_ONCE


@pytest_asyncio.fixture
async def slack(database: Database, clock: FakeClock) -> AsyncIterator[SlackRoom]:
    async with slack_room(database, clock, MANY) as room:
        yield room


@pytest_asyncio.fixture
async def discord(database: Database, clock: FakeClock) -> AsyncIterator[DiscordRoom]:
    async with discord_room(database, clock, MANY) as room:
        yield room


# --- one destination ----------------------------------------------------------------------------------------


async def test_a_closed_channel_is_tried_after_5_10_20_40_and_then_every_60_minutes(slack: SlackRoom) -> None:
    (place,) = slack.places[:1]
    slack.slack.add_channel(place.address).archived = True
    slack.put(place, "first", "second")
    tried = [await slack.drain()]
    minutes = 0
    while len(tried) < 8:
        minutes += 5
        if await slack.drain_after(5 * MINUTE):
            tried.append(minutes)
    assert tried[1:] == [5, 10, 20, 40, 80, 140, 200]
    assert slack.asked == len(tried)


async def test_what_waited_for_a_channel_is_sent_in_order_once_it_takes_messages(slack: SlackRoom) -> None:
    closed, well = slack.places[:2]
    slack.slack.add_channel(closed.address).archived = True
    slack.put(closed, "first", "second")
    slack.put(well, "elsewhere")
    await slack.drain()
    slack.put(closed, "third")
    assert slack.texts(well) == ["elsewhere"]
    assert "unarchive the channel" in slack.down()[str(closed)].why

    slack.slack.add_channel(closed.address).archived = False
    await slack.drain_after(5 * MINUTE)

    assert slack.texts(closed) == ["first", "second", "third"]
    assert slack.down() == {}


async def test_a_refused_message_proves_that_the_channel_is_open(slack: SlackRoom) -> None:
    (place,) = slack.places[:1]
    slack.slack.fail("chat.postMessage", ApiError("not_in_channel"), ApiError("msg_too_long"))
    slack.put(place, "first", "second")
    await slack.drain()
    await slack.drain_after(5 * MINUTE)
    assert slack.states(place) == ["failed", "sent"]
    assert slack.down() == {}


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [(404, 10003, "Unknown Channel"), (403, 50013, "Missing Permissions"), (400, 50083, "Thread is archived")],
)
async def test_a_deleted_channel_a_missing_right_and_an_archived_thread_close_the_place_and_keep_its_news(
    discord: DiscordRoom, status: int, code: int, words: str
) -> None:
    (place,) = discord.places[:1]
    discord.discord.refusals[int(place.address)] = (status, code, words)
    discord.put(place, "first", "second")
    await discord.drain()
    assert discord.states(place) == ["pending", "pending"]
    assert list(discord.down()) == [str(place)]
    del discord.discord.refusals[int(place.address)]
    await discord.drain_after(5 * MINUTE)
    assert discord.texts(place) == ["first", "second"]


# --- a platform as a whole ----------------------------------------------------------------------------------


async def test_a_revoked_slack_token_is_tried_by_one_destination_for_all(slack: SlackRoom) -> None:
    token = slack.slack.bot_token
    slack.slack.bot_token = "xoxb-another"
    for place in slack.places:
        slack.put(place, "news")

    await slack.drain()
    assert slack.asked <= AT_ONCE, "only what was already taken asks"
    assert list(slack.down()) == ["slack"]
    assert "copy SLACK_BOT_TOKEN" in slack.down()["slack"].why
    before = slack.asked
    assert await slack.drain_after(4 * MINUTE) == 0
    assert await slack.drain_after(MINUTE) == 1
    assert await slack.drain_after(4 * MINUTE) == 0
    assert slack.asked == before + 1
    slack.slack.bot_token = token

    assert await slack.drain_after(56 * MINUTE) == MANY

    assert [slack.texts(place) for place in slack.places] == [["news"]] * MANY
    assert slack.down() == {}


async def test_a_revoked_discord_token_is_asked_about_once(discord: DiscordRoom) -> None:
    discord.discord.token = "another"
    for place in discord.places:
        discord.put(place, "news")

    await discord.drain()
    assert discord.discord.count(ME) == 1
    assert list(discord.down()) == ["discord"]
    assert await discord.drain_after(5 * MINUTE) == 1
    assert discord.discord.count(ME) == 2
    discord.discord.token = TOKEN

    assert await discord.drain_after(10 * MINUTE) == MANY

    assert [discord.texts(place) for place in discord.places] == [["news"]] * MANY


async def test_a_process_that_starts_tries_a_closed_platform_at_once(slack: SlackRoom) -> None:
    slack.slack.fail("chat.postMessage", ApiError("account_inactive"))
    slack.put(slack.places[0], "news")
    await slack.drain()
    slack.put(slack.places[1], "news")
    assert await slack.drain_after(timedelta(seconds=2)) == 0
    slack.database.write_now(outages.probe_now, ["slack"], now=slack.clock.now())
    assert await slack.drain() == 2
    assert slack.down() == {}


async def test_a_probe_that_only_finds_its_own_channel_closed_opens_the_platform(slack: SlackRoom) -> None:
    slack.slack.fail("chat.postMessage", ApiError("token_revoked"), ApiError("is_archived"))
    for place in slack.places[:2]:
        slack.put(place, "news")
    assert await slack.drain() == 2
    assert set(slack.down()) == {"slack", str(slack.places[1])}
    await slack.drain_after(5 * MINUTE)
    assert slack.down() == {}
    assert [slack.texts(place) for place in slack.places[:2]] == [["news"], ["news"]]


async def test_when_something_may_next_be_sent_heeds_what_is_closed(slack: SlackRoom) -> None:
    assert slack.database.read_now(breaker.next_due, ["slack"]) is None
    slack.slack.fail("chat.postMessage", ApiError("token_revoked"))
    slack.put(slack.places[0], "news")
    await slack.drain()
    assert slack.database.read_now(breaker.next_due, ["slack"]) == slack.clock.now() + 5 * MINUTE
    assert slack.database.read_now(outbox.next_due, ["slack"]) == slack.clock.now() + timedelta(seconds=1)


async def test_a_clock_that_was_set_back_does_not_keep_a_platform_closed(slack: SlackRoom) -> None:
    slack.slack.fail("chat.postMessage", ApiError("token_revoked"))
    slack.put(slack.places[0], "news")
    slack.put(slack.places[1], "news")
    await slack.drain()
    slack.clock.advance(-timedelta(hours=3))
    slack.put(slack.places[2], "later")
    assert await slack.drain() >= 1
    assert slack.down() == {}


# --- Discord's own limits -----------------------------------------------------------------------------------


async def test_a_long_global_rate_limit_pauses_every_destination_and_needs_nobody(discord: DiscordRoom) -> None:
    for place in discord.places:
        discord.put(place, "news")
    discord.discord.fail(SEND, Reject(status=429, retry_after=90, everywhere=True))

    await discord.drain()
    assert discord.asked == 1
    assert discord.down()["discord"].passing
    assert not discord.tell()
    assert await discord.drain_after(timedelta(seconds=80)) == 0
    await discord.drain_after(timedelta(seconds=10))

    assert [discord.texts(place) for place in discord.places] == [["news"]] * MANY
    assert discord.down() == {}


async def test_a_ban_of_the_address_closes_discord_for_as_long_as_it_says(discord: DiscordRoom) -> None:
    for place in discord.places:
        discord.put(place, "news")
    discord.discord.fail(SEND, *[Reject(status=429, retry_after=600, via=False, plain=True)] * AT_ONCE)

    await discord.drain()
    asked = discord.asked
    assert asked <= AT_ONCE
    assert "too many" in discord.down()["discord"].why
    assert await discord.drain_after(9 * MINUTE) == 0
    await discord.drain_after(MINUTE)

    assert discord.asked == asked + MANY
    assert [discord.texts(place) for place in discord.places] == [["news"]] * MANY


async def test_the_brake_is_on_long_before_discord_bans_the_address(
    discord: DiscordRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert brake.MOST_INVALID * 10 <= 10_000
    monkeypatch.setattr(brake, "MOST_INVALID", AT_ONCE + 1)
    discord.channel._brake = brake.Brake(now=lambda: discord.clock.now().timestamp())  # type: ignore[attr-defined]  # of Discord's
    for place in discord.places:
        discord.discord.refusals[int(place.address)] = (403, 50013, "Missing Permissions")
        discord.put(place, "news")

    await discord.drain()
    asked = len(discord.discord.calls)
    assert "10,000 ban" in discord.down()["discord"].why
    assert await discord.drain_after(9 * MINUTE) == 0
    assert len(discord.discord.calls) == asked
    discord.discord.refusals.clear()
    await discord.drain_after(MINUTE)
    await discord.drain_after(5 * MINUTE)

    assert [discord.texts(place) for place in discord.places] == [["news"]] * MANY


async def test_a_limit_on_one_channel_holds_up_no_other(slack: SlackRoom, discord: DiscordRoom) -> None:
    for room in (slack, discord):
        for place in room.places[:3]:
            room.put(place, "news")
    slack.slack.fail("chat.postMessage", RateLimited(90))
    discord.discord.fail(SEND, Reject(status=429, retry_after=90))

    for room in (slack, discord):
        await room.drain()
        assert [room.texts(place) for place in room.places[:3]].count(["news"]) == 2
        assert room.down() == {}
    await slack.drain_after(timedelta(seconds=89))
    assert slack.asked == discord.asked == 3
    slack.clock.advance(timedelta(seconds=1))
    for room in (slack, discord):
        await room.drain()
        assert [room.texts(place) for place in room.places[:3]] == [["news"]] * 3


async def test_what_is_closed_for_long_expires_with_its_reason_and_the_place_is_not_told_old_news(
    slack: SlackRoom,
) -> None:
    (place,) = slack.places[:1]
    slack.slack.add_channel(place.address).archived = True
    slack.put(place, "old")
    await slack.drain()
    slack.clock.advance(timedelta(days=8))
    slack.put(place, "new")
    slack.database.write_now(expiry.expire, after=timedelta(days=7), now=slack.clock.now())
    slack.slack.add_channel(place.address).archived = False
    await slack.drain()
    assert slack.states(place) == ["expired", "sent"]
    assert slack.texts(place) == ["new"]


async def test_the_operators_hear_once_of_a_closed_platform_and_once_that_it_is_open(slack: SlackRoom) -> None:
    slack.slack.fail("chat.postMessage", *[ApiError("token_revoked")] * AT_ONCE)
    for place in slack.places:
        slack.put(place, "news")
    await slack.drain()
    assert slack.tell()
    await slack.drain_after(5 * MINUTE)
    assert slack.tell()
    assert not slack.tell()
    closed, over = slack.told()
    assert "all of Slack" in closed
    assert "set SLACK_BOT_TOKEN" in closed
    assert "all of Slack takes messages again" in over
