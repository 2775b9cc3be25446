"""Answering the caller on Slack, within what a response URL allows, and by other ways where it does not.

A response URL takes five answers within 30 minutes:
https://docs.slack.dev/interactivity/handling-user-interaction#message_responses. After that, and where Slack says
that it is used or expired, the answer is an ephemeral message, or a direct one where the app is not in the channel.

Slack refuses a whole message for one bad picture, and an uploaded one is bad until Slack has looked at it: tried
again after a pause, and then sent without it, what it shows in words. Where it refuses all blocks, the text goes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.commands.on_slack.files import SlackFiles, UploadFailed
from bot.deliver.card import File, Reply, Run
from bot.deliver.slack.blocks import Payload, reply_payload
from bot.deliver.slack.client import CALL_ERRORS, DEADLINE, SDK_LOGGER

MAX_ANSWERS = 5
ANSWERS_FOR = 30 * 60.0  # seconds
PICTURE_TRIES = 3  # which leaves two answers for the message without it
PICTURE_PAUSE = 1.5  # seconds: what Slack needs to look at a small picture

log = structlog.get_logger()


@dataclass
class Asker:
    """Who is answered, and where. `asked_at` is seconds of the clock that `Answers` has."""

    user: str
    channel: str | None
    response_url: str | None
    asked_at: float
    answers: int = field(default=0)  # that the response URL has been given

    @property
    def direct(self) -> bool:
        """In no channel: App Home, a form, direct messages, which may be those of two people without the app."""
        return not self.channel or self.channel.startswith("D")


class Spent(Exception):
    """The response URL takes no more answers."""


class BlocksRefused(Exception):
    """Slack does not take the blocks of this payload."""


class Lost(Exception):
    """The answer did not come, or nobody knows whether it did."""


class Answers:
    """`pause` is seconds between two tries with a picture; `now` is a clock that never goes back, in seconds."""

    def __init__(
        self,
        client: AsyncWebClient,
        files: SlackFiles,
        *,
        pause: float = PICTURE_PAUSE,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._files = files
        self._pause = pause
        self._now = now

    def asker(self, user: str, channel: str | None, response_url: str | None) -> Asker:
        return Asker(user=user, channel=channel, response_url=response_url, asked_at=self._now())

    async def answer(self, to: Asker, reply: Reply) -> None:
        """Never raises for what Slack does; an answer that is lost is in the log."""
        reply = await self.with_file_sent(to, reply)
        picture = await self._picture(reply.picture) if reply.picture else None
        try:
            await self._first_taken(to, _payloads(reply, picture))
        except (Lost, *CALL_ERRORS) as error:
            log.warning("slack.answer_lost", problem=_problem(error))

    async def with_file_sent(self, to: Asker, reply: Reply) -> Reply:
        """The reply with a line in the place of its file, which goes into the direct messages."""
        if reply.file is None:
            return reply
        said = await self._share(to, reply.file)
        return replace(reply, file=None, lines=(*reply.lines, (Run(text=said),)))

    async def _share(self, to: Asker, file: File) -> str:
        try:
            await self._files.upload(file, into=await self._direct_messages(to))
        except (UploadFailed, *CALL_ERRORS) as error:
            return f"The file {file.name} could not be sent: {_problem(error)}"
        return f"The file {file.name} stands in your direct messages with me."

    async def _picture(self, picture: File) -> str | None:
        try:
            return await self._files.upload(picture)
        except UploadFailed:
            return None

    # --- one after the other, until one is taken ----------------------------------------------------------

    async def _first_taken(self, to: Asker, payloads: Iterator[tuple[Payload, bool]]) -> None:
        for payload, wait in payloads:
            if wait:
                await asyncio.sleep(self._pause)
            try:
                await self._send(to, payload)
            except BlocksRefused as refused:
                log.info("slack.blocks_refused", problem=str(refused))
            else:
                return
        log.warning("slack.answer_lost", problem="Slack refuses it even as text")

    async def _send(self, to: Asker, payload: Payload) -> None:
        try:
            await self._respond(to, payload)
        except Spent:
            await self._post(to, payload)

    async def _respond(self, to: Asker, payload: Payload) -> None:
        in_time = self._now() - to.asked_at < ANSWERS_FOR
        if to.response_url is None or to.answers >= MAX_ANSWERS or not in_time:
            raise Spent
        to.answers += 1
        status, said = await _post_answer(to.response_url, payload)
        match status:
            case 200:
                return
            case 400 | 404 if "blocks" in said or status == 400:
                raise BlocksRefused(said)
            case 404 | 410:  # used_url, expired_url
                raise Spent
        raise Lost(f"HTTP {status}: {said}" if status else said)

    # --- without a response URL ---------------------------------------------------------------------------

    async def _post(self, to: Asker, payload: Payload) -> None:
        try:
            async with asyncio.timeout(DEADLINE):
                await self._post_near(to, payload)
        except SlackApiError as error:
            if "blocks" in _problem(error):
                raise BlocksRefused(_problem(error)) from error
            raise

    async def _post_near(self, to: Asker, payload: Payload) -> None:
        if not to.direct:
            try:
                await self._client.chat_postEphemeral(channel=to.channel or "", user=to.user, **payload, parse="none")
            except SlackApiError as error:
                if "blocks" in _problem(error):
                    raise
                log.info("slack.answered_directly", problem=_problem(error))
            else:
                return
        await self._client.chat_postMessage(channel=await self._direct_messages(to), **payload, **_QUIET)

    async def _direct_messages(self, to: Asker) -> str:
        answer = await self._client.conversations_open(users=to.user)
        return str(answer["channel"]["id"])


_QUIET: Payload = {
    "mrkdwn": False,
    "link_names": False,
    "parse": "none",
    "unfurl_links": False,
    "unfurl_media": False,
}


def _payloads(reply: Reply, picture: str | None) -> Iterator[tuple[Payload, bool]]:
    """What to send, the best first, and whether to wait before."""
    if picture is not None:
        for number in range(PICTURE_TRIES):
            yield reply_payload(reply, picture=picture), number > 0
    payload = reply_payload(reply)
    yield payload, False
    yield {"text": payload["text"]}, False


async def _post_answer(response_url: str, payload: Payload) -> tuple[int, str]:
    """Slack's status and the first words of its body; status 0 where there was no answer."""
    client = AsyncWebhookClient(
        response_url, timeout=round(DEADLINE), logger=SDK_LOGGER, retry_handlers=[AsyncRateLimitErrorRetryHandler()]
    )
    body = {
        **payload,
        "response_type": "ephemeral",
        "replace_original": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }
    try:
        async with asyncio.timeout(DEADLINE):
            response = await client.send_dict(body)
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        return 0, type(error).__name__
    return response.status_code, response.body[:200]


def _problem(error: Exception) -> str:
    """Slack's own word, or ours; never an address, which would hold a token."""
    if isinstance(error, SlackApiError):
        data = getattr(error.response, "data", None)
        return str(data.get("error")) if isinstance(data, dict) else "an answer that is no JSON"
    if isinstance(error, UploadFailed | Lost):
        return str(error)
    silent = isinstance(error, aiohttp.ClientError | OSError)
    return f"{'no answer from Slack' if silent else 'Slack’s answer cannot be read'} ({type(error).__name__})"
