"""Posting cards to Slack, each once.

Slack has no idempotency key. So every message carries its delivery id as metadata, and a delivery whose outcome is
not known is looked up before it is posted again. An edit needs none of this: it can be made twice.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.deliver.ports import Closed, Message, Refused, SendError, TryLater, UnknownOutcome
from bot.deliver.slack.blocks import Payload, message_payload
from bot.deliver.slack.client import DEADLINE
from bot.deliver.slack.errors import BlocksRefused, ThreadRefused, UnknownCode, from_network, from_slack
from bot.model import DeliveryId, Destination, Receipt

METADATA_EVENT = "tradewire_delivery"

# How far back a delivery is looked for. An attempt is normally seconds old; a weekend's outage is the worst case.
LOOK_BACK = timedelta(days=3)
PAGE = 200  # https://docs.slack.dev/reference/methods/conversations.history: "no more than 200 at a time"
MAX_PAGES = 5

_TS = re.compile(r"\d+\.\d+")

log = structlog.get_logger()


def _now() -> datetime:
    return datetime.now(UTC)


class SlackChannel:
    """The Slack side of `ports.Channel`.

    `deadline` is seconds for each call; `now` is asked only how far back to look.
    """

    def __init__(
        self, client: AsyncWebClient, *, deadline: float = DEADLINE, now: Callable[[], datetime] = _now
    ) -> None:
        self._client = client
        self._deadline = deadline
        self._now = now
        self._direct: dict[str, str] = {}  # person -> their conversation with us; it never changes
        self._workspace: str | None = None  # its address, for links to messages; it never changes

    async def send(self, message: Message) -> Receipt:
        """Post the card, or find it where an earlier attempt of unknown outcome did post it.

        Where the look-up is forbidden (a missing `*:history` scope), the destination is `Closed` until the scope is
        there: readers never see an alert twice, and none is lost.
        """
        try:
            receipt = await self._send(message)
        except ThreadRefused as error:
            # What it answers is gone, and so is what an earlier attempt put below it: the news stands by itself.
            log.info("slack.thread_refused", delivery=message.delivery_id, problem=str(error))
            receipt = await self._send(replace(message, reply_to=None))
        return receipt if receipt.thread_id else replace(receipt, url=await self._link_to(receipt))

    async def _send(self, message: Message) -> Receipt:
        receipt = await self._sent_before(message) if message.maybe_sent else None
        return receipt or await self._post(await self._conversation_of(message), message)

    async def edit(self, message: Message, receipt: Receipt) -> None:
        """Put the card in the place of what stands there; its metadata stay."""

        def update(payload: Payload) -> Awaitable[AsyncSlackResponse]:
            message.check_ours()
            return self._client.chat_update(
                channel=receipt.channel,
                ts=receipt.message_id,
                metadata=_metadata(message),
                link_names=False,
                parse="none",  # unlike a post, an edit would look for names and links by itself
                **payload,
            )

        try:
            await self._with_blocks_or_text(message, update)
        except UnknownCode as error:  # no news is in it that could be lost by giving up
            raise Refused(str(error)) from error

    async def check(self, destination: Destination) -> str:
        """Which app may post there. Asks for all that `send` needs; that a channel is archived, nothing shows."""
        place = str(destination)
        who = await self._call(self._client.auth_test(), place)
        if "chat:write" not in re.split(r"[,\s]+", who.headers.get("x-oauth-scopes", "")):
            raise Closed(f"{place}: add the scope chat:write under OAuth & Permissions and reinstall the app")
        conversation = await self._conversation(destination)
        await self._call(self._client.conversations_history(channel=conversation, limit=1), place)
        return f"{who['user']} of {who['team']} may post in {conversation}"

    # --- where ------------------------------------------------------------------------------------------

    async def _conversation_of(self, message: Message) -> str:
        return message.reply_to.channel if message.reply_to else await self._conversation(message.destination)

    async def _conversation(self, destination: Destination) -> str:
        """The conversation id; for a person, of their direct messages with the app."""
        if not destination.person:
            return destination.address
        if destination.address not in self._direct:
            try:
                answer = await self._call(
                    self._client.conversations_open(users=destination.address), str(destination)
                )
            except UnknownOutcome as error:
                raise TryLater(str(error)) from error  # opening a conversation posts nothing
            self._direct[destination.address] = answer["channel"]["id"]
        return self._direct[destination.address]

    # --- look up ----------------------------------------------------------------------------------------

    async def _sent_before(self, message: Message) -> Receipt | None:
        """What an earlier attempt posted, or None where nothing of it stands among the last thousand messages."""
        try:
            return await self._look_up(await self._conversation_of(message), message)
        except TryLater as error:  # of this call only: the earlier attempt stays unknown
            raise UnknownOutcome(f"{error}; whether it was posted before is still open") from error
        except ThreadRefused:
            raise
        except (Closed, Refused) as error:
            raise type(error)(f"{error}. It is not posted again, because it may already stand there") from error

    async def _look_up(self, channel: str, message: Message) -> Receipt | None:
        cursor: str | None = None
        for _ in range(MAX_PAGES):
            page = await self._call(self._page(channel, message.reply_to, cursor), str(message.destination))
            for posted in page.get("messages") or []:
                if _delivery_id(posted) == message.delivery_id:
                    return _receipt(channel, posted["ts"], message)
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                break
        return None

    async def _page(self, channel: str, reply_to: Receipt | None, cursor: str | None) -> AsyncSlackResponse:
        common: dict[str, Any] = {
            "channel": channel,
            "cursor": cursor,
            "oldest": f"{(self._now() - LOOK_BACK).timestamp():.6f}",
            "limit": PAGE,
            "include_all_metadata": True,
        }
        if reply_to is None:
            return await self._client.conversations_history(**common)
        return await self._client.conversations_replies(ts=_thread(reply_to), **common)

    # --- post -------------------------------------------------------------------------------------------

    async def _post(self, channel: str, message: Message) -> Receipt:
        def post(payload: Payload) -> Awaitable[AsyncSlackResponse]:
            message.check_ours()
            return self._client.chat_postMessage(
                channel=channel,
                thread_ts=_thread(message.reply_to) if message.reply_to else None,
                metadata=_metadata(message),
                mrkdwn=False,
                link_names=False,
                parse="none",
                unfurl_links=False,
                unfurl_media=False,
                **payload,
            )

        answer = await self._with_blocks_or_text(message, post)
        if not _TS.fullmatch(str(answer.get("ts"))):
            raise UnknownOutcome(f"{message.destination}: Slack's answer names no message")
        return _receipt(answer.get("channel") or channel, answer["ts"], message)

    async def _with_blocks_or_text(
        self, message: Message, call: Callable[[Payload], Awaitable[AsyncSlackResponse]]
    ) -> AsyncSlackResponse:
        payload, place = message_payload(message.card), str(message.destination)
        try:
            return await self._call(call(payload), place)
        except BlocksRefused as error:  # our own fault, and nothing was done: the alert still goes, as text
            log.warning("slack.blocks_refused", delivery=message.delivery_id, problem=str(error))
            return await self._call(call({"text": payload["text"]}), place)

    async def _link_to(self, receipt: Receipt) -> str | None:
        """The address of a posted message. None where Slack does not say who it is: what was posted stays posted."""
        if self._workspace is None:
            try:
                self._workspace = (await self._call(self._client.auth_test(), receipt.channel)).get("url") or ""
            except SendError as error:
                log.info("slack.no_link", problem=str(error))
        if not self._workspace:
            return None
        return f"{self._workspace.rstrip('/')}/archives/{receipt.channel}/p{receipt.message_id.replace('.', '')}"

    async def _call(self, call: Awaitable[AsyncSlackResponse], place: str) -> AsyncSlackResponse:
        """One call under the deadline; its failures as a SendError that names `place`."""
        try:
            async with asyncio.timeout(self._deadline):
                return await call
        except SlackApiError as error:
            raise from_slack(error, place, self._now()) from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise from_network(error, place) from error
        except (AttributeError, ValueError) as error:  # the SDK trips over a body that is not a JSON object
            raise UnknownOutcome(f"{place}: Slack's answer cannot be read") from error


def _metadata(message: Message) -> Payload:
    return {"event_type": METADATA_EVENT, "event_payload": {"delivery_id": message.delivery_id}}


def _thread(receipt: Receipt) -> str:
    return receipt.thread_id or receipt.message_id


def _receipt(channel: str, ts: str, message: Message) -> Receipt:
    """Slack's `ts` is the id of a message within its channel, and the time it was posted."""
    return Receipt(
        channel=channel,
        message_id=ts,
        thread_id=_thread(message.reply_to) if message.reply_to else None,
        sent_at=datetime.fromtimestamp(float(ts), UTC),
    )


def _delivery_id(posted: Mapping[str, Any]) -> DeliveryId | None:
    metadata = posted.get("metadata") or {}
    if metadata.get("event_type") != METADATA_EVENT:
        return None
    return (metadata.get("event_payload") or {}).get("delivery_id")
