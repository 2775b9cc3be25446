"""What may stand in sources.toml and routes.toml."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from bot.model import Authority, Source, SourceId, Tier
from bot.routing.quiet import QuietHours
from bot.routing.routes import FOLLOW, SUBSCRIPTION
from bot.settings.durations import Duration
from bot.settings.places import find_folder
from bot.settings.sections import DestinationText, Section

SHORTEST_POLL = timedelta(seconds=1)


def _route_name(name: str) -> str:
    if name in {FOLLOW, SUBSCRIPTION}:
        whom = "follow a story" if name == FOLLOW else "subscribed to a query"
        raise ValueError(f"{name!r} stands for those who {whom}: give the route another name")
    return name


QuietText = Annotated[QuietHours, BeforeValidator(QuietHours.parse)]


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
    hourly: int | None = Field(default=None, ge=1)  # the most messages of an hour there, below [delivery] hourly


class RoutesFile(Section):
    route: tuple[RouteEntry, ...] = ()
