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

from bot.deliver.card import Action, Card, Line, Reply, Run, also_line, mark_line
from bot.deliver.slack.text import clip, escape, one_line, tidy, web_url
from bot.model import Direction, Tier

Payload = dict[str, Any]  # a message, a block or an element: JSON for Slack

ACTION_PREFIX = "wire:"  # of every button's action_id

MAX_BLOCKS = 50  # https://docs.slack.dev/reference/block-kit/blocks
MAX_BUTTONS = 5  # one row; Slack takes 25: https://docs.slack.dev/reference/block-kit/blocks/actions-block
MAX_BUTTON_LABEL = 75  # https://docs.slack.dev/reference/block-kit/block-elements/button-element
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

_DOTS: dict[Direction, str] = {"escalation": "🔴", "de-escalation": "🟢", "neutral": "⚪"}
_LOUD = {Tier.FLASH: "🚨 FLASH", Tier.URGENT: "❗ URGENT"}
_UNTITLED = "(no headline)"
_TIME = "{date_short_pretty} at {time}"  # https://docs.slack.dev/messaging/formatting-message-text#date-formatting


def card_payload(card: Card) -> Payload:
    """`text` and `blocks` of one alert."""
    return {"text": escape(_card_text(card), MAX_FALLBACK), "blocks": _card_blocks(card, count())}


def reply_payload(reply: Reply) -> Payload:
    """`text` and `blocks` of an answer to a command; cards that do not fit are counted, not cut."""
    numbers = count()
    buttons = _buttons(reply.actions, numbers)
    blocks = [_rich([_section(_reply_lines(reply))])]
    blocks += _reply_cards(reply.cards, numbers, room=MAX_CHARACTERS - _weight(blocks) - _weight(buttons))
    return {"text": escape(_reply_text(reply), MAX_FALLBACK), "blocks": blocks + buttons}


# --- a card -----------------------------------------------------------------------------------------------


def _card_blocks(card: Card, numbers: Iterator[int]) -> list[Payload]:
    details = _details(card)
    return [
        _rich([_section(_headline(card))]),
        _context(card),
        *([_rich(details)] if details else []),
        *_also(card),
        *_buttons(card.actions, numbers),
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
    texts = [_plain(text) for text in (why, reference) if text]
    return {"type": "context", "elements": [*([_plain(outlet)] if outlet else []), _moment(card.at), *texts]}


def _moment(at: datetime) -> Payload:
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
    return [{"type": "context", "elements": [_plain(also)]}] if also else []


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


def _reply_lines(reply: Reply) -> list[Line]:
    """The title and as many lines as fit into half of the message; a cut is shown."""
    lines: list[Line] = [(Run(text=tidy(reply.title, TITLE) or "…", bold=True),)]
    room = MAX_CHARACTERS // 2
    for line in reply.lines:
        safe = tuple(run for run in map(_safe_run, line) if run.text or run.when)
        room -= sum(len(run.text) + len(run.url or "") + 1 for run in safe)
        if room < 0:
            return [*lines, (Run(text="…"),)]
        lines.append(safe)
    return lines


def _safe_run(run: Run) -> Run:
    return Run(text=clip(one_line(run.text), RUN), bold=run.bold, url=web_url(run.url), when=run.when)


def _reply_cards(cards: tuple[Card, ...], numbers: Iterator[int], room: int) -> list[Payload]:
    blocks: list[Payload] = []
    for index, card in enumerate(cards):
        card_blocks = [{"type": "divider"}, *_card_blocks(card, numbers)]
        room -= _weight(card_blocks)
        # Three more blocks: the lines before, the count of what is left out, and the buttons.
        if room < 0 or len(blocks) + len(card_blocks) + 3 > MAX_BLOCKS:
            left_out = f"{len(cards) - index} more not shown here: ask for less, or for a shorter time."
            return [*blocks, {"type": "context", "elements": [_plain(left_out)]}]
        blocks += card_blocks
    return blocks


def _reply_text(reply: Reply) -> str:
    lines = ["".join(one_line(run.text) for run in line) for line in reply.lines]
    return "\n".join([tidy(reply.title, TITLE) or "…", *lines, *(_card_text(card) for card in reply.cards)])


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


def _buttons(actions: tuple[Action, ...], numbers: Iterator[int]) -> list[Payload]:
    """One actions block, or none. A command that a button cannot carry whole would be another one: left out."""
    buttons: list[Payload] = []
    for action in actions[:MAX_BUTTONS]:
        label = tidy(action.label, MAX_BUTTON_LABEL)
        if label and 0 < len(action.command) <= COMMAND and action.command.isprintable():
            action_id = f"{ACTION_PREFIX}{next(numbers)}"
            buttons.append({"type": "button", "text": _plain(label), "action_id": action_id, "value": action.command})
    return [{"type": "actions", "elements": buttons}] if buttons else []


def _plain(text: str) -> Payload:
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
