"""What went wrong at Discord, in the words that the drain knows: Refused, Closed, TryLater, UnknownOutcome.

Codes: https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
"""

from __future__ import annotations

from datetime import timedelta

import aiohttp
import discord

from bot.deliver.discord.session import BadToken
from bot.deliver.ports import Closed, Refused, SendError, TryLater, UnknownOutcome, Unreachable

# What a request over the network, and the reading of its answer, can raise.
NETWORK_ERRORS = (discord.DiscordException, aiohttp.ClientError, OSError, ValueError)

_MAX_DETAIL = 300  # characters of Discord's own words that are repeated

_DELETED, _NOT_OURS = 10008, 50005
_ONE_MESSAGE = {_DELETED, _NOT_OURS}  # with 403 or 404, but the channel is well
_CURES = {
    10003: "there is no such channel, or the bot is not in its server: correct the id or invite the bot",
    _DELETED: "it was posted before and has been deleted since, and is left so",
    _NOT_OURS: "the message that was to be edited is not the bot's",
    10013: "there is no such person: correct the id",
    50001: "the bot cannot see the channel: invite it to the server and give it View Channel there",
    50007: "the person takes no messages from the bot: ask them to allow direct messages from members of a server "
    "that they share with it, or use a channel",
    50008: "this kind of channel takes no messages: name a text channel or a thread",
    50013: "the bot lacks a right in the channel: give it View Channel, Send Messages, Embed Links and Read Message "
    "History (in threads also Send Messages in Threads)",
}
_UNREACHABLE = {10003, 10013, 50001, 50007}
# Edits of messages older than an hour, opening direct messages too fast, a limited service behind the API, an
# overloaded one: all of them pass.
_PASSING = {30046, 40003, 40062, 130000}


def send_error(error: BaseException, place: str) -> SendError:
    """The error to raise instead of `error`. `place` is the destination, as a person writes it."""
    match error:
        case SendError():
            return error
        case discord.RateLimited(retry_after=seconds):
            return TryLater(f"{place}: Discord's rate limit lasts {seconds:.0f} s", timedelta(seconds=seconds))
        case discord.HTTPException():
            return _http_error(error, place)
        case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
            return TryLater(f"{place}: Discord cannot be reached ({error})")
        case _:
            return UnknownOutcome(f"{place}: no answer from Discord ({type(error).__name__})")


def describe(error: BaseException) -> str:
    """For a log, without addresses: those of interactions hold their token."""
    if isinstance(error, discord.HTTPException):
        return f"HTTP {error.status}, code {error.code}"
    return type(error).__name__


def _http_error(error: discord.HTTPException, place: str) -> SendError:
    detail = f"HTTP {error.status}" + (f", code {error.code}" if error.code else "")
    if error.status == 401:
        return BadToken()
    if error.status == 429 or error.code in _PASSING:
        return TryLater(f"{place}: Discord asks to wait ({detail})", _retry_after(error))
    if error.status >= 500 or error.status == 408:
        return UnknownOutcome(f"{place}: Discord failed ({detail})")
    cure = _CURES.get(error.code) or " ".join(error.text.split())[:_MAX_DETAIL] or "no reason given"
    if error.status in {403, 404} and error.code not in _ONE_MESSAGE:
        closed = Unreachable if error.code in _UNREACHABLE else Closed
        return closed(f"{place}: Discord lets nothing be posted ({detail}): {cure}")
    return Refused(f"{place}: Discord refuses the message ({detail}): {cure}")


def _retry_after(error: discord.HTTPException) -> timedelta | None:
    """Seconds from the header: a 429 without a JSON body comes from the proxy before Discord."""
    try:
        return timedelta(seconds=float(error.response.headers["Retry-After"]))
    except (KeyError, ValueError, OverflowError):
        return None
