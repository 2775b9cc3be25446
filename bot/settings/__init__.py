"""Environment and a folder of TOML files, read once into frozen settings.

A wrong value fails at start with the file, the key and the cure; an unknown key names the nearest valid one.
Secrets come from the environment, or from files that it names, and are `SecretStr`, so that no repr can show them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, SecretStr

from bot.model import Source
from bot.settings.addresses import Address, read_address
from bot.settings.durations import parse_duration
from bot.settings.entries import SHORTEST_POLL, RouteEntry, RoutesFile, SourcesFile
from bot.settings.environment import Secrets, hide, read_secrets
from bot.settings.places import (
    LEXICON_FILE,
    ROUTES_FILE,
    SOURCES_FILE,
    TRADEWIRE_FILE,
    ConfigError,
    config_directory,
    default_directory,
    find_folder,
    require_temporary_folder,
)
from bot.settings.sections import (
    ChatSettings,
    DeliverySettings,
    IntakeSettings,
    OperationsSettings,
    PeopleSettings,
    RetentionSettings,
    SummarySettings,
    TradewireFile,
    WebSettings,
)
from bot.settings.source_headers import read_header_secrets
from bot.settings.toml import read_file, unique

__all__ = [
    "LEXICON_FILE",
    "SHORTEST_POLL",
    "SOURCES_FILE",
    "ChatSettings",
    "ConfigError",
    "RetentionSettings",
    "Settings",
    "config_directory",
    "default_directory",
    "find_folder",
    "load",
    "parse_duration",
    "require_temporary_folder",
]


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
    chat: ChatSettings
    delivery: DeliverySettings
    operations: OperationsSettings
    database_url: SecretStr
    sources: tuple[Source, ...]
    routes: tuple[RouteEntry, ...]
    secrets: Secrets

    @property
    def probes(self) -> Address | None:
        """Where a process without the board answers probes; None: nowhere."""
        return read_address(self.secrets.tradewire_probes or self.web.probes)

    @property
    def lexicon_path(self) -> Path:
        """The desk's own word list where there is one, else the one that ships."""
        own = self.directory / LEXICON_FILE
        return own if own.is_file() else default_directory() / LEXICON_FILE


def load(chosen: Path | None = None, *, routes: Path | None = None) -> Settings:
    """Read and check everything; raises ConfigError with every problem of every file at once.

    `routes` takes the place of the folder's routes.toml.
    """
    directory = config_directory(chosen)
    routes_path = routes or directory / ROUTES_FILE
    problems: list[str] = []
    main = read_file(directory / TRADEWIRE_FILE, TradewireFile, problems)
    sources_file = read_file(directory / SOURCES_FILE, SourcesFile, problems, ships_as=SOURCES_FILE)
    routes_file = read_file(routes_path, RoutesFile, problems, ships_as=ROUTES_FILE)
    header_secrets = read_header_secrets((entry.headers for entry in sources_file.source), problems)
    sources = _sources(sources_file, directory, main.intake.max_age, header_secrets, problems)
    unique([route.name for route in routes_file.route], f"{routes_path}: route name", problems)
    secrets = read_secrets(problems)
    database_url = secrets.tradewire_database_url or SecretStr(main.database.url)
    hide(secrets, database_url.get_secret_value(), header_secrets.values())
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
        chat=main.chat,
        delivery=main.delivery,
        operations=main.operations,
        database_url=database_url,
        sources=sources,
        routes=routes_file.route,
        secrets=secrets,
    )


def _sources(
    file: SourcesFile,
    directory: Path,
    max_age: timedelta | None,
    secrets: Mapping[str, str],
    problems: list[str],
) -> tuple[Source, ...]:
    unique([entry.id for entry in file.source], f"{SOURCES_FILE}: source id", problems)
    sources = []
    for entry in file.source:
        try:
            sources.append(entry.to_source(directory, max_age, secrets))
        except ValueError as error:
            problems.append(f"{SOURCES_FILE}: source {entry.id!r}: {error}")
    return tuple(sources)
