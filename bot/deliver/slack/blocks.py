"""Cards and replies as Block Kit. Pure: no SDK, no network.

Untrusted text stands in `plain_text` and rich text elements only, which have no markup to inject. The one mrkdwn
element is the time, and it is made of our own digits. Every message carries `text`, complete in itself, for
notifications and screen readers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

from bot.counts import how_many
from bot.deliver.card import Action, Bulletin, Card, File, Line, Menu, Reply, Run, also_line, mark_line
from bot.deliver.slack.text import clip, escape, one_line, tidy, web_url
from bot.model import Direction, Tier

Payload = dict[str, Any]  # a message, a block or an element: JSON for Slack

ACTION_PREFIX = "wire:"  # of every button's action_id

MAX_BLOCKS = 50  # https://docs.slack.dev/reference/block-kit/blocks
MAX_BUTTONS = 5  # one row; Slack takes 25: https://docs.slack.dev/reference/block-kit/blocks/actions-block
MAX_BUTTON_LABEL = 75  # https://docs.slack.dev/reference/block-kit/block-elements/button-element
MAX_OPTIONS = 100  # https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element
MAX_PLACEHOLDER = 150  # as above
MAX_OPTION_TEXT = 75  # https://docs.slack.dev/reference/block-kit/composition-objects/option-object
# Slack refuses near 13,200 characters in all, rich text containers included, and documents no figure:
# https://github.com/slackapi/bolt-js/issues/2509. A message of rich text was refused at 11,341:
# https://github.com/slackapi/bolt-js/issues/2867.
MAX_CHARACTERS = 10_000
# Slack cuts `text` at 40,000: https://docs.slack.dev/changelog/2018-04-truncating-really-long-messages
MAX_FALLBACK = 3_000

# What one card may take, so that the longest card stays under MAX_CHARACTERS whatever the feed writes.
TITLE = 300
MARK = 300
CHANGE = 500
ALSO = 300
FIRST_URL = 300  # our own message's; a longer one is left out
OUTLET = 80
WHY = 200
FIELDS = 8
FIELD_LABEL = 40
FIELD_VALUE = 300
SENTENCES = 4
SENTENCE = 400
COMMAND = 200  # a button's value: Slack takes 2,000, but Discord 100, and a command is for both
RUN = 1_000  # one run of a reply
MENU = 2_500  # the texts and commands of a menu; what no longer fits is counted
ALT = 600  # what a picture shows, in words; Slack takes 2,000: https://docs.slack.dev/reference/block-kit/blocks/image-block
LEFT_OUT = 60  # the line that says how many are not shown

_DOTS: dict[Direction, str] = {"escalation": "🔴", "de-escalation": "🟢", "neutral": "⚪"}
_LOUD = {Tier.FLASH: "🚨 FLASH", Tier.URGENT: "❗ URGENT"}
_UNTITLED = "(no headline)"
_TIME = "{date_short_pretty} at {time}"  # https://docs.slack.dev/messaging/formatting-message-text#date-formatting


def card_payload(card: Card) -> Payload:
    """`text` and `blocks` of one alert."""
    return {"text": escape(_card_text(card), MAX_FALLBACK), "blocks": _card_blocks(card, count())}


def message_payload(content: Card | Bulletin) -> Payload:
    """What the outbox sends."""
    return card_payload(content) if isinstance(content, Card) else bulletin_payload(content)


def bulletin_payload(bulletin: Bulletin) -> Payload:
    """`text` and `blocks` of a digest, a reminder or a note; lines that do not fit are counted, not cut."""
    buttons = buttons_block(bulletin.actions, count())
    lines = [title_line(bulletin.title), *_fitting(bulletin.lines, MAX_CHARACTERS - TITLE - _weight(buttons))]
    text = "\n".join([_title(bulletin.title), *map(_line_text, bulletin.lines)])
    return {"text": escape(text, MAX_FALLBACK), "blocks": [_rich([_section(lines)]), *buttons]}


def reply_payload(reply: Reply, *, picture: str | None = None) -> Payload:
    """`text` and `blocks` of an answer to a command; cards that do not fit are counted, not cut.

    `picture` is the id of the reply's picture at Slack; without it the picture's alt text stands in its place.
    """
    numbers = count()
    below = [*_menu(reply.menu, numbers), *buttons_block(reply.actions, numbers)]
    blocks = _reply_head(reply, picture)
    blocks += _reply_cards(reply.cards, numbers, room=MAX_CHARACTERS - _weight(blocks) - _weight(below))
    return {"text": escape(_reply_text(reply), MAX_FALLBACK), "blocks": blocks + below}


# --- a card -----------------------------------------------------------------------------------------------


def _card_blocks(card: Card, numbers: Iterator[int]) -> list[Payload]:
    details = _details(card)
    return [
        _rich([_section(_headline(card))]),
        _context(card),
        *([_rich(details)] if details else []),
        *_also(card),
        *buttons_block(card.actions, numbers),
    ]


def _headline(card: Card) -> list[Line]:
    """What became of it, what is new, the linked headline, loudness and direction: what a glance must catch."""
    above = [tidy(mark_line(card), MARK), tidy(card.change or "", CHANGE)]
    signs = " · ".join(_signs(card))
    title = Run(text=tidy(card.title, TITLE) or _UNTITLED, bold=True, strike=card.withdrawn, url=card.url)
    first = _first_url(card)
    return [
        *((Run(text=text, bold=True),) for text in above if text),
        (title,),
        *([(Run(text=signs, bold=True),)] if signs else []),
        *([(Run(text="First alert", url=first),)] if first else []),
    ]


def _first_url(card: Card) -> str | None:
    url = web_url(card.first_url)
    return url if url and len(url) <= FIRST_URL else None


def _signs(card: Card) -> list[str]:
    signs = [_LOUD[card.tier]] if card.tier in _LOUD else []
    return signs + ([f"{_DOTS[card.direction]} {card.direction.capitalize()}"] if card.direction else [])


def _context(card: Card) -> Payload:
    """Outlet, time in the reader's zone, why it is here; and the key for `/wire why` where no button carries it."""
    outlet, why = tidy(card.outlet, OUTLET), tidy(card.why, WHY)
    reference = "" if card.actions else tidy(card.reference, OUTLET)
    texts = [plain_text(text) for text in (why, reference) if text]
    return {"type": "context", "elements": [*([plain_text(outlet)] if outlet else []), moment(card.at), *texts]}


