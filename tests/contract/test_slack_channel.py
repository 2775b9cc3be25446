"""SlackChannel against a fake Slack over real sockets: each card once, whatever the network does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import ANY

import pytest

from bot.deliver.card import Card
from bot.deliver.ports import Closed, Message, Refused, TryLater, UnknownOutcome
from bot.deliver.slack.channel import PAGE, SlackChannel
from bot.deliver.slack.client import make_client
from bot.model import DeliveryId, Destination, Tier
from tests.fakes.slack_service import ApiError, Dropped, Garbage, RateLimited, ServerError, SlackService, Slow

DESK = Destination("slack", "C0123")
CARD = Card(
    title="Talks on tariffs open in Geneva",
    url="https://news.example/talks",
    outlet="Example Wire",
    at=datetime(2025, 5, 6, 18, 12, tzinfo=UTC),
    tier=Tier.ALERT,
    direction="de-escalation",
    why="Trade negotiation 97 % · alert",
)
FIRST = Message(delivery_id=DeliveryId("a" * 24), destination=DESK, card=CARD)


@pytest.fixture
async def slack() -> AsyncIterator[SlackService]:
    async with SlackService() as service:
        service.add_channel("C0123")
        yield service
        service.assert_clean()


def channel_of(slack: SlackService, deadline: float = 5.0) -> SlackChannel:
    return SlackChannel(make_client(slack.bot_token, slack.api_url, pause=0.0), deadline=deadline)


def again(message: Message) -> Message:
    return replace(message, maybe_sent=True)


async def test_a_card_is_posted_with_its_delivery_id_and_calls_nobody(slack: SlackService) -> None:
    receipt = await channel_of(slack).send(FIRST)

    (posted,) = slack.messages("C0123")
    assert (receipt.channel, receipt.message_id, receipt.thread_id) == ("C0123", posted.ts, None)
    assert receipt.sent_at == datetime.fromtimestamp(float(posted.ts), UTC)
    assert posted.metadata == {"event_type": "tradewire_delivery", "event_payload": {"delivery_id": "a" * 24}}
    off = {"unfurl_links": False, "unfurl_media": False, "link_names": False, "mrkdwn": False}
    assert {key: posted.arguments[key] for key in off} == off
    assert "Talks on tariffs open in Geneva" in posted.text


async def test_an_update_goes_into_the_thread_of_the_first_message(slack: SlackService) -> None:
    channel = channel_of(slack)
    first = await channel.send(FIRST)
    update = replace(FIRST, delivery_id=DeliveryId("b" * 24), reply_to=first)

    second = await channel.send(update)
    third = await channel.send(replace(update, delivery_id=DeliveryId("c" * 24), reply_to=second))

    assert [posted.thread_ts for posted in slack.messages("C0123")] == [None, first.message_id, first.message_id]
    assert second.thread_id == third.thread_id == first.message_id


async def test_a_person_is_written_to_directly_and_their_conversation_is_opened_once(slack: SlackService) -> None:
    direct = slack.add_person("U0123")
    channel = channel_of(slack)
    to_person = replace(FIRST, destination=Destination("slack", "U0123", person=True))

    receipt = await channel.send(to_person)
    await channel.send(replace(to_person, delivery_id=DeliveryId("b" * 24)))

    assert receipt.channel == direct
    assert len(slack.messages(direct)) == 2
    assert [method for method, _ in slack.calls].count("conversations.open") == 1


# --- nothing was posted -----------------------------------------------------------------------------------


async def test_a_rate_limit_is_handed_on_with_slacks_wait_and_the_next_send_goes_through(slack: SlackService) -> None:
    slack.fail("chat.postMessage", RateLimited(7))
    channel = channel_of(slack)

    with pytest.raises(TryLater) as caught:
        await channel.send(FIRST)
    await channel.send(FIRST)

    assert caught.value.after == timedelta(seconds=7)
    assert len(slack.messages("C0123")) == 1


async def test_an_absurd_wait_is_cut_to_an_hour(slack: SlackService) -> None:
    slack.fail("chat.postMessage", RateLimited(10**12))

    with pytest.raises(TryLater) as caught:
        await channel_of(slack).send(FIRST)

    assert caught.value.after == timedelta(hours=1)


async def test_a_connection_that_was_never_made_is_tried_later(unused_tcp_port: int) -> None:
    channel = SlackChannel(make_client("xoxb-secret", f"http://127.0.0.1:{unused_tcp_port}/api/"))

    with pytest.raises(TryLater, match="slack:C0123: no connection to Slack"):
        await channel.send(FIRST)


async def test_a_failed_opening_of_a_conversation_posted_nothing(slack: SlackService) -> None:
    slack.add_person("U0123")
    slack.fail("conversations.open", Dropped(done=True))

    with pytest.raises(TryLater):
        await channel_of(slack).send(replace(FIRST, destination=Destination("slack", "U0123", person=True)))


@pytest.mark.parametrize("code", ["message_limit_exceeded", "service_unavailable"])
async def test_codes_that_say_not_now_are_tried_later(slack: SlackService, code: str) -> None:
    slack.fail("chat.postMessage", ApiError(code))

    with pytest.raises(TryLater, match=code):
        await channel_of(slack).send(FIRST)


# --- closed and refused -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "cure"),
    [
        ("channel_not_found", "check the id"),
        ("not_in_channel", "/invite @Tradewire"),
        ("is_archived", "unarchive the channel"),
        ("restricted_action", "ask its administrator"),
    ],
)
async def test_what_a_person_must_mend_closes_the_destination_with_the_cure(
    slack: SlackService, code: str, cure: str
) -> None:
    slack.fail("chat.postMessage", ApiError(code))

    with pytest.raises(Closed, match=f"slack:C0123: .*{code}.*{cure}"):
        await channel_of(slack).send(FIRST)


@pytest.mark.parametrize(("code", "cure"), [("msg_too_long", "report it")])
async def test_a_message_that_can_never_go_is_refused(slack: SlackService, code: str, cure: str) -> None:
    slack.fail("chat.postMessage", ApiError(code))

    with pytest.raises(Refused, match=f"slack:C0123: .*{code}.*{cure}"):
        await channel_of(slack).send(FIRST)


async def test_a_code_that_nobody_knows_loses_nothing(slack: SlackService) -> None:
    slack.fail("chat.postMessage", ApiError("some_new_code"))

    with pytest.raises(Closed, match=r"some_new_code.*docs\.slack\.dev"):
        await channel_of(slack).send(FIRST)


async def test_the_fake_refuses_what_slack_refuses(slack: SlackService) -> None:
    slack.add_channel("C0OUT", member=False)
    slack.add_channel("C0OLD").archived = True
    channel = channel_of(slack)

    for address, cure in (("C0NONE", "check the id"), ("C0OUT", "/invite"), ("C0OLD", "unarchive")):
        with pytest.raises(Closed, match=cure):
            await channel.send(replace(FIRST, destination=Destination("slack", address)))


async def test_a_missing_scope_is_named(slack: SlackService) -> None:
    slack.scopes.remove("chat:write")

    with pytest.raises(Closed, match="add the scope chat:write"):
        await channel_of(slack).send(FIRST)


async def test_an_unknown_person_closes_only_them(slack: SlackService) -> None:
    with pytest.raises(Closed, match=r"slack:@U0404: .*Copy member ID"):
        await channel_of(slack).send(replace(FIRST, destination=Destination("slack", "U0404", person=True)))


async def test_refused_blocks_leave_the_alert_as_text(slack: SlackService) -> None:
    slack.fail("chat.postMessage", ApiError("invalid_blocks"))

    await channel_of(slack).send(FIRST)

    (posted,) = slack.messages("C0123")
    assert posted.blocks == []
    assert posted.text.startswith("Talks on tariffs open in Geneva")


async def test_an_address_that_is_no_address_names_the_setting() -> None:
    with pytest.raises(Closed, match="SLACK_API_URL"):
        await SlackChannel(make_client("xoxb-secret", "slack")).send(FIRST)


# --- nobody knows whether it was posted -------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        Dropped(done=True),
        Dropped(done=False),
        ServerError(500, done=True),
        ServerError(503),
        ApiError("internal_error"),
        Garbage("<html>proxy</html>"),
        Garbage("proxy", content_type="text/plain"),
        Garbage("[]", content_type="application/json"),
        Garbage("{", content_type="application/json"),
        Garbage('{"ok": true}', content_type="application/json"),
    ],
    ids=str,
)
async def test_an_answer_that_proves_nothing_is_an_unknown_outcome_and_is_not_tried_again(
    slack: SlackService, fault: Dropped | ServerError | ApiError | Garbage
) -> None:
    slack.fail("chat.postMessage", fault)

    with pytest.raises(UnknownOutcome, match="slack:C0123"):
        await channel_of(slack).send(FIRST)

    assert [method for method, _ in slack.calls] == ["chat.postMessage"]


async def test_an_answer_that_never_comes_ends_at_the_deadline(slack: SlackService) -> None:
    release = asyncio.Event()
    slack.fail("chat.postMessage", Slow(release))

    with pytest.raises(UnknownOutcome, match="TimeoutError"):
        await channel_of(slack, deadline=0.1).send(FIRST)
    release.set()


async def test_a_message_that_was_posted_before_the_answer_was_lost_is_found_not_repeated(
    slack: SlackService,
) -> None:
    slack.fail("chat.postMessage", Dropped(done=True))
    channel = channel_of(slack)

    with pytest.raises(UnknownOutcome):
        await channel.send(FIRST)
    receipt = await channel.send(again(FIRST))

    (posted,) = slack.messages("C0123")
    assert (receipt.channel, receipt.message_id) == ("C0123", posted.ts)


async def test_a_message_that_was_lost_on_its_way_is_posted_once(slack: SlackService) -> None:
    slack.fail("chat.postMessage", Dropped(done=False))
    channel = channel_of(slack)

    with pytest.raises(UnknownOutcome):
        await channel.send(FIRST)
    await channel.send(again(FIRST))

    assert len(slack.messages("C0123")) == 1


async def test_a_lost_reply_is_looked_for_in_its_thread(slack: SlackService) -> None:
    channel = channel_of(slack)
    first = await channel.send(FIRST)
    update = replace(FIRST, delivery_id=DeliveryId("b" * 24), reply_to=first)
    slack.fail("chat.postMessage", ServerError(503, done=True))

    with pytest.raises(UnknownOutcome):
        await channel.send(update)
    receipt = await channel.send(again(update))

    assert len(slack.messages("C0123")) == 2
    assert (receipt.message_id, receipt.thread_id) == (slack.messages("C0123")[1].ts, first.message_id)


async def test_the_look_up_reads_further_pages(slack: SlackService) -> None:
    slack.fail("chat.postMessage", Dropped(done=True))
    channel = channel_of(slack)
    with pytest.raises(UnknownOutcome):
        await channel.send(FIRST)
    lost = slack.messages("C0123")[0]
    slack.messages("C0123").extend(replace(lost, ts=slack.next_ts(), metadata=None) for _ in range(PAGE + 5))

    receipt = await channel.send(again(FIRST))

    assert receipt.message_id == lost.ts
    assert [method for method, _ in slack.calls].count("conversations.history") == 2


async def test_the_look_up_goes_back_three_days(slack: SlackService) -> None:
    now = datetime(2025, 5, 6, 12, tzinfo=UTC)
    channel = SlackChannel(make_client(slack.bot_token, slack.api_url), now=lambda: now)

    await channel.send(again(FIRST))

    assert slack.calls[0] == ("conversations.history", ANY)
    assert float(slack.calls[0][1]["oldest"]) == (now - timedelta(days=3)).timestamp()


async def test_a_look_up_is_tried_again_after_a_server_error(slack: SlackService) -> None:
    slack.fail("conversations.history", ServerError(503))

    await channel_of(slack).send(again(FIRST))

    assert [method for method, _ in slack.calls][:3] == ["conversations.history"] * 2 + ["chat.postMessage"]


@pytest.mark.parametrize("fault", [Dropped(done=False), ApiError("service_unavailable"), RateLimited(60)], ids=str)
async def test_a_look_up_that_fails_leaves_the_outcome_unknown(
    slack: SlackService, fault: Dropped | ApiError | RateLimited
) -> None:
    slack.fail("conversations.history", fault, fault)  # twice: the HTTP client repeats a GET by itself

    with pytest.raises(UnknownOutcome):
        await channel_of(slack, deadline=0.2).send(again(FIRST))

    assert slack.messages("C0123") == []


async def test_a_forbidden_look_up_closes_the_destination_rather_than_posting_twice(slack: SlackService) -> None:
    channel = channel_of(slack)
    await channel.send(FIRST)
    slack.scopes.remove("channels:history")

    with pytest.raises(Closed, match=r"channels:history.*may already stand there"):
        await channel.send(again(FIRST))

    assert len(slack.messages("C0123")) == 1


# --- check ------------------------------------------------------------------------------------------------


async def test_a_check_says_who_may_post_where_and_posts_nothing(slack: SlackService) -> None:
    direct = slack.add_person("U0123")
    channel = channel_of(slack)

    assert await channel.check(DESK) == "tradewire of Desk may post in C0123"
    assert (
        await channel.check(Destination("slack", "U0123", person=True)) == f"tradewire of Desk may post in {direct}"
    )
    assert slack.messages("C0123") == slack.messages(direct) == []


@pytest.mark.parametrize("scope", ["chat:write", "channels:history"])
async def test_a_check_names_a_missing_scope(slack: SlackService, scope: str) -> None:
    slack.scopes.remove(scope)

    with pytest.raises(Closed, match=f"add the scope {scope}"):
        await channel_of(slack).check(DESK)


async def test_a_check_finds_a_bad_token_and_a_channel_without_the_bot(slack: SlackService) -> None:
    slack.add_channel("C0OUT", member=False)

    with pytest.raises(Closed, match="copy SLACK_BOT_TOKEN"):
        await SlackChannel(make_client("xoxb-wrong", slack.api_url)).check(DESK)
    with pytest.raises(Closed, match="/invite @Tradewire"):
        await channel_of(slack).check(Destination("slack", "C0OUT"))


# --- secrets ----------------------------------------------------------------------------------------------


async def test_the_token_is_in_no_error_and_no_log(slack: SlackService, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    channel = channel_of(slack)
    for fault in (ApiError("invalid_auth"), Dropped(done=False), ServerError(500), Garbage("{")):
        slack.fail("chat.postMessage", fault)
        with pytest.raises((Closed, UnknownOutcome)) as caught:
            await channel.send(FIRST)
        assert slack.bot_token not in f"{caught.value!r} {caught.value.__cause__!r} {channel!r}"

    assert slack.bot_token not in caplog.text
