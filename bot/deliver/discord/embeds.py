"""The neutral card and the neutral reply as Discord JSON.

Pure, and no SDK: what leaves here is the body of the request, so golden files and the judge see what Discord sees.
Every payload forbids all mentions itself (`allowed_mentions`), because a send or an edit that forgets to say so
mentions everyone the text names: https://docs.discord.com/developers/resources/message#allowed-mentions-object
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from bot.counts import how_many
from bot.deliver.card import Action, Bulletin, Card, File, Line, Menu, Reply, also_line, mark_line
from bot.deliver.discord.markup import clean, escape, render_line, safe_url, shorten, strike
from bot.model import Direction, Tier

# https://docs.discord.com/developers/resources/message#create-message
MAX_CONTENT = 2_000
MAX_EMBEDS = 10
# https://docs.discord.com/developers/resources/message#embed-object-embed-limits
MAX_TITLE = 256
MAX_DESCRIPTION = 4_096
MAX_FOOTER = 2_048
MAX_AUTHOR = 256
MAX_EMBED_TEXT = 6_000  # over all embeds of a message
# https://docs.discord.com/developers/components/reference#button
MAX_BUTTON_LABEL = 80
MAX_CUSTOM_ID = 100
MAX_ROW_BUTTONS = 5
MAX_ROWS = 5
# https://docs.discord.com/developers/components/reference#string-select
MAX_OPTIONS = 25
MAX_OPTION_LABEL = 100
MAX_PLACEHOLDER = 150
MAX_ALT = 1_024  # https://docs.discord.com/developers/resources/message#attachment-object

BUTTON_PREFIX = "wire:"  # custom_id is "wire:" and the command: a button outlives every restart
MENU_ID = "wire/menu"  # of every select menu: what was chosen is the command

_MAX_CHANGE = 300  # characters of the change line, so that a push notification still reaches the headline
_MAX_MARK = 300  # characters of the mark with what changed
_MAX_ALSO = 300
_MAX_LINE = 1_000  # characters of one line of facts or one sentence

_MAX_HIDDEN = 80  # characters of the line that counts what is not shown
_MAX_FILE_NAME = 80

_ACTION_ROW, _BUTTON, _SELECT, _SECONDARY = 1, 2, 3, 2  # component types and a button style
_DIRECTION_COLOURS: dict[Direction, int] = {"escalation": 0xD83C3E, "de-escalation": 0x2E9E5B, "neutral": 0x4F6D8F}
_TIER_COLOURS = {Tier.FLASH: 0xE0A100, Tier.URGENT: 0xE0A100, Tier.ALERT: 0x3B7DD8, Tier.DIGEST: 0x8A9099}
_WITHDRAWN_COLOUR = 0x8A9099
_REPLY_COLOUR = 0x3B7DD8


def card_payload(card: Card, *, marker: str = "") -> dict[str, Any]:
    """The message of one alert. `marker` ends the footer: by it a message is found again in the channel."""
    loud = card.tier.rank >= Tier.URGENT.rank
    return {
        **({"content": _push_line(card)} if loud else {}),
        "embeds": [_card_embed(card, _Room(MAX_EMBED_TEXT), marker)],
        "components": _button_rows(card.actions, MAX_ROWS),
        "allowed_mentions": {"parse": []},
    }


def message_payload(content: Card | Bulletin, *, marker: str = "") -> dict[str, Any]:
    """What the outbox sends. `marker`: see card_payload."""
    if isinstance(content, Card):
        return card_payload(content, marker=marker)
    return bulletin_payload(content, marker=marker)


def text_payload(content: Card | Bulletin, *, marker: str) -> dict[str, Any]:
    """The same as text alone, for a message that Discord did not take otherwise. `marker` ends it."""
    lines = _card_lines(content) if isinstance(content, Card) else _bulletin_lines(content)
    end = f"\n-# {marker}"
    return {
        "content": _whole_lines(lines, MAX_CONTENT - len(end)) + end,
        "allowed_mentions": {"parse": []},
    }


def bulletin_payload(bulletin: Bulletin, *, marker: str = "") -> dict[str, Any]:
    """A digest, a reminder or a note, in as many embeds as it needs; lines that do not fit are counted."""
    embeds = _text_embeds(bulletin.title, bulletin.lines, MAX_EMBED_TEXT - len(marker))
    if marker:
        embeds[-1]["footer"] = {"text": marker}
    return {
        "embeds": embeds,
        "components": _button_rows(bulletin.actions, MAX_ROWS),
        "allowed_mentions": {"parse": []},
    }


def reply_payload(reply: Reply) -> dict[str, Any]:
    """The answer to a command: its text, then its cards; `attached` gives the bytes of what it names.

    Buttons of the cards appear only where there is one card: under several, nobody could tell whose they are.
    """
    files = attached(reply)
    text = _reply_embeds(reply, files[0] if reply.picture else None)
    shown = reply.cards[: MAX_EMBEDS - len(text)]
    if hidden := len(reply.cards) - len(shown):
        text[-1]["footer"] = {"text": f"{hidden} more not shown here: ask for less, or for a shorter time."}
    cards = [_card_embed(card, _Room((MAX_EMBED_TEXT - _weight(text)) // len(shown))) for card in shown]
    menu = _menu_row(reply.menu)
    actions = (*reply.actions, *(shown[0].actions if len(shown) == 1 else ()))
    return {
        "embeds": [*text, *_with_distinct_urls(cards)],
        "components": [*menu, *_button_rows(actions, MAX_ROWS - len(menu))],
        "allowed_mentions": {"parse": []},
        **({"attachments": [_attachment(number, file) for number, file in enumerate(files)]} if files else {}),
    }


def attached(reply: Reply) -> list[File]:
    """The picture and the file of a reply under names that Discord keeps as they are, described as far as it takes.

    It changes other names, and then no embed finds its picture:
    https://docs.discord.com/developers/reference#editing-message-attachments-using-attachments-within-embeds
    """
    files = [file for file in (reply.picture, reply.file) if file is not None]
    return [
        replace(file, name=f"{number}-{_file_name(file.name)}", alt=shorten(clean(file.alt).strip(), MAX_ALT))
        for number, file in enumerate(files, start=1)
    ]


def _file_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name)[-_MAX_FILE_NAME:].strip("-.") or "file"


def _attachment(number: int, file: File) -> dict[str, Any]:
    return {"id": number, "filename": file.name, **({"description": file.alt} if file.alt else {})}


class _Room:
    """The characters that an embed may still use."""

    def __init__(self, left: int) -> None:
        self.left = left

    def take(self, text: str, limit: int) -> str:
        kept = shorten(text, min(limit, self.left))
        self.left -= len(kept)
        return kept


def _push_line(card: Card) -> str:
    """What a phone shows on its lock screen, for what is worth one: in the channel it would say everything twice."""
    mark, change = _mark(card), shorten(_one_line(card.change or ""), _MAX_CHANGE)
    outlet = shorten(_one_line(card.outlet), MAX_AUTHOR)
    parts = [part for part in (card.tier.upper(), mark, change) if part]
    room = MAX_CONTENT - len(" · ".join([*parts, "", outlet]))
    title = _struck_if_gone(card, _one_line(card.title), room)
    return " · ".join(part for part in (*parts, title, outlet) if part)


def _mark(card: Card) -> str:
    return shorten(_one_line(mark_line(card)), _MAX_MARK)


def _struck_if_gone(card: Card, text: str, limit: int) -> str:
    """At most `limit` characters of markdown; what was withdrawn is struck through."""
    return strike(text, limit) if card.withdrawn else shorten(text, limit)


def _one_line(text: str) -> str:
    return escape(text).strip()


def _untitled(card: Card) -> str:
    return f"({card.tier} without a headline)"


def _card_embed(card: Card, room: _Room, marker: str = "") -> dict[str, Any]:
    """Room is given in the order of what a reader can least do without; facts that no longer fit are left out."""
    embed: dict[str, Any] = {
        "title": room.take(_title(card, min(MAX_TITLE, room.left)), MAX_TITLE),
        "color": _colour(card),
        "timestamp": card.at.isoformat(),
    }
    if url := safe_url(card.url):
        embed["url"] = url
    if footer := room.take(_footer(card, marker), MAX_FOOTER):
        embed["footer"] = {"text": footer}
    if outlet := room.take(clean(card.outlet).strip(), MAX_AUTHOR):
        embed["author"] = {"name": outlet}
    if description := _whole_lines(_news(card), min(MAX_DESCRIPTION, room.left)):
        embed["description"] = room.take(description, MAX_DESCRIPTION)
    return embed


def _title(card: Card, limit: int) -> str:
    sign = f"{card.mark.upper()} · " if card.mark else ""
    return sign + _struck_if_gone(card, _one_line(card.title) or _untitled(card), limit - len(sign))


def _colour(card: Card) -> int:
    if card.withdrawn:
        return _WITHDRAWN_COLOUR
    return _DIRECTION_COLOURS[card.direction] if card.direction else _TIER_COLOURS[card.tier]


def _footer(card: Card, marker: str) -> str:
    """Why it is here, and the key for `/wire why` where no button carries it.

    A footer knows no markdown, so a backslash would be seen: cleaned, not escaped.
    """
    reference = "" if card.actions else f"/wire why {card.reference}"
    parts = (clean(card.why).strip(), clean(reference).strip() if card.reference else "", marker)
    return " · ".join(part for part in parts if part)


def _news(card: Card) -> Iterable[str]:
    """What changed, where it goes, the facts, the news in the source's own words, quoted, and who else has it."""
    if card.mark_note and (mark := _mark(card)):
        yield f"**{mark}**"
    if change := shorten(_one_line(card.change or ""), _MAX_CHANGE):
        yield f"**{change}**"
    if card.direction:
        yield f"**{card.direction.capitalize()}**"
    if first := safe_url(card.first_url):
        yield f"[First alert]({first})"
    for fact in card.fields:
        label, value = _one_line(fact.label), _struck_if_gone(card, _one_line(fact.value), _MAX_LINE)
        if value:
            yield f"**{shorten(label, _MAX_LINE)}**  {value}" if label else value
    sentences = [line for sentence in card.gist if (line := _struck_if_gone(card, _one_line(sentence), _MAX_LINE))]
    for sentence in sentences:
        yield f"\n> {sentence}"
    if also := shorten(_one_line(also_line(card)), _MAX_ALSO):
        yield f"\n-# {also}"  # in small letters


