"""Who manages a Slack channel: asked of Slack when a command has to know, and remembered for minutes."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.commands.spec import Permission

ASK_WITHIN = 5.0  # seconds for both questions; the command that waits was acknowledged before
REMEMBER_FOR = 300.0  # seconds: so long a new administrator may have to wait
REMEMBERED = 1_024  # answers

WHO_ADMINISTERS = "Here that is the workspace's owners and administrators."
WHO_MANAGES = "Here that is the workspace's owners and administrators, and whoever created the channel."
_OVERRIDE = "The owner of Tradewire can name people under [people] managers in tradewire.toml."
_ADMIN = ("is_admin", "is_owner", "is_primary_owner")  # https://docs.slack.dev/reference/objects/user-object
_NOT_TO_BE_SEEN = {"channel_not_found", "method_not_supported_for_channel_type"}  # so nobody's, as far as we know

log = structlog.get_logger()


class SlackRights:
    """`deadline` is in seconds; `now` is a clock that never goes back, in seconds."""

    def __init__(
        self, client: AsyncWebClient, *, deadline: float = ASK_WITHIN, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._deadline = deadline
        self._now = now
        self._known: OrderedDict[tuple[str, str | None], tuple[float, Permission]] = OrderedDict()

    async def may_manage(self, user: str, channel: str) -> Permission:
        """Never raises: where Slack does not say, the refusal names what is missing, and the next call asks again."""
        return await self._may(user, channel)

    async def may_administer(self, user: str) -> Permission:
        """Whether they are an owner or administrator of the workspace; never raises, as above."""
        return await self._may(user, None)

    async def _may(self, user: str, channel: str | None) -> Permission:
        until, permission = self._known.get((user, channel), (0.0, Permission(granted=False)))
        if self._now() < until:
            return permission
        try:
            async with asyncio.timeout(self._deadline):
                granted = await self._is_admin(user)
                if not granted and channel is not None:
                    granted = await self._is_creator(user, channel)
        except SlackApiError as error:
            return _cannot_tell(error)
        except (aiohttp.ClientError, OSError, TimeoutError, AttributeError, ValueError) as error:
            # The last two: the SDK trips over a body that is not a JSON object.
            log.warning("slack.rights_unknown", problem=type(error).__name__)
            why = "I cannot tell whether you may: Slack does not answer. Please try again in a minute."
            return Permission(granted=False, why=why)
        permission = Permission(granted=granted, why=WHO_ADMINISTERS if channel is None else WHO_MANAGES)
        self._remember((user, channel), permission)
        return permission

    async def _is_admin(self, user: str) -> bool:
        answer = await self._client.users_info(user=user)
        found = answer.get("user") or {}
        return any(found.get(role) for role in _ADMIN)

    async def _is_creator(self, user: str, channel: str) -> bool:
        try:
            answer = await self._client.conversations_info(channel=channel)
        except SlackApiError as error:
            if _said(error, "error") in _NOT_TO_BE_SEEN:  # a private channel without the app
                return False
            raise
        return (answer.get("channel") or {}).get("creator") == user

    def _remember(self, question: tuple[str, str | None], permission: Permission) -> None:
        self._known[question] = (self._now() + REMEMBER_FOR, permission)
        self._known.move_to_end(question)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)


def _cannot_tell(error: SlackApiError) -> Permission:
    code = _said(error, "error") or "no reason given"
    log.warning("slack.rights_unknown", problem=code)
    problem = f"Slack refuses to say ({code})"
    if code == "missing_scope":
        scope = _said(error, "needed") or "that Slack names"
        problem = f"add the scope {scope} under OAuth & Permissions and reinstall the app"
    return Permission(granted=False, why=f"I cannot tell whether you may: {problem}. {_OVERRIDE}")


def _said(error: SlackApiError, key: str) -> str:
    """What Slack's answer holds; empty where it is none."""
    response = error.response
    data = response.data if isinstance(response, AsyncSlackResponse) else None
    return str(data.get(key) or "") if isinstance(data, dict) else ""
