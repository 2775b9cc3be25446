"""Slack and Discord as places where a message stands that is to be edited, behind one face for one suite."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from bot.deliver.discord.channel import DiscordChannel
from bot.deliver.discord.session import use_endpoints
from bot.deliver.ports import Channel
from bot.deliver.slack.channel import SlackChannel
from bot.deliver.slack.client import make_client
from bot.model import Destination
from tests.fakes.clock import FakeClock
from tests.fakes.discord_faults import Drop, Reject
from tests.fakes.discord_faults import Fault as DiscordFault
from tests.fakes.discord_service import EDIT, SEND, TOKEN, FakeDiscord
from tests.fakes.slack_service import ApiError, Dropped, RateLimited, ServerError, SlackService
from tests.fakes.slack_service import Fault as SlackFault
from tests.samples import DISCORD, SLACK

WAIT = timedelta(seconds=90)  # what a rate limit asks for: more than discord.py waits out itself


class Place(ABC):
    """One platform with one channel in it."""

    channel: Channel
    destination: Destination

    @property
    @abstractmethod
    def texts(self) -> list[str]:
        """What each message shows, oldest first, as JSON."""

    @property
    @abstractmethod
    def threads(self) -> list[str | None]:
        """The id of the message that each answers."""

    @property
    @abstractmethod
    def ids(self) -> list[str]: ...

    @property
    @abstractmethod
    def edits(self) -> list[int]:
        """How often each was edited."""

    @property
    @abstractmethod
    def attempts(self) -> int:
        """How often an edit was asked for."""

    @abstractmethod
    def trouble(self, name: str) -> None:
        """For the next edit: rate limit, lost before, lost after, server error."""

    @abstractmethod
    def refuse_post(self) -> None:
        """The next post is refused for good."""

    @abstractmethod
    def lose_answer_to_post(self) -> None: ...

    @abstractmethod
    def delete(self, message_id: str) -> None: ...

    @abstractmethod
    def give_to_another(self, message_id: str) -> None: ...

    @abstractmethod
    def judged(self) -> list[str]:
        """What the judges found."""


class SlackPlace(Place):
    destination = SLACK

    def __init__(self, service: SlackService, clock: FakeClock, *, deadline: float = 5.0) -> None:
        self.service = service
        client = make_client(service.bot_token, service.api_url, pause=0.0)
        self.channel = SlackChannel(client, deadline=deadline, now=clock.now)
        service.add_channel(SLACK.address)

    @property
    def texts(self) -> list[str]:
        return [
            json.dumps([posted.text, posted.blocks], ensure_ascii=False)
            for posted in self.service.messages(SLACK.address)
        ]

    @property
    def threads(self) -> list[str | None]:
        return [posted.thread_ts for posted in self.service.messages(SLACK.address)]

    @property
    def ids(self) -> list[str]:
        return [posted.ts for posted in self.service.messages(SLACK.address)]

    @property
    def edits(self) -> list[int]:
        return [posted.edits for posted in self.service.messages(SLACK.address)]

    @property
    def attempts(self) -> int:
        return [method for method, _ in self.service.calls].count("chat.update")

    def trouble(self, name: str) -> None:
        faults: dict[str, SlackFault] = {
            "rate limit": RateLimited(int(WAIT.total_seconds())),
            "lost before": Dropped(done=False),
            "lost after": Dropped(done=True),
            "server error": ServerError(503),
        }
        self.service.fail("chat.update", faults[name])

    def refuse_post(self) -> None:
        self.service.fail("chat.postMessage", ApiError("msg_too_long"))

    def lose_answer_to_post(self) -> None:
        self.service.fail("chat.postMessage", Dropped(done=True))

    def delete(self, message_id: str) -> None:
        messages = self.service.messages(SLACK.address)
        messages[:] = [posted for posted in messages if posted.ts != message_id]

    def give_to_another(self, message_id: str) -> None:
        (posted,) = (each for each in self.service.messages(SLACK.address) if each.ts == message_id)
        posted.ours = False

    def judged(self) -> list[str]:
        return self.service.violations


class DiscordPlace(Place):
    destination = DISCORD

    def __init__(self, service: FakeDiscord, channel: DiscordChannel) -> None:
        self.service = service
        self.channel = channel
        self._messages = service.messages.setdefault(int(DISCORD.address), [])

    @property
    def texts(self) -> list[str]:
        return [json.dumps([posted["content"], posted["embeds"]], ensure_ascii=False) for posted in self._kept]

    @property
    def _kept(self) -> list[dict[str, object]]:
        return self.service.messages[int(DISCORD.address)]

    @property
    def threads(self) -> list[str | None]:
        references = [posted.get("message_reference") for posted in self._kept]
        return [reference["message_id"] if isinstance(reference, dict) else None for reference in references]

    @property
    def ids(self) -> list[str]:
        return [str(posted["id"]) for posted in self._kept]

    @property
    def edits(self) -> list[int]:
        return [self.service.edits[message_id] for message_id in self.ids]

    @property
    def attempts(self) -> int:
        return self.service.count(EDIT)

    def trouble(self, name: str) -> None:
        faults: dict[str, DiscordFault] = {
            "rate limit": Reject(status=429, retry_after=WAIT.total_seconds()),
            "lost before": Drop(stored=False),
            "lost after": Drop(stored=True),
            "server error": Reject(status=503),
        }
        self.service.fail(EDIT, faults[name])

    def refuse_post(self) -> None:
        self.service.fail(SEND, Reject(status=400, code=200_000))  # automatic moderation

    def lose_answer_to_post(self) -> None:
        self.service.fail(SEND, Drop(stored=True))

    def delete(self, message_id: str) -> None:
        self.service.delete(int(DISCORD.address), message_id)

    def give_to_another(self, message_id: str) -> None:
        (posted,) = (each for each in self._kept if each["id"] == message_id)
        posted["author"] = {"id": "42", "username": "copycat"}

    def judged(self) -> list[str]:
        return self.service.violations


@asynccontextmanager
async def open_place(name: str, clock: FakeClock) -> AsyncIterator[Place]:
    """`slack` or `discord`; what the judges found fails the test at the end."""
    place: Place
    if name == "slack":
        async with SlackService(clock=lambda: clock.now().timestamp()) as slack:
            place = SlackPlace(slack, clock)
            yield place
    else:
        async with FakeDiscord() as discord:
            use_endpoints(discord.api_url, discord.gateway.url)
            channel = DiscordChannel(TOKEN)
            place = DiscordPlace(discord, channel)
            yield place
            await channel.close()
            use_endpoints()
    assert place.judged() == []
