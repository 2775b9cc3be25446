"""Environment and a folder of TOML files, read once into frozen settings.

A wrong value fails at start with the file, the key and the cure; an unknown key names the nearest valid one.
Secrets come from the environment only and are `SecretStr`, so that no repr or log can show them.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.model import Authority, Destination, Source, SourceId, Tier
from bot.routing.quiet import QuietHours
from bot.routing.routes import FOLLOW, SUBSCRIPTION
from bot.routing.zones import zone_named
from bot.summary.address import service_address

TRADEWIRE_FILE, SOURCES_FILE, ROUTES_FILE, LEXICON_FILE = (
    "tradewire.toml",
    "sources.toml",
    "routes.toml",
    "lexicon.toml",
)
LONGEST_DURATION = timedelta(days=3660)
LONGEST_FETCH = timedelta(minutes=1)  # a poll has to end within its lease
SHORTEST_POLL = timedelta(seconds=1)
LONGEST_WRITING = timedelta(seconds=20)  # a command is answered within 25


class ConfigError(Exception):
    """A configuration that cannot run: one line a problem, each with its file, key and cure."""


Model = TypeVar("Model", bound=BaseModel)

_DURATION = re.compile(r"(\d+)\s*(s|m|h|d|w)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def parse_duration(text: object) -> timedelta:
    """ "90s", "5m", "36h", "7d" or "2w". Raises ValueError that names the forms."""
    match = _DURATION.fullmatch(str(text).strip().lower())
    seconds = int(match[1][:9]) * _SECONDS[match[2]] if match else 0
    if not match or seconds > LONGEST_DURATION.total_seconds():
        raise ValueError(
            f"{text!r} is not a duration: write a number and s, m, h, d or w, as in 5m; ten years at most"
        )
    return timedelta(seconds=seconds)


def _network(text: str) -> str:
    ip_network(text, strict=False)
    return text


def _destination(text: str) -> Destination:
    return Destination.parse(text)


def _person(text: str) -> Destination:
    person = _destination(text)
    if not person.person:
        raise ValueError(f"{text!r} is no person: use slack:@U0123 or discord:@123")
    return person


def _route_name(name: str) -> str:
    if name in {FOLLOW, SUBSCRIPTION}:
        whom = "follow a story" if name == FOLLOW else "subscribed to a query"
        raise ValueError(f"{name!r} stands for those who {whom}: give the route another name")
    return name


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Network = Annotated[str, AfterValidator(_network)]
DestinationText = Annotated[Destination, BeforeValidator(_destination)]
PersonText = Annotated[Destination, BeforeValidator(_person)]
QuietText = Annotated[QuietHours, BeforeValidator(QuietHours.parse)]


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
    parallel: int = Field(default=16, ge=1, le=500)  # fetches at once


class DatabaseSettings(Section):
    url: str = "sqlite:///tradewire.db"


class WebSettings(Section):
    host: str = "127.0.0.1"
    port: int = Field(default=8460, ge=0, le=65_535)
    public_url: str | None = None  # where people reach the board; cards of article files link to it


class RetentionSettings(Section):
    items: Duration = timedelta(days=90)
    decisions: Duration = timedelta(days=30)


class PeopleSettings(Section):
    managers: tuple[PersonText, ...] = ()  # may mute for every channel, and change sources from chat
    zone: ZoneText = ZoneInfo("UTC")  # of places that never said one, for digests and days


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


class SourceEntry(Section):
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    name: str | None = None
    url: str | None = Field(default=None, pattern=r"^https?://")
    path: str | None = None
    every: Duration = timedelta(minutes=5)
    authority: Authority = Authority.OUTLET
    enabled: bool = True
    max_age: Duration | None = None
    first_poll: Literal["recent", "sample", "none", "all"] = "recent"  # what a new source tells of what is there
    lang: str | None = Field(default=None, pattern=r"^[a-z]{2}$")

    def to_source(self, directory: Path, default_max_age: timedelta | None) -> Source:
        if (self.url is None) == (self.path is None):
            raise ValueError("give either url (a feed) or path (a folder of article files), not both or none")
        if self.every < SHORTEST_POLL:
            raise ValueError("every is too short: 1s is the least")
        age = self.max_age or (default_max_age if self.url else None)
        return Source(
            id=SourceId(self.id),
            name=self.name or self.id,
            url=self.url,
            path=str(find_folder(self.path, directory)) if self.path else None,
            every=self.every,
            authority=self.authority,
            enabled=self.enabled,
            max_age=age,
            first_poll=self.first_poll,
            lang=self.lang,
        )


class SourcesFile(Section):
    source: tuple[SourceEntry, ...] = ()


class RouteEntry(Section):
    name: Annotated[str, AfterValidator(_route_name)] = Field(min_length=1, max_length=80)
    to: tuple[DestinationText, ...] = Field(min_length=1)
    when: str
    tier: Tier = Tier.ALERT
    threshold: float | None = Field(default=None, ge=0, le=1)  # least probability of a topic, in place of its label
    quiet: QuietText | None = None
    loud: Tier | None = None  # this tier and louder pass the quiet hours


class RoutesFile(Section):
    route: tuple[RouteEntry, ...] = ()


class Secrets(BaseSettings):
    """Tokens and addresses of the chat services, from the environment only."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"
    discord_token: SecretStr | None = None
    discord_api_url: str = "https://discord.com/api/v10"
    discord_gateway_url: str | None = None
    tradewire_database_url: SecretStr | None = None
    tradewire_board_token: SecretStr | None = None
    tradewire_summary_key: SecretStr | None = None
    port: int | None = Field(default=None, ge=1, le=65_535)  # set by platforms that run the Procfile's web process


