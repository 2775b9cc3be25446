"""Links to messages, as Slack and Discord make them. Pure."""

from __future__ import annotations

import re

# The link of a reply names its thread behind a question mark, and the reply before it.
_SLACK = re.compile(r"https://[\w.-]+/archives/(?P<channel>[A-Z0-9]+)/p(?P<seconds>\d{10})(?P<rest>\d{6})(?:\?\S*)?")
_DISCORD = re.compile(r"https://(?:\w+\.)?discord(?:app)?\.com/channels/(?:\d+|@me)/(?P<channel>\d+)/(?P<id>\d+)/?")


def message_in(text: str) -> tuple[str, str] | None:
    """The channel and the id of the message that a link is of; None where it is no such link."""
    if found := _SLACK.fullmatch(text.strip()):
        return found["channel"], f"{found['seconds']}.{found['rest']}"
    found = _DISCORD.fullmatch(text.strip())
    return (found["channel"], found["id"]) if found else None
