"""What Slack can do to a message beyond the ordinary, over real sockets: it goes in another form, or waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from bot.deliver.ports import Closed, PlatformClosed, TryLater, UnknownOutcome, Unreachable
from bot.deliver.slack.channel import SlackChannel
from bot.deliver.slack.client import make_client
from bot.model import DeliveryId, Destination
from tests.contract.test_slack_channel import DESK, FIRST, again, channel_of
from tests.fakes.slack_service import ApiError, Dropped, RateLimited, SlackService

NOW = datetime(2025, 5, 6, 18, 30, tzinfo=UTC)
UPDATE = replace(FIRST, delivery_id=DeliveryId("b" * 24))


@pytest.fixture
async def slack() -> AsyncIterator[SlackService]:
    async with SlackService() as service:
        service.add_channel("C0123")
        yield service
        service.assert_clean()


# --- 429 ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        (30, timedelta(seconds=30)),
        ("2.5", timedelta(seconds=2.5)),
        (format_datetime(NOW + timedelta(minutes=2), usegmt=True), timedelta(minutes=2)),
        ("1e300", timedelta(hours=1)),
        ("-7", None),
        ("soon", None),
        (None, None),
    ],
)
async def test_a_rate_limit_is_heard_in_whatever_form_slack_says_how_long(
    slack: SlackService, header: int | str | None, wait: timedelta | None
) -> None:
    slack.fail("chat.postMessage", RateLimited(header))
    channel = SlackChannel(make_client(slack.bot_token, slack.api_url), now=lambda: NOW)

    with pytest.raises(TryLater) as caught:
        await channel.send(FIRST)

    assert caught.value.after == wait
    assert slack.messages("C0123") == []


@pytest.mark.parametrize(
    "header",
    ["0.01", format_datetime(datetime.now(UTC), usegmt=True), "soon", None],
    ids=["seconds", "date", "words", "none"],
)
async def test_a_look_up_waits_out_its_rate_limit_whatever_the_form(
    slack: SlackService, header: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    async def no_sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("bot.deliver.slack.client.asyncio.sleep", no_sleep)
    slack.fail("conversations.history", RateLimited(header))
    await channel_of(slack).send(again(FIRST))
    assert len(slack.messages("C0123")) == 1
    assert slept == [0.01 if header == "0.01" else 1.0]


# --- what it belongs to is gone -----------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["thread_not_found", "cannot_reply_to_message", "restricted_action_thread_locked"])
async def test_an_update_whose_thread_takes_nothing_stands_in_the_channel_itself(
    slack: SlackService, code: str
) -> None:
    channel = channel_of(slack)
    first = await channel.send(FIRST)
    slack.fail("chat.postMessage", ApiError(code))

    receipt = await channel.send(replace(UPDATE, reply_to=first))

    assert [posted.thread_ts for posted in slack.messages("C0123")] == [None, None]
    assert receipt.thread_id is None
    assert receipt.url is not None


async def test_an_update_that_went_to_the_channel_and_lost_its_answer_is_found_there(slack: SlackService) -> None:
    channel = channel_of(slack)
    update = replace(UPDATE, reply_to=await channel.send(FIRST))
    locked = ApiError("restricted_action_thread_locked")
    slack.fail("chat.postMessage", locked, Dropped(done=True))
    with pytest.raises(UnknownOutcome):
        await channel.send(update)

    slack.fail("chat.postMessage", locked)
    receipt = await channel.send(again(update))

    assert [posted.ts for posted in slack.messages("C0123")][1:] == [receipt.message_id]


async def test_a_lost_reply_to_a_deleted_message_stands_once_in_the_channel(slack: SlackService) -> None:
    """What the first attempt may have put below the message is gone with it."""
    channel = channel_of(slack)
    update = replace(UPDATE, reply_to=await channel.send(FIRST))
    slack.messages("C0123").clear()

    await channel.send(again(update))
    await channel.send(again(update))

    assert len(slack.messages("C0123")) == 1


# --- whose fault it is --------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["token_revoked", "invalid_auth", "account_inactive", "token_expired"])
async def test_a_token_that_is_refused_closes_slack_as_a_whole_and_names_no_place(
    slack: SlackService, code: str
) -> None:
    slack.fail("chat.postMessage", ApiError(code))
    with pytest.raises(PlatformClosed, match="SLACK_BOT_TOKEN") as caught:
        await channel_of(slack).send(FIRST)
    assert "C0123" not in str(caught.value)


async def test_without_the_right_to_write_slack_is_closed_as_a_whole(slack: SlackService) -> None:
    slack.scopes.remove("chat:write")
    with pytest.raises(PlatformClosed, match="add the scope chat:write"):
        await channel_of(slack).send(FIRST)


@pytest.mark.parametrize("code", ["user_disabled", "messages_tab_disabled", "is_archived", "restricted_action"])
async def test_what_is_wrong_with_one_place_closes_that_alone(slack: SlackService, code: str) -> None:
    slack.fail("chat.postMessage", ApiError(code))
    with pytest.raises(Closed) as caught:
        await channel_of(slack).send(FIRST)
    assert not isinstance(caught.value, PlatformClosed)


async def test_a_person_whose_account_is_gone_is_unreachable(slack: SlackService) -> None:
    slack.add_person("U0123")
    slack.fail("conversations.open", ApiError("user_disabled"))
    with pytest.raises(Unreachable, match="deactivated"):
        await channel_of(slack).send(replace(FIRST, destination=Destination("slack", "U0123", person=True)))


# --- the network --------------------------------------------------------------------------------------------


async def test_a_connection_that_is_taken_and_never_answered_ends_at_the_deadline() -> None:
    """Half open: the other side is gone and nobody said so."""
    held: list[asyncio.StreamWriter] = []

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)
        await reader.read()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()[:2]
        channel = SlackChannel(make_client("xoxb-secret", f"http://{host}:{port}/api/"), deadline=0.1)
        with pytest.raises(UnknownOutcome, match=f"{DESK}: no answer from Slack"):
            await channel.send(FIRST)
        for writer in held:
            writer.close()
