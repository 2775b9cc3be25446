"""The news of a crash run, invented by seed: stories, what becomes of them, and the feeds in which all of it stands.

A story takes its steps one after the other. The next is published only once the one before has been seen in a chat,
so what the program has to decide is known from outside: a first report is told, a further outlet is one more on the
card, a new figure is a reply, a correction or a withdrawal changes what stands there. How all that gets there is left
to chance and to kills.

Every story has a name of its own, an invented word, by which its messages are known; the words of desks, invented
too, say which places ask for it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from enum import StrEnum
from itertools import islice, product

from tests.fakes.web import item, rss

OUTLETS = ("Alder", "Birch", "Cedar", "Dogwood", "Elm")

_BEGIN = datetime(2006, 1, 2, 9, tzinfo=UTC)
_APART = timedelta(hours=80)  # what is published so far apart is never taken for one event, however alike it sounds
_KEPT = 30  # reports of stories that are over, in a feed
_MOST_STEPS = 5

_PAIRS = (
    "Brazil and Japan", "Canada and Mexico", "India and Norway", "Chile and Vietnam", "Kenya and Turkey",
    "Australia and Peru", "Indonesia and Egypt", "Thailand and Colombia", "Switzerland and Morocco",
)  # fmt: skip
_GOODS = (
    "steel", "copper", "soybeans", "coffee", "timber", "cement", "paper", "glass", "textiles", "footwear", "tyres",
    "bicycles", "toys", "furniture", "fertiliser", "cotton", "rubber", "sugar", "wheat", "rice", "beef", "fish",
    "cheese", "wine", "batteries", "turbines", "tractors", "aluminium", "zinc", "plastics",
)  # fmt: skip
# All of them about trade, none of them urgent: a story that grows louder would be told anew.
_HEADLINES = (
    "{pair} study {name} plan for a {rate}% tariff on {good}",
    "Background: how the {name} treaty of {pair} keeps tariffs on {good} at {rate}%",
    "{pair} look back on {name} treaty and its {rate}% tariff on {good}",
    "{name} treaty keeps tariffs of {pair} on {good} at {rate}%",
)
_REPORT = "Delegates of {pair} met for the {name} review, a spokesman said. It concerns {words}."
_MORE = "In the {name} treaty the tariff on {good} is {rate}%, a spokesman said. It concerns {words}."
_GONE = "This story has been withdrawn. It concerned {words}."


class Kind(StrEnum):
    FIRST = "first"
    SAME = "same"  # a further outlet that has nothing to add
    MORE = "more"  # a further outlet with another figure
    CORRECTED = "corrected"  # the first outlet puts another figure in the place of its own
    WITHDRAWN = "withdrawn"  # the first outlet takes it back


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One report. `rate` is its figure, `was` the one that it corrects, in percent."""

    kind: Kind
    outlet: str
    rate: str = ""
    was: str = ""


@dataclass(slots=True, kw_only=True)
class Story:
    """An event; `published` counts the steps that stand in the feeds."""

    number: int
    name: str
    pair: str
    goods: Sequence[str]
    headline: str  # with its rate left open
    words: Sequence[str]  # of the desks that it concerns
    steps: Sequence[Step]
    at: datetime
    published: int = 0
    times: list[float] = field(default_factory=list)  # when each of those was, in seconds since 1970
    followers: dict[str, int] = field(default_factory=dict)  # place -> the first step that it hears of
    paused: bool = False  # somebody is about to follow it: nothing comes meanwhile
    seen_at: frozenset[str] = frozenset()  # where it stood when its last step was published

    @property
    def is_over(self) -> bool:
        return self.published == len(self.steps)

    @property
    def told(self) -> Sequence[Step]:
        return self.steps[: self.published]


@dataclass(frozen=True, slots=True)
class _Report:
    """An item of a feed."""

    story: Story
    guid: str
    title: str
    text: str
    at: datetime

    @property
    def rss(self) -> str:
        link = f"https://{self.guid.partition('-')[0]}.example/{self.story.number}"
        at = format_datetime(self.at, usegmt=True)
        return item(self.title, guid=self.guid, link=link, description=self.text, pubDate=at)


