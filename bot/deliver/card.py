"""The neutral alert and the neutral answer: what a person reads, before any platform's markup.

Pure. `build_card` is the only place that decides what stands on an alert; the renderers only dress it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.country_names import country_name
from bot.model import (
    Direction,
    Fact,
    Item,
    Kind,
    Label,
    Mark,
    Measure,
    Meeting,
    Move,
    Notice,
    Party,
    Person,
    Rate,
    Reason,
    Story,
    Tier,
    Verdict,
)

TOPIC_NAMES = {"trade": "Trade negotiation", "market": "Market-moving"}
SUBSCRIBED = "Subscribed to"

MAX_OFFICIALS = 6
MAX_MOVES = 6
MAX_ALSO = 6  # outlets that are named; the others are counted
MAX_MENU_COMMAND = 100  # characters, the value of a choice at Discord (Slack: 150); what is longer is meant by its id


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of text with one look: plain, bold, struck, a link, or a moment shown in the reader's own zone.

    `text` is untrusted and unescaped; every renderer escapes it. With `when` set, `text` is only the fallback.
    """

    text: str
    bold: bool = False
    strike: bool = False
    url: str | None = None
    when: datetime | None = None


Line = tuple[Run, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A labelled line of facts: "Tariff rates" and "145% tariff"."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A button. `command` is `name:arguments`, run as the same command typed by hand."""

    label: str
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """A list to choose one from. Each of `choices` is the text that people read and the command that it runs.

    Discord shows 25 of them and Slack 100; what is left out is counted in the label. Raises ValueError where there is
    nothing to choose, or a command that no platform could carry whole.
    """

    label: str
    choices: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        if not self.choices:
            raise ValueError(f"the menu {self.label!r} has no choices: send no menu")
        for _, command in self.choices:
            if not (0 < len(command) <= MAX_MENU_COMMAND and command.isprintable()):
                raise ValueError(
                    f"a menu's command has 1 to {MAX_MENU_COMMAND} printable characters, {command[:40]!r} has "
                    f"{len(command)}: name what it means by an id"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Something to look at or to keep, sent with a message. `alt` says what a picture shows to who cannot see it.

    Where a picture cannot be sent, its `alt` stands in its place.
    """

    name: str
    content: bytes
    alt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One alert.

    `mark` is what became of the story since the message was posted, `mark_note` what changed, in one line. What was
    withdrawn is shown struck through. `also` are the other outlets that report it. `first_url` is the link of the
    story's first message in the same place, where this is a louder one beside it.
    """

    title: str
    url: str | None
    outlet: str
    at: datetime
    tier: Tier
    direction: Direction | None
    why: str
    topics: tuple[Label, ...] = ()
    kind: Kind | None = None
    mark: Mark | None = None
    mark_note: str = ""
    change: str | None = None  # what is new since the last message about this story
    fields: tuple[Field, ...] = ()
    gist: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    first_url: str | None = None
    actions: tuple[Action, ...] = ()
    reference: str = ""  # the item's key, for `/wire why`

    @property
    def withdrawn(self) -> bool:
        return self.mark == "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A neutral answer to a command, for the caller only.

    `picture` is a PNG and stands above the lines, `file` is there to be downloaded.
    """

    title: str
    lines: tuple[Line, ...] = ()
    cards: tuple[Card, ...] = ()
    actions: tuple[Action, ...] = ()
    menu: Menu | None = None
    picture: File | None = None
    file: File | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulletin:
    """A message that is about no single story: a digest, a reminder, a note to whoever looks after the bot."""

    title: str
    lines: tuple[Line, ...] = ()
    actions: tuple[Action, ...] = ()


def plain(lines: tuple[Line, ...]) -> str:
    """The text of `lines` without any markup: for fallbacks and logs."""
    return "\n".join("".join(run.text for run in line) for line in lines)


def build_card(
    *,
    notice: Notice,
    story: Story,
    item: Item,
    gist: tuple[str, ...],
    actions: tuple[Action, ...] = (),
    item_url: str | None = None,
    first_url: str | None = None,
    own_mark: tuple[Mark, str] | None = None,
    asked: Sequence[str] = (),
) -> Card:
    """The card of `item` as `notice` decided to tell it.

    `gist` are the sentences that carry the news (signals.gist); `item_url` is used where the item has no link
    of its own (an article file): its page on the board. `first_url`: see Card. `own_mark` is what the publisher has
    made of the item since, with its note. `asked` names the subscriptions that it matches.
    """
    verdict = story.verdict
    mark, note = _mark(notice, story, own_mark)
    subscribed = (Field(label=SUBSCRIBED, value=", ".join(asked)),) if asked else ()
    return Card(
        title=item.title,
        url=item.url or item_url,
        outlet=item.outlet,
        at=item.at,
        tier=notice.tier,
        direction=verdict.direction,
        why=why_line(verdict, notice.tier, subscribed=bool(asked)),
        topics=verdict.labels,
        kind=verdict.kind,
        mark=mark,
        mark_note=note,
        change=_change(notice, mark),
        fields=fact_fields(verdict.facts) + subscribed,
        gist=gist,
        also=() if notice.reason is Reason.NEW_FACT else tuple(name for name in story.outlets if name != item.outlet),
        first_url=first_url,
        actions=actions,
        reference=item.key,
    )


def why_line(verdict: Verdict, tier: Tier, *, subscribed: bool = False) -> str:
    """Why this is here, in one line: "Trade negotiation · Market-moving · alert"; the figures are behind Why."""
    parts = [TOPIC_NAMES[label] for label in TOPIC_NAMES if label in verdict.labels]
    if "market" in verdict.labels and verdict.kind not in {None, "trade-policy"}:
        parts[-1] += f" ({verdict.kind})"
    other = ["Matches a subscription" if subscribed else "Matches this route"]
    return " · ".join([*(parts or other), str(tier)])


def _mark(notice: Notice, story: Story, own: tuple[Mark, str] | None) -> tuple[Mark | None, str]:
    """A withdrawn story first, then the item's own mark; what else was put right in the story is not for a reply."""
    if story.mark != "withdrawn" and (own or notice.reason is Reason.NEW_FACT):
        return own or (None, "")
    return story.mark, story.mark_note if story.mark else ""


def mark_line(card: Card) -> str:
    """The mark in words, with what changed: "CORRECTED: the rate is 50%, not 500%". Empty without a mark."""
    if card.mark is None:
        return ""
    return f"{card.mark.upper()}: {card.mark_note}" if card.mark_note else card.mark.upper()


def also_line(card: Card) -> str:
    """Who else reports it: "also: AP, FT, Reuters". Empty where nobody does."""
    named, more = card.also[:MAX_ALSO], len(card.also) - MAX_ALSO
    counted = f" +{more}" if more > 0 else ""
    return f"also: {', '.join(named)}{counted}" if named else ""


def _change(notice: Notice, mark: Mark | None) -> str | None:
    match notice.reason:
        case Reason.NEW_FACT:
            news = "; ".join(f"{field.label.lower()} {field.value}" for field in fact_fields(notice.new_facts))
            return f"New: {news or notice.detail}"
        case Reason.ESCALATED:
            return f"Now {notice.tier}: {notice.detail}"
        case Reason.CORRECTION if mark is None:
            return f"CORRECTED: {notice.detail}"
        case Reason.WITHDRAWN if mark is None:
            return f"WITHDRAWN: {notice.detail}"
        case _:
            return None


def fact_fields(facts: tuple[Fact, ...]) -> tuple[Field, ...]:
    """Facts grouped into the lines of a card, in the order a reader asks: who, with whom, how much, what moved."""
    groups = {
        "Parties": _listed(country_name(fact.value) for fact in facts if isinstance(fact, Party)),
        "Officials": _listed(_officials(facts)[:MAX_OFFICIALS]),
        "Meeting": _listed((_meeting(fact) for fact in facts if isinstance(fact, Meeting)), "; "),
        "Measures": _listed(_measure(fact) for fact in facts if isinstance(fact, Measure)),
        "Rates": _listed(_rate(fact) for fact in facts if isinstance(fact, Rate)),
        "Moves": _listed(_moves(facts)[:MAX_MOVES]),
    }
    return tuple(Field(label=label, value=value) for label, value in groups.items() if value)


def whole_facts(said: str, longest: int) -> str:
    """As many of facts in one line as fit: half a figure would be another figure."""
    if len(said) <= longest:
        return said
    room = said[: longest - 1]
    return room[: max(room.rfind(", "), room.rfind("; "), 0)] + " …"


def _listed(values: Iterable[str], separator: str = ", ") -> str:
    """Every value once, in the order of the text."""
    return separator.join(dict.fromkeys(value for value in values if value))


_RATE_WORD = {
    "tariff": "tariff",
    "interest": "interest rate",
    "inflation": "inflation",
    "growth": "growth",
    "unemployment": "unemployment",
    "other": "",
}


def _rate(fact: Rate) -> str:
    return f"{_number(fact.value)}% {_RATE_WORD[fact.of]}".strip()


def _officials(facts: tuple[Fact, ...]) -> list[str]:
    """Everybody once, by the fullest name there is, with the first office that is stated for them."""
    roles: dict[str, str | None] = {}
    full_names = [name for fact in facts if isinstance(fact, Meeting) for name in fact.who]
    for fact in facts:
        if isinstance(fact, Person):
            name = next((each for each in full_names if fact.value in each.split()), fact.value)
            roles[name] = roles.get(name) or fact.role
    return [f"{name} ({role})" if role else name for name, role in roles.items()]


def _measure(fact: Measure) -> str:
    name = fact.value.replace("-", " ")
    return f"{name} ({fact.stage.replace('-', ' ')})" if fact.stage and fact.stage != fact.value else name


def _meeting(fact: Meeting) -> str:
    parts = [" · ".join(map(country_name, fact.who)), fact.where or "", human_dates(fact.when)]
    return ", ".join(part for part in parts if part)


def _moves(facts: tuple[Fact, ...]) -> list[str]:
    """One entry an instrument, with all the sizes stated for it: "Dow futures ▲ +270 points / +0.7%"."""
    sizes: dict[tuple[str, str], list[str]] = {}
    for fact in facts:
        if isinstance(fact, Move):
            sizes.setdefault((fact.instrument, fact.direction), []).append(_size(fact))
    return [
        f"{instrument} {'▲' if direction == 'up' else '▼'} {_listed(stated, ' / ') or direction}"
        for (instrument, direction), stated in sizes.items()
    ]


def _size(move: Move) -> str:
    if move.size is None:
        return ""
    sign = "+" if move.direction == "up" else "−"
    size = _number(move.size)
    match move.unit:
        case "percent":
            return f"{sign}{size}%"
        case "points":
            return f"{sign}{size} points"
        case "usd":
            return f"{sign}${size}"
        case None:
            return f"{sign}{size}"


def _number(value: float) -> str:
    """39,872.12 in full: ten digits, so that no figure of the news comes out rounded or as 1e+06."""
    return f"{value:,.10g}"


def human_dates(when: str | None) -> str:
    """An ISO date or interval as people write it: "9 to 12 May 2025". Text that is neither stays as it is."""
    if not when:
        return ""
    first, _, last = when.partition("/")
    try:
        start, end = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError:
        return when
    if start == end:
        return f"{start.day} {start:%b %Y}"
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day} to {end.day} {end:%b %Y}"
    return f"{start.day} {start:%b} to {end.day} {end:%b %Y}"
