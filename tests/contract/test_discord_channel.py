"""Sending to Discord over real sockets: each message once, and every trouble under its right name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.deliver.card import Action, Card
from bot.deliver.discord.channel import DiscordChannel
from bot.deliver.discord.session import BadToken, use_endpoints
from bot.deliver.ports import Channel, Closed, Message, Refused, TryLater, UnknownOutcome
from bot.model import DeliveryId, Destination, Receipt, Tier
from tests.fakes.discord_faults import Drop, Hold, Reject
from tests.fakes.discord_service import (
    HISTORY,
    ME,
    OPEN_DIRECT,
    SEND,
    TOKEN,
    FakeDiscord,
)

CHANNEL = 123
CARD = Card(
    title="Ministers agree to talk about steel",
    url="https://example.org/steel",
    outlet="Example Wire",
    at=datetime(2025, 5, 6, 20, 15, tzinfo=UTC),
    tier=Tier.ALERT,
    direction="de-escalation",
    why="Trade negotiation 97 % · alert",
    actions=(Action(label="Why", command="why:0123456789abcdef"),),
    reference="0123456789abcdef",
)


def message(
    number: int = 1,
    to: str = f"discord:{CHANNEL}",
    *,
    card: Card = CARD,
    reply_to: Receipt | None = None,
    maybe_sent: bool = False,
) -> Message:
    return Message(
        delivery_id=DeliveryId(f"{number:024x}"[::-1]),
        destination=Destination.parse(to),
        card=card,
        reply_to=reply_to,
        maybe_sent=maybe_sent,
    )


@pytest.fixture
async def channel(service: FakeDiscord) -> AsyncIterator[DiscordChannel]:
    sender = DiscordChannel(TOKEN)
    yield sender
    await sender.close()


async def test_posts_the_card_and_returns_where_it_stands(service: FakeDiscord, channel: DiscordChannel) -> None:
    receipt = await channel.send(message())
    (posted,) = service.messages[CHANNEL]
    assert posted["embeds"][0]["title"] == CARD.title
    assert posted["components"][0]["components"][0]["custom_id"] == "wire:why:0123456789abcdef"
    assert (receipt.channel, receipt.message_id) == (str(CHANNEL), posted["id"])
    assert abs(datetime.now(UTC) - receipt.sent_at) < timedelta(minutes=1)


async def test_logs_in_once_for_all_messages(service: FakeDiscord, channel: DiscordChannel) -> None:
    await asyncio.gather(channel.send(message(1)), channel.send(message(2)))
    await channel.send(message(3))
    assert service.count(ME) == 1
    assert len(service.messages[CHANNEL]) == 3


async def test_mentions_nobody_whatever_the_feed_says(service: FakeDiscord, channel: DiscordChannel) -> None:
    card = replace(CARD, tier=Tier.FLASH, title="@everyone look", outlet="<@1>")
    await channel.send(message(card=card))
    (sent,) = [call for call in service.calls if (call.method, call.template) == SEND]
    assert sent.body["allowed_mentions"] == {"parse": []}
    assert "@everyone" not in sent.body["content"]
    assert not service.messages[CHANNEL][0]["mention_everyone"]


# --- waiting and trying again ---------------------------------------------------------------------------------


async def test_waits_out_a_short_rate_limit(
    service: FakeDiscord, channel: DiscordChannel, slept: list[float]
) -> None:
    service.fail(SEND, Reject(status=429, retry_after=2.5), Reject(status=429, retry_after=1.5, everywhere=True))
    await channel.send(message())
    assert len(service.messages[CHANNEL]) == 1
    assert {2.5, 1.5} <= set(slept)


async def test_hands_a_long_rate_limit_back_with_its_time(service: FakeDiscord, channel: DiscordChannel) -> None:
    service.fail(SEND, Reject(status=429, retry_after=90))
    with pytest.raises(TryLater) as caught:
        await channel.send(message())
    assert caught.value.after == timedelta(seconds=90)
    assert service.messages[CHANNEL] == []


async def test_a_server_error_that_passes_is_not_noticed(
    service: FakeDiscord, channel: DiscordChannel, slept: list[float]
) -> None:
    service.fail(SEND, Reject(status=502, plain=True), Reject(status=500))
    await channel.send(message())
    assert len(service.messages[CHANNEL]) == 1


@pytest.mark.parametrize("fault", [Reject(status=503), Drop(stored=False), Drop(stored=True)], ids=repr)
async def test_an_answer_that_never_came_is_an_unknown_outcome_and_a_resend_posts_once(
    service: FakeDiscord, channel: DiscordChannel, fault: Reject | Drop
) -> None:
    await channel.send(message(1))  # the connection is up
    service.fail(SEND, fault)
    with pytest.raises(UnknownOutcome):
        await channel.send(message(2))
    receipt = await channel.send(message(2, maybe_sent=True))
    assert [posted["id"] for posted in service.messages[CHANNEL]][1:] == [receipt.message_id]


async def test_a_resend_within_minutes_is_caught_by_the_nonce(service: FakeDiscord, channel: DiscordChannel) -> None:
    first = await channel.send(message())
    again = await channel.send(message())
    assert first == again
    assert len(service.messages[CHANNEL]) == 1


async def test_a_resend_after_minutes_is_caught_by_the_footer(service: FakeDiscord, channel: DiscordChannel) -> None:
    service.fail(SEND, Drop(stored=True))
    with pytest.raises(UnknownOutcome):
        await channel.send(message(1))
    await channel.send(message(2))
    service.forget_nonces()
    receipt = await channel.send(message(1, maybe_sent=True))
    assert len(service.messages[CHANNEL]) == 2
    assert receipt.message_id == service.messages[CHANNEL][0]["id"]


async def test_a_message_that_really_was_not_sent_is_sent_after_the_search(
    service: FakeDiscord, channel: DiscordChannel
) -> None:
    await channel.send(message(1))
    service.forget_nonces()
    await channel.send(message(2, maybe_sent=True))
    assert len(service.messages[CHANNEL]) == 2


async def test_the_footer_of_somebody_else_is_not_ours(service: FakeDiscord, channel: DiscordChannel) -> None:
    await channel.send(message())
    service.messages[CHANNEL][0]["author"] = {"id": "42", "username": "copycat"}
    service.forget_nonces()
    await channel.send(message(maybe_sent=True))
    assert len(service.messages[CHANNEL]) == 2


async def test_a_search_without_answer_posts_nothing(service: FakeDiscord, channel: DiscordChannel) -> None:
    service.fail(HISTORY, Reject(status=503))
    with pytest.raises(TryLater):
        await channel.send(message(maybe_sent=True))
    assert service.messages[CHANNEL] == []


async def test_past_the_deadline_the_outcome_is_unknown_and_the_late_message_is_found(service: FakeDiscord) -> None:
    channel, gate = DiscordChannel(TOKEN, deadline=0.05), asyncio.Event()
    service.fail(SEND, Hold(until=gate))
    with pytest.raises(UnknownOutcome):
        await channel.send(message())
    gate.set()
    patient = DiscordChannel(TOKEN)
    receipt = await patient.send(message(maybe_sent=True))
    await channel.close()
    await patient.close()
    assert [posted["id"] for posted in service.messages[CHANNEL]] == [receipt.message_id]


async def test_a_global_rate_limit_past_the_deadline_does_not_silence_the_client(service: FakeDiscord) -> None:
    channel = DiscordChannel(TOKEN)
    await channel.send(message(1))
    channel._deadline = 0.1
    service.fail(SEND, Reject(status=429, retry_after=0.2, everywhere=True))
    with pytest.raises(UnknownOutcome):
        await channel.send(message(2))
    for _ in range(20):
        try:
            await channel.send(message(2, maybe_sent=True))
            break
        except (TryLater, UnknownOutcome):
            continue
    await channel.close()
    assert len(service.messages[CHANNEL]) == 2


async def test_an_answer_that_is_no_message_is_an_unknown_outcome(
    service: FakeDiscord, channel: DiscordChannel
) -> None:
    service.fail(SEND, Reject(status=200, plain=True))
    with pytest.raises(UnknownOutcome, match="cannot be read"):
        await channel.send(message())


async def test_a_connection_that_is_refused_was_certainly_not_posted(unused_tcp_port: int) -> None:
    use_endpoints(f"http://127.0.0.1:{unused_tcp_port}/api/v10")
    channel = DiscordChannel(TOKEN)
    try:
        with pytest.raises(TryLater, match="cannot be reached"):
            await channel.send(message())
    finally:
        await channel.close()
        use_endpoints()


async def test_a_failed_login_is_tried_again_with_the_next_message(
    service: FakeDiscord, channel: DiscordChannel
) -> None:
    service.fail(ME, Reject(status=503))
    with pytest.raises(TryLater):
        await channel.send(message())
    await channel.send(message())
    assert len(service.messages[CHANNEL]) == 1


# --- what only a person can mend --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code", "words", "cure"),
    [
        (403, 50001, "Missing Access", "View Channel"),
        (403, 50013, "Missing Permissions", "Send Messages"),
        (404, 10003, "Unknown Channel", "invite the bot"),
        (403, 99999, "Something new", "Something new"),
    ],
)
async def test_a_missing_right_closes_the_channel_and_names_the_cure(
    service: FakeDiscord, channel: DiscordChannel, status: int, code: int, words: str, cure: str
) -> None:
    service.refusals[CHANNEL] = (status, code, words)
    with pytest.raises(Closed, match=cure) as caught:
        await channel.send(message())
    assert str(caught.value).startswith(f"discord:{CHANNEL}: ")


async def test_a_message_that_a_moderator_deleted_is_not_posted_again(
    service: FakeDiscord, channel: DiscordChannel
) -> None:
    receipt = await channel.send(message())
    service.delete(CHANNEL, receipt.message_id)
    with pytest.raises(Refused, match="deleted"):
        await channel.send(message(maybe_sent=True))
    assert service.messages[CHANNEL] == []


async def test_a_bad_token_is_asked_about_once_and_never_shown(service: FakeDiscord) -> None:
    channel = DiscordChannel("wrong.secret.token")
    for number in range(3):
        with pytest.raises(BadToken, match="DISCORD_TOKEN") as caught:
            await channel.send(message(number))
        assert "wrong.secret.token" not in f"{caught.value!r} {channel!r}"
    await channel.close()
    assert service.count(ME) == 1


async def test_a_token_that_is_revoked_while_sending_stops_the_sending(
    service: FakeDiscord, channel: DiscordChannel
) -> None:
    await channel.send(message(1))
    service.token = "another"
    for number in (2, 3):
        with pytest.raises(BadToken):
            await channel.send(message(number))
    assert service.count(SEND) == 2


# --- people and threads -----------------------------------------------------------------------------------------


async def test_reaches_a_person_and_opens_their_channel_once(service: FakeDiscord, channel: DiscordChannel) -> None:
    first = await channel.send(message(1, "discord:@77"))
    second = await channel.send(message(2, "discord:@77"))
    assert first.channel == second.channel
    assert service.count(OPEN_DIRECT) == 1
    assert len(service.messages[int(first.channel)]) == 2
    assert first.url == f"https://discord.com/channels/@me/{first.channel}/{first.message_id}"


async def test_a_person_with_closed_messages_is_told_how_to_open_them(
    service: FakeDiscord, channel: DiscordChannel
) -> None:
    service.refusals[77] = (403, 50007, "Cannot send messages to this user")
    with pytest.raises(Closed, match="allow direct messages"):
        await channel.send(message(to="discord:@77"))


async def test_an_update_answers_the_first_message_of_its_story(
    service: FakeDiscord, channel: DiscordChannel
) -> None:
    first = await channel.send(message(1))
    await channel.send(message(2, reply_to=first))
    assert service.messages[CHANNEL][1]["message_reference"]["message_id"] == first.message_id


async def test_an_update_of_a_deleted_message_is_an_ordinary_one(
    service: FakeDiscord, channel: DiscordChannel
) -> None:
    first = await channel.send(message(1))
    service.delete(CHANNEL, first.message_id)
    await channel.send(message(2, reply_to=first))
    assert len(service.messages[CHANNEL]) == 1


async def test_a_check_posts_nothing_and_finds_what_a_person_has_to_mend(
    service: FakeDiscord, channel: DiscordChannel
) -> None:
    port: Channel = channel
    assert await port.check(Destination.parse("discord:123")) == "tradewire reaches #channel-123"
    assert await port.check(Destination.parse("discord:@77")) == "tradewire reaches ann"
    with pytest.raises(Closed, match="invite the bot"):
        await channel.check(Destination.parse("discord:999"))
    assert service.count(SEND) == 0


async def test_a_check_has_a_deadline(service: FakeDiscord) -> None:
    channel = DiscordChannel(TOKEN, deadline=0.05)
    service.fail(ME, Hold(until=asyncio.Event()))
    with pytest.raises(TryLater):
        await channel.check(Destination.parse("discord:123"))
    await channel.close()


async def test_closing_ends_a_request_that_hangs(service: FakeDiscord) -> None:
    channel = DiscordChannel(TOKEN, deadline=0.05)
    service.fail(SEND, Hold(until=asyncio.Event()))
    with pytest.raises(UnknownOutcome):
        await channel.send(message())
    await channel.close()
    await channel.close()
    assert service.messages[CHANNEL] == []