def _card_lines(card: Card) -> Iterable[str]:
    yield f"**{_title(card, MAX_TITLE)}**"
    if url := safe_url(card.url):
        yield f"<{url}>"
    below = " · ".join(part for part in (_one_line(card.outlet), _one_line(card.why)) if part)
    yield f"{shorten(below, MAX_TITLE)} · <t:{int(card.at.timestamp())}:f>"
    yield from _news(card)


def _bulletin_lines(bulletin: Bulletin) -> Iterable[str]:
    yield f"**{shorten(_one_line(bulletin.title), MAX_TITLE)}**"
    yield from map(render_line, bulletin.lines)


def _whole_lines(lines: Iterable[str], room: int) -> str:
    """The lines that fit, with "…" for the rest: a line cut in the middle would break its own markup."""
    kept: list[str] = []
    for line in lines:
        if len("\n".join((*kept, line, "…"))) > room:
            return "\n".join((*kept, "…")) if kept else ""
        kept.append(line)
    return "\n".join(kept)


def _reply_embeds(reply: Reply, picture: File | None) -> list[dict[str, Any]]:
    """Title and lines; a picture stands between them. With cards below, the lines have one embed."""
    room = MAX_DESCRIPTION if reply.cards else MAX_EMBED_TEXT - _MAX_HIDDEN
    if picture is None:
        return _text_embeds(reply.title, reply.lines, room)
    title, *rest = _text_embeds(reply.title, (), room)
    title["image"] = {"url": f"attachment://{picture.name}"}
    return [title, *rest, *_described(map(render_line, reply.lines), room - _weight([title, *rest]))]


