"""`check --online`: everything is asked for real, over the fakes' sockets; each failure comes with its cure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import discord
import pytest

from bot.checks import over_the_network
from bot.settings import load
from tests.fakes.clock import FakeClock
from tests.fakes.discord_payloads import BOT_ID, GUILD_CHANNEL_ID, GUILD_ID
from tests.fakes.slack_service import ALL_SCOPES, ApiError, Dropped, Garbage, ServerError
from tests.fakes.slack_service import Fault as SlackFault
from tests.flow.desk import SLACK_CHANNEL, Desk

OPEN = "apps.connections.open"
ON_SLACK, ON_DISCORD = f"slack:{SLACK_CHANNEL}", f"discord:{GUILD_CHANNEL_ID}"
ENOUGH = discord.Permissions(
    view_channel=True, send_messages=True, embed_links=True, read_message_history=True, attach_files=True
).value

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # no database is asked here


async def checked(desk: Desk) -> dict[str, str]:
    desk.settings()
    return {check.what: check.line async for check in over_the_network(load(desk.folder))}


async def test_a_desk_that_is_well_has_no_failure_and_nothing_is_posted(desk: Desk) -> None:
    lines = await checked(desk)
    assert {what: line for what, line in lines.items() if not line.startswith("ok")} == {}
    assert lines.keys() == {
        "SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "slack scopes", ON_SLACK, "DISCORD_TOKEN", "discord application",
        "discord gateway", ON_DISCORD, "clock", "source wire",
    }  # fmt: skip
    assert desk.slack.messages(SLACK_CHANNEL) == []
    assert desk.discord.messages[GUILD_CHANNEL_ID] == []


async def test_where_operators_are_told_is_asked_too(desk: Desk) -> None:
    desk.configure(main='[operations]\ntell = ["slack:C0OPS"]\n')
    assert "channel_not_found" in (await checked(desk))["slack:C0OPS"]
    desk.slack.add_channel("C0OPS")
    assert (await checked(desk))["slack:C0OPS"].startswith("ok")


# --- Slack ----------------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("scope", sorted(ALL_SCOPES))
async def test_each_missing_scope_is_named_with_what_fails_without_it(desk: Desk, scope: str) -> None:
    desk.slack.scopes.discard(scope)
    line = (await checked(desk))["slack scopes"]
    assert line.startswith(f"FAIL slack scopes: missing: {scope} (")
    assert "reinstall the app" in line


async def test_a_bot_token_that_slack_refuses_is_the_only_thing_said_of_slack(desk: Desk) -> None:
    desk.settings()
    desk.monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-of-yesterday")
    lines = {check.what: check.line async for check in over_the_network(load(desk.folder))}
    assert "(invalid_auth)" in lines["SLACK_BOT_TOKEN"]
    assert "copy SLACK_BOT_TOKEN" in lines["SLACK_BOT_TOKEN"]
    assert "xoxb-of-yesterday" not in lines["SLACK_BOT_TOKEN"]
    assert ON_SLACK not in lines


async def test_an_archived_channel_is_named(desk: Desk) -> None:
    desk.slack.add_channel(SLACK_CHANNEL).archived = True
    assert "is archived: unarchive it" in (await checked(desk))[ON_SLACK]


@pytest.mark.parametrize(("private", "cure"), [(False, "/invite @Tradewire"), (True, "/invite @Tradewire first")])
async def test_a_channel_without_the_bot_is_named(desk: Desk, private: bool, cure: str) -> None:
    channel = desk.slack.add_channel(SLACK_CHANNEL)
    channel.private, channel.member = private, False
    line = (await checked(desk))[ON_SLACK]
    assert line.startswith("FAIL")
    assert cure in line


# --- Discord --------------------------------------------------------------------------------------------------


async def test_a_bot_with_exactly_the_rights_it_needs_is_well(desk: Desk) -> None:
    desk.discord.server.everyone = ENOUGH
    assert "may post in #channel-123" in (await checked(desk))[ON_DISCORD]


@pytest.mark.parametrize(
    ("right", "shown"),
    [
        ("view_channel", "View Channel"),
        ("send_messages", "Send Messages"),
        ("embed_links", "Embed Links"),
        ("read_message_history", "Read Message History"),
        ("attach_files", "Attach Files"),
    ],
)
async def test_each_missing_right_is_named(desk: Desk, right: str, shown: str) -> None:
    desk.discord.server.everyone = ENOUGH & ~getattr(discord.Permissions, right).flag
    line = (await checked(desk))[ON_DISCORD]
    assert line.startswith(f"FAIL {ON_DISCORD}: the bot lacks {shown} in #channel-123: give it")


async def test_what_the_channel_denies_counts_and_what_it_allows_the_bot_again_too(desk: Desk) -> None:
    links = discord.Permissions(embed_links=True).value
    desk.discord.server.everyone = ENOUGH
    desk.discord.server.overwrite(GUILD_CHANNEL_ID, GUILD_ID, role=True, deny=links)
    assert "lacks Embed Links in" in (await checked(desk))[ON_DISCORD]
    desk.discord.server.overwrite(GUILD_CHANNEL_ID, BOT_ID, role=False, allow=links)
    assert (await checked(desk))[ON_DISCORD].startswith("ok")


async def test_a_thread_needs_the_right_to_send_in_threads(desk: Desk) -> None:
    thread = 555_000
    desk.discord.messages[thread] = []
    desk.discord.server.channels[thread] = {"type": 11, "parent_id": str(GUILD_CHANNEL_ID)}
    desk.discord.server.everyone = ENOUGH
    route = f'[[route]]\nname = "desk"\nto = ["discord:{thread}"]\nwhen = "topic:trade"\n'
    desk.configure(routes=route)
    assert "lacks Send Messages in Threads in #channel-555000" in (await checked(desk))[f"discord:{thread}"]
    desk.discord.server.everyone |= discord.Permissions(send_messages_in_threads=True).value
    assert (await checked(desk))[f"discord:{thread}"].startswith("ok")
    desk.discord.server.channels[thread]["thread_metadata"] = {"locked": True}
    assert "is locked: unlock it" in (await checked(desk))[f"discord:{thread}"]


async def test_a_bot_in_time_out_is_said_to_be(desk: Desk) -> None:
    until = datetime.now(UTC) + timedelta(days=1)
    desk.discord.server.timed_out_until = until.isoformat()
    assert f"timed out in this server until {until:%Y-%m-%d}" in (await checked(desk))[ON_DISCORD]


async def test_a_channel_that_discord_does_not_know_is_named(desk: Desk) -> None:
    desk.discord.refusals[GUILD_CHANNEL_ID] = (404, 10003, "Unknown Channel")
    assert "there is no such channel" in (await checked(desk))[ON_DISCORD]


@pytest.mark.parametrize(
    ("said", "cure"),
    [
        ({"interactions_endpoint_url": "https://old.example/hook"}, "Interactions Endpoint URL"),
        ({"bot_require_code_grant": True}, "Requires OAuth2 Code Grant"),
    ],
)
async def test_switches_of_the_application_that_keep_commands_away_are_named(
    desk: Desk, said: dict[str, object], cure: str
) -> None:
    desk.discord.server.application = said
    assert cure in (await checked(desk))["discord application"]


async def test_a_used_up_day_of_connections_is_named(desk: Desk) -> None:
    desk.discord.server.connections_left = 0
    assert "no connection may be begun for 30 min" in (await checked(desk))["discord gateway"]


async def test_a_token_that_discord_refuses_is_the_only_thing_said_of_discord(desk: Desk) -> None:
    desk.settings()
    desk.monkeypatch.setenv("DISCORD_TOKEN", "a.wrong.token")
    lines = {check.what: check.line async for check in over_the_network(load(desk.folder))}
    assert "Discord refuses DISCORD_TOKEN: copy the bot's token" in lines["DISCORD_TOKEN"]
    assert not lines.keys() & {"discord gateway", ON_DISCORD}


# --- the clock ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("off", "said"),
    [
        (timedelta(minutes=2), "s ahead of"),
        (timedelta(minutes=-2), "s behind"),
        (timedelta(seconds=2), None),
    ],
)
async def test_a_clock_that_is_wrong_is_told_by_how_much(desk: Desk, off: timedelta, said: str | None) -> None:
    desk.settings()
    clock = FakeClock(datetime.now(UTC) + off)
    lines = {check.what: check.line async for check in over_the_network(load(desk.folder), clock)}
    if said is None:
        assert lines["clock"].startswith("ok   clock: within 5 s of Slack and Discord")
    else:
        assert said in lines["clock"]
        assert "NTP" in lines["clock"]
