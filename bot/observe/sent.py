"""What follows when a delivery goes out, waits or ends: it is counted, and `once --json` prints a line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

from bot.clock import Clock
from bot.codec import bulletin_line, notice_line
from bot.deliver.card import Card
from bot.deliver.ports import Closed, SendError, TryLater, UnknownOutcome, Unreachable
from bot.model import Delivery, DeliveryState, Destination, Reason, Receipt
from bot.observe.metrics import DECIDED_TO_SENT, PUBLISHED_TO_SENT, Metrics
from bot.store.expiry import Ended
from bot.store.messages import Circular, Queued

OnSent = Callable[[Delivery, Card, Receipt], None]
OnBulletin = Callable[[Circular, Receipt], None]

ALERTS = frozenset({Reason.FIRST, Reason.NEW_FACT, Reason.ESCALATED})  # what somebody waits for
_WHY_AGAIN: tuple[tuple[type[SendError], str], ...] = (  # the narrower first
    (Unreachable, "unreachable"),
    (Closed, "closed"),
    (TryLater, "asked_to_wait"),
    (UnknownOutcome, "unknown_outcome"),
)


def timing(metrics: Metrics, clock: Clock, then: OnSent | None) -> OnSent:
    """Measure how long people waited, then go on with `then`. What quiet hours held is late from their end on."""

    def on_sent(delivery: Delivery, card: Card, receipt: Receipt) -> None:
        notice, now = delivery.notice, clock.now()
        waits = {DECIDED_TO_SENT: notice.until or notice.decided_at}
        if notice.reason in ALERTS:
            waits[PUBLISHED_TO_SENT] = card.at
        for stage, since in waits.items():
            seconds = max((now - since).total_seconds(), 0)
            metrics.latency.labels(platform=delivery.destination.platform, stage=stage).observe(seconds)
        if then:
            then(delivery, card, receipt)

    return on_sent


def counting_ends(metrics: Metrics) -> Callable[[Queued, DeliveryState], None]:
    """Count a delivery that ended so; `delivery` is as it was before."""

    def on_end(delivery: Queued, state: DeliveryState) -> None:
        platform = delivery.destination.platform
        metrics.deliveries.labels(platform=platform, action=delivery.action, outcome=state).inc()
        if delivery.state is DeliveryState.UNKNOWN:
            metrics.resolved.labels(platform=platform).inc()

    return on_end


def counting_expired(metrics: Metrics) -> Callable[[Ended], None]:
    """Count what was ended because it had waited too long."""

    def on_expired(ended: Ended) -> None:
        for (platform, action), count in ended.items():
            outcome = DeliveryState.EXPIRED
            metrics.deliveries.labels(platform=platform, action=action, outcome=outcome).inc(count)

    return on_expired


def counting_waits(metrics: Metrics) -> Callable[[Queued, SendError], None]:
    """Count an attempt that will be repeated, by the kind of failure: its text is the platform's."""

    def on_wait(delivery: Queued, error: SendError) -> None:
        reason = next((word for kind, word in _WHY_AGAIN if isinstance(error, kind)), "other")
        metrics.retries.labels(platform=delivery.destination.platform, reason=reason).inc()

    return on_wait


def counting_losses(metrics: Metrics) -> Callable[[Destination], None]:
    """Count a lease that another process took before we had recorded what we did under it."""
    return lambda destination: metrics.lease_losses.labels(kind="destination").inc()


def unprinted(delivery: Circular, receipt: Receipt) -> None:
    """A bulletin that nobody prints."""


def print_notice(delivery: Delivery, card: Card, receipt: Receipt) -> None:
    _print_line(notice_line(delivery, card, receipt))


def print_bulletin(delivery: Circular, receipt: Receipt) -> None:
    _print_line(bulletin_line(delivery.id, delivery.destination, delivery.bulletin, receipt))


def _print_line(line: Mapping[str, Any]) -> None:
    try:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
    except (BrokenPipeError, ValueError) as error:  # ValueError: it is closed
        raise Closed("standard output is closed, its reader has gone: run it again") from error