def _text_embeds(title: str, lines: Sequence[Line], room: int) -> list[dict[str, Any]]:
    """At least one embed, of at most `room` characters together; the lines that do not fit are counted."""
    texts = [render_line(line) for line in lines]
    shown = _one_line(title)
    if len(shown) > MAX_TITLE:
        texts.insert(0, f"**{shorten(shown, _MAX_LINE)}**")
        shown = ""
    described = _described(texts, room - len(shown))
    if not described:
        return [{"color": _REPLY_COLOUR, "title": shown or "(no answer)"}]
    return [{**({"title": shown} if shown else {}), **described[0]}, *described[1:]]


def _described(lines: Iterable[str], room: int) -> list[dict[str, Any]]:
    return [{"color": _REPLY_COLOUR, "description": text} for text in _paged(list(lines), room)]


def _paged(lines: list[str], room: int) -> list[str]:
    """Whole lines in descriptions, together at most `room` characters, with a count of those left out."""
    pages: list[str] = []
    page: list[str] = []
    room -= _MAX_HIDDEN
    for number, line in enumerate(lines):
        room -= len(line) + 1
        if room < 0:
            page.append(f"… and {how_many(len(lines) - number, 'more line')} without room here.")
            break
        if len("\n".join((*page, line))) > MAX_DESCRIPTION - _MAX_HIDDEN:
            pages.append("\n".join(page))
            page = []
        page.append(line)
    return [text for page_text in (*pages, "\n".join(page)) if (text := page_text.strip())]


