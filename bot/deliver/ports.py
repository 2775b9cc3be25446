"""What the drain asks of a chat platform. Implemented by console, Slack and Discord."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from bot.deliver.card import Bulletin, Card
from bot.model import DeliveryId, Destination, Receipt

StillOurs = Callable[[], bool]


def _always() -> bool:
    """Of a message that no other process could send."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One card or bulletin on its way to one destination."""

    delivery_id: DeliveryId
    destination: Destination
    card: Card | Bulletin
    reply_to: Receipt | None = None  # the story's newest message in the channel itself: answer in its thread
    maybe_sent: bool = False  # an earlier attempt had no known outcome: do not post it twice
    still_ours: StillOurs = _always

    def check_ours(self) -> None:
        """To be called right before the message leaves. Raises TryLater where another process may be sending it."""
        if not self.still_ours():
            raise TryLater(f"{self.destination}: this process stood still, and begins again")


class Channel(Protocol):
    """A platform that can post a card or a bulletin.

    `send` and `edit` have their own deadline on every network call and raise only `Refused`, `Closed`, `TryLater`
    or `UnknownOutcome` for what a platform can do to us.
    """

    async def send(self, message: Message) -> Receipt: ...

    async def edit(self, message: Message, receipt: Receipt) -> None:
        """Put the card of `message` in the place of what stands at `receipt`; twice is as good as once.

        `message.delivery_id` is that of the post. Raises `Refused` where the message is gone or can no longer be
        edited.
        """
        ...

    async def check(self, destination: Destination) -> str:
        """Who we are there and where "there" is, in words; raises as `send` does where nothing could be posted."""
        ...


class SendError(Exception):
    """A message that was not delivered; the text is one line for a person and holds no secret.

    `after` is how long the platform wants us to wait, or must be given to finish; None: the sender's own back-off.
    """

    def __init__(self, text: str, after: timedelta | None = None) -> None:
        super().__init__(text)
        self.after = after


class Refused(SendError):
    """The platform will never accept this one message (too long, malformed): it is given up."""


class Closed(SendError):
    """Nothing can be posted here until a person acts (token, channel, right); the text names the cure.

    The message keeps its place in line, so that nothing is lost while they do.
    """


class PlatformClosed(Closed):
    """Nothing can be posted anywhere on the platform: our token, or our address, is not let in.

    It is tried again by one request for all destinations, `after` that time where the platform says when.
    """


class Unreachable(Closed):
    """Closed by what the destination is (direct messages off, an account or a channel that is gone), not by our
    token or rights: others are reached all the same."""


class TryLater(SendError):
    """Certainly not posted (a 429, no connection)."""


Turn = Callable[[], Awaitable[None]]  # waits until the account may ask for something; raises PlatformPaused


async def at_once() -> None:
    """The turn of who shares the account with nobody."""


class PlatformPaused(TryLater):
    """Certainly not posted, and for `after` nothing else is posted on the platform either (a global rate limit)."""


class UnknownOutcome(SendError):
    """The request left and no answer came: it may be posted. The next attempt has `maybe_sent` set."""
