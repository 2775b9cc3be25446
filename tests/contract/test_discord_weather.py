"""What Discord can do to a message beyond the ordinary, over real sockets: it goes in another form, or waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from bot.deliver.discord.brake import HUSH, MOST_INVALID, WINDOW, Brake
from bot.deliver.discord.channel import DiscordChannel
from bot.deliver.discord.session import BadToken, use_endpoints
from bot.deliver.ports import (
    Closed,
    PlatformClosed,
    PlatformPaused,
    Refused,
    SendError,
    TryLater,
    UnknownOutcome,
    Unreachable,
)
from tests.contract.test_discord_channel import CARD, CHANNEL, message
from tests.fakes.discord_faults import Drop, Reject
from tests.fakes.discord_service import EDIT, SEND, TOKEN, FakeDiscord

IN_AN_HOUR = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)


@pytest.fixture
async def service() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as fake:
        use_endpoints(fake.api_url, fake.gateway.url)
        yield fake
        use_endpoints()
    assert fake.violations == []


@pytest.fixture
async def channel(service: FakeDiscord) -> AsyncIterator[DiscordChannel]:
    sender = DiscordChannel(TOKEN)
    yield sender
    await sender.close()


async def sent(channel: DiscordChannel) -> SendError:
    with pytest.raises(SendError) as caught:
        await channel.send(message())
    return caught.value


# --- 429 ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "least", "most"),
    [
        (Reject(status=429, retry_after=90), 90, 90),
        (Reject(status=429, retry_after=90.5), 90.5, 90.5),
        (Reject(status=429, retry_after=1e300), 3600, 3600),
        (Reject(status=429, plain=True, header="45"), 45, 45),
        (Reject(status=429, plain=True, header=IN_AN_HOUR), 600, 3600),
    ],
    ids=["seconds", "a fraction", "absurd", "a header", "a date"],
)
async def test_a_limit_of_one_route_is_heard_in_whatever_form_discord_says_how_long(
    service: FakeDiscord, channel: DiscordChannel, fault: Reject, least: float, most: float
) -> None:
    service.fail(SEND, fault)
    error = await sent(channel)
    assert type(error) is TryLater
    assert error.after is not None
    assert least <= error.after.total_seconds() <= most


@pytest.mark.parametrize("header", [None, "soon", "-5"])
async def test_a_limit_that_does_not_say_how_long_leaves_the_wait_to_us(
    service: FakeDiscord, channel: DiscordChannel, header: str | None
) -> None:
    service.fail(SEND, Reject(status=429, plain=True, header=header))
    error = await sent(channel)
    assert type(error) is TryLater
    assert error.after is None


async def test_a_limit_whose_body_names_no_time_is_an_unknown_outcome_and_no_fault_of_ours(
    service: FakeDiscord, channel: DiscordChannel
) -> None:
    service.fail(SEND, Reject(status=429))
    assert type(await sent(channel)) is UnknownOutcome
    await channel.send(message(maybe_sent=True))
    assert len(service.messages[CHANNEL]) == 1


async def test_a_long_global_limit_pauses_the_platform_and_the_next_message_does_not_ask(
    service: FakeDiscord, channel: DiscordChannel
) -> None:
    service.fail(SEND, Reject(status=429, retry_after=90, everywhere=True))
    for _ in range(2):
        error = await sent(channel)
        assert isinstance(error, PlatformPaused)
        assert error.after is not None
        assert 60 < error.after.total_seconds() <= 90
    assert service.count(SEND) == 1


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        (Reject(status=429, via=False, plain=True, header="600"), timedelta(minutes=10)),
        (Reject(status=429, via=False, plain=True), timedelta(minutes=10)),
        (Reject(status=403, code=40333, message="internal network error"), timedelta(minutes=10)),
    ],
    ids=repr,
)
async def test_a_ban_of_the_address_closes_the_platform(
    service: FakeDiscord, channel: DiscordChannel, fault: Reject, wait: timedelta
) -> None:
    service.fail(SEND, fault)
    error = await sent(channel)
    assert isinstance(error, PlatformClosed)
    assert error.after == wait


# --- another form -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [50035, 50006])
async def test_a_card_that_discord_does_not_take_goes_as_text(
    service: FakeDiscord, channel: DiscordChannel, code: int
) -> None:
    service.fail(SEND, Reject(status=400, code=code, message="Invalid Form Body"))
    await channel.send(message())
    (posted,) = service.messages[CHANNEL]
    assert posted["embeds"] == posted["components"] == []
    assert CARD.title in posted["content"]
    assert CARD.outlet in posted["content"]


async def test_one_that_went_as_text_and_lost_its_answer_is_found_by_its_last_word(
    service: FakeDiscord, channel: DiscordChannel
) -> None:
    service.fail(SEND, Reject(status=400, code=50035), Drop(stored=True))
    assert type(await sent(channel)) is UnknownOutcome
    service.forget_nonces()
    receipt = await channel.send(message(maybe_sent=True))
    assert [posted["id"] for posted in service.messages[CHANNEL]] == [receipt.message_id]


async def test_a_message_that_discord_takes_in_no_form_is_refused_and_the_next_one_goes(
    service: FakeDiscord, channel: DiscordChannel
) -> None:
    service.fail(SEND, *[Reject(status=400, code=50035, message="Invalid Form Body")] * 2)
    with pytest.raises(Refused, match="Invalid Form Body"):
        await channel.send(message(1))
    await channel.send(message(2))
    assert len(service.messages[CHANNEL]) == 1


async def test_an_edit_that_discord_does_not_take_goes_as_text(service: FakeDiscord, channel: DiscordChannel) -> None:
    receipt = await channel.send(message())
    service.fail(EDIT, Reject(status=400, code=50035))
    await channel.edit(message(), receipt)
    (posted,) = service.messages[CHANNEL]
    assert posted["embeds"] == posted["components"] == []
    assert CARD.title in posted["content"]
    await channel.edit(message(), receipt)
    (posted,) = service.messages[CHANNEL]
    assert posted["content"] == ""
    assert posted["embeds"][0]["title"] == CARD.title


@pytest.mark.parametrize(
    "fault",
    [
        Reject(status=400, code=160002, message="Cannot reply without permission to read message history"),
        Reject(status=400, code=50035, message="In message_reference: Unknown message"),
    ],
    ids=repr,
)
async def test_an_update_that_may_not_answer_stands_by_itself(
    service: FakeDiscord, channel: DiscordChannel, fault: Reject
) -> None:
    first = await channel.send(message(1))
    service.fail(SEND, fault)
    receipt = await channel.send(message(2, reply_to=first))
    assert "message_reference" not in service.messages[CHANNEL][1]
    assert receipt.thread_id is None
    assert receipt.url is not None


# --- whose fault it is --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code", "kind", "cure"),
    [
        (400, 50083, Unreachable, "unlock it"),
        (400, 50008, Closed, "name a text channel"),
        (400, 40058, Closed, "one of its threads"),
        (403, 50278, Unreachable, "join one"),
        (400, 200000, Refused, "blocked by"),
    ],
)
async def test_it_is_known_whether_the_place_is_closed_or_the_message_refused(
    service: FakeDiscord, channel: DiscordChannel, status: int, code: int, kind: type[SendError], cure: str
) -> None:
    service.fail(SEND, Reject(status=status, code=code, message="Message was blocked by automatic moderation"))
    error = await sent(channel)
    assert type(error) is kind
    assert cure in str(error)


# --- the network --------------------------------------------------------------------------------------------


async def test_a_connection_that_is_taken_and_never_answered_is_left_at_the_deadline() -> None:
    """Half open: the other side is gone and nobody said so. The login comes first, so nothing was posted."""
    held: list[asyncio.StreamWriter] = []

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)
        await reader.read()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()[:2]
        use_endpoints(f"http://{host}:{port}/api/v10")
        channel = DiscordChannel(TOKEN, deadline=0.1)
        try:
            with pytest.raises(UnknownOutcome, match="no answer from Discord within"):
                await channel.send(message())
        finally:
            for writer in held:
                writer.close()
            await channel.close()
            use_endpoints()


# --- the brake ----------------------------------------------------------------------------------------------


class _Watch:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_the_brake_counts_what_discord_counts_within_ten_minutes() -> None:
    watch = _Watch()
    watch.seconds = 1_000.0
    brake = Brake(watch)
    for status, headers in ((403, {}), (429, {}), (404, {}), (400, {}), (429, {"X-RateLimit-Scope": "shared"})):
        for _ in range(MOST_INVALID // 2 - 1):
            brake.hear(status, headers)
    brake.check()
    brake.hear(403, {})
    brake.check()
    brake.hear(403, {})
    with pytest.raises(PlatformClosed, match="10,000") as caught:
        brake.check()
    assert caught.value.after == WINDOW
    watch.seconds += WINDOW.total_seconds()
    brake.check()


def test_what_is_spread_over_a_day_does_not_brake() -> None:
    watch = _Watch()
    watch.seconds = 1_000.0
    brake = Brake(watch)
    for _ in range(3 * MOST_INVALID):
        watch.seconds += 1.0
        brake.hear(403, {})
    brake.check()


def test_a_refused_token_is_not_asked_about_again_at_once() -> None:
    watch = _Watch()
    watch.seconds = 1_000.0
    brake = Brake(watch)
    brake.hear(401, {})
    with pytest.raises(BadToken):
        brake.check()
    watch.seconds += HUSH
    brake.check()
