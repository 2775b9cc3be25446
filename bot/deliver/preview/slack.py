"""Block Kit on a terminal. https://docs.slack.dev/reference/block-kit/blocks"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from bot.deliver.console import printable
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


def slack_preview(payload: Json) -> RenderableType:
    """The message; without blocks its `text` is what Slack shows."""
    blocks = payload.get("blocks") or [
        {"type": "section", "text": {"type": "mrkdwn", "text": payload.get("text", "")}}
    ]
    return Group(*map(_block, blocks))


# --- blocks -----------------------------------------------------------------------------------------------


def _block(block: Json) -> RenderableType:
    show = _BLOCKS.get(block["type"])
    return show(block) if show else Text(printable(f"[{block['type']}]"), style="dim")


def _header(block: Json) -> RenderableType:
    return styled(_text_object(block["text"]), "bold")


def _section(block: Json) -> RenderableType:
    parts: list[RenderableType] = [_text_object(block["text"])] if "text" in block else []
    if "fields" in block:
        table = Table.grid(padding=(0, 2), expand=True)
        table.add_column(ratio=1)
        table.add_column(ratio=1)
        cells = [_text_object(field) for field in block["fields"]]
        for at in range(0, len(cells), 2):
            table.add_row(*cells[at : at + 2])
        parts.append(table)
    return Group(*parts)


def _context(block: Json) -> RenderableType:
    elements = [
        _text_object(element) if "text" in element else Text(printable(f"[{element['type']}]"))
        for element in block["elements"]
    ]
    return styled(Text("  ").join(elements), "dim")


def _actions(block: Json) -> RenderableType:
    styles = {"primary": "green", "danger": "red"}
    return buttons(
        (_label(element), styles.get(element.get("style", ""), "white"))
        for element in block["elements"]
        if "text" in element or "options" in element
    )


def _label(element: Json) -> str:
    if "options" in element:
        return menu_label(element.get("placeholder", {}).get("text", ""), len(element["options"]))
    return str(element["text"]["text"])


def _image(block: Json) -> RenderableType:
    return picture(block["alt_text"])


def _text_object(text: Json) -> Text:
    return mrkdwn(text["text"]) if text["type"] == "mrkdwn" else Text(printable(text["text"]))


# --- rich text --------------------------------------------------------------------------------------------


def _rich_text(block: Json) -> RenderableType:
    return Group(*map(_rich_element, block["elements"]))


def _rich_element(element: Json) -> RenderableType:
    match element["type"]:
        case "rich_text_list":
            ordered = element.get("style") == "ordered"
            indent = "  " * element.get("indent", 0)
            items = enumerate(element["elements"], start=1)
            return Group(
                *(Text(f"{indent}{f'{n}.' if ordered else '•'} ").append_text(_inline(item)) for n, item in items)
            )
        case "rich_text_quote":
            return barred(_inline(element), "dim")
        case "rich_text_preformatted":
            return Panel(_inline(element))
        case _:
            return _inline(element)


def _inline(section: Json) -> Text:
    return Text().join(map(_inline_element, section["elements"]))


def _inline_element(element: Json) -> Text:
    text = printable(element.get("text", ""))
    match element["type"]:
        case "text":
            shown = Text(text)
        case "link":
            shown = link(Text(text or printable(element["url"])), element["url"])
        case "date":
            shown = Text(_date(str(element["timestamp"]), element["format"], element.get("fallback", "")))
        case "emoji":
            shown = Text(printable(f":{element['name']}:"))
        case "broadcast":
            shown = Text(printable(f"@{element['range']}"), style=MENTION_STYLE)
        case "user" | "usergroup" | "channel" as kind:
            shown = Text(printable(element[f"{kind}_id"]), style=MENTION_STYLE)
        case kind:
            shown = Text(printable(f"[{kind}]"), style="dim")
    for name, on in element.get("style", {}).items():
        if on and name in _STYLES:
            shown = styled(shown, _STYLES[name])
    return shown


_STYLES = {"bold": "bold", "italic": "italic", "strike": "strike", "code": CODE_STYLE}

_BLOCKS: dict[str, Callable[[Json], RenderableType]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "divider": lambda _: Rule(style="dim"),
    "actions": _actions,
    "image": _image,
    "rich_text": _rich_text,
}


# --- mrkdwn -----------------------------------------------------------------------------------------------

_MRKDWN = re.compile(
    r"```(?P<block>.+?)```"
    r"|`(?P<code>[^`\n]+)`"
    r"|<(?P<angle>[^<>\n]+)>"
    r"|(?<![\w*])\*(?P<bold>[^*\s](?:[^*\n]*[^*\s])?)\*(?![\w*])"
    r"|(?<![\w_])_(?P<italic>[^_\s](?:[^_\n]*[^_\s])?)_(?![\w_])"
    r"|(?<![\w~])~(?P<strike>[^~\s](?:[^~\n]*[^~\s])?)~(?![\w~])",
    re.DOTALL,
)


def mrkdwn(text: str) -> Text:
    """Slack's markup as Slack shows it. https://docs.slack.dev/messaging/formatting-message-text"""
    return read_markup(text, _MRKDWN, _MARKUP, _unescape)


