"""The picture of a summary: the right size, the same for the same figures, and nothing over anything else."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.summary import picture
from bot.summary.canvas import DARK, LIGHT, Canvas, Colour, Theme, fitted, width
from bot.summary.figures import Balance, Bar, Figures
from bot.summary.picture import HEIGHT, WIDTH, Variant, draw, tick_step
from tests.samples import NOW

MOST_BYTES = 100_000
READABLE = 4.5  # contrast of text: https://www.w3.org/TR/WCAG21/#contrast-minimum
VISIBLE = 3.0  # contrast of what is drawn: https://www.w3.org/TR/WCAG21/#non-text-contrast
DAY = timedelta(days=1)

_NAMES = st.sampled_from(["China", "EU", "South Korea", "Saudi Arabia", "XX"]) | st.text(max_size=60)
_COUNTS = st.integers(0, 3) | st.integers(0, 100_000)


def figures_of(
    counts: list[tuple[int, int, int]], partners: list[tuple[str, int, int]], *, unit: str = "day", more: int = 0
) -> Figures:
    one = {"hour": timedelta(hours=1), "day": DAY, "week": 7 * DAY}[unit]
    since = NOW - one * max(len(counts) - 1, 0)
    bars = tuple(
        Bar(start=since + number * one, trade=trade, market=market, other=other)
        for number, (trade, market, other) in enumerate(counts)
    )
    return Figures(
        since=since,
        until=NOW,
        zone=ZoneInfo("America/Argentina/ComodRivadavia"),  # the longest name there is
        unit=unit,
        bars=bars,
        partners=tuple(Balance(name=name, escalation=up, de_escalation=down) for name, up, down in partners),
        more_partners=more,
        stories=sum(bar.total for bar in bars),
        outlets=12,
        trade=sum(bar.trade for bar in bars),
        market=sum(bar.market for bar in bars),
        other=sum(bar.other for bar in bars),
        escalation=sum(up for _, up, _ in partners),
        de_escalation=sum(down for _, _, down in partners),
    )


A_WEEK = figures_of(
    [(9, 4, 0), (12, 11, 1), (7, 12, 0), (10, 0, 0), (1, 5, 0), (3, 6, 0), (9, 3, 0)],
    [("China", 9, 14), ("EU", 11, 3), ("South Korea", 2, 3), ("UK", 0, 4)],
)
_ANY = st.builds(
    figures_of,
    st.lists(st.tuples(_COUNTS, _COUNTS, _COUNTS), max_size=50),
    st.lists(st.tuples(_NAMES, _COUNTS, _COUNTS).filter(lambda each: each[1] + each[2] > 0), max_size=8),
    unit=st.sampled_from(["hour", "day", "week"]),
    more=st.integers(0, 200),
)
EDGES = {
    "nothing": figures_of([], []),
    "zeros": figures_of([(0, 0, 0)] * 7, []),
    "one bar": figures_of([(1, 0, 0)], [("EU", 1, 0)]),
    "fifty hours": figures_of([(1, 2, 3)] * 50, [("EU", 0, 1)], unit="hour"),
    "thousands": figures_of([(9_000, 900, 90)] * 12, [("Saudi Arabia", 9_999, 9_998)] * 8, unit="week", more=40),
    "long names": figures_of([(1, 1, 1)] * 31, [("The Republic of Long Names", 99, 1)] * 8, more=3),
}


def _opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


@settings(deadline=None, max_examples=12)
@given(_ANY, st.sampled_from(["light", "dark"]))
def test_whatever_the_figures_it_is_a_small_opaque_png(counted: Figures, variant: Variant) -> None:
    content = draw(counted, variant)
    image = Image.open(io.BytesIO(content))
    assert (image.format, image.size) == ("PNG", (WIDTH, HEIGHT))
    assert "transparency" not in image.info
    assert len(content) < MOST_BYTES


def test_the_same_figures_give_the_same_bytes() -> None:
    assert draw(A_WEEK, "light") == draw(replace(A_WEEK), "light")


def test_the_variants_have_their_own_ground() -> None:
    light, dark = (_opened(draw(A_WEEK, variant)).getpixel((20, 20)) for variant in ("light", "dark"))
    assert (light, dark) == (LIGHT.ground, DARK.ground)


@pytest.mark.parametrize(
    ("changed", "left_half"),
    [
        (replace(A_WEEK, bars=(replace(A_WEEK.bars[0], trade=10), *A_WEEK.bars[1:])), True),
        (replace(A_WEEK, bars=(replace(A_WEEK.bars[0], market=5), *A_WEEK.bars[1:])), True),
        (replace(A_WEEK, partners=(replace(A_WEEK.partners[0], escalation=10), *A_WEEK.partners[1:])), False),
        (replace(A_WEEK, partners=(replace(A_WEEK.partners[0], de_escalation=13), *A_WEEK.partners[1:])), False),
    ],
    ids=["trade", "market", "escalation", "de-escalation"],
)
def test_other_figures_look_other_and_only_where_they_stand(changed: Figures, left_half: bool) -> None:
    boxes = (0, 150, WIDTH // 2, HEIGHT), (WIDTH // 2 + 40, 150, WIDTH, HEIGHT)
    before, after = _opened(draw(A_WEEK, "dark")), _opened(draw(changed, "dark"))
    differs = [before.crop(box).tobytes() != after.crop(box).tobytes() for box in boxes]
    assert differs == [left_half, not left_half]


@pytest.mark.parametrize("name", EDGES)
def test_no_text_is_cut_off_or_lies_over_another(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Canvas] = []

    class Watched(Canvas):
        def __init__(self, width: int, height: int, theme: Theme) -> None:
            super().__init__(width, height, theme)
            drawn.append(self)

    monkeypatch.setattr(picture, "Canvas", Watched)
    draw(EDGES[name], "light")
    (canvas,) = drawn
    for left, top, right, bottom in canvas.texts:
        assert left >= 0
        assert top >= 0
        assert right <= WIDTH
        assert bottom <= HEIGHT
    overlaps = [
        (one, other)
        for one, other in combinations(canvas.texts, 2)
        if one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
    ]
    assert overlaps == []


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_what_is_written_and_drawn_stands_out_from_its_ground(theme: Theme) -> None:
    assert min(_contrast(ink, theme.ground) for ink in (theme.ink, theme.pale_ink)) >= READABLE
    drawn = (theme.trade, theme.escalation, theme.de_escalation, theme.other)
    assert min(_contrast(colour, theme.ground) for colour in drawn) >= VISIBLE


def test_a_hatched_bar_is_told_from_a_filled_one_without_its_colour() -> None:
    canvas = Canvas(200, 100, LIGHT)
    canvas.bar((0, 0, 100, 100), LIGHT.market)
    canvas.bar((100, 0, 200, 100), LIGHT.market, hatched=True)
    grey = canvas.image.convert("L")
    filled, hatched = (len(set(grey.crop(box).tobytes())) for box in ((5, 5, 95, 95), (105, 5, 195, 95)))
    assert (filled, hatched) == (1, 2)


@given(st.text(max_size=80), st.integers(30, 400))
def test_text_keeps_to_its_room_in_letters_that_the_font_has(text: str, room: int) -> None:
    shown = fitted(text, 24, room)
    assert width(shown, 24) <= room
    assert shown.isascii()


def test_accents_are_left_out_and_long_names_cut() -> None:
    assert fitted("Côte d’Ivoire", 24, 400) == "Cote d'Ivoire"
    assert fitted("Łódź–Straße", 24, 400) == "Lodz-Strasse"
    cut = fitted("The Republic of Long Names", 24, 150)
    assert cut.startswith("The Rep")
    assert cut.endswith("...")


def test_the_lines_of_an_axis_are_few_and_round() -> None:
    steps = [tick_step(highest) for highest in range(10_000)]
    assert set(steps) == {1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000}
    assert all(one <= other for one, other in pairwise(steps))
    assert all(step * 4 >= highest for highest, step in enumerate(steps))


def _contrast(one: Colour, other: Colour) -> float:
    """https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio"""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    parts = [part / 255 for part in colour]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_time_over_two_years_is_named_in_full() -> None:
    counted = replace(A_WEEK, since=datetime(2024, 12, 30, tzinfo=UTC), until=datetime(2025, 1, 4, tzinfo=UTC))
    assert draw(counted, "light") != draw(A_WEEK, "light")
