"""What each stage costs for one feed entry, as a ratio to feedparser's cost for the same entry.

CPU seconds of this process, the median of interleaved rounds: wall time on a shared machine says little.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import click
import feedparser
from rich.progress import track

from bench.cost import FEEDPARSER, cpu
from bench.tables import show_costs
from bot.assembly import classifier_of, routes_of, sense_of
from bot.clock import SystemClock
from bot.intake.fetch import Intake
from bot.intake.fetched import Fetched
from bot.intake.http import GuardedClient
from bot.intake.normalise import normalise
from bot.intake.parsing import parse_feed
from bot.intake.workers import WorkerPool
from bot.model import Entry, Item, Source, SourceId
from bot.pipeline import Pipeline, judge
from bot.settings import LEXICON_FILE, default_directory, load
from bot.steps.admission import Admission
from bot.steps.agenda import Agenda
from bot.steps.grouping import Judged
from bot.steps.settling import Settling
from bot.steps.telling import Teller
from bot.store import feeds
from bot.store.engine import Database
from bot.store.upgrade import upgrade

ENTRIES = 36
ROUNDS = 15
URL = "https://bench.example/feed"
SOURCE = Source(id=SourceId("bench"), name="Bench", url=URL)

_ACTORS = ["Ministers", "The central bank", "Carmakers", "Brazil", "The commerce department", "Miners", "Tokyo"]
_ACTS = ["raise", "cut", "suspend", "review", "threaten", "welcome", "postpone"]
_THINGS = ["tariffs on steel", "interest rates", "export controls", "gas supplies", "a trade deal", "dividends"]


def feed(seed: int) -> bytes:
    """A document of 36 entries with paragraphs of HTML, like the feeds of news sites."""
    chance = random.Random(seed)
    items = []
    for number in range(ENTRIES):
        title = (
            f"{chance.choice(_ACTORS)} {chance.choice(_ACTS)} {chance.choice(_THINGS)} by {chance.randint(1, 60)}%"
        )
        words = " ".join(chance.choice(_ACTORS + _ACTS + _THINGS) for _ in range(chance.randint(40, 160)))
        items.append(
            f"<item><title>{title}</title><guid>https://bench.example/{seed}/{number}</guid>"
            f"<link>https://bench.example/{seed}/{number}</link><pubDate>Wed, 07 May 2025 08:00:00 GMT</pubDate>"
            f"<description>&lt;p&gt;{words}&lt;/p&gt;&lt;img src=&quot;x.png&quot;&gt;</description></item>"
        )
    return f"<rss version='2.0'><channel><title>b</title>{''.join(items)}</channel></rss>".encode()


@click.command()
def entry() -> None:
    """Measure what each stage costs for one entry of a feed."""
    seconds: dict[str, list[float]] = {}
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/bench.db")
        upgrade(database)
        pipeline = make_pipeline(database)
        pipeline.database.write_now(feeds.sync, [SOURCE], now=now)
        for seed in track(range(ROUNDS), description="entry", transient=True):
            for name, spent in _one_round(pipeline, feed(seed), now):
                seconds.setdefault(name, []).append(spent / ENTRIES)
        pipeline.database.close()
    show_costs(f"CPU for one entry, {ROUNDS} rounds of {ENTRIES} entries", seconds)


def _one_round(pipeline: Pipeline, body: bytes, now: datetime) -> Iterator[tuple[str, float]]:
    entries: list[Entry] = []
    items: list[Item] = []
    judged: list[Judged] = []

    def settle() -> None:
        write = pipeline.database.write_now
        write(feeds.claim_due, [SOURCE.id], owner="bench", now=now, lease=timedelta(minutes=1), limit=1)
        write(pipeline.admission.admit, SOURCE, judged, now)
        write(pipeline.admission.settle, SOURCE, Fetched(), "bench", now - SOURCE.every, brings_news=True)

    yield FEEDPARSER, cpu(lambda: feedparser.parse(body))
    yield "parse (feedparser without its sanitiser)", cpu(lambda: entries.extend(parse_feed(body, "", URL)))
    yield "normalise", cpu(lambda: items.extend(filter(None, (normalise(each, SOURCE, now) for each in entries))))
    yield (
        "judge, and read the sense of what is flagged",
        cpu(lambda: judged.extend(judge(pipeline.classifier, pipeline.sense, items))),
    )
    yield "store, stories, decide (SQLite)", cpu(settle)


def make_pipeline(database: Database) -> Pipeline:
    """The real one, with the routes that ship; its intake is never asked."""
    classifier = classifier_of(default_directory() / LEXICON_FILE)
    return Pipeline(
        database=database,
        intake=Intake(client=GuardedClient(), pool=WorkerPool()),
        classifier=classifier,
        sense=sense_of(),
        admission=Admission(
            teller=Teller(routes=routes_of(load(default_directory())), thresholds=classifier.thresholds),
            agenda=Agenda(atlas=classifier.atlas, zone=ZoneInfo("UTC")),
        ),
        clock=SystemClock(),
        settling=Settling(database),
    )