def moment(at: datetime) -> Payload:
    """A text object with a time in the reader's own zone."""
    return {"type": "mrkdwn", "text": f"<!date^{int(at.timestamp())}^{_TIME}|{_utc(at)}>"}


def _details(card: Card) -> list[Payload]:
    """The facts, one a line, then the news in the source's own words, marked as a quotation.

    What was withdrawn is struck by style, not by markup: no text can end it.
    """
    gone = card.withdrawn
    facts: list[Line] = []
    for field in card.fields[:FIELDS]:
        label, value = tidy(field.label, FIELD_LABEL), tidy(field.value, FIELD_VALUE)
        if value:
            shown = Run(text=value, strike=gone)
            facts.append((Run(text=f"{label}  ", bold=True, strike=gone), shown) if label else (shown,))
    sentences = "\n\n".join(_sentences(card))
    gist: list[Line] = [(Run(text=sentences, strike=gone),)] if sentences else []
    sections = [_section(facts)] if facts else []
    return sections + ([_section(gist, kind="rich_text_quote")] if gist else [])


def _also(card: Card) -> list[Payload]:
    also = tidy(also_line(card), ALSO)
    return [{"type": "context", "elements": [plain_text(also)]}] if also else []


def _sentences(card: Card) -> list[str]:
    tidied = [tidy(sentence, SENTENCE) for sentence in card.gist[:SENTENCES]]
    return [sentence for sentence in tidied if sentence]


def _card_text(card: Card) -> str:
    """The whole alert as plain lines."""
    loud = f"{card.tier.upper()}: " if card.tier in _LOUD else ""
    title = loud + (tidy(card.title, TITLE) or _UNTITLED)
    url = web_url(card.url) or ""
    lines = [
        tidy(mark_line(card), MARK),
        tidy(card.change or "", CHANGE),
        title,
        url if len(url) <= MAX_FALLBACK // 2 else "",
        " · ".join(part for part in (tidy(card.outlet, OUTLET), _utc(card.at), tidy(card.why, WHY)) if part),
        (card.direction or "").capitalize(),
        *(f"{tidy(field.label, FIELD_LABEL)}: {tidy(field.value, FIELD_VALUE)}" for field in card.fields[:FIELDS]),
        *_sentences(card),
        tidy(also_line(card), ALSO),
    ]
    return "\n".join(line for line in lines if line)


# --- a reply ----------------------------------------------------------------------------------------------


