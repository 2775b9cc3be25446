"""A day of a desk, invented by seed: articles, people, and what each of them asked for.

Every query is made together with a plain function that says what it means, in terms of the words that the article was
made of. Nothing here reads the query language: what it answers is held against these functions.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import islice, product
from zoneinfo import ZoneInfo

from bot.model import Destination, Item, ItemKey, Label, Party, Rate, SourceId, Span, Tier, Verdict

DAY = datetime(2025, 5, 6, tzinfo=UTC)
COUNTRIES = ("CN", "JP", "DE", "MX", "BR", "IN")
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Tokyo")
# How a verdict comes out at each tier: labels, and how urgent.
TIERS: dict[Tier, tuple[tuple[Label, ...], float]] = {
    Tier.DIGEST: ((), 0.0),
    Tier.ALERT: (("trade",), 0.1),
    Tier.URGENT: (("trade", "urgent"), 0.7),
    Tier.FLASH: (("trade", "market", "urgent"), 0.97),
}
OFTEN = {Tier.DIGEST: 30, Tier.ALERT: 60, Tier.URGENT: 9, Tier.FLASH: 1}
REPEATED = 0.1  # share of articles that another outlet brings once more, a little later
IN_TITLE, IN_SUMMARY = 8, 20  # words
VOCABULARY, ASKED_FOR = 20_000, 8_000  # words; those that people ask for are the rarer ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One item, with what it was made of."""

    number: int
    title: tuple[str, ...]
    summary: tuple[str, ...]
    country: str
    rate: int | None
    tier: Tier
    outlet: str
    at: datetime

    @property
    def headline(self) -> str:
        return " ".join(self.title).capitalize()

    @property
    def item(self) -> Item:
        return Item(
            key=ItemKey(f"{self.number:016x}"),
            source_id=SourceId("bench"),
            title=self.headline,
            summary=" ".join(self.summary).capitalize() + ".",
            outlet=self.outlet,
            lang="en",
            published_at=self.at,
            seen_at=self.at,
            content_hash=f"{self.number}",
        )

    @property
    def verdict(self) -> Verdict:
        labels, urgent = TIERS[self.tier]
        span = Span(field="title", start=0, end=1)
        rates = () if self.rate is None else (Rate(value=float(self.rate), of="tariff", span=span),)
        trade, market = (0.9 if topic in labels else 0.1 for topic in ("trade", "market"))
        facts = (Party(value=self.country, span=span), *rates)
        return Verdict(trade=trade, market=market, urgent=urgent, labels=labels, facts=facts)

    def has(self, *words: str) -> bool:
        """Whether they stand side by side in one of its texts."""
        runs = (zip(*(text[at:] for at in range(len(words))), strict=False) for text in (self.title, self.summary))
        return any(words in run for run in runs)


