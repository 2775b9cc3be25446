"""The rights in a channel, held against discord.py's own reading of the same payloads."""

from __future__ import annotations

from typing import Any
from unittest.mock import MagicMock

import discord
from hypothesis import given
from hypothesis import strategies as st

from bot.deliver.discord.rights import NEEDED, missing_rights, permissions_in
from tests.fakes.discord_payloads import BOT_ID, GUILD_ID
from tests.fakes.discord_server import ADMINISTRATOR, Server

ROLES = (11, 12)
CHANNEL = 123
WHO = [(GUILD_ID, True), (11, True), (12, True), (BOT_ID, False), (77, False)]  # and whether it is a role
NAMES = list(NEEDED)
values = st.sets(st.sampled_from(NAMES)).map(lambda names: discord.Permissions(**dict.fromkeys(names, True)).value)
overwrites = st.lists(
    st.tuples(
        st.sampled_from([(GUILD_ID, True), (11, True), (12, True), (BOT_ID, False), (77, False)]), values, values
    ),
    max_size=5,
    unique_by=lambda each: each[0],
)


def test_whoever_administers_may_all_there() -> None:
    server = Server(everyone=ADMINISTRATOR)
    server.overwrite(CHANNEL, GUILD_ID, role=True, deny=discord.Permissions.all().value)
    permissions = permissions_in(server.channels[CHANNEL], server.guild(), server.member())
    assert missing_rights(permissions, thread=False) == []
    assert missing_rights(permissions, thread=True) == []


def test_a_bot_without_any_right_lacks_each() -> None:
    permissions = permissions_in({}, Server(everyone=0).guild(), Server().member())
    assert missing_rights(permissions, thread=False) == list(NEEDED.values())
    assert "Send Messages in Threads" in missing_rights(permissions, thread=True)


@given(everyone=values, first=values, second=values, written=overwrites)
def test_it_is_what_discord_py_computes(everyone: int, first: int, second: int, written: list[Any]) -> None:
    server = Server(everyone=everyone, roles=dict(zip(ROLES, (first, second), strict=True)))
    for (who, role), allow, deny in written:
        server.overwrite(CHANNEL, who, role=role, allow=allow, deny=deny)
    ours = permissions_in(server.channels.get(CHANNEL, {}), server.guild(), server.member())
    theirs = _theirs(server)
    for name in NAMES:
        # discord.py also takes away what is of no use where the channel is not seen, or nothing can be sent.
        if theirs.view_channel and theirs.send_messages:
            assert getattr(ours, name) == getattr(theirs, name), name
    assert ours.view_channel == theirs.view_channel


def _theirs(server: Server) -> discord.Permissions:
    state = MagicMock()
    state.member_cache_flags.joined = True
    state.self_id = BOT_ID
    state.store_user = lambda data: discord.User(state=state, data=data)
    guild = discord.Guild(data=server.guild(), state=state)  # type: ignore[arg-type]  # a payload of the fake
    member = discord.Member(data=server.member(), guild=guild, state=state)  # type: ignore[arg-type]  # likewise
    data: Any = {"id": str(CHANNEL), "type": 0, "name": "desk", "position": 0, **server.channels.get(CHANNEL, {})}
    return discord.TextChannel(state=state, guild=guild, data=data).permissions_for(member)
