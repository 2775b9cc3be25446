"""The picture of a report: one page or one SVG, complete in itself, light and dark."""

from __future__ import annotations

from html import escape

from bot.counts import how_many
from bot.signals.evaluation.charts import HEIGHT, STYLE, WIDTH, precision_recall_chart, reliability_chart
from bot.signals.evaluation.report import Report, TopicReport
from bot.signals.evaluation.resampling import Estimate

_PAGE_STYLE = """
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 2rem 1.25rem 3rem; }
h1 { font-size: 1.5rem; margin: 0; letter-spacing: -.01em; }
h2 { font-size: 1.15rem; margin: 0; }
p { color: var(--soft); margin: .35rem 0 0; max-width: 52rem; overflow-wrap: anywhere; }
section { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 1.1rem 1.25rem;
  margin-top: 1.25rem; }
dl { display: flex; flex-wrap: wrap; gap: .6rem 2rem; margin: .7rem 0 1rem; }
dt { color: var(--soft); font-size: .8rem; }
dd { margin: 0; font-size: 1.25rem; font-weight: 650; font-variant-numeric: tabular-nums; line-height: 1.25; }
dd small { display: block; color: var(--soft); font-size: .8rem; font-weight: 400; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr)); gap: 1rem 1.5rem; }
figure { margin: 0; }
figcaption { font-size: .9rem; font-weight: 600; margin-bottom: .35rem; }
svg { display: block; width: 100%; height: auto; }
"""
_PICTURE_STYLE = """
.back { fill: var(--page); } .panel { fill: var(--panel); stroke: var(--line); }
svg .title { font-size: 19px; font-weight: 650; fill: var(--ink); }
svg .topic { font-size: 15px; font-weight: 650; fill: var(--ink); }
"""
_MARGIN, _HEAD, _CARD_HEAD = 24, 76, 40  # of the SVG picture


def html_page(report: Report, name: str) -> str:
    """A page that needs nothing from elsewhere; `name` is that of the label file."""
    sections = "".join(_section(topic, each) for topic, each in report.topics.items())
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Verdicts on {escape(name)}</title>\n<style>{STYLE}{_PAGE_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>Verdicts on {escape(name)}</h1>\n<p>{escape(_about(report))}</p>\n{sections}</main>\n</body>\n</html>\n"
    )


def svg_picture(report: Report, name: str) -> str:
    """The same charts as one SVG file."""
    width = 2 * WIDTH + 3 * _MARGIN
    card = HEIGHT + _CARD_HEAD + _MARGIN
    height = _HEAD + card * len(report.topics) + _MARGIN
    cards = "".join(
        _card(topic, each, _HEAD + card * place, width) for place, (topic, each) in enumerate(report.topics.items())
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f'<style>{STYLE}{_PICTURE_STYLE}</style><rect class="back" width="100%" height="100%"/>'
        f'<text class="title" x="{_MARGIN}" y="36">Verdicts on {escape(name)}</text>'
        f'<text x="{_MARGIN}" y="58">{escape(_about(report))}</text>{cards}</svg>\n'
    )


def _about(report: Report) -> str:
    coverage = report.coverage
    days = f", {coverage.first} to {coverage.last}" if coverage.first else ""
    languages = ", ".join(f"{name} {n:,}" for name, n in coverage.languages.items())
    return f"{report.model}, on {coverage.judged:,} labelled records ({languages}){days}."


def _section(topic: str, report: TopicReport) -> str:
    figures = report.overall
    terms = "".join(
        f"<div><dt>{term}</dt><dd>{_value(estimate)}</dd></div>"
        for term, estimate in (
            ("F1 as flagged", figures.f1),
            ("precision", figures.precision),
            ("recall", figures.recall),
            ("average precision", figures.average_precision),
        )
    )
    return (
        f"<section>\n<h2>{topic.capitalize()}</h2>\n"
        f"<p>Of {how_many(figures.n, 'record')}: {figures.positives:,} positive, {figures.flagged:,} flagged.</p>\n"
        f"<dl>{terms}{_calibration(report)}</dl>\n"
        '<div class="charts">\n'
        f"<figure><figcaption>Precision over recall</figcaption>{precision_recall_chart(report)}</figure>\n"
        f"<figure><figcaption>Reliability</figcaption>{reliability_chart(report)}</figure>\n"
        "</div>\n</section>\n"
    )


def _value(estimate: Estimate | None) -> str:
    if estimate is None:
        return "–"
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.2f}"
    return f"{estimate.value:.2f}<small>{estimate.low:.2f} to {estimate.high:.2f}</small>"


def _calibration(report: TopicReport) -> str:
    error = report.overall.calibration_error
    return "" if error is None else f"<div><dt>expected calibration error</dt><dd>{error:.3f}</dd></div>"


def _card(topic: str, report: TopicReport, top: float, width: float) -> str:
    figures = report.overall
    named = (("F1", figures.f1), ("AP", figures.average_precision))
    said = "".join(f", {name} {estimate.value:.2f}" for name, estimate in named if estimate)
    text = f"{topic.capitalize()}: {figures.positives:,} of {figures.n:,} positive{said}"
    charts = "".join(
        chart.replace("<svg ", f'<svg x="{x}" y="{top + _CARD_HEAD}" width="{WIDTH}" height="{HEIGHT}" ', 1)
        for x, chart in (
            (1.25 * _MARGIN, precision_recall_chart(report)),
            (1.75 * _MARGIN + WIDTH, reliability_chart(report)),
        )
    )
    return (
        f'<rect class="panel" x="{_MARGIN}" y="{top}" width="{width - 2 * _MARGIN}" height="{HEIGHT + _CARD_HEAD}" '
        f'rx="10"/><text class="topic" x="{2 * _MARGIN}" y="{top + 27}">{text}</text>{charts}'
    )
