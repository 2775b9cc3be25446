"""Who asks for what: the places of a crash run, and the configuration that the program is given for them.

Each word belongs to one desk. Channels ask for theirs by a route, people by `/wire subscribe`; two channels get all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.crash.newsroom import OUTLETS, Step, Story, desk_words

SLACK_CHANNELS = tuple(f"C{number:04d}" for number in range(8))  # the first of each platform gets all
DISCORD_CHANNELS = tuple(range(1000, 1008))
SLACK_PEOPLE = tuple(f"U{number:04d}" for number in range(1, 5))
DISCORD_PEOPLE = tuple(range(5001, 5005))

_SETTINGS = """
[intake]
allow_networks = ["127.0.0.0/8"]
full_text = false

[web]
port = 0
probes = "off"

[delivery]  # as fast as it goes, and all of it: the weather has limits enough
slack_per_minute = 0
discord_per_second = 0
hourly = 1_000_000
"""


@dataclass(frozen=True, slots=True)
class Desk:
    """`routes` and `subscriptions` say for each word where what has it goes; `everything` gets all stories."""

    everything: tuple[str, ...]
    routes: Mapping[str, tuple[str, ...]]
    subscriptions: Mapping[str, str]

    @classmethod
    def furnished(cls) -> Desk:
        channels = [
            (f"slack:{slack}", f"discord:{discord}")
            for slack, discord in zip(SLACK_CHANNELS, DISCORD_CHANNELS, strict=True)
        ]
        people = [*(f"slack:@{user}" for user in SLACK_PEOPLE), *(f"discord:@{user}" for user in DISCORD_PEOPLE)]
        everything, *others = channels
        words = desk_words(len(others) + len(people))
        return cls(
            everything, dict(zip(words, others, strict=False)), dict(zip(words[len(others) :], people, strict=True))
        )

    @property
    def words(self) -> list[str]:
        return [*self.routes, *self.subscriptions]

    @property
    def people(self) -> list[str]:
        return list(self.subscriptions.values())

    def places(self, story: Story) -> set[str]:
        """Where the story is told from its first report on."""
        found = set(self.everything)
        for word in story.words:
            found.update(self.routes.get(word, ()))
            if word in self.subscriptions:
                found.add(self.subscriptions[word])
        return found

    def due(self, story: Story) -> dict[str, list[Step]]:
        """The steps that each place hears of, of those published so far."""
        due = {place: list(story.told) for place in self.places(story)}
        return due | {place: list(story.told[since:]) for place, since in story.followers.items()}

    def configure(self, folder: Path, feed_url: str) -> None:
        """Write the configuration; `feed_url` is of a feed, with the name of its outlet left open."""
        folder.mkdir(parents=True)
        (folder / "tradewire.toml").write_text(_SETTINGS)
        (folder / "sources.toml").write_text("".join(_source(outlet, feed_url) for outlet in OUTLETS))
        routes = [_route("everything", self.everything, "topic:trade")]
        routes += [_route(word, places, word) for word, places in self.routes.items()]
        (folder / "routes.toml").write_text("".join(routes))


def _source(outlet: str, feed_url: str) -> str:
    url = feed_url.format(outlet=outlet.lower())
    return (
        f'[[source]]\nid = "{outlet.lower()}"\nname = "{outlet}"\nurl = "{url}"\nevery = "1s"\nfirst_poll = "all"\n'
    )


def _route(name: str, places: Iterable[str], when: str) -> str:
    to = ", ".join(f'"{place}"' for place in places)
    return f'[[route]]\nname = "{name}"\nto = [{to}]\nwhen = "{when}"\n'
