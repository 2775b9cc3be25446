"""What people do at their chat clients: they subscribe to words, and follow stories."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping

from tests.crash.platforms import World

_ANSWER_S = 5.0  # seconds somebody waits for an answer before they ask again
_PATIENCE_S = 3600.0  # of one who asks again and again: kills and outages may fall before every answer
_CONNECTED = 0.05  # seconds between two looks whether the bot is there


async def subscribe(world: World, person: str, word: str) -> None:
    """`person` asks for `word` until told that they get it."""
    await _insist(world, person, "subscribe", f"{word} dm", {"query": word, "where": "dm"}, "subscribed")


async def follow(world: World, person: str, story_id: str) -> None:
    """`person` presses Follow under an alert until told that they do."""
    await _insist(world, person, "follow", story_id, {"story": story_id}, "You follow this story")


async def _insist(
    world: World, person: str, command: str, text: str, options: Mapping[str, str], answer: str
) -> None:
    ask = _ask_slack if person.startswith("slack") else _ask_discord
    async with asyncio.timeout(_PATIENCE_S):
        while True:
            if answer in await ask(world, person.rpartition("@")[2], command, text, options):
                return
            await asyncio.sleep(_CONNECTED)


async def _ask_slack(world: World, user: str, command: str, text: str, options: Mapping[str, str]) -> str:
    """The answer; empty where none came."""
    people = world.slack.people
    if not people.live:
        return ""
    try:
        asked = await people.command(f"{command} {text}", user=user, channel="C0000")
    except (ConnectionError, IndexError):  # it was killed just now
        return ""
    return json.dumps(asked.answers) if await _within(lambda: bool(asked.answers)) else ""


async def _ask_discord(world: World, user: str, command: str, text: str, options: Mapping[str, str]) -> str:
    if not world.discord.gateway.ready.is_set():
        return ""
    try:
        asked = await world.discord.ask(int(user), command, **options)
    except ConnectionError:
        return ""
    return json.dumps(asked.original) if await _within(asked.answered.is_set) else ""


async def _within(happened: Callable[[], bool]) -> bool:
    for _ in range(int(_ANSWER_S / _CONNECTED)):
        if happened():
            return True
        await asyncio.sleep(_CONNECTED)
    return False
