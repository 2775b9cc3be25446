"""The bot token scopes that the app asks for, as docs/slack-manifest.json does, and what fails without each."""

from __future__ import annotations

import re
from collections.abc import Mapping

SCOPES = {
    "chat:write": "posting alerts",
    "files:write": "pictures of summaries",
    "commands": "/wire",
    "im:write": "direct messages",
    "channels:history": "finding in a channel what may have been posted, so that nothing is posted twice",
    "groups:history": "the same in private channels",
    "im:history": "the same in direct messages",
    "users:read": "who may mute and manage, and people's time zones",
    "channels:read": "who manages a channel, and whether it is archived",
    "groups:read": "the same of private channels",
}
GRANTED = "x-oauth-scopes"  # a header of every answer: https://docs.slack.dev/authentication/installing-with-oauth


def missing_scopes(headers: Mapping[str, str]) -> dict[str, str]:
    """Those that the token of this answer lacks, each with what fails without it."""
    granted = set(re.split(r"[,\s]+", headers.get(GRANTED, "")))
    return {scope: use for scope, use in SCOPES.items() if scope not in granted}
