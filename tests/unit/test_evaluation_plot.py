"""The picture: complete in itself, well-formed, and drawn where the figures say."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.signals.evaluation.charts import precision_recall_chart, reliability_chart, wilson
from bot.signals.evaluation.metrics import Curve
from bot.signals.evaluation.plot import html_page, svg_picture
from bot.signals.evaluation.report import Report, evaluate
from tests.unit.evaluation_samples import judged

SVG = "{http://www.w3.org/2000/svg}"
UNIT = 388 * 286  # the square from 0 to 1 of the precision-recall chart


def report(*pairs: tuple[float, int]) -> Report:
    return evaluate(
        [
            judged({"trade": bool(truth)}, flags=("trade",) if probability >= 0.5 else (), trade=probability)
            for probability, truth in pairs
        ]
    )


MIXED = report((0.95, 1), (0.9, 1), (0.8, 0), (0.6, 1), (0.4, 0), (0.35, 1), (0.1, 0), (0.05, 0))


def of_class(chart: str, name: str) -> list[ET.Element]:
    return [each for each in ET.fromstring(chart).iter() if each.get("class") == name]


def area_under(chart: str) -> float:
    """Of the filled path, in units of the chart's square: it has only upright and level pieces."""
    (shape,) = of_class(chart, "under")
    path = shape.get("d") or ""
    start = re.match(r"M([\d.]+),([\d.]+)", path)
    assert start is not None
    x, y, area = float(start[1]), float(start[2]), 0.0
    bottom = float(re.findall(r"V([\d.]+)", path)[-1])
    for command, length in re.findall(r"([VH])([\d.]+)", path)[:-2]:
        if command == "H":
            area += (float(length) - x) * (bottom - y)
            x = float(length)
        else:
            y = float(length)
    return area / UNIT


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([0.05, 0.2, 0.5, 0.7, 0.95]), st.integers(0, 1)), min_size=1, max_size=12
    ).filter(lambda pairs: any(truth for _, truth in pairs))
)
def test_the_area_under_the_curve_is_the_average_precision(pairs: list[tuple[float, int]]) -> None:
    topic = report(*pairs).topics["trade"]
    assert topic.overall.average_precision is not None
    assert area_under(precision_recall_chart(topic)) == pytest.approx(
        topic.overall.average_precision.value, abs=0.003
    )


def test_the_mark_stands_at_the_precision_and_recall_of_the_flags() -> None:
    mark, _ = of_class(precision_recall_chart(MIXED.topics["trade"]), "mark")  # the other one is in the key
    x, y = (float(mark.get(name) or "") for name in ("cx", "cy"))
    assert (x - 56) / 388 == pytest.approx(3 / 4, abs=0.001)
    assert 1 - (y - 14) / 286 == pytest.approx(3 / 4, abs=0.001)
    assert mark.findtext(f"{SVG}title") == "as flagged: precision 0.75, recall 0.75"


def test_reliability_shows_each_bin_that_has_records() -> None:
    chart = reliability_chart(report((0.05, 0), (0.05, 0), (0.95, 1), (0.95, 0)).topics["trade"])
    said = [dot.findtext(f"{SVG}title") for dot in of_class(chart, "dot")]
    assert said == ["said 0.05, true 0.00, 2 records", "said 0.95, true 0.50, 2 records"]
    assert len(of_class(chart, "bar")) == len(of_class(chart, "range")) == 2


def test_a_topic_without_positives_says_so_and_draws_no_curve() -> None:
    chart = precision_recall_chart(report((0.9, 0), (0.1, 0)).topics["trade"])
    assert "No positive record" in chart
    assert of_class(chart, "curve") == []
    assert "No positive record" in html_page(report((0.9, 0)), "labels.jsonl")


def test_a_curve_of_many_records_stays_a_small_picture() -> None:
    steps = np.linspace(1, 0, 200_000)
    curve = Curve(threshold=steps, precision=steps, recall=1 - steps)
    assert len(precision_recall_chart(replace(MIXED.topics["trade"], curve=curve))) < 200_000


def test_the_page_needs_nothing_from_elsewhere_and_shows_both_charts_of_each_topic() -> None:
    page = html_page(MIXED, "labels.jsonl")
    assert page.startswith("<!doctype html>")
    assert page.count("<svg") == 2
    assert "prefers-color-scheme: dark" in page
    assert "<script" not in page
    assert set(re.findall(r"https?://[^\"' ]+", page)) == {"http://www.w3.org/2000/svg"}


def test_the_picture_is_well_formed() -> None:
    root = ET.fromstring(svg_picture(MIXED, "labels.jsonl"))
    assert root.tag == f"{SVG}svg"
    assert len(root.findall(f"{SVG}svg")) == 2


def test_names_are_written_as_text() -> None:
    hostile = replace(MIXED, model="<b>&model")
    for picture in (html_page(hostile, "<script>x</script>.jsonl"), svg_picture(hostile, "<script>x</script>.jsonl")):
        assert "<script" not in picture
        assert "<b>" not in picture
        assert "&lt;script&gt;" in picture


@pytest.mark.parametrize(("share", "low", "high"), [(0.0, 0.0, 0.2775), (0.5, 0.2366, 0.7634), (1.0, 0.7225, 1.0)])
def test_wilson_intervals_of_none_half_and_all_of_ten(share: float, low: float, high: float) -> None:
    """Against what tables of the score interval give."""
    assert [*wilson(share, 10)] == pytest.approx([low, high], abs=1e-4)
