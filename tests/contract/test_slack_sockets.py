"""Socket Mode in the wild: sockets that go deaf, that Slack closes, that bring nonsense; over real sockets."""

from __future__ import annotations

import json

import pytest
from structlog.testing import capture_logs

from bot.commands.on_slack import socket
from bot.commands.on_slack.websocket import MAX_MESSAGE
from bot.deliver.slack.client import DEADLINE
from tests.fakes.discord_waiting import stop_waiting
from tests.fakes.reports import Heard
from tests.fakes.slack_desk import NERVOUS, Desk, chat_of, running
from tests.fakes.slack_service import ApiError, RateLimited, SlackService

CONNECTED = "connected by Socket Mode"


async def says(slack: SlackService, text: str) -> str:
    """The text of the answer to a command."""
    return str((await slack.people.answer(await slack.people.command(f"say {text}")))["text"])


# --- deaf sockets -----------------------------------------------------------------------------------------------


async def test_a_socket_that_answers_no_ping_is_replaced_and_that_is_said(slack: SlackService, desk: Desk) -> None:
    heard = Heard()
    async with running(chat_of(slack, desk, ping_interval=NERVOUS, report=heard)):
        await heard.until(True, CONNECTED)
        slack.people.deaf = True
        await heard.until(False, "it is silent: our pings are not answered; connecting again")
        slack.people.deaf = False
        await heard.times(2, True, CONNECTED)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack's next ping is overdue as soon as one has come."""
    monkeypatch.setattr("bot.commands.on_slack.websocket.SLACK_PINGS", -1)


@pytest.mark.usefixtures("impatient")
async def test_a_socket_that_slack_no_longer_pings_is_replaced_though_it_answers(
    slack: SlackService, desk: Desk
) -> None:
    heard = Heard()
    async with running(chat_of(slack, desk, report=heard)):
        await slack.people.ping()
        await slack.people.connected(greetings=2)
    assert (False, "Slack has stopped pinging it; connecting again") in heard.said


@pytest.mark.usefixtures("impatient")
async def test_a_socket_that_slack_never_pinged_is_kept(slack: SlackService, desk: Desk) -> None:
    async with running(chat_of(slack, desk)):
        assert await says(slack, "hello") == "You said hello"
        assert await says(slack, "again") == "You said again"
    assert slack.people.greetings == 1


async def test_a_socket_is_replaced_when_it_is_old_and_the_last_one_serves_until_then(
    slack: SlackService, desk: Desk
) -> None:
    heard = Heard()
    async with running(chat_of(slack, desk, max_age=0.05, report=heard)):
        await slack.people.connected(greetings=3)
        assert await says(slack, "hello") == "You said hello"
    assert {ok for ok, _ in heard.said} == {True}, "commands were answered all the time"


# --- what Slack says of its sockets -----------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "too_many_websockets"])
async def test_the_next_socket_is_open_before_the_last_one_goes(slack: SlackService, desk: Desk, reason: str) -> None:
    heard = Heard()
    async with running(chat_of(slack, desk, report=heard)):
        await slack.people.connected()
        slack.fail("apps.connections.open", ApiError("internal_error"))
        await slack.people.disconnect(reason)
        assert await says(slack, "meanwhile") == "You said meanwhile"
        await slack.people.connected(greetings=2)
        late = slack.people.invent()
        late.payload["text"] = "say late"
        await slack.people.send_by_oldest(late)
        assert (await slack.people.answer(late))["text"] == "You said late"
        assert slack.people.live == 2
        assert await says(slack, "after") == "You said after"
    assert {ok for ok, _ in heard.said} == {True}


@pytest.mark.parametrize(("reason", "pauses"), [("warning", 0), ("too_many_websockets", 1)])
async def test_a_socket_that_is_one_too_many_is_not_replaced_at_once_however_long_it_lived(
    slack: SlackService, desk: Desk, monkeypatch: pytest.MonkeyPatch, reason: str, pauses: int
) -> None:
    monkeypatch.setattr(socket, "STEADY", -1)
    slept = stop_waiting(monkeypatch, [socket])
    async with running(chat_of(slack, desk)):
        await slack.people.connected()
        await slack.people.disconnect(reason)
        await slack.people.connected(greetings=2)
    assert len(slept) == pauses


@pytest.mark.parametrize(
    ("reason", "cure"),
    [("too_many_websockets", "fewer chat processes"), ("link_disabled", "switch it on")],
)
async def test_a_close_that_a_person_can_mend_names_the_cure(
    slack: SlackService, desk: Desk, reason: str, cure: str
) -> None:
    heard = Heard()
    async with running(chat_of(slack, desk, report=heard)):
        await slack.people.connected()
        slack.fail("apps.connections.open", *[ApiError("internal_error")] * 3)
        await slack.people.disconnect(reason)
        slack.people.drop()
        await slack.people.connected(greetings=2)
    assert [detail for ok, detail in heard.said if cure in detail]


