"""The app manifest that people paste into Slack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bot.commands.on_slack.chat import COMMAND
from bot.commands.on_slack.shortcut import WHY_SHORTCUT
from bot.deliver.slack.scopes import SCOPES

MANIFEST: dict[str, Any] = json.loads((Path(__file__).parents[2] / "docs" / "slack-manifest.json").read_text("utf-8"))


def test_it_asks_for_no_more_than_the_app_uses() -> None:
    assert set(MANIFEST["oauth_config"]["scopes"]["bot"]) == SCOPES.keys(), "each with what it is for"
    assert "user" not in MANIFEST["oauth_config"]["scopes"]


def test_it_switches_on_what_the_app_listens_to() -> None:
    assert [command["command"] for command in MANIFEST["features"]["slash_commands"]] == [COMMAND]
    assert MANIFEST["settings"]["socket_mode_enabled"]
    assert MANIFEST["settings"]["interactivity"]["is_enabled"]
    assert MANIFEST["settings"]["event_subscriptions"]["bot_events"] == ["app_home_opened"]
    assert MANIFEST["features"]["app_home"]["home_tab_enabled"]
    (shortcut,) = MANIFEST["features"]["shortcuts"]
    assert (shortcut["type"], shortcut["callback_id"]) == ("message", WHY_SHORTCUT)
    assert len(shortcut["name"]) <= 24, "https://docs.slack.dev/reference/app-manifest"


def test_commands_can_be_typed_in_direct_messages() -> None:
    assert MANIFEST["features"]["app_home"]["messages_tab_enabled"]
    assert not MANIFEST["features"]["app_home"]["messages_tab_read_only_enabled"]
