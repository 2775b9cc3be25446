"""What people see: the messages that the platforms kept, as one kind, by place and by story."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from discord.utils import snowflake_time

from tests.crash.desk import DISCORD_CHANNELS, DISCORD_PEOPLE, SLACK_CHANNELS, SLACK_PEOPLE
from tests.crash.platforms import StormyDiscord, StormySlack
from tests.fakes.slack_service import Posted

_FOLLOW = re.compile(r"\bfollow:(\w+)")
_LINK = re.compile(r"https://[a-z]+\.example/(\d+)\b")


@dataclass(frozen=True, slots=True)
class Message:
    """A message that stands at a place; `raw` is the platform's own, which an edit changes."""

    place: str
    raw: Posted | dict[str, Any]

    @property
    def id(self) -> str:
        return self.raw.ts if isinstance(self.raw, Posted) else str(self.raw["id"])

    @property
    def at(self) -> float:
        """When the platform took it, in seconds since 1970."""
        return float(self.raw.ts) if isinstance(self.raw, Posted) else snowflake_time(int(self.raw["id"])).timestamp()

    @property
    def is_reply(self) -> bool:
        return bool(self.raw.thread_ts if isinstance(self.raw, Posted) else self.raw.get("message_reference"))

    @property
    def delivery(self) -> str:
        """The id of its delivery, or how that begins; empty where the message bears none."""
        if isinstance(self.raw, Posted):
            return str(((self.raw.metadata or {}).get("event_payload") or {}).get("delivery_id", ""))
        footers = [str((embed.get("footer") or {}).get("text") or "") for embed in self.raw["embeds"]]
        return footers[-1].rpartition(" ")[2] if footers else ""

    @property
    def text(self) -> str:
        shown = self.raw.blocks if isinstance(self.raw, Posted) else [self.raw["content"], *self.raw["embeds"]]
        return _strings(shown)

    @property
    def story(self) -> int | None:
        """The number of the story whose article it links to."""
        found = _LINK.search(self.text)
        return int(found[1]) if found else None

    @property
    def story_id(self) -> str:
        """What the program calls the story, from the button that follows it."""
        buttons = self.raw.blocks if isinstance(self.raw, Posted) else self.raw["components"]
        found = _FOLLOW.search(_strings(buttons))
        return found[1] if found else ""


class Reading:
    """Reads on in every conversation; what it has read once it follows through its edits."""

    def __init__(self, slack: StormySlack, discord: StormyDiscord) -> None:
        self._slack = slack
        self._discord = discord
        self.at: defaultdict[str, list[Message]] = defaultdict(list)  # in the order in which the platform took them
        self.about: defaultdict[int | None, list[Message]] = defaultdict(list)

    def read_on(self) -> None:
        for place, kept in self._conversations().items():
            for raw in kept[len(self.at[place]) :]:
                message = Message(place, raw)
                self.at[place].append(message)
                self.about[message.story].append(message)

    def _conversations(self) -> dict[str, Any]:
        slack = {f"slack:{channel}": channel for channel in SLACK_CHANNELS}
        slack |= {f"slack:@{user}": self._slack.direct[user] for user in SLACK_PEOPLE}
        discord = {f"discord:{channel}": channel for channel in DISCORD_CHANNELS}
        for person in DISCORD_PEOPLE:
            if channel := self._discord.direct(person):
                discord[f"discord:@{person}"] = channel
        return {place: self._slack.messages(channel) for place, channel in slack.items()} | {
            place: self._discord.messages[channel] for place, channel in discord.items()
        }

    def of(self, story: int, place: str) -> list[Message]:
        return [message for message in self.about[story] if message.place == place]


def _strings(value: Any) -> str:
    """All texts in a JSON value, one a line."""
    if isinstance(value, str):
        return f"{value}\n"
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return "".join(map(_strings, parts))
