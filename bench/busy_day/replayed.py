"""A day replayed: does everybody get exactly what they asked for, and what does it cost?

The whole second half of the program runs, on SQLite and with a clock of its own: deciding, preferences, outbox,
digests, drain. Only the two platforms are stood in for, by channels that keep what they are given. What everybody
should have got is worked out by `bench.busy_day.expected`.
"""

from __future__ import annotations

import asyncio
import io
import logging
import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

import click
import sqlalchemy as sa
import structlog
from rich.progress import track

from bench.busy_day.expected import Post, complaints
from bench.busy_day.invented import DAY, Article, Day, invent
from bot.assembly import assembled
from bot.deliver.card import Bulletin, plain
from bot.deliver.console import ConsoleChannel
from bot.deliver.ports import Message
from bot.model import Destination, Receipt, Source, SourceId
from bot.routing.digests import DigestPlan
from bot.routing.preferences import Preferences
from bot.routing.quiet import QuietHours
from bot.service import Service
from bot.settings import default_directory, load
from bot.steps.grouping import Judged
from bot.store import feeds, places, subscriptions
from bot.store.schema import stories
from bot.stories.signature import signature

SOURCE = Source(id=SourceId("bench"), name="Bench", url="https://bench.example/feed")
TICK = timedelta(minutes=30)  # digests come at half hours
AFTER = timedelta(days=2)  # what the day put off has come by then
SHOWN = 20  # complaints

_MARK = re.compile(r"\bx([a-j]+)x\b", re.IGNORECASE)
_COUNTED = re.compile(r": (\d+) stor(?:y|ies)$")


class SetClock:
    """Shows what it was set to; a sleep is over at once, and moves it."""

    def __init__(self) -> None:
        self.at = DAY

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Received:
    """A platform that keeps what it is sent."""

    def __init__(self, clock: SetClock) -> None:
        self._clock = clock
        self.posts: dict[str, list[Post]] = {}

    async def send(self, message: Message) -> Receipt:
        at, place = self._clock.now(), str(message.destination)
        self.posts.setdefault(place, []).append(_post(message, at))
        return Receipt(channel=message.destination.address, message_id=message.delivery_id, sent_at=at)

    async def edit(self, message: Message, receipt: Receipt) -> None:
        """The outlets of a card: nobody is told anything by it."""

    async def check(self, destination: Destination) -> str:
        return "bench"


def _post(message: Message, at: datetime) -> Post:
    if not isinstance(message.card, Bulletin):
        return Post(at, _numbers(message.card.title))
    counted = _COUNTED.search(message.card.title)
    return Post(at, _numbers(plain(message.card.lines)), is_digest=True, counted=int(counted[1]) if counted else 0)


def _numbers(text: str) -> tuple[int, ...]:
    """The articles that a text names."""
    return tuple(
        int("".join(str("abcdefghij".index(letter)) for letter in mark.lower())) for mark in _MARK.findall(text)
    )


async def replay(day: Day, folder: Path) -> dict[str, list[Post]]:
    """Everything that everybody got, by place."""
    clock = SetClock()
    received = Received(clock)
    settings = load(default_directory()).model_copy(update={"routes": (), "sources": ()})
    settings = settings.model_copy(
        update={"database_url": type(settings.database_url)(f"sqlite:///{folder / 'day.db'}")}
    )
    async with assembled(settings, console=ConsoleChannel(io.StringIO(), clock), clock=clock) as bot:
        drain = replace(bot.service.drain, channels={"slack": received, "discord": received})
        service = replace(bot.service, drain=drain)
        await bot.database.write(_subscribe, day)
        await service.pipeline.admission.teller.listeners.load(bot.database)
        for at, articles in _steps(day):
            clock.at = at
            if articles:
                await bot.database.write(service.pipeline.admission.admit, SOURCE, _judged(articles), at)
            await service.digester.send_due()
            await _send_all(service, clock)
        await bot.database.read(_check_stories, day)
    return received.posts


def _check_stories(connection: sa.Connection, day: Day) -> None:
    """What is expected takes every article for an event of its own, but for what is told again word for word."""
    found = connection.execute(sa.select(sa.func.count()).select_from(stories)).scalar_one()
    if found != (events := len({article.title for article in day.articles})):
        raise click.ClickException(f"{events} events have become {found} stories: what follows would mean nothing")


async def _send_all(service: Service, clock: SetClock) -> None:
    """Sends as they are due now; what is due later is left for its time."""
    at = clock.at
    await service.senders.run_due()
    clock.at = at


def _subscribe(connection: sa.Connection, day: Day) -> None:
    feeds.sync(connection, [SOURCE], now=DAY)
    for person in day.people:
        for wish in person.wishes:
            subscriptions.add(
                connection,
                place=person.place,
                owner=person.place,
                query=wish.query,
                tier=wish.tier,
                made_in=person.place,
                now=DAY,
            )
        zone = person.zone.key
        quiet = f"{person.quiet[0]:%H:%M}-{person.quiet[1]:%H:%M} {zone}" if person.quiet else None
        own = Preferences(
            place=person.place,
            zone=zone,
            quiet=QuietHours.parse(quiet) if quiet else None,
            loud=person.loud,
            digest=DigestPlan.parse(f"daily {person.digest:%H:%M}") if person.digest else None,
            cap=person.cap,
        )
        places.save(connection, own, now=DAY)


def _steps(day: Day) -> Iterator[tuple[datetime, list[Article]]]:
    """Moments at which something may be due, with the articles that come then."""
    by_time = {at: list(articles) for at, articles in groupby(day.articles, key=lambda article: article.at)}
    end = max(by_time) + AFTER
    ticks = {DAY + number * TICK for number in range((end - DAY) // TICK + 1)}
    moments = sorted(by_time.keys() | ticks)
    for at in track(moments, description="day", transient=True):
        yield at, by_time.get(at, [])


def _judged(articles: list[Article]) -> list[Judged]:
    return [Judged(each.item, each.verdict, signature(each.item)) for each in articles]


@click.command()
@click.option("--items", "articles", type=click.IntRange(min=10), default=5_000, show_default=True)
@click.option("--subscriptions", "count", type=click.IntRange(min=1), default=10_000, show_default=True)
@click.option("--people", type=click.IntRange(min=1), default=2_000, show_default=True)
def day(articles: int, count: int, people: int) -> None:
    """Replay a day of news for many subscribers, and check who got what."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    invented = invent(articles, count, people)
    with tempfile.TemporaryDirectory() as folder:
        started = time.process_time()
        got = asyncio.run(replay(invented, Path(folder)))
        spent = time.process_time() - started
    found = complaints(invented, got)
    posts = [post for each in got.values() for post in each]
    digests = [post for post in posts if post.is_digest]
    click.echo(
        f"{articles:,} items, {count:,} subscriptions of {people:,} people: {len(posts) - len(digests):,} alerts and "
        f"{len(digests):,} digests of {sum(post.counted for post in digests):,} stories, to {len(got):,} people; "
        f"{spent:.0f} s of CPU, {spent / articles * 1e3:.1f} ms an item with all that follows from it"
    )
    for words in found[:SHOWN]:
        click.echo(f"  {words}", err=True)
    if found:
        raise click.ClickException(f"{len(found)} times somebody got something else than they asked for")
    click.echo("Everybody got exactly what they asked for.")