Meaning = Callable[[Article], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A subscription: `meaning` says of an article whether it was asked for."""

    query: str
    meaning: Meaning
    tier: Tier  # what is quieter is not told at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who asked for what, and when they want to be left alone (local times; `quiet` may pass midnight)."""

    place: Destination
    zone: ZoneInfo
    wishes: tuple[Wish, ...]
    quiet: tuple[time, time] | None
    loud: Tier | None  # passes quiet hours
    digest: time | None  # once a day
    cap: int | None  # messages a local day


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Everything, the articles in the order of arrival."""

    articles: tuple[Article, ...]
    people: tuple[Person, ...]


def invent(articles: int, subscriptions: int, people: int, seed: int = 5) -> Day:
    """A day of so many articles, with so many subscriptions spread over so many people."""
    chance = random.Random(seed)
    words = _vocabulary(chance, articles * IN_TITLE)
    told = sorted(_articles(chance, words, articles), key=lambda article: article.at)
    shares = [subscriptions // people + (number < subscriptions % people) for number in range(people)]
    asked = words[len(words) // 2 :][:ASKED_FOR]
    return Day(articles=tuple(told), people=tuple(_person(chance, asked, *each) for each in enumerate(shares)))


def _vocabulary(chance: random.Random, least: int) -> list[str]:
    """Words of four syllables, each once; no word begins like the names that mark an article."""
    syllables = [first + second for first, second in product("bdfgklmnprtv", "aeiou")]
    words: dict[str, None] = {}
    while len(words) < max(least, VOCABULARY):
        words["".join(chance.choices(syllables, k=4))] = None
    return list(words)


def _articles(chance: random.Random, words: list[str], count: int) -> list[Article]:
    weights = [1 / (rank + 20) for rank in range(len(words))]
    headlines = iter(chance.sample(words, len(words)))  # events that share a name might be taken for one
    found: list[Article] = []
    while len(found) < count:
        number = len(found)
        first = Article(
            number=number,
            title=(_mark(number), *islice(headlines, IN_TITLE)),
            summary=tuple(chance.choices(words, weights, k=IN_SUMMARY)),
            country=chance.choice(COUNTRIES),
            rate=chance.randint(1, 60) if chance.random() < 0.3 else None,
            tier=chance.choices(list(OFTEN), list(OFTEN.values()))[0],
            outlet="First Wire",
            at=DAY + timedelta(seconds=chance.randrange(24 * 3600)),
        )
        found.append(first)
        if chance.random() < REPEATED and len(found) < count:
            later = first.at + timedelta(minutes=chance.randint(1, 90))
            found.append(_again(first, len(found), later))
    return found


def _again(first: Article, number: int, at: datetime) -> Article:
    return Article(
        number=number,
        title=first.title,
        summary=first.summary,
        country=first.country,
        rate=first.rate,
        tier=first.tier,
        outlet="Second Wire",
        at=at,
    )


def _mark(number: int) -> str:
    """A name of its own for each article, of letters only, by which a message is known to be about it."""
    return "x" + "".join("abcdefghij"[int(digit)] for digit in str(number)) + "x"


def _person(chance: random.Random, words: list[str], number: int, subscriptions: int) -> Person:
    platform = "slack" if number % 2 else "discord"
    address = f"U{number:07d}" if number % 2 else str(10**17 + number)
    quiet = (time(22), time(6, 30)) if chance.random() < 0.4 else None
    return Person(
        place=Destination("slack", address, person=True)
        if platform == "slack"
        else Destination("discord", address, person=True),
        zone=ZoneInfo(chance.choice(ZONES)),
        wishes=tuple(_wish(chance, words) for _ in range(subscriptions)),
        quiet=quiet,
        loud=chance.choice([None, Tier.URGENT, Tier.FLASH]) if quiet else None,
        digest=time(chance.choice([7, 12, 18]), chance.choice([0, 30])) if quiet or chance.random() < 0.5 else None,
        cap=chance.choice([1, 2, 5]) if chance.random() < 0.3 else None,
    )


def _wish(chance: random.Random, words: list[str]) -> Wish:
    a, b, c = chance.sample(words, 3)
    country, rate = chance.choice(COUNTRIES), chance.randint(5, 50)
    query, meaning = chance.choice(_forms(a, b, c, country, rate))
    return Wish(query=query, meaning=meaning, tier=chance.choice([Tier.DIGEST, Tier.ALERT, Tier.URGENT]))


def _forms(a: str, b: str, c: str, country: str, rate: int) -> list[tuple[str, Meaning]]:
    """Queries of each form that people write, and what they mean."""
    return [
        (a, lambda article: article.has(a)),
        (f"{a} OR {b}", lambda article: article.has(a) or article.has(b)),
        (f"{a} -{b}", lambda article: article.has(a) and not article.has(b)),
        (f'"{a} {b}" OR {c}', lambda article: article.has(a, b) or article.has(c)),
        (f"({a} OR {b}) AND NOT {c}", lambda article: (article.has(a) or article.has(b)) and not article.has(c)),
        (f"title:{a} OR title:{b}", lambda article: bool({a, b} & set(article.title))),
        (f"({a} OR {b}) country:{country}", _all(lambda article: article.has(a) or article.has(b), _of(country))),
        (f"{a} tier>=urgent OR {b}", lambda article: article.has(b) or (article.has(a) and article.tier.rank >= 2)),
        (f"{a[:6]}* OR {b}", lambda article: article.has(b) or _begins(article, a[:6])),
        (f"({a} OR {c}) rate>{rate} OR {b}", lambda article: article.has(b) or _taxed(article, rate, a, c)),
        (f"topic:trade ({a} OR {b})", lambda article: "trade" in TIERS[article.tier][0] and _any(article, a, b)),
    ]


def _all(*meanings: Meaning) -> Meaning:
    return lambda article: all(meaning(article) for meaning in meanings)


def _of(country: str) -> Meaning:
    return lambda article: article.country == country


def _any(article: Article, *words: str) -> bool:
    return any(article.has(word) for word in words)


def _begins(article: Article, stem: str) -> bool:
    return any(word.startswith(stem) for word in (*article.title, *article.summary))


def _taxed(article: Article, rate: int, *words: str) -> bool:
    return article.rate is not None and article.rate > rate and _any(article, *words)
