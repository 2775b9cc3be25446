"""Slack, asked for all that the bot needs there: the tokens, each scope, each channel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.checks.found import Check
from bot.checks.skew import Clocks
from bot.clock import Clock
from bot.commands.on_slack.socket import try_socket
from bot.deliver.ports import SendError
from bot.deliver.slack.channel import SlackChannel
from bot.deliver.slack.client import CALL_ERRORS, DEADLINE, make_client
from bot.deliver.slack.errors import from_network, from_slack
from bot.deliver.slack.scopes import missing_scopes
from bot.model import Destination

TOKEN = "SLACK_BOT_TOKEN"  # noqa: S105 - the name of a setting


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackCheck:
    """Asks and posts nothing."""

    bot_token: str
    api_url: str
    destinations: Sequence[Destination]
    clock: Clock
    clocks: Clocks

    async def run(self) -> AsyncIterator[Check]:
        """Where the token is not taken nothing else is asked: the answer would be the same each time."""
        client = make_client(self.bot_token, self.api_url)
        asked = self.clock.now()
        try:
            who = await self._answer(client.auth_test(), TOKEN)
        except SendError as error:
            yield Check(False, TOKEN, str(error))
            return
        self.clocks.note("Slack", who.headers.get("Date"), asked, self.clock.now())
        yield Check(True, TOKEN, f"{who['user']} of {who['team']}")
        yield _scopes(who)
        channel = SlackChannel(client, now=self.clock.now)
        for destination in self.destinations:
            yield await self._destination(client, channel, destination)

    async def _destination(self, client: AsyncWebClient, channel: SlackChannel, destination: Destination) -> Check:
        place = str(destination)
        try:
            if not destination.person and (wrong := await self._state_of(client, destination)):
                return Check(False, place, wrong)
            return Check(True, place, await channel.check(destination))
        except SendError as error:
            return Check(False, place, str(error))

    async def _state_of(self, client: AsyncWebClient, destination: Destination) -> str | None:
        """Why nothing could be posted in a channel although it is there: what only `conversations.info` shows."""
        answer = await self._answer(client.conversations_info(channel=destination.address), str(destination))
        found = answer["channel"]
        name = f"#{found.get('name') or destination.address}"
        if found.get("is_archived"):
            return f"{name} is archived: unarchive it, or take {destination} out of routes.toml"
        if found.get("is_member") is False:
            return f"the bot is not in {name}: type /invite @Tradewire there"
        return None

    async def _answer(self, call: Awaitable[AsyncSlackResponse], place: str) -> AsyncSlackResponse:
        """One call under the deadline; its failures as a SendError that names `place` and the cure."""
        try:
            async with asyncio.timeout(DEADLINE):
                return await call
        except SlackApiError as error:
            raise from_slack(error, place, now=self.clock.now()) from error
        except CALL_ERRORS as error:
            raise from_network(error, place) from error


async def socket(app_token: str, api_url: str) -> Check:
    problem = await try_socket(app_token, api_url)
    return Check(problem is None, "SLACK_APP_TOKEN", problem or "Slack gives a socket for commands")


def _scopes(who: AsyncSlackResponse) -> Check:
    missing = missing_scopes({name.lower(): value for name, value in who.headers.items()})
    if not missing:
        return Check(True, "slack scopes", "all of docs/slack-manifest.json")
    named = "; ".join(f"{scope} ({use})" for scope, use in missing.items())
    cure = "add them under OAuth & Permissions, or paste docs/slack-manifest.json, and reinstall the app"
    return Check(False, "slack scopes", f"missing: {named}. Cure: {cure}")
