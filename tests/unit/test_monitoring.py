"""Alert rules, dashboard and documentation name metrics that exist, with the labels they have, and leave none out."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.board.gauges import Gauges
from bot.observe.health import Parts
from bot.observe.metrics import Metrics
from bot.store.gauges import Feed, Feeds, Moment, Queue
from tests.samples import NOW

DOCS = Path(__file__).parents[2] / "docs"
RULES, DASHBOARD = DOCS / "monitoring" / "alerts.yml", DOCS / "monitoring" / "dashboard.json"
OPERATIONS = DOCS / "operations.md"
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "info": ("_info",), "gauge": ("",)}
NAME = re.compile(r"\btradewire_[a-z_]+")
SERIES = re.compile(r"(tradewire_[a-z_]+)\{([^}]*)\}")
OURS = {"job", "instance"}  # that Prometheus adds


def _moment() -> Moment:
    queue = Queue(name="slack", due=1, held=1, unknown=1, oldest=NOW)
    feed = Feed(id="wire", last_ok_at=NOW, last_new_at=NOW)
    feeds = Feeds(
        active=1, failing=0, blocked=0, retired=0, frozen=0, moved=0, unread=0, oldest_due=NOW, stalest=[feed]
    )
    return Moment(
        platforms=[queue], places=[queue], shut=frozenset(), down={"slack": 1}, feeds=feeds, size=1, hubs={"live": 1}
    )  # fmt: skip


def _exported() -> dict[str, set[str]]:
    """Every series that a scrape may have, with the names of its labels."""
    metrics, parts = Metrics(), Parts()
    parts.set("poll", ok=True, detail="")
    found: dict[str, set[str]] = {}
    for metric in vars(metrics).values():
        if labels := getattr(metric, "_labelnames", None):
            metric.labels(*["x"] * len(labels))
    for family in [*metrics.registry.collect(), *Gauges(parts, _moment(), NOW).collect()]:
        if family.name.startswith("tradewire_"):
            labels = {label for sample in family.samples for label in sample.labels}
            found |= {f"{family.name}{suffix}": labels for suffix in SUFFIXES[family.type]}
    return found


EXPORTED = _exported()


@pytest.mark.parametrize("file", [RULES, DASHBOARD, OPERATIONS], ids=lambda file: str(file.name))
def test_every_metric_that_is_named_exists(file: Path) -> None:
    named = set(NAME.findall(file.read_text("utf-8")))
    assert named
    whole = {name.removesuffix("_bucket") for name in EXPORTED}  # people name a histogram without its parts
    assert named - EXPORTED.keys() - whole == set()


@pytest.mark.parametrize("file", [RULES, DASHBOARD], ids=lambda file: str(file.name))
def test_every_label_that_is_asked_for_exists(file: Path) -> None:
    text = file.read_text("utf-8").replace('\\"', '"')
    for name, matchers in SERIES.findall(text):
        asked = {matcher.partition("=")[0].strip("!~ ") for matcher in matchers.split(",")}
        assert asked <= EXPORTED[name] | OURS, name


def test_the_documentation_and_the_dashboard_leave_no_metric_out() -> None:
    wanted = {name.removesuffix("_sum").removesuffix("_count").removesuffix("_bucket") for name in EXPORTED}
    for file in (OPERATIONS, DASHBOARD):
        named = {name.removesuffix("_bucket") for name in NAME.findall(file.read_text("utf-8"))}
        assert wanted - named == set(), file.name


def test_every_metric_follows_the_rules_of_naming() -> None:
    """https://prometheus.io/docs/practices/naming/: base units, `_total` on what only grows."""
    for name in EXPORTED:
        assert not re.search(r"_(ms|milliseconds|minutes|hours|kb|mb|percent)(_|$)", name), name


def test_every_alert_says_how_urgent_it_is_and_what_to_do() -> None:
    alerts = RULES.read_text("utf-8").split("- alert: ")[1:]
    assert len({alert.partition("\n")[0] for alert in alerts}) == len(alerts)
    for alert in alerts:
        assert re.search(r"severity: (page|ticket)\n", alert), alert
        assert re.search(r'summary: ".+"\n\s+cure: ".+"', alert), alert


def test_the_panels_of_the_dashboard_stand_beside_each_other() -> None:
    panels: list[dict[str, Any]] = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken = Counter(
        (x, y)
        for panel in panels
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    )
    assert max(taken.values()) == 1
    assert max(x for x, _ in taken) < 24
