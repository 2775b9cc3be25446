"""What follows a message that went out: it is counted, and `once --json` prints a line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

from bot.clock import Clock
from bot.codec import bulletin_line, notice_line
from bot.deliver.card import Card
from bot.deliver.ports import Closed
from bot.model import Delivery, Receipt
from bot.observe import Metrics
from bot.store.messages import Circular

OnSent = Callable[[Delivery, Card, Receipt], None]
OnBulletin = Callable[[Circular, Receipt], None]


def counting(metrics: Metrics, clock: Clock, then: OnSent | None) -> OnSent:
    """Count an alert and how long people waited for it, then go on with `then`."""

    def on_sent(delivery: Delivery, card: Card, receipt: Receipt) -> None:
        platform = delivery.destination.platform
        metrics.deliveries.labels(platform=platform).inc()
        waited = clock.now() - (delivery.notice.until or delivery.notice.decided_at)
        metrics.latency.labels(platform=platform).observe(max(waited.total_seconds(), 0))
        if then:
            then(delivery, card, receipt)

    return on_sent


def counting_bulletins(metrics: Metrics, then: OnBulletin | None) -> OnBulletin:
    """Count a bulletin, then go on with `then`. It goes by the clock, so nobody waits for it."""

    def on_bulletin(delivery: Circular, receipt: Receipt) -> None:
        metrics.deliveries.labels(platform=delivery.destination.platform).inc()
        if then:
            then(delivery, receipt)

    return on_bulletin


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
