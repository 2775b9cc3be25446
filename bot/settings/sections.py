"""What may stand in tradewire.toml: one class a section, with the defaults."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bot.intake.hosts import SPACING
from bot.model import Destination
from bot.routing.zones import zone_named
from bot.settings.addresses import AddressText
from bot.settings.durations import Duration
from bot.summary.address import service_address

LONGEST_FETCH = timedelta(minutes=1)  # a poll has to end within its lease
LONGEST_PAGES = timedelta(seconds=20)  # what is undecided waits for them
LONGEST_SPACING = timedelta(seconds=10)  # so does the wait before it
SHORTEST_MEMORY = timedelta(days=14)  # of what was told: whoever follows a story hears of it so long
MOST_SHARDS = 10_000  # of one bot: far more than any has
SHORTEST_EXPIRY = timedelta(hours=1)  # it is looked for every hour
LONGEST_WRITING = timedelta(seconds=20)  # a command is answered within 25
_THIS_MACHINE = {"127.0.0.1", "::1", "localhost"}


def _network(text: str) -> str:
    ip_network(text, strict=False)
    return text


def _person(text: str) -> Destination:
    person = Destination.parse(text)
    if not person.person:
        raise ValueError(f"{text!r} is no person: use slack:@U0123 or discord:@123")
    return person


Network = Annotated[str, AfterValidator(_network)]
DestinationText = Annotated[Destination, BeforeValidator(Destination.parse)]
PersonText = Annotated[Destination, BeforeValidator(_person)]
ZoneText = Annotated[ZoneInfo, BeforeValidator(zone_named)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class IntakeSettings(Section):
    allow_networks: tuple[Network, ...] = ()  # private networks that feeds may be fetched from
    user_agent_contact: str = ""  # some official sites answer 403 to a robot that names no contact
    deadline: Duration = Field(default=timedelta(seconds=20), le=LONGEST_FETCH)  # for one fetch, redirects included
    max_bytes: int = Field(default=10 * 2**20, ge=10_000)  # of one document, unpacked
    max_age: Duration | None = None  # older items are stored but alert nobody; a source may set its own
    parse_deadline: Duration = Field(default=timedelta(seconds=10), le=LONGEST_FETCH)
    full_text: bool = True  # whether pages of articles are read, by the rule of each source
    page_deadline: Duration = Field(default=timedelta(seconds=8), le=LONGEST_PAGES)  # for those of one poll together
    parallel: int = Field(default=16, ge=1, le=500)  # hosts asked at once, with one request each
    host_spacing: Duration = Field(default=SPACING, le=LONGEST_SPACING)  # between two polls of one public host


class DatabaseSettings(Section):
    url: str = "sqlite:///tradewire.db"


def _public_address(text: str) -> str:
    """Empty is none: so it stands in files that are filled in by a script."""
    address = urlsplit(text)
    if text and (address.scheme not in {"http", "https"} or not address.hostname):
        raise ValueError(f"{text!r} is no web address; write https://{text.rpartition('://')[2] or 'your-host'}")
    return text


PublicAddress = Annotated[str, AfterValidator(_public_address)]


class WebSettings(Section):
    host: str = "127.0.0.1"
    port: int = Field(default=8460, ge=0, le=65_535)
    public_url: PublicAddress | None = None  # where people reach the board; cards of article files link to it
    push: bool = True  # let the hubs of feeds deliver to public_url, where that is https; see docs/push.md
    probes: AddressText = "127.0.0.1:8461"  # of processes without the board, for /healthz, /readyz and /metrics

    @property
    def hubs_reach(self) -> str | None:
        """`public_url` without its final slash; None where no hub is to deliver there.

        Over plain http only this machine itself may: what is said on the way could be read and changed.
        """
        address = urlsplit(self.public_url or "")
        safe = address.scheme == "https" or (address.scheme == "http" and address.hostname in _THIS_MACHINE)
        return (self.public_url or "").rstrip("/") if self.push and safe and address.hostname else None


class RetentionSettings(Section):
    """How long what is kept; see bot/operations/upkeep.py."""

    items: Duration = timedelta(days=90)  # their texts, and marks; keys and titles stay
    decisions: Duration = timedelta(days=30)  # to stay silent, and the rest of what `why` and `status` read
    deliveries: Duration = Field(default=timedelta(days=400), ge=SHORTEST_MEMORY)  # since their story's last news


class PeopleSettings(Section):
    managers: tuple[PersonText, ...] = ()  # may mute for every channel, and change sources from chat
    zone: ZoneText = ZoneInfo("UTC")  # of places that never said one, for digests and days


class DeliverySettings(Section):
    expire_after: Duration = Field(default=timedelta(days=7), ge=SHORTEST_EXPIRY)  # what waited longer is not sent
    hourly: int = Field(default=60, ge=1)  # messages to a channel or person; what is more goes into their digest
    # of all processes together; see deliver/pace.py. 0: as fast as it goes, until the platform asks to wait
    slack_per_minute: int = Field(default=300, ge=0)
    discord_per_second: int = Field(default=40, ge=0)


class OperationsSettings(Section):
    tell: tuple[DestinationText, ...] = ()  # of what needs a person; empty: each of people.managers


class ChatSettings(Section):
    """`discord_shards` divides the servers of one bot among so many connections; see docs/scale.md."""

    discord_shards: int | None = Field(default=None, ge=1, le=MOST_SHARDS)  # None: one connection, not sharded
    discord_shard_ids: tuple[int, ...] = ()  # those of this process, from 0; empty: all

    @model_validator(mode="after")
    def _are_shards(self) -> ChatSettings:
        wrong = [shard for shard in self.discord_shard_ids if not 0 <= shard < (self.discord_shards or 0)]
        if wrong and self.discord_shards is None:
            raise ValueError("discord_shards is missing: discord_shard_ids choose among that many")
        if wrong:
            last = (self.discord_shards or 0) - 1
            raise ValueError(f"discord_shard_ids: {wrong[0]} is no shard; they are numbered from 0 to {last}")
        if len(set(self.discord_shard_ids)) < len(self.discord_shard_ids):
            raise ValueError("discord_shard_ids: one stands there twice")
        return self


class SummarySettings(Section):
    """`url` and `model` name an OpenAI-compatible service that writes summaries; without them none is written."""

    url: Annotated[str, AfterValidator(service_address)] | None = None  # what /chat/completions is added to
    model: str | None = Field(default=None, min_length=1)
    deadline: Duration = Field(default=timedelta(seconds=15), ge=timedelta(seconds=1), le=LONGEST_WRITING)
    requests_per_day: int = Field(default=500, ge=0)  # of UTC; beyond, summaries are made of the stories alone
    tokens_per_day: int = Field(default=1_000_000, ge=0)
    picture: Literal["auto", "light", "dark"] = "auto"  # auto: dark on Discord, light elsewhere

    @model_validator(mode="after")
    def _is_whole(self) -> SummarySettings:
        if (self.url is None) != (self.model is None):
            missing = "model" if self.url else "url"
            raise ValueError(f"{missing} is missing; a written summary needs url and model, and neither means none")
        return self


class TradewireFile(Section):
    intake: IntakeSettings = IntakeSettings()
    database: DatabaseSettings = DatabaseSettings()
    web: WebSettings = WebSettings()
    retention: RetentionSettings = RetentionSettings()
    people: PeopleSettings = PeopleSettings()
    summary: SummarySettings = SummarySettings()
    chat: ChatSettings = ChatSettings()
    delivery: DeliverySettings = DeliverySettings()
    operations: OperationsSettings = OperationsSettings()