def _weight(embeds: Iterable[dict[str, Any]]) -> int:
    texts = (embed.get(key, "") for embed in embeds for key in ("title", "description"))
    return sum(map(len, texts)) + _MAX_HIDDEN


def _with_distinct_urls(embeds: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Discord merges embeds that share a url and shows the first alone, so only the first of them keeps it."""
    seen: set[str] = set()
    for embed in embeds:
        if (url := embed.get("url")) in seen:
            del embed["url"]
        elif url:
            seen.add(url)
    return embeds


def _menu_row(menu: Menu | None) -> list[dict[str, Any]]:
    """One row with one select menu, or none; every command once, what is left out is counted."""
    options: dict[str, dict[str, str]] = {}
    for text, command in menu.choices if menu else ():
        if label := shorten(clean(text).strip(), MAX_OPTION_LABEL):
            options.setdefault(command, {"label": label, "value": command})
    if menu is None or not options:
        return []
    shown = list(options.values())[:MAX_OPTIONS]
    more = f" ({len(options) - len(shown)} more not listed)" if len(options) > len(shown) else ""
    label = (shorten(clean(menu.label).strip(), MAX_PLACEHOLDER - len(more)) or "Choose") + more
    select = {"type": _SELECT, "custom_id": MENU_ID, "placeholder": label, "options": shown}
    return [{"type": _ACTION_ROW, "components": [select]}]


def _button_rows(actions: tuple[Action, ...], rows: int) -> list[dict[str, Any]]:
    """At most `rows` rows of five.

    An action whose command is too long for a custom_id is left out: a cut command is another one.
    """
    buttons: dict[str, dict[str, Any]] = {}
    for action in actions:
        custom_id, label = BUTTON_PREFIX + action.command, shorten(clean(action.label).strip(), MAX_BUTTON_LABEL)
        if label and len(custom_id) <= MAX_CUSTOM_ID and custom_id.isprintable():
            buttons[custom_id] = {"type": _BUTTON, "style": _SECONDARY, "label": label, "custom_id": custom_id}
    shown = list(buttons.values())[: rows * MAX_ROW_BUTTONS]
    starts = range(0, len(shown), MAX_ROW_BUTTONS)
    return [{"type": _ACTION_ROW, "components": shown[start : start + MAX_ROW_BUTTONS]} for start in starts]
