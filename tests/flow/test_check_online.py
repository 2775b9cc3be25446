"""`check --online`: the app-level token is tried too, without opening a socket."""

from __future__ import annotations

import pytest

from bot.checks import over_the_network
from bot.settings import load
from tests.fakes.slack_service import ApiError, Dropped, Garbage, ServerError
from tests.fakes.slack_service import Fault as SlackFault
from tests.flow.desk import Desk

OPEN = "apps.connections.open"


async def checked(desk: Desk) -> dict[str, str]:
    desk.settings()
    return {check.what: check.line async for check in over_the_network(load(desk.folder))}


async def test_a_good_app_token_gets_a_socket_that_nobody_opens(desk: Desk) -> None:
    lines = await checked(desk)
    assert lines["SLACK_APP_TOKEN"] == "ok   SLACK_APP_TOKEN: Slack gives a socket for commands"
    assert desk.slack.people.greetings == 0


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (ApiError("missing_scope"), "(missing_scope): give the app-level token the scope connections:write"),
        (ApiError("socket_mode_disabled"), "switch Socket Mode on in the app's settings"),
        (ApiError("new_word"), "(new_word): see the app's settings"),
        (ServerError(done=False), "Slack gives no socket"),
        (Garbage("not json"), "FAIL SLACK_APP_TOKEN"),
        (Dropped(done=False), "no answer from Slack"),
    ],
)
async def test_each_failure_comes_with_its_cure(desk: Desk, fault: SlackFault, why: str) -> None:
    desk.slack.fail(OPEN, fault)
    line = (await checked(desk))["SLACK_APP_TOKEN"]
    assert line.startswith("FAIL SLACK_APP_TOKEN: ")
    assert why in line
    assert desk.slack.app_token not in line


async def test_the_bot_token_in_its_place_is_noticed(desk: Desk) -> None:
    desk.settings()
    desk.monkeypatch.setenv("SLACK_APP_TOKEN", desk.slack.bot_token)
    lines = [check.line async for check in over_the_network(load(desk.folder))]
    assert "SLACK_APP_TOKEN is the one that starts with xapp-" in lines[0]


async def test_a_desk_without_the_token_is_not_asked_for_it(desk: Desk) -> None:
    desk.settings()
    desk.monkeypatch.delenv("SLACK_APP_TOKEN")
    lines = [check.line async for check in over_the_network(load(desk.folder))]
    assert not any("SLACK_APP_TOKEN" in line for line in lines)
