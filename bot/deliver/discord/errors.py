"""What went wrong at Discord, in the words that the drain knows: Refused, Closed, TryLater, UnknownOutcome.

Codes: https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import aiohttp
import discord

from bot.deliver.discord.session import BadToken
from bot.deliver.ports import Closed, PlatformClosed, Refused, SendError, TryLater, UnknownOutcome, Unreachable
from bot.retry_after import retry_after

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
    50024: "this kind of channel takes no messages: name a text channel or a thread",
    40058: "a forum takes no messages itself: name a text channel or one of its threads",
    50083: "the thread is archived, and locked or out of the bot's reach: ask a moderator to unlock it, or name its "
    "channel",
    50278: "the person and the bot are in no common server: ask them to join one, or use a channel",
    50013: "the bot lacks a right in the channel: give it View Channel, Send Messages, Embed Links and Read Message "
    "History (in threads also Send Messages in Threads)",
}
_UNREACHABLE = {10003, 10013, 50001, 50007, 50083, 50278}
_NOT_A_PLACE = {50008, 50024, 40058, 50083}  # with 400, but it is the place, not the message
_NO_HISTORY = 160002  # an answer needs the right Read Message History, a message of its own does not
_BAD_FORM = {50006, 50035, 50109}  # an empty message, a field it does not take, no JSON
_BLOCKED_ADDRESS = 40333  # from the proxy before Discord: https://github.com/discord/discord-api-docs/issues/6473
LONGEST_WAIT = timedelta(hours=1)  # a longer one is asked about again after this
BAN = timedelta(minutes=10)  # where the proxy does not say how long
# Edits of messages older than an hour, opening direct messages too fast, a limited service behind the API, an
# overloaded one: all of them pass.
_PASSING = {30046, 40003, 40062, 130000}


class PayloadRefused(Refused):
    """Discord does not take the embeds or the buttons; the text alone may still go."""


class ReplyRefused(Refused):
    """Discord takes no answer to that message; by itself it may still stand in the channel."""


def send_error(error: BaseException, place: str) -> SendError:
    """The error to raise instead of `error`. `place` is the destination, as a person writes it."""
    match error:
        case SendError():
            return error
        case discord.RateLimited(retry_after=seconds):
            return TryLater(f"{place}: Discord's rate limit lasts {seconds:.0f} s", _wait(seconds))
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
    if _is_ban(error):
        return PlatformClosed(
            f"Discord's proxy takes no requests from this machine's address ({detail}): after too many that Discord "
            "refused it is shut out for a while; /wire status and the log say what was refused",
            _wait(error.response.headers.get("Retry-After")) or BAN,
        )
    if error.status == 429 or error.code in _PASSING:
        wait = _wait(error.response.headers.get("Retry-After"))
        return TryLater(f"{place}: Discord asks to wait ({detail})", wait)
    if error.status >= 500 or error.status == 408:
        return UnknownOutcome(f"{place}: Discord failed ({detail})")
    return _refused(error, place, detail)


def _is_ban(error: discord.HTTPException) -> bool:
    """From the proxy, which leaves out `Via`; discord.py goes by the same sign."""
    return error.code == _BLOCKED_ADDRESS or (error.status == 429 and "Via" not in error.response.headers)


def _refused(error: discord.HTTPException, place: str, detail: str) -> SendError:
    """What waits for a person, or is wrong with this one message."""
    cure = _CURES.get(error.code) or " ".join(error.text.split())[:_MAX_DETAIL] or "no reason given"
    if error.code in _NOT_A_PLACE or (error.status in {403, 404} and error.code not in _ONE_MESSAGE):
        closed = Unreachable if error.code in _UNREACHABLE else Closed
        return closed(f"{place}: Discord lets nothing be posted ({detail}): {cure}")
    kind = Refused
    if error.code == _NO_HISTORY or "message_reference" in error.text:
        kind = ReplyRefused
    elif error.code in _BAD_FORM:
        kind = PayloadRefused
    return kind(f"{place}: Discord refuses the message ({detail}): {cure}")


def _wait(asked: object) -> timedelta | None:
    return retry_after(asked, datetime.now(UTC), most=LONGEST_WAIT)
