"""A sized plan for an installation, from measured unit costs and a simulated day: pure, and the same for one seed.

Simulated is what averages hide: news comes by day and in bursts, one event in thousands is asked for by nearly
everybody, deciding is one transaction at a time, and each account may send only so fast.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from math import ceil

import click
from rich.table import Table

from bench.tables import console
from bot.deliver.pace import DISCORD_PER_SECOND, SLACK_PER_MINUTE

DAY_S = 86_400
HOUR_S = 3_600
# How the news of a day is spread over its hours (UTC): little at night, most when Europe and America are both awake.
BY_HOUR = (2, 2, 2, 2, 2, 3, 5, 7, 8, 8, 8, 8, 9, 10, 10, 10, 9, 8, 7, 6, 5, 4, 3, 2)
BUSY = 0.5  # share of a core that is planned with: bursts, restarts and neighbours need the rest
SPARE = 1  # a worker more than needed, so that one may be replaced


@dataclass(frozen=True, kw_only=True)
class Costs:
    """Milliseconds of CPU, of a worker and of PostgreSQL; the benchmarks polls, deciding and scale measure them."""

    poll: tuple[float, float] = (1.2, 0.7)  # an unchanged feed (304)
    handshake: float = 1.3  # of TLS, where the connection is new
    changed: tuple[float, float] = (18.0, 8.0)  # a document with news, besides its new items
    item: tuple[float, float] = (3.5, 1.7)  # read, judged, grouped and stored
    match: float = 7.0  # boolean subscriptions, a million: ten times what `percolator` measures with 100,000
    place: tuple[float, float] = (0.24, 0.03)  # decided for one more
    delivery: tuple[float, float] = (7.5, 3.7)
    deciding: float = 8.0  # of the clock, in the one transaction that groups; and for each place
    deciding_place: float = 0.4
    worker_mib: float = 430.0  # memory of a process that has loaded its models
    subscription_bytes: float = 550.0  # in every worker
    item_bytes: float = 6_000.0  # on disk, with indexes
    delivery_bytes: float = 800.0
    decision_bytes: float = 900.0  # with what the place was told


@dataclass(frozen=True, kw_only=True)
class Load:
    """What is asked of the installation."""

    feeds: int = 100_000
    destinations: int = 50_000
    subscriptions: int = 1_000_000
    every: Mapping[int, float] = field(default_factory=lambda: {300: 0.1, 900: 0.4, 3600: 0.5})  # seconds: share
    items_a_day: float = 4.0  # new ones, of a feed
    news_in_a_poll: float = 1.5  # new items in a document that has any
    new_connections: float = 0.7  # share of polls with a handshake
    hosts: int = 40_000
    wanted: float = 0.15  # share of items that anybody asked for
    fewest: float = 3.0  # places that ask for such an item; how many more is spread as wealth is (Pareto)
    spread: float = 1.1
    on_slack: float = 0.1  # of the destinations; one workspace
    deliveries_kept: int = 400  # days, as `[retention]` has them
    items_kept: int = 90
    decisions_kept: int = 30


@dataclass(frozen=True, kw_only=True)
class Waits:
    """Seconds that messages of a platform waited from their decision to their turn."""

    a_day: int
    median: float
    p95: float
    p99: float
    longest: float
    most_in_a_story: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    polls_a_second: float
    busiest_host: float  # polls a minute
    items_a_day: int
    deciding_busy: float  # share of the busiest hour in which somebody decides
    deciding_p99: float  # seconds that an item waited for its turn
    waits: Mapping[str, Waits]
    worker_cores: float  # in the busiest hour
    server_cores: float
    workers: int
    worker_mib: float
    gib_a_day: float
    gib_kept: float


def plan(load: Load, costs: Costs, seed: int) -> Plan:
    """Size it."""
    chance = random.Random(seed)
    polls = sum(load.feeds * share / seconds for seconds, share in load.every.items())
    stories = list(_day(load, chance))
    decided = _queue([(at, (costs.deciding + costs.deciding_place * places) / 1e3) for at, places in stories])
    waits = {
        "slack": _waits(stories, decided, load.on_slack, SLACK_PER_MINUTE / 60),
        "discord": _waits(stories, decided, 1 - load.on_slack, DISCORD_PER_SECOND),
    }
    peak = max(BY_HOUR) / sum(BY_HOUR) * 24
    items, told = len(stories) / DAY_S * peak, sum(places for _, places in stories) / DAY_S * peak
    worker_ms, server_ms = _busiest(load, costs, polls, items, told)
    worker_cores, server_cores = worker_ms / 1e3, server_ms / 1e3
    deciding = (items * costs.deciding + told * costs.deciding_place) / 1e3
    return Plan(
        polls_a_second=polls,
        busiest_host=_busiest_host(load, polls, chance),
        items_a_day=len(stories),
        deciding_busy=deciding,
        deciding_p99=_quantile(sorted(done - at for (at, _), done in zip(stories, decided, strict=True)), 0.99),
        waits=waits,
        worker_cores=worker_cores,
        server_cores=server_cores,
        workers=ceil(worker_cores / BUSY) + SPARE,
        worker_mib=costs.worker_mib + load.subscriptions * costs.subscription_bytes / 2**20,
        gib_a_day=_gib(costs, stories, 1, 1, 1),
        gib_kept=_gib(costs, stories, load.items_kept, load.deliveries_kept, load.decisions_kept),
    )


def _busiest(load: Load, costs: Costs, polls: float, items: float, told: float) -> tuple[float, float]:
    """Milliseconds of CPU a second, of all workers and of the server, in the hour with the most news."""
    changed = items / load.news_in_a_poll
    rates = ((polls - changed, costs.poll), (changed, costs.changed), (items, costs.item), (told, costs.place))
    worker = polls * load.new_connections * costs.handshake + items * costs.match
    worker += sum(rate * cost for rate, (cost, _) in rates) + told * costs.delivery[0]
    return worker, sum(rate * cost for rate, (_, cost) in rates) + told * costs.delivery[1]


def _day(load: Load, chance: random.Random) -> Iterator[tuple[float, int]]:
    """When each item of the day comes, and how many places asked for it."""
    count = round(load.feeds * load.items_a_day)
    hours = chance.choices(range(24), cum_weights=list(accumulate(BY_HOUR)), k=count)
    for at in sorted(hour * HOUR_S + chance.random() * HOUR_S for hour in hours):
        if chance.random() >= load.wanted:
            yield at, 0
        else:
            yield at, min(round(load.fewest * chance.paretovariate(load.spread)), load.destinations)


def _queue(work: Sequence[tuple[float, float]]) -> list[float]:
    """When each is done, one at a time in the order in which it comes."""
    done, free = [], 0.0
    for at, takes in work:
        free = max(at, free) + takes
        done.append(free)
    return done


def _waits(stories: Sequence[tuple[float, int]], decided: Sequence[float], share: float, rate: float) -> Waits:
    """Of every message to this platform, whose account sends `rate` a second, first decided first sent."""
    waits, free, most = array("d"), 0.0, 0
    for (_, places), at in zip(stories, decided, strict=True):
        count = round(places * share)
        most = max(most, count)
        for _ in range(count):
            turn = max(at, free)
            waits.append(turn - at)
            free = turn + 1 / rate
    ordered = sorted(waits)
    return Waits(
        a_day=len(ordered),
        median=_quantile(ordered, 0.5),
        p95=_quantile(ordered, 0.95),
        p99=_quantile(ordered, 0.99),
        longest=ordered[-1] if ordered else 0.0,
        most_in_a_story=most,
    )


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def _busiest_host(load: Load, polls: float, chance: random.Random) -> float:
    """Polls a minute at the host with the most feeds: a few carry thousands, most carry one."""
    sizes = [chance.paretovariate(1.2) for _ in range(load.hosts)]
    return max(sizes) / sum(sizes) * polls * 60


def _gib(costs: Costs, stories: Sequence[tuple[float, int]], items: int, deliveries: int, decisions: int) -> float:
    """On disk, of what is kept for so many days each."""
    told = sum(places for _, places in stories)
    of_told = told * (costs.delivery_bytes * deliveries + costs.decision_bytes * decisions)
    return (of_told + len(stories) * costs.item_bytes * items) / 2**30


@click.command(name="plan")
@click.option("--feeds", type=click.IntRange(min=1), default=Load.feeds, show_default=True)
@click.option("--destinations", type=click.IntRange(min=1), default=Load.destinations, show_default=True)
@click.option("--subscriptions", type=click.IntRange(min=0), default=Load.subscriptions, show_default=True)
@click.option("--seed", default=1, show_default=True)
def plan_command(feeds: int, destinations: int, subscriptions: int, seed: int) -> None:
    """Size an installation from measured costs and a simulated day."""
    load = Load(feeds=feeds, destinations=destinations, subscriptions=subscriptions)
    show(load, plan(load, Costs(), seed))


def show(load: Load, made: Plan) -> None:
    table = Table(
        title=f"{load.feeds:,} feeds, {load.destinations:,} destinations, {load.subscriptions:,} subscriptions",
        title_justify="left",
        show_header=False,
    )
    rows = {
        "polls a second": f"{made.polls_a_second:.1f}",
        "polls a minute at the busiest host": f"{made.busiest_host:.0f}",
        "new items a day": f"{made.items_a_day:,}",
        "deciding, one at a time: busy in the busiest hour": f"{made.deciding_busy:.1%}",
        "item waits to be decided, 99 of 100 at most": f"{made.deciding_p99:.2f} s",
        "cores of workers in the busiest hour": f"{made.worker_cores:.2f}",
        f"workers (at {BUSY:.0%} of a core each, and {SPARE} more)": str(made.workers),
        "memory of a worker": f"{made.worker_mib:,.0f} MiB",
        "cores of PostgreSQL in the busiest hour": f"{made.server_cores:.2f}",
        "database, a day": f"{made.gib_a_day:.1f} GiB",
        "database, all that is kept": f"{made.gib_kept:,.0f} GiB",
    }
    for name, value in rows.items():
        table.add_row(name, value)
    console().print(table)
    waits = Table(title="From the decision to the message's turn", title_justify="left")
    for heading in ("account", "messages a day", "median", "95 of 100", "99 of 100", "longest", "most for one item"):
        waits.add_column(heading, justify="left" if heading == "account" else "right")
    for platform, each in made.waits.items():
        times = (f"{seconds:.1f} s" for seconds in (each.median, each.p95, each.p99, each.longest))
        waits.add_row(platform, f"{each.a_day:,}", *times, f"{each.most_in_a_story:,}")
    console().print(waits)
