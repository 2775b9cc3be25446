"""Every core type of Tradewire, in the order an item meets them.

A Source yields Entries; a normalised Entry is an Item; Items that report one event are a Story; a Verdict says what
an Item is, with Evidence and Facts; a Notice says what to tell a Destination, with a Reason; a Delivery is its way
through the outbox; a Receipt is the platform's answer. All types are frozen, all times are aware UTC. What else a
poll of a Source takes and brings is in `intake/fetched.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, NewType

SourceId = NewType("SourceId", str)  # as written in sources.toml
ItemKey = NewType("ItemKey", str)  # 16 hex digits, stable over polls, restarts and cosmetic edits
StoryId = NewType("StoryId", str)  # 12 hex digits
DeliveryId = NewType("DeliveryId", str)  # 24 hex digits: fits a Discord nonce (25 characters)


# --- intake -----------------------------------------------------------------------------------------------


class Authority(StrEnum):
    """Who speaks: an official source outranks a wire, a wire an outlet that reports on both."""

    OFFICIAL = "official"
    WIRE = "wire"
    OUTLET = "outlet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A feed URL or a folder of article files: exactly one of `url` and `path` is set."""

    id: SourceId
    name: str
    url: str | None = None
    path: str | None = None
    every: timedelta = timedelta(minutes=5)
    authority: Authority = Authority.OUTLET
    enabled: bool = True
    max_age: timedelta | None = None  # items published longer ago are stored but alert nobody
    first_poll: Literal["recent", "sample", "none", "all"] = "recent"  # see routing/first_poll.py
    lang: str | None = None  # ISO 639-1, where the feed does not say
    full_text: Literal["never", "when-needed", "always"] = "when-needed"  # see steps/reading.py
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # for its own origin; may hold secrets
    pace: Literal["adaptive", "fixed"] = "adaptive"  # see intake/pacing.py


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One feed entry or article file as its publisher wrote it: markup, litter and odd dates still in it."""

    guid: str | None = None
    url: str | None = None
    title: str | None = None
    summary: str | None = None  # may hold HTML
    body: str | None = None  # may hold HTML
    is_html: bool = True
    author: str | None = None
    outlet: str | None = None
    published: datetime | None = None
    lang: str | None = None
    trace: str | None = None  # hash of its own bytes, where it stands in the document by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One published entry or article: clean text, an absolute link, a plausible time, its own stable key."""

    key: ItemKey
    source_id: SourceId
    title: str
    summary: str = ""
    body: str = ""
    url: str | None = None
    outlet: str = ""
    author: str | None = None
    authority: Authority = Authority.OUTLET
    lang: str | None = None  # ISO 639-1; None: not known
    published_at: datetime | None = None  # None: the publisher gave no plausible time
    seen_at: datetime
    content_hash: str  # over the normalised text; dates and links are not in it
    trace: str | None = None  # of the entry that it came as

    @property
    def at(self) -> datetime:
        """The time to show and to resolve weekdays against: publication, else first sight."""
        return self.published_at or self.seen_at


# --- signals ----------------------------------------------------------------------------------------------

TextField = Literal["title", "summary", "body"]
Direction = Literal["escalation", "de-escalation", "neutral"]
Kind = Literal["central-bank", "macro", "asset-move", "commodity", "geopolitics", "trade-policy", "corporate",
    "policy"]  # fmt: skip
