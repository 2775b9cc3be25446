"""What follows a poll: it is counted and timed, and the log says what it decided."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

import structlog

from bot.intake.fetched import FetchState
from bot.model import ItemKey, Notice
from bot.observe.metrics import PUBLISHED_TO_SEEN, SEEN_TO_DECIDED, Metrics
from bot.observe.sent import ALERTS
from bot.pipeline import Polled

MOST_NAMED = 20  # decisions in one line of the log: thousands of people may ask for one story

log = structlog.get_logger()


def report(polled: Polled, before: FetchState, metrics: Metrics) -> None:
    """`before` is the cursor that the poll began with."""
    fault = polled.fetched.fault
    metrics.polls.labels(outcome=fault.kind if fault else "ok").inc()
    _say_how_it_went(polled, before)
    report_new(polled, metrics)


def report_new(polled: Polled, metrics: Metrics) -> None:
    """What was new, however it came."""
    _count(polled, metrics)
    for item, told in _told(polled):
        _say_decided(item, told)


def _count(polled: Polled, metrics: Metrics) -> None:
    metrics.items.inc(len(polled.new))
    if not polled.kept:
        metrics.lease_losses.labels(kind="source").inc()
    for reason, count in Counter(notice.reason for notice in polled.notices).items():
        metrics.decisions.labels(reason=reason).inc(count)
    new = {item.key: item for item in polled.new}
    for notice in polled.notices:
        item = new.get(notice.item_key)
        if item is None or notice.reason not in ALERTS:
            continue
        stages = {
            PUBLISHED_TO_SEEN: item.seen_at - item.at,
            SEEN_TO_DECIDED: notice.decided_at - item.seen_at,
        }
        for stage, took in stages.items():
            latency = metrics.latency.labels(platform=notice.destination.platform, stage=stage)
            latency.observe(max(took.total_seconds(), 0))


def _say_how_it_went(polled: Polled, before: FetchState) -> None:
    fault = polled.fetched.fault
    if fault and not before.failures:  # said once, not at every poll; `status` keeps showing it
        log.warning("source_failed", source=polled.source.id, why=fault.message)
    elif before.failures and not fault:
        log.info("source_recovered", source=polled.source.id)
    if not polled.kept:
        log.warning("lease_lost", source=polled.source.id, why="the poll took longer than its lease; it is repeated")
    for skipped in polled.fetched.skipped:
        log.warning("article_skipped", source=polled.source.id, why=skipped.message)


def _told(polled: Polled) -> Iterator[tuple[ItemKey, list[Notice]]]:
    """The notices that tell somebody something, by item."""
    told: defaultdict[ItemKey, list[Notice]] = defaultdict(list)
    for notice in polled.notices:
        if notice.reason.tells:
            told[notice.item_key].append(notice)
    return iter(told.items())


def _say_decided(item: ItemKey, told: list[Notice]) -> None:
    log.info(
        "decided",
        item=item,
        story=told[0].story_id,
        places=len(told),
        reasons=dict(Counter(str(notice.reason) for notice in told)),
        decisions=[notice.number for notice in told[:MOST_NAMED]],
    )