class Settings(BaseModel):
    """All that a process needs to know before it starts."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    directory: Path
    routes_path: Path
    intake: IntakeSettings
    web: WebSettings
    retention: RetentionSettings
    people: PeopleSettings
    summary: SummarySettings
    database_url: SecretStr
    sources: tuple[Source, ...]
    routes: tuple[RouteEntry, ...]
    secrets: Secrets

    @property
    def lexicon_path(self) -> Path:
        """The desk's own word list where there is one, else the one that ships."""
        own = self.directory / LEXICON_FILE
        return own if own.is_file() else default_directory() / LEXICON_FILE


def default_directory() -> Path:
    """The configuration that ships: beside the package in a checkout, inside it in a wheel."""
    package = Path(__file__).parent
    packed = package / "default_config"
    return packed if packed.is_dir() else package.parent / "config"


def config_directory(chosen: Path | None) -> Path:
    """`--config`, else TRADEWIRE_CONFIG, else ./config, else the configuration that ships."""
    named = chosen or (Path(env) if (env := os.environ.get("TRADEWIRE_CONFIG")) else None)
    if named is not None:
        if not named.is_dir():
            raise ConfigError(
                f"{named}: no such folder; name one with {TRADEWIRE_FILE}, {SOURCES_FILE}, {ROUTES_FILE}"
            )
        return named
    here = Path("config")
    return here if here.is_dir() else default_directory()


def _secrets(problems: list[str]) -> Secrets:
    try:
        return Secrets()
    except ValidationError as error:
        problems.extend(
            f"environment: {str(problem['loc'][0]).upper()}: {problem['msg']}"
            for problem in error.errors(include_url=False, include_input=False)
        )
        return Secrets.model_construct()


def find_folder(path: str, directory: Path) -> Path:
    """A relative folder is looked for where the program was started, then in and beside the configuration."""
    places = [base / path for base in (Path.cwd(), directory.resolve(), directory.resolve().parent)]
    return next((place for place in places if place.is_dir()), places[0])


def load(chosen: Path | None = None, *, routes: Path | None = None) -> Settings:
    """Read and check everything; raises ConfigError with every problem of every file at once.

    `routes` takes the place of the folder's routes.toml.
    """
    directory = config_directory(chosen)
    routes_path = routes or directory / ROUTES_FILE
    problems: list[str] = []
    main = _read(directory / TRADEWIRE_FILE, TradewireFile, problems)
    sources_file = _read(directory / SOURCES_FILE, SourcesFile, problems, ships_as=SOURCES_FILE)
    routes_file = _read(routes_path, RoutesFile, problems, ships_as=ROUTES_FILE)
    sources = _sources(sources_file, directory, main.intake.max_age, problems)
    _unique([route.name for route in routes_file.route], f"{routes_path}: route name", problems)
    secrets = _secrets(problems)
    if problems:
        raise ConfigError("\n".join(problems))
    return Settings(
        directory=directory,
        routes_path=routes_path,
        intake=main.intake,
        web=main.web,
        retention=main.retention,
        people=main.people,
        summary=main.summary,
        database_url=secrets.tradewire_database_url or SecretStr(main.database.url),
        sources=sources,
        routes=routes_file.route,
        secrets=secrets,
    )


def _sources(
    file: SourcesFile, directory: Path, max_age: timedelta | None, problems: list[str]
) -> tuple[Source, ...]:
    _unique([entry.id for entry in file.source], f"{SOURCES_FILE}: source id", problems)
    sources = []
    for entry in file.source:
        try:
            sources.append(entry.to_source(directory, max_age))
        except ValueError as error:
            problems.append(f"{SOURCES_FILE}: source {entry.id!r}: {error}")
    return tuple(sources)


def _unique(names: list[str], what: str, problems: list[str]) -> None:
    problems.extend(
        f"{what} {name!r} stands there {names.count(name)} times; give each its own"
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    )


def _read(path: Path, model: type[Model], problems: list[str], *, ships_as: str | None = None) -> Model:
    """The file as `model`; its problems are appended and an empty model stands in, so that all files are checked.

    A file that has to be there is one that ships: `ships_as` is its name.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if ships_as:
            problems.append(f"{path}: no such file; copy the one that ships from {default_directory() / ships_as}")
        return model()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{path}: not TOML: {error}")
        return model()
    except OSError as error:
        problems.append(f"{path}: cannot be read: {error.strerror}")
        return model()
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        problems.extend(f"{path}: {_explain(problem, model)}" for problem in error.errors(include_url=False))
        return model()


def _explain(problem: Any, model: type[BaseModel]) -> str:
    where = _dotted(problem["loc"])
    if problem["type"] == "extra_forbidden":
        valid = _keys_at(model, problem["loc"][:-1])
        near = difflib.get_close_matches(str(problem["loc"][-1]), valid, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"valid keys: {', '.join(valid)}"
        return f"{where}: unknown key; {hint}"
    if problem["type"] == "missing":
        return f"{where}: missing; this key is needed"
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{where}: {message[:1].lower()}{message[1:]}"


def _dotted(location: tuple[str | int, ...]) -> str:
    """("source", 2, "every") as people count: source[3].every"""
    text = ""
    for part in location:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")


def _keys_at(model: type[BaseModel], location: tuple[str | int, ...]) -> list[str]:
    """The valid keys of the table at `location`, following sections and lists of tables."""
    current = model
    for part in location:
        if isinstance(part, int):
            continue
        annotation = current.model_fields[part].annotation
        inner = [kind for kind in getattr(annotation, "__args__", (annotation,)) if isinstance(kind, type)]
        current = next(kind for kind in inner if issubclass(kind, BaseModel))
    return list(current.model_fields)
