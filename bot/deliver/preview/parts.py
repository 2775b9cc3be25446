"""What the previews of both platforms are made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rich.columns import Columns
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.panel import Panel
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from bot.deliver.console import printable, web_address

Json = Mapping[str, Any]  # a message, a block, an element: as it goes to the platform
Markup = Callable[[re.Match[str]], Text]

LINK_STYLE = "bright_blue"
MENTION_STYLE = "bold black on yellow"  # stands out: hostile text must never become one
CODE_STYLE = "red"


def read_markup(
    text: str, pattern: re.Pattern[str], markup: Mapping[str, Markup], plain: Callable[[str], str]
) -> Text:
    """`text` with every match of `pattern` shown by the function that bears the name of the matching group.

    `plain` reads what lies between, such as escaped entities.
    """
    shown = Text()
    at = 0
    for match in pattern.finditer(text):
        shown.append(printable(plain(text[at : match.start()])))
        shown.append_text(markup[match.lastgroup or ""](match))
        at = match.end()
    return shown.append(printable(plain(text[at:])))


def styled(text: Text, style: str) -> Text:
    text.stylize_before(style)
    return text


def link(label: Text, url: str) -> Text:
    """A link as clients show it; an address that is none they would follow stays plain text."""
    if address := web_address(url):
        label.stylize_before(Style.parse(LINK_STYLE) + Style(link=address))
    return label


def barred(content: RenderableType, style: str) -> RenderableType:
    """`content` with a bar at its left edge."""
    return _Barred(content, style)


@dataclass(frozen=True, slots=True)
class _Barred:
    content: RenderableType
    style: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        bar = Segment("▌ ", console.get_style(self.style))
        for line in console.render_lines(self.content, options.update(width=max(1, options.max_width - 2))):
            yield bar
            yield from line
            yield Segment.line()


def buttons(labels: Iterable[tuple[str, str]]) -> RenderableType:
    """A row of boxes, each with its label and the style of its border."""
    return Columns([Panel.fit(Text(printable(label), style="bold"), border_style=style) for label, style in labels])


def menu_label(placeholder: str, choices: int) -> str:
    return f"{placeholder} ▾ {choices}"


def picture(alt: str) -> RenderableType:
    """A box in the place of a picture, with what it shows."""
    return Panel(Text(printable(alt or "a picture")), style="dim", title="picture")


def moment(seconds: int | str) -> datetime | None:
    """Unix seconds in the zone of this machine; None where no calendar reaches so far."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC).astimezone()
    except (ValueError, OverflowError, OSError):
        return None