class Newsroom:
    """Invents stories and publishes their steps. `words` are those of the desks."""

    def __init__(self, seed: int, words: Sequence[str]) -> None:
        self._chance = random.Random(f"news {seed}")
        self._words = words
        self._names = invented_words(self._chance)
        self._reports: dict[str, dict[str, _Report]] = {outlet: {} for outlet in OUTLETS}  # by guid, oldest first
        self.versions = dict.fromkeys(OUTLETS, 0)  # of the documents
        self.stories: list[Story] = []

    def open_story(self) -> Story:
        """A new story, whose first report stands in a feed."""
        pair, name = self._chance.choice(_PAIRS), next(self._names).capitalize()
        goods = self._chance.sample(_GOODS, _MOST_STEPS)
        headline = self._chance.choice(_HEADLINES).format(pair=pair, name=name, good=goods[0], rate="{rate}")
        story = Story(
            number=len(self.stories),
            name=name,
            pair=pair,
            goods=goods,
            headline=headline,
            words=self._chance.sample(self._words, self._chance.randint(1, 3)),
            steps=tuple(self._steps(self._chance.randint(1, _MOST_STEPS))),
            at=_BEGIN + len(self.stories) * _APART,
        )
        self.stories.append(story)
        self.publish_next(story)
        return story

    def _steps(self, count: int) -> Iterator[Step]:
        """Withdrawn is what one outlet alone says; corrections come last, for they change the headline."""
        first, *others = self._chance.sample(OUTLETS, len(OUTLETS))
        rates = [str(rate) for rate in self._chance.sample(range(2, 80), count)]
        yield Step(kind=Kind.FIRST, outlet=first, rate=rates[0])
        if count == 2 and self._chance.random() < 0.5:
            yield Step(kind=Kind.WITHDRAWN, outlet=first)
            return
        corrections = min(self._chance.choice([0, 0, 1, 1, 2]), count - 1)
        for place in range(1, count - corrections):
            kind = Kind.SAME if place == 1 and self._chance.random() < 0.5 else Kind.MORE
            yield Step(kind=kind, outlet=others[place - 1], rate=rates[place])
        was = rates[0]
        for rate in rates[count - corrections :]:
            yield Step(kind=Kind.CORRECTED, outlet=first, rate=rate, was=was)
            was = rate

    def publish_next(self, story: Story) -> None:
        """The next step stands in the feed of its outlet from now on."""
        step = story.steps[story.published]
        guid = f"{step.outlet.lower()}-{story.number}"
        of_first = step.outlet == story.steps[0].outlet  # what is changed keeps its time
        at = story.at if of_first else story.at + timedelta(minutes=story.published)
        self._reports[step.outlet].pop(guid, None)  # and moves to the top
        self._reports[step.outlet][guid] = _Report(story, guid, *_texts(story, step), at)
        self.versions[step.outlet] += 1
        story.published += 1
        story.times.append(time.time())

    def document(self, outlet: str) -> str:
        """The feed of an outlet, newest first: all of what goes on, and some of what is over."""
        reports = self._reports[outlet]
        for report in [report for report in reports.values() if report.story.is_over][:-_KEPT]:
            del reports[report.guid]
        return rss(*(report.rss for report in reversed(reports.values())), title=outlet)


def _texts(story: Story, step: Step) -> tuple[str, str]:
    """Headline and text of a report."""
    words = ", ".join(story.words)
    title = story.headline.format(rate=story.steps[0].rate)
    text = _REPORT.format(pair=story.pair, name=story.name, words=words)
    match step.kind:
        case Kind.MORE:
            good = story.goods[story.steps.index(step)]
            return title, _MORE.format(name=story.name, good=good, rate=step.rate, words=words)
        case Kind.CORRECTED:
            return story.headline.format(rate=step.rate), text
        case Kind.WITHDRAWN:
            return f"WITHDRAWN: {title}", _GONE.format(words=words)
        case _:
            return title, text


def invented_words(chance: random.Random) -> Iterator[str]:
    """Words of four syllables that no language has, each once."""
    syllables = [first + second for first, second in product("bdfgklmnprtv", "aeiou")]
    given: set[str] = set()
    while True:
        word = "".join(chance.choices(syllables, k=4))
        if word not in given:
            given.add(word)
            yield word


def desk_words(count: int) -> list[str]:
    """The words of that many desks: the same in every run, and none of them the name of a story."""
    return [f"{word}x" for word in islice(invented_words(random.Random("desks")), count)]
