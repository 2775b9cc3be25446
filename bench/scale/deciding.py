"""What it costs to decide on one item for its audience, on PostgreSQL: nobody, ten places, five hundred.

Every place has one subscription that matches. Deciding is one transaction at a time over all workers, because two
reports of one event must become one story; so its seconds are what bounds an installation, however many workers.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import click
import sqlalchemy as sa
from rich.table import Table

from bench.entry import SOURCE, make_pipeline
from bench.percolator import ARTICLE, Language, article
from bench.scale import desk
from bench.tables import console
from bot.model import Destination, ItemKey, Tier, Verdict
from bot.pipeline import PORTION, Pipeline
from bot.steps.grouping import Judged
from bot.store import feeds, subscriptions
from bot.store.engine import Database
from bot.stories.signature import signature

AUDIENCES = (0, 10, 500)
ITEMS = 100


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Of one item; milliseconds."""

    audience: int
    wall: float
    worker: float
    server: float


@click.command()
@click.option("--items", type=click.IntRange(min=1), default=ITEMS, show_default=True)
@click.option("--database", "admin_url", help="A PostgreSQL whose user may create databases; else one of its own.")
def deciding(items: int, admin_url: str | None) -> None:
    """Measure what deciding costs by the size of the audience, on PostgreSQL."""
    with desk.postgres(admin_url) as (url, _):
        show([_cost(url, audience, items) for audience in AUDIENCES])


def _cost(admin_url: str, audience: int, count: int) -> Cost:
    with desk.fresh_database(admin_url) as url:
        database, now = Database(url), datetime.now(UTC)
        pipeline = make_pipeline(database)
        admission = pipeline.admission
        pipeline = replace(pipeline, admission=replace(admission, teller=replace(admission.teller, routes=())))
        database.write_now(_prepare, audience, now)
        judged = _judged(count, now)
        server = database.read_now(desk.server_process)
        watched = desk.family(server) if server else []
        _admit(pipeline, judged[:PORTION], now)  # the first ones compile statements
        before, started, spent = desk.cpu_seconds(watched), time.perf_counter(), time.process_time()
        _admit(pipeline, judged[PORTION:], now)
        wall, worker = time.perf_counter() - started, time.process_time() - spent
        served = desk.cpu_seconds(watched) - before
        database.close()
    each = 1e3 / count
    return Cost(audience=audience, wall=wall * each, worker=worker * each, server=served * each)


def _prepare(connection: sa.Connection, audience: int, now: datetime) -> None:
    feeds.sync(connection, [SOURCE], now=now)
    for place in desk.places(0, audience):
        person = Destination("discord", place.address, person=True)
        subscriptions.add(
            connection, place=place, owner=person, query="topic:trade", tier=Tier.ALERT, made_in=place, now=now
        )


def _judged(count: int, now: datetime) -> list[Judged]:
    """Items that have nothing in common, each an event of its own."""
    chance = random.Random(7)
    language = Language(chance)
    verdict = Verdict(trade=0.97, labels=("trade",))
    items = [
        replace(
            article(number, language.text(chance, ARTICLE)),
            key=ItemKey(f"{number:016x}"),
            source_id=SOURCE.id,
            url=f"https://bench.example/{number}",
            outlet="Bench",
            published_at=now,
            seen_at=now,
        )
        for number in range(count + PORTION)
    ]
    return [Judged(item, verdict, signature(item, None)) for item in items]


def _admit(pipeline: Pipeline, judged: Sequence[Judged], now: datetime) -> None:
    for start in range(0, len(judged), PORTION):
        pipeline.database.write_now(pipeline.admission.admit, SOURCE, judged[start : start + PORTION], now)


def show(costs: Sequence[Cost]) -> None:
    table = Table(title="Deciding on one item, PostgreSQL", title_justify="left")
    for heading in ("places told", "ms", "ms CPU worker", "ms CPU server"):
        table.add_column(heading, justify="right")
    for each in costs:
        table.add_row(str(each.audience), f"{each.wall:.1f}", f"{each.worker:.1f}", f"{each.server:.1f}")
    console().print(table)
