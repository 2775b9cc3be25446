"""Two charts of one topic as SVG: precision over recall, and share positive over probability (reliability).

They use the classes and custom properties of `STYLE`, so a page in light or dark colours suits both.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.counts import how_many
from bot.signals.evaluation.metrics import Bin, Curve
from bot.signals.evaluation.report import TopicReport
from bot.signals.evaluation.resampling import Estimate

WIDTH, HEIGHT = 460, 380  # units of the viewBox, as all lengths here

STYLE = """
:root { color-scheme: light dark; --page: #f4f6f9; --panel: #fff; --ink: #141a24; --soft: #566173; --line: #dfe4ec;
  --curve: #0f5bd8; --mark: #b04a00; }
@media (prefers-color-scheme: dark) { :root { --page: #0b0f15; --panel: #121821; --ink: #e5eaf2; --soft: #95a2b5;
  --line: #263244; --curve: #5b9bff; --mark: #ff9d3d; } }
svg text { font: 12px system-ui, sans-serif; fill: var(--soft); font-variant-numeric: tabular-nums; }
svg .name { fill: var(--ink); }
svg .small { font-size: 10.5px; paint-order: stroke; stroke: var(--panel); stroke-width: 3px; }
svg .grid { stroke: var(--line); }
svg .guide { stroke: var(--soft); stroke-dasharray: 4 4; fill: none; opacity: .8; }
svg .iso { stroke: var(--soft); stroke-dasharray: 1 4; stroke-linecap: round; fill: none; opacity: .8; }
svg .curve { stroke: var(--curve); stroke-width: 2.25; stroke-linejoin: round; fill: none; }
svg .under { fill: var(--curve); opacity: .09; }
svg .range { stroke: var(--curve); stroke-width: 1.5; }
svg .dot { fill: var(--curve); stroke: var(--panel); stroke-width: 1.5; }
svg .bar { fill: var(--curve); opacity: .4; }
svg .mark { fill: var(--mark); stroke: var(--panel); stroke-width: 1.5; }
svg .mark-range { stroke: var(--mark); stroke-width: 2; }
svg .best { fill: var(--panel); stroke: var(--mark); stroke-width: 2; }
"""

_TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_ISO_F1 = (0.6, 0.8, 0.9)
_LARGEST_DOT, _SMALLEST_DOT = 9.0, 3.0
_Z = 1.959964  # of a 95 % interval


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the unit square stands in the picture."""

    left: float
    top: float
    width: float
    height: float

    def x(self, value: float) -> float:
        return self.left + self.width * value

    def y(self, value: float) -> float:
        return self.top + self.height * (1 - value)

    @property
    def bottom(self) -> float:
        return self.top + self.height


_CURVE_FRAME = Frame(56, 14, 388, 286)
_BINS_FRAME = Frame(56, 14, 388, 222)
_COUNTS_FRAME = Frame(56, 246, 388, 54)


# --- precision over recall --------------------------------------------------------------------------------


def precision_recall_chart(topic: TopicReport) -> str:
    """The curve, where our flags stand on it with their intervals, the best F1, and what chance gives."""
    frame, figures = _CURVE_FRAME, topic.overall
    parts = [_grid(frame), *(_iso_f1(frame, value) for value in _ISO_F1), _axes(frame, "recall", "precision")]
    if topic.curve is None:
        return _svg("Precision over recall", [*parts, _middle(frame, "No positive record")])
    chance = figures.positives / figures.n
    parts += [_chance(frame, chance), *_stepped(frame, topic.curve)]
    if topic.best:
        place = frame.x(topic.best.recall), frame.y(topic.best.precision)
        parts.append(_diamond(*place, f"best F1 {topic.best.f1:.2f}, from probability {topic.best.threshold:.2f} on"))
    parts += _operating(frame, figures.precision, figures.recall)
    return _svg("Precision over recall", [*parts, _curve_key(frame)])


def _stepped(frame: Frame, curve: Curve) -> Iterable[str]:
    """By steps, as average precision counts: the area under this line is the average precision."""
    at_x, at_y = f"{frame.left:.1f}", f"{frame.y(float(curve.precision[0])):.1f}"
    line = f"M{at_x},{at_y}"
    for recall, precision in zip(curve.recall, curve.precision, strict=True):
        x, y = f"{frame.x(float(recall)):.1f}", f"{frame.y(float(precision)):.1f}"
        line += f"V{y}" * (y != at_y) + f"H{x}" * (x != at_x)  # steps below the resolution of the picture fall away
        at_x, at_y = x, y
    yield f'<path class="under" d="{line}V{frame.bottom:.1f}H{frame.left:.1f}Z"/>'
    yield f'<path class="curve" d="{line}"/>'


def _operating(frame: Frame, precision: Estimate | None, recall: Estimate | None) -> Iterable[str]:
    if precision is None or recall is None:
        return
    x, y = frame.x(recall.value), frame.y(precision.value)
    if recall.low is not None and recall.high is not None:
        yield _line(frame.x(recall.low), y, frame.x(recall.high), y, "mark-range")
    if precision.low is not None and precision.high is not None:
        yield _line(x, frame.y(precision.low), x, frame.y(precision.high), "mark-range")
    yield _dot(x, y, 6, "mark", f"as flagged: precision {precision.value:.2f}, recall {recall.value:.2f}")


def _iso_f1(frame: Frame, value: float) -> str:
    """The line on which F1 is `value`: P = F R / (2 R - F)."""
    lowest = value / (2 - value)  # the recall at which precision is 1
    recalls = [lowest + (1 - lowest) * step / 40 for step in range(41)]
    points = [(frame.x(recall), frame.y(value * recall / (2 * recall - value))) for recall in recalls]
    label_x, label_y = points[-1]
    return _polyline(points, "iso") + _text(label_x - 16, label_y + 13, f"F1 {value:g}", anchor="end", css="small")


def _chance(frame: Frame, share: float) -> str:
    y = frame.y(share)
    line = _line(frame.left, y, frame.left + frame.width, y, "guide")
    return line + _text(frame.left + 6, y - 5, f"chance {share:.2f}", css="small")


def _curve_key(frame: Frame) -> str:
    y = HEIGHT - 16
    return (
        _dot(frame.left + 6, y - 4, 5, "mark")
        + _text(frame.left + 18, y, "as flagged, with 95 % intervals")
        + _diamond(frame.left + 226, y - 4)
        + _text(frame.left + 238, y, "best F1 on these records")
    )


# --- reliability ------------------------------------------------------------------------------------------


def reliability_chart(topic: TopicReport) -> str:
    """What share is positive of those said to be so probable; on the diagonal the probabilities are honest."""
    frame, counts = _BINS_FRAME, _COUNTS_FRAME
    bins = [each for each in topic.overall.reliability if each.n]
    diagonal = _line(frame.x(0), frame.y(0), frame.x(1), frame.y(1), "guide")
    points = [
        (frame.x(each.mean_probability), frame.y(each.share_positive))
        for each in bins
        if each.mean_probability is not None and each.share_positive is not None
    ]
    parts = [
        _grid(frame),
        _axes(counts, "probability as said", "", ticks_of=frame),
        _upright(frame, "share positive"),
        _upright(counts, "records"),
        diagonal,
        *(_wilson_range(frame, each) for each in bins),
        _polyline(points, "curve"),
        *_dots(points, bins),
        *_histogram(counts, bins),
        _text(frame.left, HEIGHT - 16, "dots: ten bins, larger with more records; lines: 95 % (Wilson)"),
    ]
    return _svg("Reliability", parts)


def _dots(points: Sequence[tuple[float, float]], bins: Sequence[Bin]) -> Iterable[str]:
    most = max((each.n for each in bins), default=1)
    for (x, y), each in zip(points, bins, strict=True):
        radius = _SMALLEST_DOT + (_LARGEST_DOT - _SMALLEST_DOT) * math.sqrt(each.n / most)
        said = f"said {each.mean_probability:.2f}, true {each.share_positive:.2f}, {how_many(each.n, 'record')}"
        yield _dot(x, y, radius, "dot", said)


def _wilson_range(frame: Frame, each: Bin) -> str:
    if each.mean_probability is None or each.share_positive is None:
        return ""
    low, high = wilson(each.share_positive, each.n)
    x = frame.x(each.mean_probability)
    return _line(x, frame.y(low), x, frame.y(high), "range")


def wilson(share: float, n: int) -> tuple[float, float]:
    """The 95 % interval of a share of `n` records (Wilson 1927), sound for few records and for shares of 0 and 1."""
    shrink = 1 + _Z**2 / n
    middle = (share + _Z**2 / (2 * n)) / shrink
    reach = _Z / shrink * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    return max(0.0, middle - reach), min(1.0, middle + reach)


def _histogram(frame: Frame, bins: Sequence[Bin]) -> Iterable[str]:
    """Heights by the square root, so that the small bins can be seen beside the large one."""
    most = max((each.n for each in bins), default=1)
    for each in bins:
        share = math.sqrt(each.n / most) * 0.74  # the number stands above
        x, width = frame.x(each.low) + 1, frame.width * (each.high - each.low) - 2
        y = frame.y(share)
        yield f'<rect class="bar" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{frame.bottom - y:.1f}"/>'
        yield _text(x + width / 2, y - 3, f"{each.n:,}", anchor="middle", css="small")


# --- pieces -----------------------------------------------------------------------------------------------


def _svg(title: str, parts: Iterable[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}">'
        f"{''.join(parts)}</svg>"
    )


def _grid(frame: Frame) -> str:
    right = frame.left + frame.width
    lines = []
    for tick in _TICKS:
        lines.append(_line(frame.left, frame.y(tick), right, frame.y(tick), "grid"))
        lines.append(_line(frame.x(tick), frame.top, frame.x(tick), frame.bottom, "grid"))
        lines.append(_text(frame.left - 7, frame.y(tick) + 4, f"{tick:g}", anchor="end"))
    return "".join(lines)


def _axes(frame: Frame, across: str, up: str, ticks_of: Frame | None = None) -> str:
    ticks = [_text((ticks_of or frame).x(tick), frame.bottom + 17, f"{tick:g}", anchor="middle") for tick in _TICKS]
    base = _line(frame.left, frame.bottom, frame.left + frame.width, frame.bottom, "grid")
    name = _text(frame.left + frame.width / 2, frame.bottom + 36, across, anchor="middle", css="name")
    return "".join([base, *ticks, name, _upright(frame, up) if up else ""])


def _upright(frame: Frame, text: str) -> str:
    """The name of the vertical axis."""
    x, y = 14, frame.top + frame.height / 2
    return f'<text class="name" text-anchor="middle" transform="translate({x} {y:.1f}) rotate(-90)">{text}</text>'


def _middle(frame: Frame, text: str) -> str:
    return _text(frame.x(0.5), frame.y(0.5), text, anchor="middle", css="name")


def _text(x: float, y: float, text: str, *, anchor: str = "start", css: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{css}">{text}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, css: str) -> str:
    return f'<line class="{css}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _polyline(points: Iterable[tuple[float, float]], css: str) -> str:
    return f'<polyline class="{css}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>'


def _dot(x: float, y: float, radius: float, css: str, said: str = "") -> str:
    return f'<circle class="{css}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}">{_hint(said)}</circle>'


def _diamond(x: float, y: float, said: str = "") -> str:
    return f'<path class="best" d="M{x:.1f},{y - 8:.1f}l8,8l-8,8l-8,-8z">{_hint(said)}</path>'


def _hint(said: str) -> str:
    """Shown under the pointer."""
    return f"<title>{said}</title>" if said else ""
