"""What the bot is in the one server of the fake Discord: its roles, and what each channel says of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.fakes import discord_payloads as payloads
from tests.fakes.discord_payloads import Json

ADMINISTRATOR = 8


@dataclass
class Server:
    """Everybody is an administrator until a test says otherwise."""

    everyone: int = ADMINISTRATOR  # what the role of everybody may do
    roles: dict[int, int] = field(default_factory=dict)  # that the bot has, and what each may do
    channels: dict[int, Json] = field(default_factory=dict)  # what a channel says of itself beyond the usual
    timed_out_until: str | None = None
    connections_left: int = 1000
    application: Json = field(default_factory=dict)  # what it says of itself beyond the usual

    def overwrite(self, channel_id: int, who: int, *, role: bool, allow: int = 0, deny: int = 0) -> None:
        """The settings of a channel allow and deny a role or a member something."""
        channel = self.channels.setdefault(channel_id, {})
        written = {"id": str(who), "type": 0 if role else 1, "allow": str(allow), "deny": str(deny)}
        channel.setdefault("permission_overwrites", []).append(written)

    def guild(self) -> Json:
        guild = payloads.guild([])
        everyone, *others = guild["roles"]
        own = [{**everyone, "id": str(role), "permissions": str(value)} for role, value in self.roles.items()]
        return {**guild, "roles": [{**everyone, "permissions": str(self.everyone)}, *others, *own]}

    def member(self) -> Json:
        (member,) = payloads.guild([])["members"]
        return {
            **member,
            "roles": [str(role) for role in self.roles],
            "communication_disabled_until": self.timed_out_until,
        }

    def gateway(self, url: str) -> Json:
        limit = {"total": 1000, "remaining": self.connections_left, "reset_after": 1_800_000, "max_concurrency": 1}
        return {"url": url, "shards": 1, "session_start_limit": limit}
