"""The people of the fake Discord: they type `/wire`, press, choose, and ask of a message."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from tests.fakes import discord_payloads as payloads
from tests.fakes.discord_gateway import FakeGateway
from tests.fakes.discord_payloads import Json

_STRING_SELECT = 3  # a component type
_STRING, _ATTACHMENT = 3, 11  # option types


@dataclass
class Interaction:
    """One command or press, and what the bot made of it."""

    event: Json
    acknowledged: asyncio.Event = field(default_factory=asyncio.Event)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    callback: Json | None = None
    original: Json | None = None  # the message that the answer stands in
    files: dict[str, bytes] = field(default_factory=dict)  # of the newest answer, by name


class People:
    """What a test lets somebody do. `rights` are theirs, in every channel."""

    gateway: FakeGateway
    rights: int
    interactions: dict[str, Interaction]  # by token

    async def slash(
        self,
        name: str,
        options: dict[str, str] | None = None,
        *,
        files: dict[str, str] | None = None,
        direct: bool = False,
        thread: int | None = None,
    ) -> Interaction:
        """Somebody types `/wire name …` in the channel, in direct messages or in a thread of the channel.

        `files` are attached: the address by the name of the option.
        """
        given = [{"name": key, "type": _STRING, "value": value} for key, value in (options or {}).items()]
        attached = {key: payloads.snowflake() for key in files or {}}
        given += [{"name": key, "type": _ATTACHMENT, "value": number} for key, number in attached.items()]
        data = {
            "id": payloads.snowflake(),
            "name": "wire",
            "type": 1,
            "options": [{"name": name, "type": 1, "options": given}],
            "resolved": {
                "attachments": {
                    number: {"id": number, "filename": "list.opml", "size": 1, "url": url, "proxy_url": url}
                    for number, url in zip(attached.values(), (files or {}).values(), strict=True)
                }
            },
        }
        channel = payloads.channel(600 if direct else payloads.GUILD_CHANNEL_ID, direct=direct)
        return await self._interact(2, data, payloads.thread(thread) if thread else channel)

    async def press(self, custom_id: str, message: Json) -> Interaction:
        """Somebody presses a button of `message`."""
        where = payloads.channel(payloads.GUILD_CHANNEL_ID)
        return await self._interact(3, {"custom_id": custom_id, "component_type": 2}, where, shown=message)

    async def choose(self, value: str, message: Json) -> Interaction:
        """Somebody chooses from the select menu of `message`."""
        parts = [part for row in message["components"] for part in row["components"]]
        (menu,) = [part for part in parts if part["type"] == _STRING_SELECT]
        assert value in [option["value"] for option in menu["options"]]
        data = {"custom_id": menu["custom_id"], "component_type": _STRING_SELECT, "values": [value]}
        return await self._interact(3, data, payloads.channel(payloads.GUILD_CHANNEL_ID), shown=message)

    async def type(self, name: str, option: str, typed: str, *, before: dict[str, str] | None = None) -> Interaction:
        """Somebody types in an option of `/wire name`: Discord asks for suggestions."""
        given: list[Json] = [{"name": key, "type": 3, "value": value} for key, value in (before or {}).items()]
        given.append({"name": option, "type": 3, "value": typed, "focused": True})
        data = {"name": "wire", "type": 1, "options": [{"name": name, "type": 1, "options": given}]}
        return await self._interact(4, data, payloads.channel(payloads.GUILD_CHANNEL_ID))

    async def ask_of(self, message: Json, name: str) -> Interaction:
        """Somebody takes the command `name` from the menu of a message."""
        data = {
            "name": name,
            "type": 3,
            "target_id": message["id"],
            "resolved": {"messages": {message["id"]: message}},
        }
        return await self._interact(2, data, payloads.channel(payloads.GUILD_CHANNEL_ID))

    async def _interact(self, kind: int, data: Json, where: Json, *, shown: Json | None = None) -> Interaction:
        token = f"interaction-{payloads.snowflake()}"
        event = payloads.interaction(kind, data, token=token, where=where, shown=shown, rights=self.rights)
        interaction = self.interactions[token] = Interaction(event)
        await self.gateway.dispatch_to_all("INTERACTION_CREATE", event)
        return interaction
