"""The message shortcut "Why this alert?": which command a message of ours stands for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

WHY_SHORTCUT = "wire-why"  # its callback_id in docs/slack-manifest.json

_WHY = "why:"  # how the command begins that stands under every alert
_LINK = "https://slack.com/archives/{channel}/p{ts}"


def why_of(body: dict[str, Any]) -> str:
    """What the Why button of the message would say; of a message without one, the link of the message.

    https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload
    """
    message = body.get("message") or {}
    for value in _button_values(message.get("blocks") or ()):
        if value.startswith(_WHY):
            return value
    ts = str(body.get("message_ts") or message.get("ts") or "")
    return _WHY + _LINK.format(channel=(body.get("channel") or {}).get("id"), ts=ts.replace(".", ""))


def _button_values(blocks: Any) -> Iterator[str]:
    for block in blocks:
        for element in block.get("elements") or ():
            if isinstance(element, dict) and element.get("type") == "button":
                yield str(element.get("value") or "")
