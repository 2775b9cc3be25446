"""What may stand in sources.toml and routes.toml."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from bot.intake.hosts import host_of
from bot.model import Authority, Source, SourceId, Tier
from bot.routing.quiet import QuietHours
from bot.routing.routes import FOLLOW, SUBSCRIPTION
from bot.settings.durations import Duration
from bot.settings.places import find_folder
from bot.settings.sections import DestinationText, Section
from bot.settings.source_headers import SourceHeaders, filled

SHORTEST_POLL = timedelta(seconds=1)


def _route_name(name: str) -> str:
    if name in {FOLLOW, SUBSCRIPTION}:
        whom = "follow a story" if name == FOLLOW else "subscribed to a query"
        raise ValueError(f"{name!r} stands for those who {whom}: give the route another name")
    return name


QuietText = Annotated[QuietHours, BeforeValidator(QuietHours.parse)]


class SourceEntry(Section):
    id: str = Field(
        pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$",
        description="an id: small letters, digits and . _ - in between, 64 at most, as in bbc-business",
    )
    name: str | None = None
    url: str | None = Field(default=None, pattern=r"^https?://", description="an address with http:// or https://")
    path: str | None = None
    every: Duration = timedelta(minutes=5)
    authority: Authority = Authority.OUTLET
    enabled: bool = True
    max_age: Duration | None = None
    first_poll: Literal["recent", "sample", "none", "all"] = "recent"  # what a new source tells of what is there
    lang: str | None = Field(default=None, pattern=r"^[a-z]{2}$", description="two small letters, as in de")
    full_text: Literal["never", "when-needed", "always"] = "when-needed"  # whether pages of articles are read
    pace: Literal["adaptive", "fixed"] = "adaptive"  # whether it is asked in its own rhythm; see intake/pacing.py
    headers: SourceHeaders = Field(default_factory=dict)  # see source_headers.py

    def to_source(
        self, directory: Path, default_max_age: timedelta | None, secrets: Mapping[str, str] | None = None
    ) -> Source:
        """Raises ValueError. `secrets` are those that its headers name."""
        if (self.url is None) == (self.path is None):
            raise ValueError("give either url (a feed) or path (a folder of article files), not both or none")
        if "pace" in self.model_fields_set and self.url is None:
            raise ValueError("pace is for feeds: take it out, a folder is looked at every `every`")
        if self.headers and self.url is None:
            raise ValueError("headers are for feeds: take them out")
        if "authorization" in map(str.lower, self.headers) and "@" in urlsplit(self.url or "").netloc:
            raise ValueError("give either a user name in the url or an Authorization header, not both")
        if self.url is not None and not host_of(self.url):
            raise ValueError(f"url: {self.url!r} names no server: write https://server/path")
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
            full_text=self.full_text,
            pace=self.pace,
            headers=filled(self.headers, secrets or {}),
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
    hourly: int | None = Field(default=None, ge=1)  # the most messages of an hour there, below [delivery] hourly


class RoutesFile(Section):
    route: tuple[RouteEntry, ...] = ()
