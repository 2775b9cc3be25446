"""SlackChat by signed HTTP, over real sockets: only Slack is believed, and it is acknowledged first."""

from __future__ import annotations

import time
from urllib.parse import urlencode

import aiohttp
import pytest

from bot.commands.on_slack.chat import MAX_BODY, SlackChat
from tests.fakes.slack_desk import Desk, chat_of, served
from tests.fakes.slack_service import SlackService


async def test_a_signed_command_is_acknowledged_and_answered(slack: SlackService, desk: Desk) -> None:
    async with served(chat_of(slack, desk)) as url:
        status, asked = await slack.people.command_by_http(url, "say hello")
        answer = await slack.people.answer(asked)

    assert status == 200
    assert answer["text"] == "You said hello"


async def test_a_signed_button_is_acknowledged_and_answered(slack: SlackService, desk: Desk) -> None:
    async with served(chat_of(slack, desk)) as url:
        status, asked = await slack.people.press_by_http(url, "say:again")
        answer = await slack.people.answer(asked)

    assert status == 200
    assert answer["text"] == "You said again"


async def test_a_signed_command_is_acknowledged_while_the_catalog_hangs(slack: SlackService, desk: Desk) -> None:
    async with served(chat_of(slack, desk)) as url:
        status, asked = await slack.people.command_by_http(url, "hang")
        assert (status, asked.answers) == (200, [])
        desk.go.set()
        answer = await slack.people.answer(asked)

    assert answer["text"] == "Done at last"


@pytest.mark.parametrize(("secret", "stamp"), [("another", None), (None, "1746540000"), (None, "soon")])
async def test_a_bad_signature_or_an_old_request_is_refused(
    slack: SlackService, desk: Desk, secret: str | None, stamp: str | None
) -> None:
    async with served(chat_of(slack, desk)) as url:
        status, _ = await slack.people.command_by_http(url, "say hello", secret=secret, stamp=stamp)

    assert status == 401
    assert desk.asked == []


async def test_an_unsigned_request_is_refused_even_as_a_certificate_check(slack: SlackService, desk: Desk) -> None:
    body = urlencode({"ssl_check": "1", "command": "/wire", "text": "say hello"})
    headers = {"X-Slack-Signature": "v0=ü", "X-Slack-Request-Timestamp": "1"}
    async with served(chat_of(slack, desk)) as url, aiohttp.ClientSession() as session:
        for more in ({}, headers):
            async with session.post(url, data=body, headers=more) as response:
                assert response.status == 401

    assert desk.asked == []


async def test_a_request_that_is_too_large_is_not_read(slack: SlackService, desk: Desk) -> None:
    async with served(chat_of(slack, desk)) as url:
        assert await slack.people.post(url, "x" * (MAX_BODY + 1)) == 413


@pytest.mark.parametrize(
    "body",
    [
        "payload=%7Bbroken", "payload=%5B%5D", "payload=null", "", "\x00", b"\xff\xfe", "payload=" + "%5B" * 3_000,
        "payload=%7B%22type%22%3A%22block_actions%22%2C%22actions%22%3A%5B%5D%7D", "command=%2Fother&trigger_id=1",
    ],
)  # fmt: skip
async def test_a_signed_request_that_is_malformed_is_refused_and_the_next_one_served(
    slack: SlackService, desk: Desk, body: str | bytes
) -> None:
    async with served(chat_of(slack, desk)) as url:
        assert 400 <= await slack.people.post(url, body) <= 500
        _, asked = await slack.people.command_by_http(url, "say hello")
        assert (await slack.people.answer(asked))["text"] == "You said hello"
    assert [what for what, _ in desk.asked] == ["hello"]


async def test_a_replayed_request_is_good_for_five_minutes_and_done_once(slack: SlackService, desk: Desk) -> None:
    """Longer than that, and its signature is too old: `test_a_bad_signature_or_an_old_request_is_refused`."""
    now = int(time.time())
    async with served(chat_of(slack, desk)) as url:
        status, asked = await slack.people.command_by_http(url, "say hello", stamp=str(now - 240))
        replayed = await slack.people.post(url, urlencode(asked.payload), stamp=str(now - 240))
        late = await slack.people.post(url, urlencode(asked.payload), stamp=str(now - 360))
        early = await slack.people.post(url, urlencode(asked.payload), stamp=str(now + 360))
        await slack.people.answer(asked)
    assert (status, replayed, late, early) == (200, 200, 401, 401)
    assert [what for what, _ in desk.asked] == ["hello"]


async def test_without_a_signing_secret_no_request_is_believed(slack: SlackService, desk: Desk) -> None:
    chat = SlackChat(catalog=desk.catalog, bot_token=slack.bot_token, api_url=slack.api_url)
    async with served(chat) as url:
        status, _ = await slack.people.command_by_http(url, "say hello")

    assert status == 503
    assert desk.asked == []


async def test_refused_blocks_leave_the_answer_as_text(slack: SlackService, desk: Desk) -> None:
    slack.people.picky = 1
    async with served(chat_of(slack, desk)) as url:
        _, asked = await slack.people.command_by_http(url, "say hello")
        answer = await slack.people.answer(asked)

    assert "blocks" not in answer
    assert answer["text"] == "You said hello"
