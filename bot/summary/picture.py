"""The picture of a summary: stories over time, and escalation against de-escalation by partner. Pure.

An opaque card of its own, so that it is readable on any background. Chats show it at about half its size, which is
why nothing is written smaller than 24 pixels. The same figures give the same bytes.
"""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Literal

from bot.summary.canvas import DARK, LIGHT, Box, Canvas, Colour, width
from bot.summary.figures import Balance, Bar, Figures

Variant = Literal["light", "dark"]

WIDTH, HEIGHT = 1200, 630
MARGIN = 40
TITLE, HEAD, BODY = 36, 28, 24  # sizes of text, in pixels
_LEFT: Box = (MARGIN, 152, 620, 530)
_RIGHT: Box = (668, 152, WIDTH - MARGIN, 530)
_LEGEND = 592  # its middle
_AXIS = 84  # pixels left of the bars, for the figures of their axis
_NAMES = 158  # pixels left of the balances, for the partners
_NUMBER = 46  # pixels at the end of a bar, for its figure
_TALLEST_ROW = 48
_GAP = 0.25  # of a bar's place
_TICKS = 4  # at most, above zero


def draw(counted: Figures, variant: Variant) -> bytes:
    """A PNG of 1200 x 630 pixels."""
    canvas = Canvas(WIDTH, HEIGHT, LIGHT if variant == "light" else DARK)
    _head(canvas, counted)
    _over_time(canvas, counted)
    _by_partner(canvas, counted)
    target = io.BytesIO()
    canvas.image.save(target, "PNG")
    return target.getvalue()


def _head(canvas: Canvas, counted: Figures) -> None:
    room, theme = WIDTH - 2 * MARGIN, canvas.theme
    canvas.text((MARGIN, 52), _span(counted), TITLE, colour=theme.ink, room=room)
    outlets = f"{counted.outlets} outlet{'' if counted.outlets == 1 else 's'}"
    stories = f"{counted.stories} stor{'y' if counted.stories == 1 else 'ies'} from {outlets}"
    turns = f"{counted.escalation} escalation, {counted.de_escalation} de-escalation"
    canvas.text((MARGIN, 100), f"{stories}   /   {turns}", BODY, colour=theme.pale_ink, room=room)


def _span(counted: Figures) -> str:
    first, last = counted.local(counted.since), counted.local(counted.until)
    if counted.unit == "hour":
        return (
            f"{first:%a} {first.day} {first:%b %H:%M} to {last:%a} {last.day} {last:%b %Y %H:%M} ({counted.zone.key})"
        )
    return f"{first.day} {first:%b %Y} to {last.day} {last:%b %Y} ({counted.zone.key})"


# --- stories over time ------------------------------------------------------------------------------------