def _reply_head(reply: Reply, picture: str | None) -> list[Payload]:
    """The title, the picture or what it shows, and as many lines as fit into half of the message."""
    title, lines = title_line(reply.title), _fitting(reply.lines, MAX_CHARACTERS // 2)
    if reply.picture is None:
        return [_rich([_section([title, *lines])])]
    if picture is None:
        return [_rich([_section([title, (Run(text=_alt(reply.picture)),), *lines])])]
    above = [_rich([_section([title])]), _image(reply.picture, picture)]
    return [*above, *lines_block(reply.lines, MAX_CHARACTERS // 2)]


def _title(text: str) -> str:
    return tidy(text, TITLE) or "…"


def title_line(text: str) -> Line:
    """The first line of a message."""
    return (Run(text=_title(text), bold=True),)


def lines_block(lines: tuple[Line, ...], room: int) -> list[Payload]:
    """One block with the lines that fit into `room` characters; none without lines, for Slack takes no empty one."""
    fitting = _fitting(lines, room)
    return [_rich([_section(fitting)])] if any(fitting) else []


def _fitting(lines: tuple[Line, ...], room: int) -> list[Line]:
    """The lines that fit into `room` characters; how many do not is said."""
    fitting: list[Line] = []
    room -= LEFT_OUT
    for number, line in enumerate(lines):
        safe = tuple(run for run in map(_safe_run, line) if run.text or run.when)
        room -= sum(_run_weight(run) for run in safe) + 1
        if room < 0:
            return [*fitting, (Run(text=f"… and {how_many(len(lines) - number, 'more line')} without room here."),)]
        fitting.append(safe)
    return fitting


def _run_weight(run: Run) -> int:
    return len(run.text) + len(run.url or "") + (len(_TIME) if run.when else 0)


def _safe_run(run: Run) -> Run:
    text = clip(one_line(run.text), RUN)
    return Run(text=text, bold=run.bold, strike=run.strike, url=web_url(run.url), when=run.when)


def _image(picture: File, file_id: str) -> Payload:
    return {"type": "image", "slack_file": {"id": file_id}, "alt_text": _alt(picture)}


def _alt(picture: File) -> str:
    return tidy(picture.alt, ALT) or "A picture."


def _reply_cards(cards: tuple[Card, ...], numbers: Iterator[int], room: int) -> list[Payload]:
    blocks: list[Payload] = []
    for index, card in enumerate(cards):
        card_blocks = [{"type": "divider"}, *_card_blocks(card, numbers)]
        room -= _weight(card_blocks)
        # Six more: title, picture and lines before, the count of what is left out, the menu and the buttons after.
        if room < 0 or len(blocks) + len(card_blocks) + 6 > MAX_BLOCKS:
            left_out = f"{len(cards) - index} more not shown here: ask for less, or for a shorter time."
            return [*blocks, {"type": "context", "elements": [plain_text(left_out)]}]
        blocks += card_blocks
    return blocks


def _reply_text(reply: Reply) -> str:
    picture = [_alt(reply.picture)] if reply.picture else []
    cards = [_card_text(card) for card in reply.cards]
    return "\n".join([_title(reply.title), *picture, *map(_line_text, reply.lines), *cards])


def _line_text(line: Line) -> str:
    return "".join(one_line(run.text) for run in line)


# --- elements ---------------------------------------------------------------------------------------------


def _rich(elements: list[Payload]) -> Payload:
    return {"type": "rich_text", "elements": elements}


def _section(lines: Iterable[Line], kind: str = "rich_text_section") -> Payload:
    """`lines` as one rich text section; Slack refuses empty elements, so none is made."""
    elements: list[Payload] = []
    for number, line in enumerate(lines):
        if number:
            elements.append({"type": "text", "text": "\n"})
        elements += [_run(run) for run in line]
    return {"type": kind, "elements": elements}


def _run(run: Run) -> Payload:
    looks = {name: True for name, on in (("bold", run.bold), ("strike", run.strike)) if on}
    style: Payload = {"style": looks} if looks else {}
    if run.when is not None:
        fallback = run.text.strip() or _utc(run.when)
        when = int(run.when.timestamp())
        return {"type": "date", "timestamp": when, "format": _TIME, "fallback": fallback, **style}
    if url := web_url(run.url):
        return {"type": "link", "url": url, "text": run.text, **style}
    return {"type": "text", "text": run.text, **style}


def buttons_block(actions: tuple[Action, ...], numbers: Iterator[int]) -> list[Payload]:
    """One actions block, or none. A command that a button cannot carry whole would be another one: left out."""
    buttons: list[Payload] = []
    for action in actions[:MAX_BUTTONS]:
        label = tidy(action.label, MAX_BUTTON_LABEL)
        if label and 0 < len(action.command) <= COMMAND and action.command.isprintable():
            action_id = f"{ACTION_PREFIX}{next(numbers)}"
            buttons.append(
                {"type": "button", "text": plain_text(label), "action_id": action_id, "value": action.command}
            )
    return [{"type": "actions", "elements": buttons}] if buttons else []


def _menu(menu: Menu | None, numbers: Iterator[int]) -> list[Payload]:
    """One select menu in a block of its own, or none; every command once."""
    if menu is None:
        return []
    commands: dict[str, str] = {}
    room = MENU
    for text, command in menu.choices:
        label = tidy(text, MAX_OPTION_TEXT)
        room -= len(label) + len(command)
        if room < 0 or len(commands) == MAX_OPTIONS:
            break
        if label:
            commands.setdefault(command, label)
    if not commands:
        return []
    options = [{"text": plain_text(label), "value": command} for command, label in commands.items()]
    left_out = len({command for _, command in menu.choices}) - len(options)
    more = f" ({left_out} more not listed)" if left_out else ""
    select = {
        "type": "static_select",
        "action_id": f"{ACTION_PREFIX}{next(numbers)}",
        "placeholder": plain_text((tidy(menu.label, MAX_PLACEHOLDER - len(more)) or "Choose") + more),
        "options": options,
    }
    return [{"type": "actions", "elements": [select]}]


def plain_text(text: str) -> Payload:
    """A text object that Slack shows as it is."""
    return {"type": "plain_text", "text": text, "emoji": False}


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _weight(value: object) -> int:
    """Characters of all texts, links and values in `value`: what counts towards MAX_CHARACTERS."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(_weight(part) for key, part in value.items() if key != "type")
    return sum(map(_weight, value)) if isinstance(value, list) else 0
