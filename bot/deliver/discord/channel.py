"""Cards to Discord channels and people, over REST alone: a worker sends without listening to the gateway.

No card is posted twice. Every post carries the delivery's id as its nonce, and Discord answers a repeated nonce with
the first message, but only "in the past few minutes" (https://docs.discord.com/developers/resources/message#create-message).
The nonce is not kept with the message, so for an older attempt without a known outcome the channel's last 100
messages are searched for the start of that id, which stands in the footer of the card. What is left: an attempt that
is repeated after minutes in a channel where 100 messages came between, or where the bot has no Read Message History
(Discord then shows it an empty channel), is posted again. An edit needs none of this: it can be made twice.

A follow-up is a reply to the story's message, not a thread of its own: nobody has to open anything to see it, the bot
needs no further right, and it is the same in direct messages.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Iterator
from dataclasses import replace
from typing import Any, TypeVar

import aiohttp
import discord
import structlog
from discord.http import Route

from bot.deliver.discord.brake import Brake
from bot.deliver.discord.embeds import message_payload, text_payload
from bot.deliver.discord.errors import NETWORK_ERRORS, PayloadRefused, ReplyRefused, send_error
from bot.deliver.discord.session import CLOSE_DEADLINE, BadToken, build_client, close, counting, log_in
from bot.deliver.ports import Message, SendError, TryLater, Turn, UnknownOutcome, at_once
from bot.model import DeliveryId, Destination, Receipt
from bot.observe.metrics import Count, uncounted

SEND_DEADLINE = 15.0  # seconds for one `send`, whatever it needs
# One HTTP attempt. discord.py makes up to five, after 429 and after most 5xx.
ATTEMPT_TIMEOUT = aiohttp.ClientTimeout(total=10)
HISTORY_LIMIT = 100  # messages, the most one request gives

log = structlog.get_logger()

T = TypeVar("T")

_MARKER_LENGTH = 10  # hex digits of the delivery id: no two of a channel's last 100 messages share them
_NO_SERVER = "@me"  # direct messages, in links
_REPLY = 0  # a message reference that answers, https://docs.discord.com/developers/resources/message


class DiscordChannel:
    """`Channel` for `discord:123` and `discord:@123`. Logs in by itself with the first message."""

    def __init__(
        self, token: str, *, deadline: float = SEND_DEADLINE, count: Count = uncounted, turn: Turn = at_once
    ) -> None:
        """`count` hears of the status of every answer; before what is asked once for each place there is a `turn`."""
        self._token = token
        self._turn = turn
        self._count = count
        self._deadline = deadline
        self._client: discord.Client | None = None
        self._brake = Brake()
        self._login = asyncio.Lock()
        self._direct: dict[str, str] = {}  # person -> channel of their direct messages; it never changes
        self._servers: dict[str, str] = {}  # channel -> the server it is in, for links; it never changes
        self._running: set[asyncio.Task[Any]] = set()

    async def send(self, message: Message) -> Receipt:
        """Post one card."""
        return await self._in_time(self._send(message), message.destination)

    async def edit(self, message: Message, receipt: Receipt) -> None:
        """Put the card in the place of what stands there, marker and all."""
        await self._in_time(self._edit(message, receipt), message.destination)

    async def check(self, destination: Destination) -> str:
        """Which bot reaches which channel or person. A right to write that is missing shows only with a message."""
        try:
            async with asyncio.timeout(self._deadline):
                client = await self._logged_in()
                channel = await self._channel_of(client, destination)
                route = Route("GET", "/channels/{channel_id}", channel_id=channel)
                found = await self._call(client, route, destination)
        except TimeoutError as error:
            raise TryLater(f"{destination}: no answer from Discord within {self._deadline:g} s") from error
        with _reading(destination):
            name = found["recipients"][0]["username"] if destination.person else f"#{found['name']}"
        return f"{client.user} reaches {name}"

    async def close(self) -> None:
        """End what still runs and close the connections. May be called twice."""
        for task in self._running:
            task.cancel()
        if self._running:  # with a deadline: discord.py finishes waiting for a rate limit even when cancelled
            await asyncio.wait(self._running, timeout=CLOSE_DEADLINE)
        if self._client is not None:
            client, self._client = self._client, None
            await close(client)

    async def _in_time(self, work: Coroutine[Any, Any, T], place: Destination) -> T:
        """Past the deadline the outcome is unknown, and the request is left to finish by itself.

        It is not cancelled: discord.py, cancelled while it waits out a global rate limit, never sends again.
        """
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._forget)
        done, _ = await asyncio.wait({task}, timeout=self._deadline)
        if not done:
            raise UnknownOutcome(f"{place}: no answer from Discord within {self._deadline:g} s")
        return task.result()

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # seen: of a request left behind nobody else asks for it

    async def _send(self, message: Message) -> Receipt:
        place = message.destination
        try:
            client = await self._logged_in()
            channel = await self._channel_of(client, place)
            posted = await self._find(client, channel, message) if message.maybe_sent else None
            server = await self._server_of(client, channel, message)
        except UnknownOutcome as error:
            raise TryLater(str(error)) from error  # this attempt did not come to posting
        if posted is not None:
            return _receipt(posted, message, server)
        try:
            answer = await self._post(client, channel, message)
        except ReplyRefused as error:  # what it answers cannot be named: the news stands by itself
            log.info("discord.reply_refused", delivery=message.delivery_id, problem=str(error))
            message = replace(message, reply_to=None)
            answer = await self._post(client, channel, message)
            server = await self._server_of(client, channel, message)
        return _receipt(answer, message, server)

    async def _post(self, client: discord.Client, channel: str, message: Message) -> Any:
        """Post it; as text alone where Discord does not take the rest."""
        route = Route("POST", "/channels/{channel_id}/messages", channel_id=channel)
        message.check_ours()
        try:
            return await self._call(client, route, message.destination, json=_full_post(message, channel))
        except PayloadRefused as error:  # our own fault, and nothing was done: the alert still goes
            log.warning("discord.payload_refused", delivery=message.delivery_id, problem=str(error))
            return await self._call(client, route, message.destination, json=_plain_post(message, channel))

    async def _edit(self, message: Message, receipt: Receipt) -> None:
        route = Route(
            "PATCH",
            "/channels/{channel_id}/messages/{message_id}",
            channel_id=receipt.channel,
            message_id=receipt.message_id,
        )
        client, marker = await self._logged_in(), _marker(message.delivery_id)
        # What an edit does not name stays: the line of a card that is no longer loud would.
        body = {"content": None, **message_payload(message.card, marker=marker)}
        message.check_ours()
        try:
            await self._call(client, route, message.destination, json=body)
        except PayloadRefused as error:
            log.warning("discord.payload_refused", delivery=message.delivery_id, problem=str(error))
            body = {"embeds": [], "components": [], **text_payload(message.card, marker=marker)}
            await self._call(client, route, message.destination, json=body)

    async def _logged_in(self) -> discord.Client:
        self._brake.check()
        async with self._login:
            if self._client is None:
                try:
                    self._client = await _new_client(self._token, self._brake.listen_to(counting(self._count)))
                except (*NETWORK_ERRORS, BadToken) as error:
                    raise self._failed(error, "login") from error
                except (TypeError, KeyError, ValueError, AttributeError) as error:  # a captive portal, a proxy's page
                    raise TryLater("login: what answers at DISCORD_API_URL does not answer like Discord") from error
            return self._client

    async def _channel_of(self, client: discord.Client, place: Destination) -> str:
        if not place.person:
            return place.address
        if place.address not in self._direct:
            await self._turn()
            route = Route("POST", "/users/@me/channels")
            answer = await self._call(client, route, place, json={"recipient_id": place.address})
            with _reading(place):
                self._direct[place.address] = str(answer["id"])
        return self._direct[place.address]

    async def _server_of(self, client: discord.Client, channel: str, message: Message) -> str | None:
        """What a link to a message names before the channel; None for a reply, and where Discord does not say it.

        Only a link is lost then: what is wrong with the channel, the post will show.
        """
        if message.reply_to is not None:
            return None
        if message.destination.person:
            return _NO_SERVER
        if channel not in self._servers:
            route = Route("GET", "/channels/{channel_id}", channel_id=channel)
            await self._turn()
            with contextlib.suppress(SendError, LookupError, TypeError):
                self._servers[channel] = str((await self._call(client, route, message.destination))["guild_id"])
        return self._servers.get(channel)

    async def _find(self, client: discord.Client, channel: str, message: Message) -> dict[str, Any] | None:
        """The message of an earlier attempt, or None."""
        route = Route("GET", "/channels/{channel_id}/messages", channel_id=channel)
        recent = await self._call(client, route, message.destination, params={"limit": HISTORY_LIMIT})
        own_id, marker = str(client.user.id) if client.user else "", _marker(message.delivery_id)
        with _reading(message.destination):
            return next((found for found in recent if _carries(found, own_id, marker)), None)

    async def _call(self, client: discord.Client, route: Route, place: Destination, **body: Any) -> Any:
        try:
            return await client.http.request(route, timeout=ATTEMPT_TIMEOUT, **body)
        except NETWORK_ERRORS as error:
            raise self._failed(error, str(place)) from error
        except (LookupError, TypeError) as error:  # discord.py trips over a body that is not the documented one
            raise UnknownOutcome(f"{place}: Discord's answer cannot be read ({type(error).__name__})") from error

    def _failed(self, error: Exception, place: str) -> SendError:
        failure = send_error(error, place)
        if isinstance(failure, TryLater):
            self._brake.check()  # a limit on everything says more than one on this route
        return failure


async def _new_client(token: str, trace: aiohttp.TraceConfig) -> discord.Client:
    client = build_client(trace)
    try:
        await log_in(client, token)
    except BaseException:
        await close(client)
        raise
    return client


def _full_post(message: Message, channel: str) -> dict[str, Any]:
    return _addressed(message_payload(message.card, marker=_marker(message.delivery_id)), message, channel)


def _plain_post(message: Message, channel: str) -> dict[str, Any]:
    return _addressed(text_payload(message.card, marker=_marker(message.delivery_id)), message, channel)


def _addressed(payload: dict[str, Any], message: Message, channel: str) -> dict[str, Any]:
    payload |= {"nonce": message.delivery_id, "enforce_nonce": True}
    if message.reply_to is not None and message.reply_to.channel == channel:
        payload["message_reference"] = {
            "type": _REPLY,
            "channel_id": channel,
            "message_id": message.reply_to.message_id,
            "fail_if_not_exists": False,  # the first message was deleted: an ordinary one then
        }
    return payload


def _marker(delivery_id: DeliveryId) -> str:
    return delivery_id[:_MARKER_LENGTH]


def _carries(found: dict[str, Any], own_id: str, marker: str) -> bool:
    ends = [str((embed.get("footer") or {}).get("text") or "") for embed in found.get("embeds") or []]
    ends.append(str(found.get("content") or ""))  # where it was sent as text alone
    return str(found["author"]["id"]) == own_id and any(end.split(" ")[-1] == marker for end in ends)


def _receipt(answer: Any, message: Message, server: str | None) -> Receipt:
    with _reading(message.destination):
        channel, message_id = str(answer["channel_id"]), str(answer["id"])
        return Receipt(
            channel=channel,
            message_id=message_id,
            thread_id=message.reply_to.message_id if message.reply_to else None,
            url=f"https://discord.com/channels/{server}/{channel}/{message_id}" if server else None,
            sent_at=discord.utils.snowflake_time(int(message_id)),
        )


@contextlib.contextmanager
def _reading(place: Destination) -> Iterator[None]:
    """An answer in another form than documented (a proxy's page with status 200) tells nothing about the message."""
    try:
        yield
    except (LookupError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise UnknownOutcome(f"{place}: Discord's answer cannot be read ({type(error).__name__})") from error
