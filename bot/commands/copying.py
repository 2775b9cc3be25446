"""Commands in messages, written so that they work when they are copied into the platform where they are read.

Slack takes a line of text. Discord takes options by name, and pasted text becomes a command there only with them:
https://docs.discord.com/developers/interactions/application-commands#slash-commands
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.commands.spec import PREFIX, Command, arguments_of


def copyable(text: str, commands: Mapping[str, Command], platform: str) -> str:
    """`text`, a command as it is typed, for `platform`. Raises Mistake where it is none."""
    name, _, rest = text.removeprefix(PREFIX).partition(" ")
    command = commands[name]
    if platform != "discord":
        return text
    arguments = arguments_of(command, rest)
    said = (f"{option.name}:{arguments[option.name]}" for option in command.options if arguments.get(option.name))
    return " ".join([f"{PREFIX}{name}", *said])
