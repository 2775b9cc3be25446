"""Who manages a Slack channel, asked of a fake Slack over real sockets: once, in time, honest where it is silent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from bot.commands.on_slack.rights import REMEMBER_FOR, REMEMBERED, WHO_ADMINISTERS, WHO_MANAGES, SlackRights
from bot.commands.spec import Permission
from bot.deliver.slack.client import make_client
from tests.fakes.slack_service import ApiError, Dropped, Fault, Garbage, RateLimited, ServerError, SlackService, Slow

GRANTED = Permission(granted=True, why=WHO_MANAGES)
REFUSED = Permission(granted=False, why=WHO_MANAGES)


def rights_of(slack: SlackService, *, deadline: float = 20.0, now: Callable[[], float] = lambda: 0.0) -> SlackRights:
    slack.add_channel("C0123")
    return SlackRights(make_client(slack.bot_token, slack.api_url, pause=0), deadline=deadline, now=now)


def asked(slack: SlackService) -> list[str]:
    return [method for method, _ in slack.calls]


async def test_administrators_may_and_the_channel_is_not_asked_for(slack: SlackService) -> None:
    slack.admins.add("U0123")
    assert await rights_of(slack).may_manage("U0123", "C0123") == GRANTED
    assert asked(slack) == ["users.info"]


async def test_who_created_the_channel_may(slack: SlackService) -> None:
    slack.add_channel("C0123").creator = "U0123"
    rights = rights_of(slack)
    assert await rights.may_manage("U0123", "C0123") == GRANTED
    assert await rights.may_manage("U0777", "C0123") == REFUSED


async def test_who_only_created_a_channel_does_not_administer_the_workspace(slack: SlackService) -> None:
    slack.add_channel("C0123").creator = "U0123"
    rights = rights_of(slack)
    assert await rights.may_manage("U0123", "C0123") == GRANTED
    assert await rights.may_administer("U0123") == Permission(granted=False, why=WHO_ADMINISTERS)
    slack.admins.add("U0777")
    assert (await rights.may_administer("U0777")).granted
    assert asked(slack).count("conversations.info") == 1


async def test_of_a_private_channel_without_the_app_only_administrators_are_known(slack: SlackService) -> None:
    slack.add_channel("C0999", private=True, member=False).creator = "U0123"
    assert await rights_of(slack).may_manage("U0123", "C0999") == REFUSED


async def test_an_answer_is_remembered_for_minutes_by_person_and_channel(slack: SlackService) -> None:
    now = 0.0
    rights = rights_of(slack, now=lambda: now)
    slack.add_channel("C0999").creator = "U0123"
    for _ in range(3):
        assert await rights.may_manage("U0123", "C0123") == REFUSED
    assert len(asked(slack)) == 2
    assert await rights.may_manage("U0123", "C0999") == GRANTED
    slack.admins.add("U0123")
    assert await rights.may_manage("U0123", "C0123") == REFUSED
    now = REMEMBER_FOR
    assert await rights.may_manage("U0123", "C0123") == GRANTED


async def test_the_memory_is_bounded(slack: SlackService) -> None:
    rights = rights_of(slack)
    for number in range(REMEMBERED + 3):
        rights._remember((f"U{number}", "C0123"), GRANTED)
    assert len(rights._known) == REMEMBERED
    assert ("U0", "C0123") not in rights._known


@pytest.mark.parametrize("scope", ["users:read", "channels:read"])
async def test_a_missing_scope_is_named_with_the_cure(slack: SlackService, scope: str) -> None:
    slack.scopes.discard(scope)
    permission = await rights_of(slack).may_manage("U0123", "C0123")
    assert not permission.granted
    assert f"add the scope {scope} under OAuth & Permissions and reinstall the app" in permission.why
    assert "[people] managers in tradewire.toml" in permission.why


@pytest.mark.parametrize(
    "fault",
    [
        ApiError("user_not_found"),
        ServerError(500),
        Dropped(done=False),
        Garbage("<html>captive portal</html>"),
        Garbage("[1]", "application/json"),
        Garbage('{"ok": true, "user": "ann"}', "application/json"),
        RateLimited(60),
    ],
    ids=repr,
)
async def test_what_slack_does_not_say_is_a_refusal_and_is_asked_again(slack: SlackService, fault: Fault) -> None:
    slack.admins.add("U0123")
    slack.fail("users.info", *[fault] * 2)  # one for the SDK's second try
    rights = rights_of(slack, deadline=0.5)
    permission = await rights.may_manage("U0123", "C0123")
    assert not permission.granted
    assert "I cannot tell whether you may" in permission.why
    while slack._faults["users.info"]:
        await rights.may_manage("U0123", "C0123")
    assert await rights.may_manage("U0123", "C0123") == GRANTED


async def test_a_slack_that_hangs_does_not_hold_the_command(slack: SlackService) -> None:
    release = asyncio.Event()
    slack.fail("users.info", Slow(release))
    permission = await rights_of(slack, deadline=0.05).may_manage("U0123", "C0123")
    release.set()
    assert "Slack does not answer" in permission.why
