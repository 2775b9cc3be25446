"""Alerts on the terminal: one panel a card, read at a glance.

Feed text reaches the terminal only as `rich.text.Text`, never as markup, and only after `printable`: an escape
sequence in a headline would otherwise move the cursor, set the window's title or rewrite what stands above.
"""

from __future__ import annotations

import io
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Literal, cast
from urllib.parse import quote, urlsplit

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.panel import Panel
from rich.style import Style
from rich.table import Table
from rich.text import Text

from bot.clock import Clock
from bot.deliver.card import Bulletin, Card, Field, Line, Run, also_line, mark_line
from bot.deliver.ports import Closed, Message, UnknownOutcome
from bot.model import Destination, Direction, Receipt, Tier

WIDTH = 100  # columns: the widest panel, and the width where the output is no terminal and has none of its own

_TIER_STYLES: dict[Tier, str] = {
    Tier.FLASH: "bold red",
    Tier.URGENT: "bold yellow",
    Tier.ALERT: "cyan",
    Tier.DIGEST: "dim",
}
_DIRECTION_STYLES: dict[Direction, str] = {"escalation": "bold red", "de-escalation": "bold green", "neutral": "dim"}
ColorSystem = Literal["standard", "256", "truecolor", "windows"]  # rich's own word for it is private
_JOINERS = "\u200c\u200d"  # format characters that scripts and emoji are made with; they do no harm
_LINE_BREAK = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_REPEATED = "may have been shown before"
_URL_SAFE = "%/:?#[]@!$&'()*+,;=~"


class ConsoleChannel:
    """The console side of `ports.Channel`.

    A write is one call of a few kilobytes and is made in the event loop: a reader that stops reading for good
    (Ctrl-S, a pager) stops the program with it, as it does any program.
    """

    def __init__(self, target: Console | IO[str], clock: Clock) -> None:
        self._console = target if isinstance(target, Console) else console_on(target)
        self._clock = clock

    async def send(self, message: Message) -> Receipt:
        """Print it. What may have been printed before is printed again and says so: nobody can look."""
        message.check_ours()
        self._write(self._rendered(render(message.card, repeated=message.maybe_sent)))
        return Receipt(
            channel="console",
            message_id=message.delivery_id,
            thread_id=message.reply_to.message_id if message.reply_to else None,
            sent_at=self._clock.now(),
        )

    async def edit(self, message: Message, receipt: Receipt) -> None:
        """What was printed stays as it is: the card again where it was marked, else one line with who else has it."""
        card = message.card
        if isinstance(card, Card) and not card.mark:
            self._write(self._rendered(render_update(card)))
        else:
            self._write(self._rendered(render(card)))

    async def check(self, destination: Destination) -> str:
        """The console is always there; whether its reader stays is seen when something is written."""
        return "a terminal" if self._console.is_terminal else "standard output"

    def _rendered(self, renderable: RenderableType) -> str:
        # On a console of its own: rich ends the whole program where the real file is a broken pipe.
        page = io.StringIO()
        real = self._console
        Console(
            file=page,
            width=min(real.width, WIDTH),
            force_terminal=real.is_terminal,
            color_system=cast("ColorSystem | None", real.color_system),
            no_color=real.no_color,
            legacy_windows=real.legacy_windows,
        ).print(renderable)
        return page.getvalue()

    def _write(self, text: str) -> None:
        file = self._console.file
        encoding = getattr(file, "encoding", None) or "utf-8"
        try:
            file.write(text.encode(encoding, "replace").decode(encoding))
            file.flush()
        except (BrokenPipeError, ValueError) as error:  # ValueError: the file object is closed
            raise Closed(
                "the console is closed, its reader has gone: start again on a terminal or with the output to a file"
            ) from error
        except OSError as error:
            raise UnknownOutcome(f"the console could not be written to the end: {error.strerror}") from error


def console_on(file: IO[str]) -> Console:
    """A console that writes to `file`: as wide as its terminal, or `WIDTH` columns of plain text."""
    return Console(file=file, width=None if file.isatty() else WIDTH)


def render(content: Card | Bulletin, *, repeated: bool = False) -> RenderableType:
    """What the outbox sends; `repeated` says that it may have been shown before. Pure."""
    if isinstance(content, Card):
        return render_card(content, repeated=repeated)
    return render_bulletin(content, repeated=repeated)


# --- a card -----------------------------------------------------------------------------------------------


