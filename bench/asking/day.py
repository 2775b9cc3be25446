"""`asked_day`: a day of asking 1,000 feeds, by a fake clock: how many requests, and how late what is new is noticed.

What decides when to ask is the bot's own code: the headers of every answer are read by it, what is new teaches it,
and it says when the source is due again. Beside it stand an even pause of five minutes that minds nothing, and the
bot's own `pace = "fixed"`, which minds Retry-After and backs off.
"""

from __future__ import annotations

import heapq
import math
import platform
import random
import statistics
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import click
from rich.table import Table

from bench.asking.world import AFTER, DAY, Asking, Feed, world
from bench.tables import console
from bot.intake.fetched import Fault, FaultKind, Fetched, FetchState
from bot.intake.hints import hints_in
from bot.intake.lifetime import fresh_for, is_shared
from bot.intake.pacing import next_poll
from bot.intake.rhythm import learned, with_hints
from bot.model import Source, SourceId
from bot.retry_after import retry_after

EVERY = timedelta(minutes=5)
WATCHED = timedelta(weeks=2)  # before the day that is counted
SEED = 7
MOST_RETRY_AFTER = timedelta(days=1)
_KINDS = {0: FaultKind.UNREACHABLE, 403: FaultKind.BLOCKED, 429: FaultKind.TOO_OFTEN}

Policy = Literal["even", "fixed", "adaptive"]


@dataclass(slots=True, kw_only=True)
class Day:
    """What became of it; `delays` are seconds from publication to the answer that had it, by kind of feed, each with
    its weight."""

    requests: Counter[str] = field(default_factory=Counter)  # by host
    statuses: Counter[int] = field(default_factory=Counter)
    delays: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def of(self, *kinds: str) -> list[tuple[float, float]]:
        return sorted(each for kind, found in self.delays.items() if not kinds or kind in kinds for each in found)


@dataclass(slots=True, kw_only=True)
class _Asked:
    """A source as the bot knows it."""

    feed: Feed
    source: Source
    state: FetchState
    noticed: int  # of the feed's news
    measured: int = 0


def live(feeds: Sequence[Feed], policy: Policy, *, seed: int) -> Day:
    """The day, for a desk that has asked these feeds for two weeks."""
    chance, day = random.Random(seed), Day()
    begins = DAY.timestamp()
    ends, over = begins + 86_400, begins + 86_400 + AFTER.total_seconds()
    asked = [_known(feed, policy) for feed in feeds]
    for feed in feeds:
        feed.host.asked.clear()
    due = [(begins + chance.random() * EVERY.total_seconds(), number) for number in range(len(asked))]
    heapq.heapify(due)
    while due[0][0] < over:
        at, number = due[0]
        each = asked[number]
        answer = each.feed.ask(at, chance)
        if at < ends:
            day.requests[each.feed.host.name] += 1
            day.statuses[answer.status] += 1
        if answer.status == 200:
            new = _noticed(each, answer, at, day)
            if policy != "even":
                _learn(each, new, at)
        heapq.heapreplace(due, (_due(each, answer, at, policy), number))
    for each in asked:
        _count(day, each.feed, each.feed.measured[each.measured :], over)
    return day


def _known(feed: Feed, policy: Policy) -> _Asked:
    """What the bot learned from the feed's first document, and from what it brought until the day begins."""
    first_at = DAY - WATCHED
    first, noticed = feed.until(first_at.timestamp()), feed.until(DAY.timestamp())
    stood = [_moment(at) for at in feed.published[max(first - feed.kind.stands, 0) : first]]
    rhythm = with_hints(None, hints_in(feed.head), first_at)
    fetched = learned(Fetched(state=FetchState(rhythm=rhythm)), first_at, stands=stood, new=stood)
    if brought := [_moment(at) for at in feed.published[first:noticed]]:
        fetched = learned(fetched, DAY, stands=brought, new=brought)
    source = Source(
        id=SourceId(f"feed-{feed.number}"),
        name="",
        url="https://feed.example/",
        every=EVERY,
        authority=feed.kind.authority,
        pace="adaptive" if policy == "adaptive" else "fixed",
    )
    return _Asked(feed=feed, source=source, state=fetched.state, noticed=noticed)