def _over_time(canvas: Canvas, counted: Figures) -> None:
    theme, (left, top, right, bottom) = canvas.theme, _LEFT
    canvas.text((left, top), f"Stories by {counted.unit}", HEAD, colour=theme.ink, room=right - left)
    plot: Box = (left + _AXIS, top + 40, right, bottom)
    highest = max((bar.total for bar in counted.bars), default=0)
    step = tick_step(highest)
    most = max(-(-highest // step) * step, step)
    for tick in range(0, most + 1, step):
        y = plot[3] - (plot[3] - plot[1]) * tick / most
        canvas.line((plot[0], y, plot[2], y), theme.grid)
        canvas.text((plot[0] - 12, y), f"{tick:,}", BODY, colour=theme.pale_ink, anchor="rm", room=_AXIS - 12)
    _stacks(canvas, counted.bars, plot, most)
    canvas.line((plot[0], plot[3], plot[2], plot[3]), theme.pale_ink)
    _dates(canvas, counted, plot)
    _legend(canvas, counted, plot[0])


def tick_step(highest: int) -> int:
    """The distance of the lines of an axis up to `highest`: 1, 2 or 5, or ten times as much, and so on."""
    step = 1
    while step * _TICKS < highest:
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    return step


def _stacks(canvas: Canvas, bars: tuple[Bar, ...], plot: Box, most: int) -> None:
    theme, place = canvas.theme, (plot[2] - plot[0]) / max(len(bars), 1)
    thickness = min(place * (1 - _GAP), 90)
    for number, bar in enumerate(bars):
        middle = plot[0] + (number + 0.5) * place
        below = 0
        for count, colour, hatched in (
            (bar.trade, theme.trade, False),
            (bar.market, theme.market, True),
            (bar.other, theme.other, False),
        ):
            top, foot = (plot[3] - (plot[3] - plot[1]) * level / most for level in (below + count, below))
            canvas.bar((middle - thickness / 2, top, middle + thickness / 2, foot), colour, hatched=hatched)
            below += count


def _dates(canvas: Canvas, counted: Figures, plot: Box) -> None:
    """As many of the bars' beginnings as have room beside each other, none beyond the plot."""
    place = (plot[2] - plot[0]) / max(len(counted.bars), 1)
    end = float("-inf")
    for number, bar in enumerate(counted.bars):
        label = _date(counted, bar.start)
        half = width(label, BODY) / 2
        middle = plot[0] + (number + 0.5) * place
        if middle - half > end + 20 and middle + half <= plot[2] + 20 and _is_round(counted, bar.start):
            canvas.text(
                (middle, plot[3] + 22), label, BODY, colour=canvas.theme.pale_ink, anchor="mm", room=2 * half + 1
            )
            end = middle + half


def _date(counted: Figures, start: datetime) -> str:
    local = counted.local(start)
    return f"{local:%H:%M}" if counted.unit == "hour" else f"{local.day} {local:%b}"


def _is_round(counted: Figures, start: datetime) -> bool:
    """Whether a bar is one of those to name: of hours each third or sixth, unless there are few."""
    if counted.unit != "hour" or len(counted.bars) <= 6:
        return True
    every = 3 if counted.until - counted.since <= timedelta(hours=13) else 6
    return counted.local(start).hour % every == 0


def _legend(canvas: Canvas, counted: Figures, left: float) -> None:
    theme = canvas.theme
    shown: list[tuple[str, Colour, bool]] = [("Trade", theme.trade, False), ("Market only", theme.market, True)]
    if counted.other:
        shown.append(("Other", theme.other, False))
    for label, colour, hatched in shown:
        canvas.bar((left, _LEGEND - 12, left + 24, _LEGEND + 12), colour, hatched=hatched)
        canvas.text((left + 34, _LEGEND), label, BODY, colour=theme.pale_ink, room=200)
        left += 34 + width(label, BODY) + 36


# --- escalation against de-escalation ---------------------------------------------------------------------


def _by_partner(canvas: Canvas, counted: Figures) -> None:
    theme, (left, top, right, bottom) = canvas.theme, _RIGHT
    canvas.text((left, top), "Trade by partner", HEAD, colour=theme.ink, room=right - left)
    if not counted.partners:
        canvas.text((left, top + 60), "No story states a direction", BODY, colour=theme.pale_ink, room=right - left)
        return
    half = (right - left - _NAMES) / 2
    middle = left + _NAMES + half
    first = top + 68
    row = min((bottom - first) / len(counted.partners), _TALLEST_ROW)
    most = max(max(each.escalation, each.de_escalation) for each in counted.partners)
    for number, each in enumerate(counted.partners):
        y = first + (number + 0.5) * row
        canvas.text((left, y), each.name, BODY, colour=theme.ink, room=_NAMES - 12)
        _balance(canvas, each, (middle, y), row * (1 - _GAP) / 2, (half - _NUMBER) / most)
    canvas.line((middle, top + 30, middle, first + row * len(counted.partners)), theme.pale_ink)
    if counted.more_partners:
        more = f"and {counted.more_partners} more"
        canvas.text((left, bottom + 22), more, BODY, colour=theme.pale_ink, room=right - left)
    _sides(canvas, middle, top + 44)


def _balance(canvas: Canvas, each: Balance, at: tuple[float, float], half: float, scale: float) -> None:
    """De-escalation hatched to the left, escalation filled to the right, each with its figure; none has no figure."""
    theme, (middle, y) = canvas.theme, at
    if each.de_escalation:
        end = middle - each.de_escalation * scale
        canvas.bar((end, y - half, middle - 1, y + half), theme.de_escalation, hatched=True)
        canvas.text((end - 8, y), f"{each.de_escalation}", BODY, colour=theme.ink, anchor="rm", room=_NUMBER - 8)
    if each.escalation:
        end = middle + each.escalation * scale
        canvas.bar((middle + 1, y - half, end, y + half), theme.escalation)
        canvas.text((end + 8, y), f"{each.escalation}", BODY, colour=theme.ink, room=_NUMBER - 8)


def _sides(canvas: Canvas, middle: float, y: float) -> None:
    """What the two sides mean, in words and with arrows."""
    theme = canvas.theme
    canvas.text((middle - 14, y), "De-escalation", BODY, colour=theme.pale_ink, anchor="rm", room=180)
    canvas.arrow((middle - 22 - width("De-escalation", BODY) - 14, y), theme.de_escalation, to_right=False)
    canvas.text((middle + 14, y), "Escalation", BODY, colour=theme.pale_ink, room=140)
    canvas.arrow((middle + 22 + width("Escalation", BODY) + 14, y), theme.escalation, to_right=True)
