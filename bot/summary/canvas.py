"""What the picture of a summary is drawn with: colours, text that keeps to its box, hatched bars. Pure.

The font is the one that Pillow brings (Aileron). It knows ASCII only, so other letters are written without accents.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal
from unicodedata import combining, normalize

from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]  # left, top, right, bottom, in pixels
Anchor = Literal["lm", "mm", "rm"]  # the point is at the left, in the middle or at the right of the text

HATCH = 9  # pixels between two lines

_LIKENESSES = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ł": "l", "Ł": "L",
     "ı": "i", "þ": "th", "’": "'", "‘": "'", "–": "-", "—": "-", "−": "-", "…": "..."}
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """The colours of one variant.

    The four of the data are of the palette of Okabe and Ito (https://jfly.uni-koeln.de/color/), which people with
    any colour blindness tell apart; the dark variant has them lighter. No meaning hangs on colour alone.
    """

    ground: Colour
    edge: Colour
    ink: Colour
    pale_ink: Colour
    grid: Colour
    trade: Colour
    market: Colour
    other: Colour
    escalation: Colour
    de_escalation: Colour


LIGHT = Theme(
    ground=(255, 255, 255),
    edge=(208, 215, 222),
    ink=(31, 35, 40),
    pale_ink=(89, 99, 110),
    grid=(225, 229, 234),
    trade=(0, 114, 178),
    market=(86, 180, 233),
    other=(140, 149, 159),
    escalation=(213, 94, 0),
    de_escalation=(0, 158, 115),
)
DARK = Theme(
    ground=(30, 33, 40),
    edge=(61, 66, 77),
    ink=(236, 239, 244),
    pale_ink=(171, 179, 191),
    grid=(54, 59, 69),
    trade=(77, 166, 226),
    market=(160, 213, 247),
    other=(128, 137, 150),
    escalation=(245, 138, 66),
    de_escalation=(52, 196, 152),
)


class Canvas:
    """An opaque card to draw on."""

    def __init__(self, width: int, height: int, theme: Theme) -> None:
        self.theme = theme
        self.image = Image.new("RGB", (width, height), theme.ground)
        self._draw = ImageDraw.Draw(self.image)
        self._draw.rectangle((0, 0, width - 1, height - 1), outline=theme.edge, width=2)
        self.texts: list[Box] = []  # what every text takes, for whoever wants to know whether two overlap

    def text(
        self, at: tuple[float, float], text: str, size: int, *, colour: Colour, anchor: Anchor = "lm", room: float
    ) -> None:
        """`text` in one line at most `room` pixels wide, cut with "..." where it would be wider."""
        font = _font(size)
        shown = fitted(text, size, room)
        self._draw.text(at, shown, fill=colour, font=font, anchor=anchor)
        if shown:
            self.texts.append(self._draw.textbbox(at, shown, font=font, anchor=anchor))

    def line(self, box: Box, colour: Colour, width: int = 2) -> None:
        self._draw.line(box, fill=colour, width=width)

    def bar(self, box: Box, colour: Colour, *, hatched: bool = False) -> None:
        """A filled box; a hatched one has slanted lines in the colour of the card."""
        left, top, right, bottom = (round(edge) for edge in box)
        if right <= left or bottom <= top:
            return
        piece = Image.new("RGB", (right - left, bottom - top), colour)
        if hatched:
            lines = ImageDraw.Draw(piece)
            for start in range(-piece.height, piece.width, HATCH):
                lines.line((start, piece.height, start + piece.height, 0), fill=self.theme.ground, width=2)
            lines.rectangle((0, 0, piece.width - 1, piece.height - 1), outline=colour, width=2)
        self.image.paste(piece, (left, top))

    def arrow(self, at: tuple[float, float], colour: Colour, *, to_right: bool) -> None:
        """A small triangle whose point is at `at`."""
        x, y = at
        back = x - 14 if to_right else x + 14
        self._draw.polygon([(x, y), (back, y - 9), (back, y + 9)], fill=colour)


def fitted(text: str, size: int, room: float) -> str:
    """`text` in the letters of the font, cut with "..." where it is wider than `room` pixels."""
    shown = _in_font(text)
    if width(shown, size) <= room:
        return shown
    while shown and width(f"{shown}...", size) > room:
        shown = shown[:-1]
    return f"{shown.rstrip()}..." if shown else ""


def width(text: str, size: int) -> float:
    """Of `text` in pixels."""
    return _font(size).getlength(text)


def _in_font(text: str) -> str:
    plain = "".join(char for char in normalize("NFKD", text.translate(_LIKENESSES)) if not combining(char))
    return "".join(char if " " <= char <= "~" else "?" for char in plain)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("Pillow is built without FreeType here; install its wheel")
    return font
