"""What was typed after `/wire summary`: since when, and about what. Pure.

A time stands first or last ("today", "6h", "since 2025-05-01", "… since monday"), what is left is what it is about:
a topic, a country, a topic and a country, or a query of the subscription language.
"""

from __future__ import annotations

import calendar
import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

from bot.commands.spec import Mistake, split_words
from bot.country_names import country_name
from bot.counts import how_many
from bot.deliver.card import Reply, Run
from bot.model import Label
from bot.routing import query
from bot.routing.countries import countries_like, country_of
from bot.routing.query import Query, QueryError
from bot.settings import parse_duration

TOPICS: tuple[str, ...] = get_args(Label)
PERIODS = ("today", "24h", "week")
LONGEST = timedelta(days=90)  # texts are kept for as long
SUGGESTED = 25  # Discord shows as many

_DAY = timedelta(days=1)
_WEEKDAYS = tuple(name.lower() for name in calendar.day_name)
_WIDER = ((_DAY, "24h"), (7 * _DAY, "week"), (30 * _DAY, "30d"), (LONGEST, "90d"))
PAGE = re.compile(r"(?:([0-9]{1,9})/)?([0-9]{1,6})")
SINCE = re.compile(r"\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Stories from `since` on (UTC; "the last 24 hours" in words) that match `wanted`; `about` is that as typed."""

    since: datetime
    period: str
    wanted: Query | None
    about: str
    topic: str  # what the title says that it is about


@dataclass(frozen=True, slots=True)
class PageOf:
    """A page of a summary that was made before; None: of a new one."""

    number: int | None
    page: int


def page_of(arguments: Mapping[str, str]) -> PageOf:
    """ "57/2" is page 2 of the summary number 57, "2" page 2 of a new one. Raises Mistake."""
    text = arguments.get("page", "1")
    match = PAGE.fullmatch(text)
    if match is None or int(match[2]) < 1:
        raise _mistake(f"“{text[:40]}” is no page.", "A page is a number: /wire summary week page 2")
    return PageOf(number=int(match[1]) if match[1] else None, page=int(match[2]))


def wish_of(arguments: Mapping[str, str], *, now: datetime, zone: ZoneInfo) -> Wish:
    """Days begin at midnight in `zone`. Raises Mistake, with what is valid, for what is no time and no query."""
    words = split_words(arguments.get("about", ""))
    said = arguments.get("since") or arguments.get("period")
    if said is None:
        said, words = _said_in(words, now, zone)
    since, period = _time(said, now, zone)
    if since >= now:
        raise _mistake(f"“{said[:40]}” is not in the past.", "A summary is of what came before.")
    about = " ".join(words)
    wanted, topic = _about(about)
    longest = now - LONGEST
    return Wish(
        since=max(since, longest),
        period=period if since >= longest else "the last 90 days",
        wanted=wanted,
        about=about,
        topic=topic,
    )


def wider(wish: Wish, now: datetime) -> str | None:
    """The next longer time, as it is typed; None where this was the longest."""
    span = now - wish.since
    return next((f"since={typed}" for longest, typed in _WIDER if span < longest), None)


def suggested_topics(typed: str) -> list[str]:
    """Topics and countries that what somebody has typed so far may become."""
    begun = typed.strip().lower()
    topics = [topic for topic in TOPICS if topic.startswith(begun)]
    return [*topics, *countries_like(typed)][:SUGGESTED]


# --- since when -------------------------------------------------------------------------------------------


def _said_in(words: list[str], now: datetime, zone: ZoneInfo) -> tuple[str, list[str]]:
    """The time that stands first or last among `words`, and the other words; 24 hours where none does."""
    lowered = [word.lower() for word in words]
    match lowered:
        case ["since", _, *_]:
            return words[1], words[2:]
        case [first, *_] if _is_time(first, now, zone):
            return first, words[1:]
        case [*_, "since", last] if _is_time(f"since {last}", now, zone):
            return last, words[:-2]
        case [*_, last] if _is_time(last, now, zone):
            return last, words[:-1]
        case [first, *_] if near := difflib.get_close_matches(first, (*PERIODS, "since"), n=1, cutoff=0.8):
            cure = f"Did you mean {near[0]}? In quotes it is a word to look for."
            raise _mistake(f"“{words[0][:40]}” is no time.", cure)
    return "24h", words


def _is_time(text: str, now: datetime, zone: ZoneInfo) -> bool:
    """Weekdays only after "since": "monday" alone is a word of the news."""
    return text not in _WEEKDAYS and _read(text.removeprefix("since "), now, zone) is not None


def _time(text: str, now: datetime, zone: ZoneInfo) -> tuple[datetime, str]:
    """The moment that `text` names, and its name in a title. Raises Mistake where it names none."""
    if found := _read(text.strip().lower().removeprefix("since "), now, zone):
        return found
    raise _mistake(
        f"“{text[:40]}” is no time to begin with.",
        "Write today, 24h, week, since 6h, since monday or since 2025-05-01; 90 days at most.",
    )


def _read(said: str, now: datetime, zone: ZoneInfo) -> tuple[datetime, str] | None:
    today = now.astimezone(zone).date()
    if said in {"today", "yesterday"}:
        day = today if said == "today" else today - _DAY
        return _midnight(day, zone), said if said == "today" else f"since {said}"
    if said in _WEEKDAYS:
        back = (today.weekday() - _WEEKDAYS.index(said) - 1) % 7 + 1  # on a Monday, "monday" is a week ago
        return _midnight(today - back * _DAY, zone), f"since {said.title()}"
    try:
        length = parse_duration("7d" if said == "week" else said)
    except ValueError:
        return _date(said, zone)
    return now - length, f"the last {_length(length)}"


def _date(said: str, zone: ZoneInfo) -> tuple[datetime, str] | None:
    try:
        day = date.fromisoformat(said)
        return _midnight(day, zone), f"since {day.day} {day:%b %Y}"
    except (ValueError, OverflowError):
        return None


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """In UTC. The first days of the calendar have no midnight there: OverflowError."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _length(length: timedelta) -> str:
    for unit, one in (("day", _DAY), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        count = length // one
        if length % one == timedelta() and count > (unit == "day"):
            return how_many(count, unit)
    return how_many(length // timedelta(seconds=1), "second")


# --- about what -------------------------------------------------------------------------------------------


def _about(text: str) -> tuple[Query | None, str]:
    """What to look for, and its name for people."""
    if not text:
        return None, ""
    first, _, rest = text.partition(" ")
    topic = first.lower() if first.lower() in TOPICS else ""
    country = country_of(rest if topic else text)
    if topic and country:
        return query.parse(f"topic:{topic} country:{country}"), f"{topic}, {country_name(country)}"
    if topic and not rest:
        return query.parse(f"topic:{topic}"), topic
    if country:
        return query.parse(f"country:{country}"), country_name(country)
    try:
        return query.parse(text), text
    except QueryError as error:
        lines = str(error).splitlines()[1:]
        meant = [f"Did you mean: {error.correction}"] if error.correction else []
        raise _mistake(f"That is no query: {error.problem}", *lines, *meant) from None


def _mistake(title: str, *lines: str) -> Mistake:
    return Mistake(Reply(title=title, lines=tuple((Run(text=line),) for line in lines)))
