"""SlackChat by Socket Mode, against a fake Slack over real sockets: acknowledged first, run once, connected again."""

from __future__ import annotations

import asyncio
import contextlib
import logging

import pytest
from structlog.testing import capture_logs

from bot.commands import working
from bot.commands.on_slack.chat import SlackChat
from bot.commands.spec import Caller, Catalog
from bot.model import Destination
from tests.fakes.slack_desk import NERVOUS, Desk, chat_of, running
from tests.fakes.slack_service import ApiError, ServerError, SlackService

PERSON = Destination("slack", "U0123", person=True)


# --- by Socket Mode ---------------------------------------------------------------------------------------


async def test_a_command_is_acknowledged_and_answered_for_the_caller_only(slack: SlackService, desk: Desk) -> None:
    async with running(chat_of(slack, desk)):
        asked = await slack.people.command("say hello", user="U0123", channel="C0999")
        await slack.people.acknowledged(asked)
        answer = await slack.people.answer(asked)

    assert answer["response_type"] == "ephemeral"
    assert answer["replace_original"] is False
    assert answer["text"] == "You said hello"
    assert desk.asked == [("hello", Caller(user=PERSON, place=Destination("slack", "C0999")))]


async def test_nothing_but_the_socket_is_asked_of_slack_before_the_acknowledgement(
    slack: SlackService, desk: Desk
) -> None:
    async with running(chat_of(slack, desk)):
        await slack.people.acknowledged(await slack.people.command("say hello"))

    assert [method for method, _ in slack.calls] == ["apps.connections.open"]


async def test_the_place_of_a_direct_message_is_the_person(slack: SlackService, desk: Desk) -> None:
    async with running(chat_of(slack, desk)):
        await slack.people.answer(await slack.people.command("say hello", channel="D0123"))

    assert desk.asked[0][1].place == PERSON


async def test_an_answer_calls_nobody(slack: SlackService, desk: Desk) -> None:
    async with running(chat_of(slack, desk)):
        answer = await slack.people.answer(await slack.people.command("say &lt;!channel&gt; &amp; all"))

    assert answer["text"] == "You said &lt;!channel&gt; &amp; all"


async def test_what_slack_escapes_and_phones_curl_is_read_as_it_was_meant(slack: SlackService, desk: Desk) -> None:
    async with running(chat_of(slack, desk)):
        await slack.people.answer(await slack.people.command("say “a   b” &amp;&lt;c&gt;"))

    assert desk.asked[0][0] == '"a   b" &<c>'


async def test_an_unknown_word_is_answered_with_the_nearest_command(slack: SlackService, desk: Desk) -> None:
    async with running(chat_of(slack, desk)):
        answer = await slack.people.answer(await slack.people.command("sai"))

    assert "Did you mean /wire say?" in answer["text"]


async def test_a_button_runs_its_command_and_answers_the_person_who_pressed(slack: SlackService, desk: Desk) -> None:
    async with running(chat_of(slack, desk)):
        asked = await slack.people.press("say:again", user="U0777", channel="C0999")
        await slack.people.acknowledged(asked)
        answer = await slack.people.answer(asked)

    assert (answer["text"], answer["response_type"], answer["replace_original"]) == (
        "You said again",
        "ephemeral",
        False,
    )
    presser = Destination("slack", "U0777", person=True)
    assert desk.asked == [("again", Caller(user=presser, place=Destination("slack", "C0999")))]


async def test_a_command_is_acknowledged_while_the_catalog_hangs(slack: SlackService, desk: Desk) -> None:
    async with running(chat_of(slack, desk)):
        asked = await slack.people.command("hang")
        await slack.people.acknowledged(asked)
        assert asked.answers == []
        other = await slack.people.answer(await slack.people.command("say meanwhile"))

        desk.go.set()
        answer = await slack.people.answer(asked)

    assert (other["text"], answer["text"]) == ("You said meanwhile", "Done at last")


async def test_a_command_that_takes_too_long_says_so(slack: SlackService, desk: Desk) -> None:
    with capture_logs() as logs:
        async with running(chat_of(slack, desk, answer_within=0.05)):
            answer = await slack.people.answer(await slack.people.command("hang"))

    assert "longer than 0.05 s" in answer["text"]
    assert "/wire status" in answer["text"]
    assert "slack.command_timed_out" in {line["event"] for line in logs}


async def test_a_command_that_fails_apologises_logs_and_keeps_its_secrets(slack: SlackService, desk: Desk) -> None:
    with capture_logs() as logs:
        async with running(chat_of(slack, desk)):
            answer = await slack.people.answer(await slack.people.command("fail"))
            after = await slack.people.answer(await slack.people.command("say still here"))

    assert "on fire" not in answer["text"]
    assert "Try again" in answer["text"]
    assert after["text"] == "You said still here"
    assert "slack.command_failed" in {line["event"] for line in logs}


@pytest.mark.parametrize("command", ["fail", "hang"])
async def test_of_what_was_typed_only_the_command_is_logged(slack: SlackService, desk: Desk, command: str) -> None:
    with capture_logs() as logs:
        async with running(chat_of(slack, desk, answer_within=0.01)):
            await slack.people.answer(await slack.people.command(f"{command} https://ann:hunter2@a.example/"))
            await slack.people.answer(await slack.people.press(f"{command}:hunter2"))
    assert [line["command"] for line in logs if "command" in line] == [command, command]
    assert "hunter2" not in str(logs)


