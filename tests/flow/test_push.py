"""Hubs push what is new: asked for, verified, signed, told at once; over real sockets."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from bot.board.websub import AT_ONCE, LONGEST_CHALLENGE, MOST_KEPT, TRY_AGAIN_S
from bot.store import pushed
from bot.store.hubs import FIRST_PAUSE
from bot.store.pushed import VAIN_PAUSE
from tests.fakes.hub import FakeHub
from tests.flow.desk import MARKET, NEITHER, TRADE, Desk
from tests.flow.push_room import PushRoom, due, push_room, standing, subscribe, work

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest_asyncio.fixture
async def room(desk: Desk) -> AsyncIterator[PushRoom]:
    async with push_room(desk) as opened:
        opened.show(NEITHER)
        yield opened


# --- subscribing ----------------------------------------------------------------------------------------------


async def test_a_hub_that_a_feed_names_is_asked_with_a_secret_and_an_address_of_our_own(room: PushRoom) -> None:
    async with room.bot() as bot:
        await subscribe(room, bot)
        now = await standing(bot)
    (asked,) = room.hub.asked
    assert asked["hub.topic"] == room.topic
    assert asked["hub.callback"].startswith(f"http://127.0.0.1:{room.port}/websub/")
    assert len(asked["hub.callback"].rpartition("/")[2]) >= 43  # 32 random bytes
    assert 64 <= len(asked["hub.secret"]) < 200
    assert int(asked["hub.lease_seconds"]) == 864_000
    (verified,) = room.hub.verified
    assert (verified.status, verified.content_type) == (200, "text/plain")
    assert now is not None
    assert now.live_until == room.desk.clock.now() + timedelta(seconds=86_400)


async def test_a_hub_may_verify_before_it_answers_and_may_redirect(room: PushRoom) -> None:
    room.hub.at_once = True
    async with FakeHub(status=307, location=f"{room.hub.url}moved") as old, room.bot() as bot:
        room.show(NEITHER, hub=old.url)
        await subscribe(room, bot)
        now = await standing(bot)
    assert old.modes == room.hub.modes == ["subscribe"]
    assert now is not None
    assert now.live_until is not None


@pytest.mark.parametrize("web", [{"public_url": ""}, {"push": "false"}, {"public_url": '"http://news.example"'}])
async def test_no_hub_is_asked_where_none_can_or_shall_reach_us(room: PushRoom, web: dict[str, str]) -> None:
    room.configure(**web)
    async with room.bot() as bot:
        await work(bot)
    assert room.hub.asked == []


async def test_a_hub_inside_our_network_is_not_asked(room: PushRoom) -> None:
    room.show(NEITHER, hub="http://10.1.2.3/hub")
    async with room.bot() as bot:
        await work(bot)
        room.desk.clock.advance(FIRST_PAUSE)
        await work(bot)
        now = await standing(bot)
    assert now is not None
    assert "private or special address" in (now.fault or "")


async def test_verification_is_refused_for_what_we_did_not_ask(room: PushRoom) -> None:
    async with room.bot() as bot:
        await subscribe(room, bot)
        ours = room.subscriber
        strange = ours.callback[:-8] + "AAAAAAAA"
        refused = [
            await room.hub.verify(ours.callback, "subscribe", f"{ours.topic}?other"),
            await room.hub.verify(ours.callback, "subscribe", f"{ours.topic}\0"),
            await room.hub.verify(ours.callback, "unsubscribe", ours.topic),
            await room.hub.verify(ours.callback, "publish", ours.topic),
            await room.hub.verify(strange, "subscribe", ours.topic),
            await room.hub.verify(ours.callback, "subscribe", ours.topic, challenge=""),
            await room.hub.verify(ours.callback, "subscribe", ours.topic, challenge="x" * (LONGEST_CHALLENGE + 1)),
            await room.hub.deny(ours.callback, f"{ours.topic}?other"),
        ]
        no_token = await room.hub.verify(f"{ours.callback}%00", "subscribe", ours.topic)
        again = await room.hub.verify(ours.callback, "subscribe", ours.topic)
        now = await standing(bot)
    assert {said.status for said in refused} == {404}
    assert len({said.body for said in refused}) == 1, "a stranger learns nothing from it"
    assert no_token.status == 401, "as any other page"
    assert again.status == 200, "a hub may ask again about what is live"
    assert now is not None
    assert now.live_until is not None


async def test_markup_in_a_challenge_comes_back_as_plain_text(room: PushRoom) -> None:
    async with room.bot() as bot:
        await subscribe(room, bot)
        said = await room.hub.verify(
            room.subscriber.callback, "subscribe", room.topic, challenge="<script>alert(1)</script>"
        )
    assert (said.body, said.content_type) == ("<script>alert(1)</script>", "text/plain")


# --- deliveries -----------------------------------------------------------------------------------------------


async def test_what_a_hub_delivers_is_told_at_once_though_no_poll_is_due_and_the_feed_is_down(room: PushRoom) -> None:
    """With the workers as they run; the fake clock stands still, so that nothing is ever due by time."""
    async with room.bot() as bot:
        await subscribe(room, bot)
        await bot.service.senders.run_due()
        serving = asyncio.create_task(bot.service.serve())
        room.desk.web.serve("/feed", status=503)
        assert room.alerts == 0
        said = await room.publish(TRADE, NEITHER)
        await room.desk.slack.people.until(lambda: room.alerts == 1, "the alert")
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
    assert said.status == 202
    assert "Brazil and Japan" in room.desk.slack_titles[0]
    room.desk.assert_payloads_are_valid()


async def test_a_delivery_that_the_web_process_takes_is_told_by_a_worker_process(room: PushRoom) -> None:
    async with room.bot() as web, room.desk.bot() as worker:
        await subscribe(room, worker)
        serving = asyncio.create_task(worker.service.serve())
        await room.publish(TRADE)
        await room.desk.slack.people.until(lambda: room.alerts == 1, "the alert")
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        assert not web.service.pollers.busy


async def test_after_a_delivery_the_feed_is_polled_and_what_is_told_is_not_told_again(room: PushRoom) -> None:
    async with room.bot() as bot:
        await subscribe(room, bot)
        before = room.polls
        room.desk.clock.advance(MINUTE)
        await room.publish(TRADE, NEITHER)
        await work(bot)
        assert (room.alerts, room.polls) == (1, before + 1), "the feed does not show it yet"
        room.show(TRADE, NEITHER)
        room.desk.clock.advance(10 * MINUTE)
        await work(bot)
    assert (room.alerts, room.polls) == (1, before + 2)
    assert room.desk.wrong_in_the_books() == []


async def test_a_replayed_delivery_tells_nobody_again(room: PushRoom) -> None:
    async with room.bot() as bot:
        await subscribe(room, bot)
        for _ in range(3):
            await room.publish(TRADE, NEITHER)
            await work(bot)
            room.desk.clock.advance(MINUTE)
        await room.publish(MARKET)
        await room.publish(TRADE, NEITHER)
        await work(bot)
    assert room.alerts == 2


async def test_a_worker_that_dies_after_telling_leaves_nobody_told_twice(
    room: PushRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*args: object, **kwargs: object) -> None:
        raise RuntimeError("killed")

    async with room.bot() as bot:
        await subscribe(room, bot)
        await room.publish(TRADE)
        with monkeypatch.context() as patch:
            patch.setattr(pushed, "settle", killed)
            await work(bot)
    assert room.alerts == 1
    room.desk.clock.advance(10 * MINUTE)
    async with room.bot() as bot:
        await room.publish(MARKET)
        await work(bot)
        assert not await bot.database.read(pushed.is_any)
    assert room.alerts == 2
    assert room.desk.wrong_in_the_books() == []


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
async def test_every_method_of_the_standard_is_taken(room: PushRoom, method: str) -> None:
    room.hub.method = method
    async with room.bot() as bot:
        await subscribe(room, bot)
        await room.publish(TRADE)
        await work(bot)
    assert room.alerts == 1


async def test_a_delivery_whose_signature_does_not_hold_is_not_read_and_not_told_why(room: PushRoom) -> None:
    async with room.bot() as bot:
        await subscribe(room, bot)
        before = room.polls
        document = room.document(TRADE)
        answers = [
            await room.hub.deliver(room.subscriber, document, secret="not ours"),
            await room.hub.deliver(room.subscriber, document, signature=""),
            await room.hub.deliver(room.subscriber, document, signature="sha256="),
            await room.hub.deliver(room.subscriber, document, signature="md5=d41d8cd98f00b204e9800998ecf8427e"),
            await room.hub.deliver(room.subscriber, document, signature="sha256=ünicode"),
        ]
        await work(bot)
        counted = bot.metrics.registry.get_sample_value(
            "tradewire_hub_deliveries_total", {"outcome": "bad_signature"}
        )
    assert {(said.status, said.body) for said in answers} == {(202, "")}
    assert counted == len(answers)
    assert (room.alerts, room.polls) == (0, before)


async def test_many_deliveries_are_one_poll_every_few_seconds(room: PushRoom) -> None:
    async with room.bot() as bot:
        await subscribe(room, bot)
        room.desk.clock.advance(MINUTE)
        before = room.polls
        for number in range(6):
            await room.publish(NEITHER.replace("Ten", str(number)))
            await work(bot)
        assert room.polls == before + 1
        assert await due(bot) == room.desk.clock.now() + VAIN_PAUSE
        room.desk.clock.advance(VAIN_PAUSE)
        await work(bot)
    assert room.polls == before + 2


async def test_what_cannot_be_read_or_is_too_large_to_keep_has_the_feed_polled(room: PushRoom) -> None:
    async with room.bot() as bot:
        await subscribe(room, bot)
        room.show(TRADE)
        room.desk.clock.advance(MINUTE)
        await room.hub.publish(room.topic, "something is new", "text/plain")
        await work(bot)
        assert room.alerts == 1
        room.show(TRADE, MARKET)
        room.desk.clock.advance(MINUTE)
        await room.hub.publish(room.topic, room.document(MARKET) + " " * MOST_KEPT)
        await work(bot)
    assert room.alerts == 2


async def test_a_delivery_does_not_have_a_feed_polled_that_asked_to_be_left_alone(room: PushRoom) -> None:
    async with room.bot() as bot:
        await subscribe(room, bot)
        room.desk.web.serve("/feed", status=429, headers={"Retry-After": "3600"})
        room.desk.clock.advance(10 * MINUTE)
        await work(bot)
        asked, until = room.polls, await due(bot)
        room.desk.clock.advance(MINUTE)
        await room.publish(TRADE)
        await work(bot)
        assert await due(bot) == until
    assert (room.alerts, room.polls) == (1, asked)


async def test_a_strangers_address_is_not_there_and_too_many_at_once_are_asked_to_wait(room: PushRoom) -> None:
    async with room.bot() as bot, ClientSession() as session:
        await subscribe(room, bot)
        async with session.post(f"http://127.0.0.1:{room.port}/websub/{'A' * 43}", data=b"x") as answer:
            assert answer.status == 404
        held = asyncio.Event()

        async def slow() -> AsyncIterator[bytes]:
            yield b"x"
            await held.wait()

        posts = [
            asyncio.create_task(session.post(room.subscriber.callback, data=slow()).__aenter__())
            for _ in range(2 * AT_ONCE)
        ]
        for turned_away in [await each for each in itertools.islice(asyncio.as_completed(posts), AT_ONCE)]:
            assert (turned_away.status, turned_away.headers["Retry-After"]) == (503, str(TRY_AGAIN_S))
        assert (await room.publish(TRADE)).status == 503
        held.set()
        for each in await asyncio.gather(*posts):
            each.release()
        assert (await room.publish(TRADE)).status == 202