def _noticed(each: _Asked, answer: Asking, at: float, day: Day) -> list[float]:
    """What the answer had that no earlier one did."""
    feed, there = each.feed, each.feed.until(answer.copy_of)
    new, each.noticed = feed.published[each.noticed : there], max(there, each.noticed)
    seen = bisect_right(feed.measured, answer.copy_of)
    _count(day, feed, feed.measured[each.measured : seen], at)
    each.measured = max(seen, each.measured)
    return new


def _count(day: Day, feed: Feed, news: Sequence[float], at: float) -> None:
    """The delays of what was seen `at`; what nobody saw to the end counts as seen then."""
    if news:
        delays = [(at - published, 1 / feed.kind.days) for published in news]
        day.delays.setdefault(feed.kind.name, []).extend(delays)


def _learn(each: _Asked, new: Sequence[float], at: float) -> None:
    dates = [_moment(published) for published in new]
    each.state = learned(Fetched(state=replace(each.state, failures=0)), _moment(at), stands=dates, new=dates).state


def _due(each: _Asked, answer: Asking, at: float, policy: Policy) -> float:
    if policy == "even":
        return at + EVERY.total_seconds()
    now = _moment(at)
    if answer.status == 200:
        fetched = Fetched(
            state=each.state, fresh_for=fresh_for(answer.headers), shared_copy=is_shared(answer.headers)
        )
    else:
        wait = retry_after(answer.headers.get("Retry-After"), now, most=MOST_RETRY_AFTER)
        fault = Fault(kind=_KINDS.get(answer.status, FaultKind.HTTP_STATUS), message="", retry_after=wait)
        failed = Fetched(state=replace(each.state, failures=each.state.failures + 1), fault=fault)
        fetched = learned(failed, now)
        each.state = fetched.state
    return next_poll(each.source, fetched, now).timestamp()


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


# --- the table --------------------------------------------------------------------------------------------


def _row(name: str, day: Day) -> list[str]:
    per_host = sorted(day.requests.values())
    busiest = per_host[-max(len(per_host) // 100, 1)]
    return [
        name,
        f"{sum(per_host):,}",
        f"{statistics.median(per_host):,.0f} / {busiest:,}",
        f"{day.statuses[429]:,}",
        *(_delay(day.of(*kinds)) for kinds in ((), ("official",), ("wire",), ("outlet",), ("blog",))),
    ]


def _delay(delays: Sequence[tuple[float, float]]) -> str:
    return f"{quantile(delays, 0.5) / 60:.2f} / {quantile(delays, 0.9) / 60:.2f}"


def quantile(weighted: Sequence[tuple[float, float]], share: float) -> float:
    """Of values with weights, in their order: the first below which, with itself, that share of the weight lies."""
    left = share * sum(weight for _, weight in weighted)
    for value, weight in weighted:
        left -= weight
        if left <= 0:
            return value
    return math.nan


def machine() -> str:
    return f"Python {platform.python_version()}, {platform.machine()}"


@click.command("asked_day")
@click.option("--feeds", default=1_000, show_default=True)
@click.option("--seed", default=SEED, show_default=True)
def asked(feeds: int, seed: int) -> None:
    """A day of asking feeds, by a fake clock: requests, and delays to notice."""
    began = time.process_time()
    runs: list[tuple[str, Policy]] = [
        ("even pause of 5 min", "even"),
        ('pace = "fixed"', "fixed"),
        ("adaptive", "adaptive"),
    ]
    table = Table(title=f"A day of {feeds:,} feeds, seed {seed}: delays in minutes", title_justify="left")
    headings = ("asked", "requests", "a host", "429s", "delay of all", "official", "wires", "outlets", "blogs")
    web = world(feeds, seed)
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "asked" else "right")
    for name, policy in runs:
        table.add_row(*_row(name, live(web, policy, seed=seed)))
    spent = f"{time.process_time() - began:.0f} s of processor time"
    console().print(table, f"A host: median / 99th percentile. Delays: median / 90th. {machine()}; {spent}")