def _unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _angle(match: re.Match[str]) -> Text:
    """A link, a date or a mention."""
    target, _, label = match["angle"].partition("|")
    if target.startswith("!date^"):
        _, seconds, form, *address = target.split("^")
        shown = Text(_date(seconds, form, _unescape(label)))
        return link(shown, _unescape(address[0])) if address else shown
    if target[:1] in set("!@#"):
        return Text(printable(_unescape(label or target.replace("!", "@"))), style=MENTION_STYLE)
    return link(mrkdwn(label) if label else Text(printable(_unescape(target))), _unescape(target))


_MARKUP = {
    "block": lambda match: Text(printable(_unescape(match["block"])), style=CODE_STYLE),
    "code": lambda match: Text(printable(_unescape(match["code"])), style=CODE_STYLE),
    "angle": _angle,
    "bold": lambda match: styled(mrkdwn(match["bold"]), "bold"),
    "italic": lambda match: styled(mrkdwn(match["italic"]), "italic"),
    "strike": lambda match: styled(mrkdwn(match["strike"]), "strike"),
}


# --- dates ------------------------------------------------------------------------------------------------

# The pretty forms say "today" and "yesterday", which a preview cannot know.
_DATE_TOKENS: dict[str, Callable[[datetime], str]] = {
    "date_num": lambda at: f"{at:%Y-%m-%d}",
    "date": lambda at: f"{at:%B} {at.day}, {at.year}",
    "date_pretty": lambda at: f"{at:%B} {at.day}, {at.year}",
    "date_short": lambda at: f"{at:%b} {at.day}, {at.year}",
    "date_short_pretty": lambda at: f"{at:%b} {at.day}, {at.year}",
    "date_long": lambda at: f"{at:%A}, {at:%B} {at.day}, {at.year}",
    "date_long_pretty": lambda at: f"{at:%A}, {at:%B} {at.day}, {at.year}",
    "time": lambda at: f"{at:%H:%M}",
    "time_secs": lambda at: f"{at:%H:%M:%S}",
}


def _date(seconds: str, form: str, fallback: str) -> str:
    """As Slack does it: one token it does not know, and the fallback is shown.

    https://docs.slack.dev/messaging/formatting-message-text#date-formatting
    """
    at = moment(seconds)
    tokens = re.findall(r"{(\w+)}", form)
    if at is None or not set(tokens) <= _DATE_TOKENS.keys():
        return printable(fallback)
    return printable(re.sub(r"{(\w+)}", lambda token: _DATE_TOKENS[token[1]](at), form))
