"""A Discord message on a terminal. https://docs.discord.com/developers/resources/message"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bot.deliver.console import local_time, printable
from bot.deliver.preview.parts import (
    CODE_STYLE,
    MENTION_STYLE,
    Json,
    barred,
    buttons,
    link,
    menu_label,
    moment,
    picture,
    read_markup,
    styled,
)

_FIELDS_A_ROW = 3  # inline fields that the desktop client sets side by side
_ACTION_ROW = 1  # https://docs.discord.com/developers/components/reference#component-object
_BUTTON_STYLES = {1: "blue", 2: "white", 3: "green", 4: "red", 5: "white"}
_NO_COLOUR = "bright_black"


def discord_preview(payload: Json) -> RenderableType:
    """The message: content, embeds, buttons."""
    parts: list[RenderableType] = [markdown(payload["content"])] if payload.get("content") else []
    files = {f"attachment://{file['filename']}": file for file in payload.get("attachments", ())}
    parts += (_embed(embed, files) for embed in payload.get("embeds", ()))
    shown = {embed["image"]["url"] for embed in payload.get("embeds", ()) if "image" in embed}
    parts += (Text(printable(f"[{file['filename']}]")) for url, file in files.items() if url not in shown)
    parts += map(_component, payload.get("components", ()))
    return Group(*parts)


def _embed(embed: Json, files: Mapping[str, Json]) -> RenderableType:
    parts: list[RenderableType] = []
    if "author" in embed:
        parts.append(Text(printable(embed["author"]["name"]), style="bold"))
    if "title" in embed:
        title = styled(markdown(embed["title"]), "bold")
        parts.append(link(title, embed["url"]) if "url" in embed else title)
    if "description" in embed:
        parts.append(markdown(embed["description"]))
    parts += map(_row, _rows(embed.get("fields", ())))
    if "image" in embed:
        parts.append(picture(files.get(embed["image"]["url"], {}).get("description", "")))
    if footer := " • ".join(_footer(embed)):
        parts.append(Text(footer, style="dim"))
    return barred(Group(*parts), f"#{embed['color']:06x}" if "color" in embed else _NO_COLOUR)


def _rows(fields: Iterable[Json]) -> Iterator[list[Json]]:
    """Inline fields stand side by side; any other has a row for itself."""
    row: list[Json] = []
    for field in fields:
        if row and (not field.get("inline") or len(row) == _FIELDS_A_ROW):
            yield row
            row = []
        row.append(field)
        if not field.get("inline"):
            yield row
            row = []
    if row:
        yield row


def _row(fields: list[Json]) -> RenderableType:
    table = Table.grid(padding=(0, 2), expand=True)
    for _ in range(_FIELDS_A_ROW if fields[0].get("inline") else 1):
        table.add_column(ratio=1)
    table.add_row(*(Group(styled(markdown(field["name"]), "bold"), markdown(field["value"])) for field in fields))
    return table


def _footer(embed: Json) -> Iterator[str]:
    if "footer" in embed:
        yield printable(embed["footer"]["text"])
    if "timestamp" in embed:
        yield local_time(datetime.fromisoformat(embed["timestamp"]))


def _component(component: Json) -> RenderableType:
    if component["type"] != _ACTION_ROW:
        return Text(f"[component {component['type']}]", style="dim")
    return buttons(label for part in component["components"] if (label := _label(part)))


def _label(part: Json) -> tuple[str, str] | None:
    match part["type"]:
        case 2:  # a button
            return part.get("label", ""), _BUTTON_STYLES[part["style"]]
        case 3:  # a select menu
            return menu_label(part.get("placeholder", ""), len(part.get("options", ()))), "white"
        case _:
            return None


# --- markdown ---------------------------------------------------------------------------------------------

_INNER = r"(?:\\.|[^\\])+?"  # as little as there can be, escapes whole
_MARKDOWN = re.compile(
    r"\\(?P<escape>[!-/:-@\[-`{-~])"
    r"|`(?P<code>[^`]+)`"
    r"|<t:(?P<time>-?\d+(?::[tTdDfFR])?)>"
    r"|<(?P<mention>(?:@[!&]?|#)\d+)>"
    r"|(?P<everyone>@everyone|@here)"
    r"|(?P<link>\[(?:\\.|[^\]\\\n])+\]\([^\s()]+\))"
    r"|<?(?P<address>https?://[^\s<>]+)>?"
    rf"|\*\*(?P<bold>{_INNER})\*\*"
    rf"|__(?P<underline>{_INNER})__"
    rf"|~~(?P<strike>{_INNER})~~"
    rf"|\|\|(?P<spoiler>{_INNER})\|\|"
    rf"|\*(?P<italic>[^\s*\\]|[^\s*]{_INNER})\*"
    rf"|(?<!\w)_(?P<emphasis>{_INNER})_(?!\w)"
    r"|^(?P<heading>#{1,3} [^\n]+)"
    r"|^(?P<subtext>-# [^\n]+)"
    r"|^(?P<quote>> [^\n]+)",
    re.DOTALL | re.MULTILINE,
)


def markdown(text: str) -> Text:
    """Discord's markdown as Discord shows it. https://docs.discord.com/developers/reference#message-formatting"""
    return read_markup(text, _MARKDOWN, _MARKUP, str)


def _link(match: re.Match[str]) -> Text:
    label, _, url = match["link"][1:-1].rpartition("](")
    return link(markdown(label), url)


def _time(match: re.Match[str]) -> Text:
    seconds, _, style = match["time"].partition(":")
    at = moment(seconds)
    # "in 3 days" (R) needs a clock, which a preview has not: it shows the moment itself.
    return Text(_TIMES.get(style, local_time)(at)) if at else Text(match[0])


_TIMES: dict[str, Callable[[datetime], str]] = {
    "t": lambda at: f"{at:%H:%M}",
    "T": lambda at: f"{at:%H:%M:%S}",
    "d": lambda at: f"{at:%Y-%m-%d}",
    "D": lambda at: f"{at.day} {at:%B %Y}",
}


def _inside(group: str, style: str) -> Callable[[re.Match[str]], Text]:
    return lambda match: styled(markdown(match[group]), style)


_MARKUP = {
    "escape": lambda match: Text(match["escape"]),
    "code": lambda match: Text(printable(match["code"]), style=CODE_STYLE),
    "time": _time,
    "mention": lambda match: Text(match["mention"], style=MENTION_STYLE),
    "everyone": lambda match: Text(match["everyone"], style=MENTION_STYLE),
    "link": _link,
    "address": lambda match: link(Text(printable(match["address"])), match["address"]),
    "bold": _inside("bold", "bold"),
    "underline": _inside("underline", "underline"),
    "strike": _inside("strike", "strike"),
    "spoiler": _inside("spoiler", "reverse"),
    "italic": _inside("italic", "italic"),
    "emphasis": _inside("emphasis", "italic"),
    "heading": lambda match: styled(markdown(match["heading"].lstrip("# ")), "bold underline"),
    "subtext": lambda match: styled(markdown(match["subtext"][3:]), "dim"),
    "quote": lambda match: Text("▌ ", style="dim").append_text(markdown(match["quote"][2:])),
}