def render_card(card: Card, *, repeated: bool = False) -> RenderableType:
    """The panel of one alert; `repeated` says that it may have been shown before. Pure."""
    gone = "strike" if card.withdrawn else ""
    parts: list[RenderableType] = [
        *(Text(one_line(above), style="bold magenta") for above in (mark_line(card), card.change) if above),
        _Headline(one_line(card.title) or "(no headline)", web_address(card.url), card.withdrawn),
        Text(" · ".join(part for part in (one_line(card.outlet), local_time(card.at)) if part), style="dim"),
        Text(one_line(card.why), style="italic"),
    ]
    if card.fields:
        parts += ["", _facts(card.fields, gone)]
    if card.gist:
        parts += [line for sentence in card.gist for line in ("", Text(one_line(sentence), style=gone))]
    if also := one_line(also_line(card)):
        parts += ["", Text(also, style="dim")]
    below = [one_line(card.reference), _REPEATED if repeated else ""]
    return Panel(
        Group(*parts),
        title=_signs(card),
        title_align="left",
        subtitle=Text(" · ".join(part for part in below if part), style="dim"),
        subtitle_align="right",
        border_style=_TIER_STYLES[card.tier],
        padding=(0, 1),
    )


def render_bulletin(bulletin: Bulletin, *, repeated: bool = False) -> RenderableType:
    """The panel of a digest, a reminder or a note. Pure."""
    return Panel(
        Group(*map(_line, bulletin.lines)),
        title=Text(one_line(bulletin.title), style="bold"),
        title_align="left",
        subtitle=Text(_REPEATED if repeated else "", style="dim"),
        subtitle_align="right",
        border_style="blue",
        padding=(0, 1),
    )


def _line(line: Line) -> Text:
    return Text.assemble(*map(_run, line))


def _run(run: Run) -> Text:
    text = local_time(run.when) if run.when else _spaced(run.text)
    return Text(text, style=Style(bold=run.bold or None, strike=run.strike or None, link=web_address(run.url)))


def render_update(card: Card) -> RenderableType:
    """One line for a card that was printed and now says more. Pure."""
    parts = ("updated", one_line(card.title), one_line(also_line(card)), one_line(card.reference))
    return Text(" · ".join(part for part in parts if part), style="dim")


def _signs(card: Card) -> Text:
    """How loud it is and where it goes: what an eye that passes over the screen must catch."""
    tier = (card.tier.upper(), _TIER_STYLES[card.tier])
    if card.direction is None:
        return Text.assemble(tier)
    return Text.assemble(tier, " · ", (card.direction.capitalize(), _DIRECTION_STYLES[card.direction]))


def _facts(fields: tuple[Field, ...], value_style: str) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True, max_width=20)
    table.add_column()
    for field in fields:
        table.add_row(Text(one_line(field.label)), Text(one_line(field.value), style=value_style))
    return table


@dataclass(frozen=True, slots=True)
class _Headline:
    """The title, linked; where the output can hold no link, the address stands below it."""

    title: str
    address: str | None
    struck: bool

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text(self.title, style=Style(bold=True, strike=self.struck, link=self.address))
        if self.address and (console.color_system is None or console.legacy_windows):
            yield Text(self.address, style="dim", overflow="fold")


# --- safe text --------------------------------------------------------------------------------------------


def printable(text: str) -> str:
    """`text` without anything a terminal acts on; its line breaks stay.

    Taken out: C0 and C1 control characters (escape sequences begin with one), direction overrides and other
    format characters, and lone surrogates, which cannot be encoded.
    """
    return "\n".join(_printable_line(line) for line in _LINE_BREAK.split(text))


def _printable_line(line: str) -> str:
    spaced = (" " if char.isspace() else char for char in line)
    return "".join(
        char for char in spaced if char in _JOINERS or unicodedata.category(char) not in {"Cc", "Cf", "Cs"}
    )


def one_line(text: str) -> str:
    """`text` printable, on one line, with single spaces."""
    return " ".join(printable(text).split())


def _spaced(text: str) -> str:
    """One line of a piece of text; the space at its ends, which parts it from the next, stays."""
    return f"{' ' * text[:1].isspace()}{one_line(text)}{' ' * text[-1:].isspace()}" if text.strip() else text[:1]


def web_address(url: str | None) -> str | None:
    """`url` percent-encoded, so that nothing in it can end an OSC 8 sequence; None unless it is http or https.

    https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda#encodings
    """
    try:
        encoded = quote((url or "").strip(), safe=_URL_SAFE)
        parts = urlsplit(encoded)
    except ValueError:  # a lone surrogate, a bad IPv6 host
        return None
    return encoded if parts.scheme in {"http", "https"} and parts.netloc else None


def local_time(at: datetime) -> str:
    """A moment in the zone of this machine: "Tue 6 May 2025, 23:10 CEST"."""
    local = at.astimezone()
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M %Z}".rstrip()