async def test_a_socket_that_is_refused_right_after_it_was_opened_is_tried_again(
    slack: SlackService, desk: Desk
) -> None:
    slack.people.hello, well = {"type": "disconnect", "reason": "too_many_websockets"}, slack.people.hello
    heard = Heard()
    with capture_logs() as logs:
        async with running(chat_of(slack, desk, report=heard)):
            await slack.people.until(lambda: slack.people.greetings >= 2, "two refused sockets")
            slack.people.hello = well
            await heard.until(True, CONNECTED)
            assert await says(slack, "hello") == "You said hello"
    assert {line["problem"] for line in logs if line["event"] == "slack.socket_unreachable"} == {"ConnectionError"}


# --- links and limits -------------------------------------------------------------------------------------------


async def test_a_link_that_no_longer_works_is_not_tried_twice(slack: SlackService, desk: Desk) -> None:
    slack.people.dead_links = 2
    with capture_logs() as logs:
        async with running(chat_of(slack, desk)):
            assert await says(slack, "hello") == "You said hello"
    assert [method for method, _ in slack.calls].count("apps.connections.open") == 3
    assert "ticket" not in str(logs), "a link is a secret"


async def test_a_rate_limit_is_waited_out_as_long_as_slack_says(
    slack: SlackService, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept = stop_waiting(monkeypatch, [socket])
    slack.fail("apps.connections.open", RateLimited(30), RateLimited("1.5"), RateLimited(None), RateLimited(9_999))
    heard = Heard()
    async with running(chat_of(slack, desk, report=heard)):
        await heard.until(True, CONNECTED)
    assert [seconds for seconds in slept if seconds >= 1] == [30, 1.5, 30, 600]
    assert (False, "not connected: Slack asks us to wait 30 s; trying again") in heard.said


async def test_a_handshake_that_never_ends_is_left_at_the_deadline(
    slack: SlackService, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert DEADLINE <= 10
    monkeypatch.setattr("bot.commands.on_slack.socket.DEADLINE", 0.05)
    slack.people.hello, well = None, slack.people.hello
    heard = Heard()
    async with running(chat_of(slack, desk, report=heard)):
        await heard.until(False, "not connected: TimeoutError; trying again")
        slack.people.hello = well
        await heard.until(True, CONNECTED)


# --- envelopes --------------------------------------------------------------------------------------------------


async def test_a_socket_that_ends_in_the_middle_of_an_envelope_loses_nothing(slack: SlackService, desk: Desk) -> None:
    async with running(chat_of(slack, desk)):
        asked = slack.people.invent()
        asked.payload["text"] = "say half"
        await slack.people.cut(asked)
        await slack.people.connected(greetings=2)
        await slack.people.redeliver(asked)
        assert (await slack.people.answer(asked))["text"] == "You said half"
    assert [what for what, _ in desk.asked] == ["half"]


async def test_what_was_done_and_is_delivered_again_on_the_next_socket_is_not_done_again(
    slack: SlackService, desk: Desk
) -> None:
    async with running(chat_of(slack, desk)):
        asked = await slack.people.command("say hello")
        await slack.people.answer(asked)
        slack.people.drop()
        await slack.people.connected(greetings=2)
        heard_before = asked.acks  # the drop may have come before the acknowledgement
        await slack.people.redeliver(asked)
        await slack.people.acknowledged(asked, times=heard_before + 1)
        await says(slack, "bye")
    assert [what for what, _ in desk.asked] == ["hello", "bye"]
    assert len(asked.answers) == 1


NONSENSE = (
    "", "{", "null", "[]", "7", '"hello"', "[" * 5_000, '{"type":"slash_commands"}',
    '{"envelope_id":7,"payload":{}}', '{"envelope_id":"e","payload":[]}', '{"envelope_id":"e","payload":{}}',
    '{"type":"events_api","envelope_id":"e","payload":{"type":"event_callback","event":[]}}',
    '{"type":"interactive","envelope_id":"e","payload":{"type":"block_actions","actions":[]}}',
    '{"type":"interactive","envelope_id":"e","payload":{"type":"tomorrows","user":null}}',
    '{"type":"slash_commands","envelope_id":"e","payload":{"command":"/other"}}',
)  # fmt: skip


async def test_nonsense_costs_neither_the_socket_nor_the_next_command(slack: SlackService, desk: Desk) -> None:
    with capture_logs() as logs:
        async with running(chat_of(slack, desk)):
            for text in NONSENSE:
                await slack.people.utter(text)
            assert await says(slack, "hello") == "You said hello"
            assert slack.people.greetings == 1
    events = [line["event"] for line in logs]
    assert events.count("slack.message_ignored") == 10
    assert events.count("slack.envelope_not_ours") == 5


async def test_a_message_that_is_too_large_is_not_read_and_the_next_socket_serves(
    slack: SlackService, desk: Desk
) -> None:
    async with running(chat_of(slack, desk)):
        await slack.people.utter(json.dumps({"type": "hello", "text": "x" * MAX_MESSAGE}))
        await slack.people.connected(greetings=2)
        assert await says(slack, "hello") == "You said hello"
