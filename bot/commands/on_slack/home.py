"""App Home: what a person has set up, each thing with the buttons that change or end it.

https://docs.slack.dev/surfaces/app-home. The page is made anew each time it is opened and after each change made from
it; nothing of it is kept here.
"""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.commands.on_slack.calls import Calls
from bot.commands.spec import Page
from bot.deliver.slack.blocks import Payload
from bot.deliver.slack.client import CALL_ERRORS
from bot.deliver.slack.views import home_view

PUBLISH_WITHIN = 10.0  # seconds
READ_WITHIN = 10.0  # seconds for the store

UNWELL = "Your settings cannot be shown now; /wire status says what is not well. Opening this page tries again."

log = structlog.get_logger()


class SlackHome:
    """Where the catalog has no page of one's own, nothing is published."""

    def __init__(self, client: AsyncWebClient, calls: Calls) -> None:
        self._client = client
        self._calls = calls

    async def on_open(self, event: dict[str, Any], body: dict[str, Any]) -> None:
        if event.get("tab") == "home" and not self._calls.is_repeat(body):
            await self.publish(str(event["user"]))

    async def publish(self, user: str) -> None:
        """Never raises for what the store or Slack does."""
        if self._calls.catalog.page is None:
            return
        view = await self._view(user, self._calls.catalog.page)
        try:
            async with asyncio.timeout(PUBLISH_WITHIN):
                await self._client.views_publish(user_id=user, view=view)
        except CALL_ERRORS as error:
            data = getattr(error.response, "data", None) if isinstance(error, SlackApiError) else None
            problem = str(data.get("error")) if isinstance(data, dict) else type(error).__name__
            log.warning("slack.home_not_published", problem=problem)

    async def _view(self, user: str, page: Page) -> Payload:
        try:
            async with asyncio.timeout(READ_WITHIN):
                return home_view(await page(self._calls.caller(user, None, None)))
        except Exception:
            log.exception("slack.home_failed")
            return home_view((), UNWELL)
