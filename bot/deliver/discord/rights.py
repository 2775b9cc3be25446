"""What the bot may do in a channel, computed as Discord does from what its REST gives. Pure.

https://docs.discord.com/developers/topics/permissions#permission-overwrites
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import discord

Json = Mapping[str, Any]

# By discord.py's names, as the channel's settings call them.
NEEDED = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "embed_links": "Embed Links",
    "read_message_history": "Read Message History",
    "attach_files": "Attach Files",
}
NEEDED_IN_THREADS = {
    **{name: shown for name, shown in NEEDED.items() if name != "send_messages"},
    "send_messages_in_threads": "Send Messages in Threads",
}
# https://docs.discord.com/developers/resources/channel#channel-object-channel-types
THREADS = frozenset({10, 11, 12})
_OF_ROLE, _OF_MEMBER = 0, 1  # https://docs.discord.com/developers/resources/channel#overwrite-object


def permissions_in(channel: Json, guild: Json, member: Json) -> discord.Permissions:
    """Of `member` in `channel`; for a thread, give the channel that it belongs to."""
    granted = {str(role["id"]): int(role["permissions"]) for role in guild["roles"]}
    everyone, own = str(guild["id"]), {str(role) for role in member["roles"]}
    value = granted.get(everyone, 0)
    for role in own:
        value |= granted.get(role, 0)
    if discord.Permissions(value).administrator:
        return discord.Permissions.all()
    for allow, deny in _overwrites(channel, everyone, own, str(member["user"]["id"])):
        value = value & ~deny | allow
    return discord.Permissions(value)


def missing_rights(permissions: discord.Permissions, *, thread: bool) -> list[str]:
    """The rights that the bot needs there and lacks, as people read them."""
    needed = NEEDED_IN_THREADS if thread else NEEDED
    return [shown for name, shown in needed.items() if not getattr(permissions, name)]


def _overwrites(channel: Json, everyone: str, own: set[str], user: str) -> list[tuple[int, int]]:
    """Allowed and denied, in the order in which they count: for everyone, for all roles together, for the member."""
    of_role = {
        str(each["id"]): (int(each["allow"]), int(each["deny"]))
        for each in channel.get("permission_overwrites") or ()
        if int(each["type"]) == _OF_ROLE
    }
    of_member = [
        (int(each["allow"]), int(each["deny"]))
        for each in channel.get("permission_overwrites") or ()
        if int(each["type"]) == _OF_MEMBER and str(each["id"]) == user
    ]
    roles = [of_role[role] for role in own if role in of_role]
    allow = deny = 0
    for allowed, denied in roles:
        allow, deny = allow | allowed, deny | denied
    return [*([of_role[everyone]] if everyone in of_role else []), (allow, deny), *of_member]
