"""A reference with its title, as suggestions show it, and back again. Pure.

What is suggested is sent as it is shown: "3f9a6c01 · Steel tariffs raised to 50%" means 3f9a6c01.
"""

from __future__ import annotations

from bot.commands.spec import one_line

MAX_SUGGESTION = 100  # characters: https://docs.discord.com/developers/interactions/application-commands

_JOINT = " · "


def named(reference: str, title: str) -> str:
    return one_line(f"{reference}{_JOINT}{title}", MAX_SUGGESTION)


def reference_in(text: str) -> str:
    """The reference alone, whether or not a title follows it."""
    return text.partition(_JOINT)[0].strip()
