"""Subscriptions at hubs: renewed in time, lost and found again, ended and moved; over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from bot.model import Destination
from bot.sources.sourcing import Pause
from bot.store import added_sources, pushed
from bot.store.hubs import LEAVE_TRIES, LONGEST_PAUSE, MOVED_AFTER, PATIENCE
from tests.fakes.hub import FakeHub
from tests.flow.desk import MARKET, NEITHER, TRADE, Desk
from tests.flow.push_room import WIRE, PushRoom, push_room, standing, subscribe, work

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest_asyncio.fixture
async def room(desk: Desk) -> AsyncIterator[PushRoom]:
    async with push_room(desk) as opened:
        opened.show(NEITHER)
        yield opened


# --- renewal and loss -----------------------------------------------------------------------------------------


async def test_a_subscription_is_renewed_before_it_ends_also_by_the_next_process(room: PushRoom) -> None:
    lease = timedelta(seconds=room.hub.lease or 0)
    async with room.bot() as bot:
        await subscribe(room, bot)
        room.desk.clock.advance(lease * 0.69)
        await work(bot)
        assert room.hub.modes == ["subscribe"]
    room.desk.clock.advance(lease * 0.17)
    async with room.bot() as bot:
        await work(bot)
        await room.hub.until(lambda: len(room.hub.verified) == 2)
        now = await standing(bot)
    first, second = room.hub.asked
    assert first == second, "the same subscription, with the same secret"
    assert now is not None
    assert now.live_until == room.desk.clock.now() + lease


async def test_two_processes_renew_it_once(room: PushRoom) -> None:
    async with room.bot() as one, room.desk.bot() as other:
        await subscribe(room, one)
        room.desk.clock.advance(timedelta(seconds=86_400 * 0.86))
        await asyncio.gather(one.service.subscriber.run_due(), other.service.subscriber.run_due())
    assert room.hub.modes == ["subscribe", "subscribe"]


async def test_a_hub_that_is_gone_costs_nothing_but_speed_and_is_asked_again_daily(room: PushRoom) -> None:
    async with room.bot() as bot:
        await subscribe(room, bot)
        await room.hub.die()
        room.desk.clock.advance(timedelta(seconds=86_400 * 0.86))
        await work(bot)
        dying = await standing(bot)
        assert dying is not None
        assert dying.live_until is not None, "until its lease ends"
        room.show(TRADE)
        room.desk.clock.advance(10 * MINUTE)
        await work(bot)
        assert room.alerts == 1, "polled as ever"
        for _ in range(4):
            room.desk.clock.advance(DAY)
            await work(bot)
        now = await standing(bot)
    assert now is not None
    assert now.live_until is None
    assert "cannot connect" in (now.fault or "")


async def test_a_hub_that_comes_back_pushes_again(room: PushRoom) -> None:
    room.hub.status = 410
    async with room.bot() as bot:
        await work(bot)
        room.desk.clock.advance(LONGEST_PAUSE - MINUTE)
        await work(bot)
        assert len(room.hub.asked) == 1, "who says that it is gone is asked a day later"
        room.hub.status = 202
        room.desk.clock.advance(MINUTE)
        await subscribe(room, bot)
        await room.publish(TRADE)
        await work(bot)
    assert room.alerts == 1


async def test_a_hub_that_does_not_confirm_is_asked_ever_more_rarely(room: PushRoom) -> None:
    room.hub.verifies = False
    async with room.bot() as bot:
        asked = []
        await bot.service.pollers.run_due()
        for minute in range(0, 200, 5):
            before = len(room.hub.asked)
            await bot.service.subscriber.run_due()
            asked += [minute] * (len(room.hub.asked) - before)
            room.desk.clock.advance(5 * MINUTE)
        now = await standing(bot)
    waited = round(PATIENCE / MINUTE)
    assert asked == [0, waited + 5, 2 * waited + 25, 3 * waited + 105]
    assert now is not None
    assert "public_url" in (now.fault or "")


async def test_a_hub_that_denies_is_asked_again_tomorrow(room: PushRoom) -> None:
    async with room.bot() as bot:
        await subscribe(room, bot)
        said = await room.hub.deny(room.subscriber.callback, room.topic, reason="too many\nfeeds")
        now = await standing(bot)
        room.desk.clock.advance(DAY - MINUTE)
        await work(bot)
        asked = len(room.hub.asked)
        room.desk.clock.advance(MINUTE)
        await work(bot)
    assert said.status == 200
    assert now is not None
    assert now.live_until is None
    assert (asked, len(room.hub.asked)) == (1, 2)


# --- ending ---------------------------------------------------------------------------------------------------


async def test_a_feed_that_moves_to_another_hub_is_followed_after_a_day(room: PushRoom) -> None:
    async with room.bot() as bot, FakeHub() as new:
        await subscribe(room, bot)
        room.show(TRADE, hub=new.url)
        room.desk.clock.advance(10 * MINUTE)
        await work(bot)
        assert new.asked == [], "what a feed says changes from answer to answer with some"
        room.show(MARKET, hub=new.url)
        room.desk.clock.advance(MOVED_AFTER)
        await work(bot)
        await new.until(lambda: new.subscribed)
        await room.hub.until(lambda: not room.hub.subscribed)
    assert room.hub.modes[-1] == "unsubscribe"
    assert room.hub.verified[-1].status == 200
    assert new.asked[0]["hub.secret"] != room.hub.asked[0]["hub.secret"]


async def test_a_feed_that_names_no_hub_any_more_is_polled_alone(room: PushRoom) -> None:
    async with room.bot() as bot:
        await subscribe(room, bot)
        room.show(TRADE, hub="")
        room.desk.clock.advance(MOVED_AFTER)
        await work(bot)
        await room.hub.until(lambda: not room.hub.subscribed)
        assert await standing(bot) is None
    assert room.hub.modes[-1] == "unsubscribe"


async def test_a_paused_source_is_unsubscribed_and_asked_for_again_when_it_is_resumed(room: PushRoom) -> None:
    author = Destination("slack", "U1", person=True)
    async with room.bot() as bot:
        await subscribe(room, bot)
        ours, now = room.subscriber, room.desk.clock.now()
        pause = Pause(source_id=WIRE, author=author, paused_at=now)
        await bot.database.write(added_sources.pause, pause)
        await work(bot)
        await room.hub.until(lambda: not room.hub.subscribed)
        late = await room.hub.deliver(ours, room.document(TRADE))
        await work(bot)
        assert room.alerts == 0
        await bot.database.write(added_sources.resume, WIRE, now=now)
        await subscribe(room, bot)
    assert late.status == 404
    assert room.hub.modes == ["subscribe", "unsubscribe", "subscribe"]


async def test_what_comes_while_a_subscription_ends_is_answered_with_gone(room: PushRoom) -> None:
    async with room.bot() as bot:
        await subscribe(room, bot)
        ours = room.subscriber
        room.hub.verifies = False
        pause = Pause(source_id=WIRE, author=Destination("slack", "U1", person=True), paused_at=room.desk.clock.now())
        await bot.database.write(added_sources.pause, pause)
        await work(bot)
        assert (await room.hub.deliver(ours, room.document(TRADE))).status == 410
        for _ in range(2 * LEAVE_TRIES):  # asked, and not confirmed
            room.desk.clock.advance(DAY)
            await work(bot)
        assert (await room.hub.deliver(ours, room.document(TRADE))).status == 404, "no hub knows it any more"
    assert room.hub.modes.count("unsubscribe") == LEAVE_TRIES


async def test_a_new_public_address_is_told_to_the_hub(room: PushRoom) -> None:
    async with room.bot() as bot:
        await subscribe(room, bot)
    room.configure(public_url=f'"http://localhost:{room.port}/"')
    async with room.bot() as bot:
        await work(bot)
        await room.hub.until(lambda: len(room.hub.verified) == 2)
    first, second = (form["hub.callback"] for form in room.hub.asked)
    assert second == first.replace("127.0.0.1", "localhost")


async def test_the_secret_part_of_an_address_stands_in_no_log(
    room: PushRoom, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> bool:
        raise RuntimeError("in our own code")

    async with room.bot() as bot:
        await subscribe(room, bot)
        monkeypatch.setattr(pushed, "receive", broken)
        said = await room.publish(TRADE)
        await room.hub.deliver(room.subscriber, "x", signature="sha256=wrong")
        ours = room.subscriber
        monkeypatch.undo()
        room.hub.status = 500
        room.desk.clock.advance(DAY)
        await work(bot)
    logged = capsys.readouterr()
    assert said.status == 500
    assert "board_request_failed" in logged.err
    assert "hub_failed" in logged.err
    for secret in (ours.secret, ours.callback.rpartition("/")[2]):
        assert secret not in logged.out + logged.err