Label = Literal["trade", "market", "urgent"]
Mark = Literal["corrected", "updated", "withdrawn"]  # what became of a story


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Where a fact stands: `item.<field>[start:end]`, in characters."""

    field: TextField
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence(Span):
    """A quoted piece of text that drove a decision; `weight` is its log-odds, negative where it speaks against."""

    text: str
    weight: float
    label: str  # trade, market, urgent or a direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A government that is a party in the action: ISO 3166 alpha-2, or EU."""

    type: Literal["party"] = "party"
    value: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An official or chief who acts or speaks: family name, and the office if the text states it."""

    type: Literal["person"] = "person"
    value: str
    role: str | None = None
    span: Span


MeasureKind = Literal["tariff", "quota", "export-control", "import-ban", "exemption", "deal", "talks", "retaliation",
    "sanction", "ruling", "rate-decision", "other"]  # fmt: skip
Stage = Literal["threatened", "announced", "in-force", "paused", "struck-down", "agreed", "collapsed", "talks"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What is done, and how far it has come."""

    type: Literal["measure"] = "measure"
    value: MeasureKind
    stage: Stage | None = None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A rate in percent: 145.0 of "tariff"."""

    type: Literal["rate"] = "rate"
    value: float
    of: Literal["tariff", "interest", "inflation", "growth", "unemployment", "other"]
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A market move of a named instrument; `size` only where it is the size of the move."""

    type: Literal["move"] = "move"
    instrument: str
    direction: Literal["up", "down"]
    size: float | None = None
    unit: Literal["percent", "points", "usd"] | None = None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A meeting or a dated deadline; `when` is an ISO date or interval (2025-05-09/2025-05-12)."""

    type: Literal["meeting"] = "meeting"
    where: str | None = None
    when: str | None = None
    who: tuple[str, ...] = ()
    span: Span


Fact = Party | Person | Measure | Rate | Move | Meeting


def fact_key(fact: Fact) -> str:
    """The statement without its place in the text: two items that say the same give the same key."""
    said = (getattr(fact, part.name) for part in fields(fact) if part.name not in {"span", "role", "who"})
    words = ("" if part is None else format(part, ".12g" if isinstance(part, float) else "") for part in said)
    return ":".join(words).lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an item is: a probability for each topic, the labels over their thresholds, and why."""

    trade: float = 0.0
    market: float = 0.0
    urgent: float = 0.0
    labels: tuple[Label, ...] = ()
    direction: Direction | None = None
    kind: Kind | None = None
    facts: tuple[Fact, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    model: str = ""  # which classifier said so


# --- stories ----------------------------------------------------------------------------------------------


class Tier(StrEnum):
    """How loudly a story is told, from the quietest to the loudest."""

    DIGEST = "digest"
    ALERT = "alert"
    URGENT = "urgent"
    FLASH = "flash"

    @property
    def rank(self) -> int:
        return list(Tier).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The items that report one event, with the union of their facts. `version` grows with every item."""

    id: StoryId
    key: str  # how a further item finds it: see stories/fingerprint.py
    lead: ItemKey  # the item whose headline stands on the card
    title: str
    verdict: Verdict
    tier: Tier
    outlets: tuple[str, ...] = ()
    version: int = 1
    mark: Mark | None = None  # what became of it since it was told; `mark_note` says so in one line
    mark_note: str = ""
    first_at: datetime
    updated_at: datetime


# --- routing ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Destination:
    """Where alerts go. Written `slack:C0123`, `slack:@U0123`, `discord:123`, `discord:@123` or `console`."""

    platform: Literal["slack", "discord", "console"]
    address: str = ""
    person: bool = False

    def __str__(self) -> str:
        return f"{self.platform}:{'@' if self.person else ''}{self.address}" if self.address else self.platform

    @classmethod
    def parse(cls, text: str) -> Destination:
        """Raises ValueError with the accepted forms when `text` is none of them."""
        platform, _, address = text.strip().partition(":")
        person, address = address.startswith("@"), address.removeprefix("@")
        match platform:
            case "console" if not (address or person):
                return cls("console")
            case "slack" if address.isascii() and address.isalnum() and address.isupper():
                return cls("slack", address, person)
            case "discord" if address.isascii() and address.isdigit():
                return cls("discord", address, person)
        forms = "slack:C0123 or discord:123 (channels), slack:@U0123 or discord:@123 (persons) or console"
        raise ValueError(f"{text!r} is not a destination: use {forms}")


class Reason(StrEnum):
    """Why a destination is told, or not told, about a story. Stored with every decision; `why` reads it."""

    FIRST = "first"
    NEW_FACT = "new_fact"
    ESCALATED = "escalated"
    CORRECTION = "correction"
    WITHDRAWN = "withdrawn"
    NOTHING_NEW = "nothing_new"
    BELOW_THRESHOLD = "below_threshold"
    MUTED = "muted"
    HELD = "held"
    FLOOD_BRAKE = "flood_brake"

    @property
    def tells(self) -> bool:
        """True where the decision sends a message, now or (HELD) later: after quiet hours, or in a digest."""
        return self not in {Reason.NOTHING_NEW, Reason.BELOW_THRESHOLD, Reason.MUTED, Reason.FLOOD_BRAKE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a destination has been told about a story, as a set of facts: is there anything it has not heard?"""

    destination: Destination
    story_id: StoryId
    fact_keys: frozenset[str]
    tier: Tier
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The decision to tell, or not to tell, a destination about a story."""

    destination: Destination
    story_id: StoryId
    item_key: ItemKey
    route: str
    reason: Reason
    detail: str  # the reason in words, with the figures behind it
    tier: Tier
    new_facts: tuple[Fact, ...] = ()
    version: int  # of the story when this was decided
    decided_at: datetime
    until: datetime | None = None  # HELD: when it is sent
    number: int | None = field(default=None, compare=False)  # under which it is stored


# --- deliver ----------------------------------------------------------------------------------------------


class DeliveryState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"  # an attempt is under way
    UNKNOWN = "unknown"  # an attempt was cut off or had no answer: it may have arrived, and is looked up first
    SENT = "sent"
    FAILED = "failed"  # the platform will never take it
    EXPIRED = "expired"  # it waited too long
    SUPERSEDED = "superseded"  # another message or edit says it instead, or there is nothing to edit


class DeliveryAction(StrEnum):
    POST = "post"
    EDIT = "edit"  # of the story's message there: it says what the story has become


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An outbox row: a decision on its way. The card is rendered when it is sent."""

    id: DeliveryId
    destination: Destination
    notice: Notice
    state: DeliveryState
    action: DeliveryAction = DeliveryAction.POST
    own_faults: int = 0  # attempts that failed in our code


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the platform answered: enough to edit the message and to reply in its thread."""

    channel: str
    message_id: str
    thread_id: str | None = None  # the message it answers; None: it stands in the channel itself
    url: str | None = None
    sent_at: datetime
