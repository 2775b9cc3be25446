"""The fakes of `tests.fakes` under a sky, and the feeds: what outlasts the program and keeps what it was sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from aiohttp import web

from tests.crash.desk import DISCORD_CHANNELS, SLACK_CHANNELS, SLACK_PEOPLE
from tests.crash.newsroom import OUTLETS, Newsroom
from tests.crash.sky import Does, Moment, Reply, Sky, Trouble
from tests.fakes import discord_payloads as payloads
from tests.fakes.discord_faults import Reject, rejection
from tests.fakes.discord_service import EDIT, SEND, Call, FakeDiscord, Interaction
from tests.fakes.slack_service import SlackService
from tests.fakes.web import Asked, FakeWeb, send

_ON_SLACK = {"chat.postMessage": Does.POST, "chat.update": Does.EDIT}
_ON_DISCORD = {SEND: Does.POST, EDIT: Does.EDIT}


class StormySlack(SlackService):
    def __init__(self, sky: Sky) -> None:
        super().__init__()
        self._sky = sky
        for channel in SLACK_CHANNELS:
            self.add_channel(channel)
        self.direct = {user: self.add_channel(self.add_person(user)).id for user in SLACK_PEOPLE}

    async def _api(self, request: web.Request) -> web.StreamResponse:  # type: ignore[override]  # answered there
        reply = Reply(
            rate_limited=lambda: web.json_response(
                {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": "1"}
            ),
            server_error=lambda: web.Response(status=503, text="upstream failed"),
        )
        does = _ON_SLACK.get(request.match_info["method"], Does.OTHER)
        return await self._sky.through(request, partial(super()._api, request), reply, does)


class StormyDiscord(FakeDiscord):
    def __init__(self, sky: Sky) -> None:
        super().__init__()
        self._sky = sky
        self.messages |= {channel: [] for channel in DISCORD_CHANNELS}

    def _entry(
        self, template: str, handler: Callable[[Call, web.Request], Awaitable[object]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        calm = super()._entry(template, handler)
        reply = Reply(
            rate_limited=lambda: rejection(Reject(status=429, retry_after=0.3)),
            server_error=lambda: rejection(Reject(status=503)),
        )

        async def enter(request: web.Request) -> web.StreamResponse:
            does = _ON_DISCORD.get((request.method, template), Does.OTHER)
            return await self._sky.through(request, partial(calm, request), reply, does)

        return enter

    def direct(self, person: int) -> int | None:
        """The channel of their direct messages; None before the first."""
        return self._direct.get(str(person))

    async def ask(self, person: int, name: str, **options: str) -> Interaction:
        """A person of that number types `/wire name …` in a channel."""
        given = [{"name": key, "type": 3, "value": value} for key, value in options.items()]
        data = {
            "id": payloads.snowflake(),
            "name": "wire",
            "type": 1,
            "options": [{"name": name, "type": 1, "options": given}],
        }
        token = f"interaction-{payloads.snowflake()}"
        where = payloads.channel(payloads.GUILD_CHANNEL_ID)
        event = payloads.interaction(2, data, token=token, where=where, shown=None, rights=self.rights)
        event["member"]["user"]["id"] = str(person)
        interaction = self.interactions[token] = Interaction(event)
        await self.gateway.dispatch("INTERACTION_CREATE", event)
        return interaction


@dataclass(frozen=True)
class World:
    """Everything around the program."""

    sky: Sky
    slack: StormySlack
    discord: StormyDiscord
    web: FakeWeb
    newsroom: Newsroom

    @property
    def environment(self) -> dict[str, str]:
        return {
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_APP_TOKEN": self.slack.app_token,
            "SLACK_API_URL": self.slack.api_url,
            "DISCORD_TOKEN": self.discord.token,
            "DISCORD_API_URL": self.discord.api_url,
            "DISCORD_GATEWAY_URL": self.discord.gateway.url,
        }

    @property
    def feed_url(self) -> str:
        return self.web.url("/{outlet}")


@asynccontextmanager
async def open_world(sky: Sky, newsroom: Newsroom) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        feeds = await stack.enter_async_context(FakeWeb())
        slack = await stack.enter_async_context(StormySlack(sky))
        discord = await stack.enter_async_context(StormyDiscord(sky))
        for outlet in OUTLETS:
            feeds.on(f"/{outlet.lower()}", partial(_serve, sky, newsroom, outlet))
        yield World(sky, slack, discord, feeds, newsroom)


async def _serve(sky: Sky, newsroom: Newsroom, outlet: str, asked: Asked, writer: asyncio.StreamWriter) -> None:
    """The document of an outlet as it stands now."""
    sky.arrived()
    headers = {"ETag": f'"{newsroom.versions[outlet]}"', "Content-Type": "application/rss+xml"}
    trouble = sky.draw(sky.of_others)
    if trouble is Trouble.DROPPED:
        return
    if trouble is not None:
        await send(writer, 503, {})
    elif asked.headers.get("if-none-match") == headers["ETag"]:
        await send(writer, 304, headers)
    else:
        await send(writer, 200, headers, newsroom.document(outlet).encode())
        sky.reached(Moment.READ)