async def test_an_envelope_that_is_delivered_twice_runs_once(slack: SlackService, desk: Desk) -> None:
    async with running(chat_of(slack, desk)):
        asked = await slack.people.command("say hello")
        await slack.people.answer(asked)
        await slack.people.redeliver(asked)
        await slack.people.acknowledged(asked, times=2)
        await slack.people.answer(await slack.people.command("say bye"))

    assert [what for what, _ in desk.asked] == ["hello", "bye"]
    assert len(asked.answers) == 1


# --- sockets in the wild ----------------------------------------------------------------------------------


async def test_a_dropped_socket_is_replaced_and_commands_work_again(slack: SlackService, desk: Desk) -> None:
    async with running(chat_of(slack, desk, ping_interval=NERVOUS)):
        await slack.people.connected()
        slack.people.drop()
        await slack.people.connected(greetings=2)
        answer = await slack.people.answer(await slack.people.command("say hello"))

    assert answer["text"] == "You said hello"


async def test_a_socket_that_answers_no_ping_is_replaced(slack: SlackService, desk: Desk) -> None:
    async with running(chat_of(slack, desk, ping_interval=NERVOUS)):
        await slack.people.connected()
        slack.people.deaf = True
        await slack.people.connected(greetings=2)
        slack.people.deaf = False
        answer = await slack.people.answer(await slack.people.command("say hello"))

    assert answer["text"] == "You said hello"


async def test_a_refresh_that_slack_asks_for_moves_to_a_new_socket(slack: SlackService, desk: Desk) -> None:
    async with running(chat_of(slack, desk)):
        await slack.people.connected()
        await slack.people.disconnect()
        await slack.people.connected(greetings=2)
        answer = await slack.people.answer(await slack.people.command("say hello"))

    assert answer["text"] == "You said hello"


async def test_a_token_that_slack_refuses_is_one_clear_line_and_is_tried_again(
    slack: SlackService, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    slack.fail("apps.connections.open", ApiError("invalid_auth"), ServerError(503), ApiError("missing_scope"))
    with capture_logs() as logs:
        async with running(chat_of(slack, desk)):
            await slack.people.answer(await slack.people.command("say hello"))

    lines = [(line["event"], line.get("problem")) for line in logs]
    assert lines[:3] == [
        ("slack.socket_refused", "invalid_auth"),
        ("slack.socket_unreachable", "SlackApiError"),
        ("slack.socket_refused", "missing_scope"),
    ]
    assert "SLACK_APP_TOKEN" in logs[0]["cure"]
    assert slack.app_token not in f"{logs}{caplog.text}"


async def test_nobody_listening_at_slack_ends_nothing(unused_tcp_port: int, desk: Desk) -> None:
    chat = SlackChat(
        catalog=desk.catalog,
        bot_token="xoxb-x",
        app_token="xapp-x",
        api_url=f"http://127.0.0.1:{unused_tcp_port}/api/",
        retry_pause=0.001,
    )
    with capture_logs() as logs:
        task = asyncio.create_task(chat.run())
        while len(logs) < 3:  # noqa: ASYNC110 - a list of log lines has no event
            await asyncio.sleep(0.001)
        assert not task.done()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    assert {line["event"] for line in logs} == {"slack.socket_unreachable"}


async def test_cancelling_closes_the_socket(slack: SlackService, desk: Desk) -> None:
    async with running(chat_of(slack, desk)):
        await slack.people.connected()

    await slack.people.until(lambda: slack.people.live == 0, "the socket to close")


async def test_a_command_that_a_stop_finds_running_is_answered(slack: SlackService, desk: Desk) -> None:
    task = asyncio.create_task(chat_of(slack, desk).run())
    asked = await slack.people.command("hang")
    await desk.hangs.wait()
    task.cancel()
    await slack.people.until(lambda: slack.people.live == 0, "the socket to close")
    desk.go.set()
    assert (await slack.people.answer(asked))["text"] == "Done at last"
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_stop_waits_for_no_command_that_does_not_end(
    slack: SlackService, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "DRAIN_WITHIN", 0.0)
    async with running(chat_of(slack, desk)):
        await slack.people.command("hang")
        await desk.hangs.wait()
    await slack.people.until(lambda: desk.was_cut, "the command to be cut")


async def test_socket_mode_without_its_token_names_the_setting(slack: SlackService, desk: Desk) -> None:
    chat = SlackChat(catalog=desk.catalog, bot_token=slack.bot_token, api_url=slack.api_url)

    with pytest.raises(ValueError, match="SLACK_APP_TOKEN"):
        await chat.run()


def test_it_is_made_without_a_network_a_loop_or_a_word_about_the_environment(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-from-the-environment")
    caplog.set_level(logging.DEBUG)

    SlackChat(catalog=Catalog(()), bot_token="xoxb-x", app_token="xapp-x", signing_secret="s")

    assert caplog.text == ""
