"""What the tests of Discord's gateway share: a gate that holds a command, and the title of an answer."""

from __future__ import annotations

import asyncio

from tests.fakes.discord_people import Interaction


def open_gate() -> asyncio.Event:
    """Commands go through until a test clears it."""
    gate = asyncio.Event()
    gate.set()
    return gate


async def answered(interaction: Interaction) -> str:
    """The title of the answer."""
    await asyncio.wait_for(interaction.answered.wait(), 10)
    assert interaction.original is not None
    return str(interaction.original["embeds"][0]["title"])
